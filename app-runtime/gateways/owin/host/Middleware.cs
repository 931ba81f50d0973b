using System;
using System.Linq;
using System.Reflection;

namespace Paddock.Owin
{
    /// <summary>What an application hands to `Use`: a function of the next one, a class that is made with it, or an object that is told of it.</summary>
    public sealed class Middleware
    {
        private readonly object what;
        private readonly object[] words;

        public Middleware(object what, object[] words)
        {
            if (what == null) throw new ArgumentNullException(nameof(what), "Use: a middleware must be a function, a class or an object, got null");
            this.what = what;
            this.words = words;
        }

        /// <summary>The middleware as it stands before another one.</summary>
        public object Before(object next, Signatures signatures)
        {
            if (what is Delegate function) return Call(function.GetType().GetMethod("Invoke"), function, next, signatures);
            if (what is Type type) return Made(type, next, signatures);
            var initialize = Fitting(what.GetType().GetMethods().Where(method => method.Name == "Initialize"), next, signatures);
            if (initialize == null) return Call(Fitting(what.GetType().GetMethods().Where(method => method.Name == "Invoke"), next, signatures) ?? throw Unfit(what.GetType()), what, next, signatures);
            Call(initialize, what, next, signatures);
            return what;
        }

        private object Made(Type type, object next, Signatures signatures)
        {
            var constructor = Fitting(type.GetConstructors(), next, signatures);
            if (constructor == null) throw Unfit(type);
            return constructor.Invoke(With(constructor, next, signatures));
        }

        private object Call(MethodInfo method, object on, object next, Signatures signatures) => method.Invoke(on, With(method, next, signatures));

        private object[] With(MethodBase method, object next, Signatures signatures)
        {
            return new[] { signatures.To(method.GetParameters()[0].ParameterType, next) }.Concat(words).ToArray();
        }

        private T Fitting<T>(System.Collections.Generic.IEnumerable<T> methods, object next, Signatures signatures) where T : MethodBase
        {
            return methods.FirstOrDefault(method =>
            {
                var parameters = method.GetParameters();
                return parameters.Length == words.Length + 1 && signatures.Can(parameters[0].ParameterType, next) && parameters.Skip(1).Zip(words, (parameter, word) => word == null || parameter.ParameterType.IsInstanceOfType(word)).All(fits => fits);
            });
        }

        private InvalidOperationException Unfit(Type type)
        {
            return new InvalidOperationException($"{type.FullName}: a middleware must take the next one and {words.Length} more, by its constructor, Initialize or Invoke, got none that does");
        }
    }
}
