using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>How one kind of middleware becomes another, as libraries say it; an object with `Invoke(environment)` is an AppFunc already.</summary>
    public sealed class Signatures
    {
        private readonly List<Delegate> conversions = new List<Delegate>();

        public void Add(Delegate conversion)
        {
            conversions.Add(conversion);
        }

        public bool Can(Type wanted, object application) => Way(wanted, application) != null;

        public object To(Type wanted, object application)
        {
            var way = Way(wanted, application);
            if (way == null) throw new InvalidOperationException($"a middleware must be {wanted}, or what can become one, got {application?.GetType().FullName ?? "null"}");
            return way();
        }

        private Func<object> Way(Type wanted, object application)
        {
            if (wanted.IsInstanceOfType(application)) return () => application;
            var known = conversions.FirstOrDefault(conversion => wanted.IsAssignableFrom(conversion.Method.ReturnType) && conversion.GetType().GetMethod("Invoke").GetParameters()[0].ParameterType.IsInstanceOfType(application));
            if (known != null) return () => known.DynamicInvoke(application);
            var invoke = wanted == typeof(AppFunc) ? InvokeOf(application) : null;
            return invoke == null ? (Func<object>)null : () => Delegate.CreateDelegate(typeof(AppFunc), application, invoke);
        }

        private static MethodInfo InvokeOf(object application)
        {
            var found = application?.GetType().GetMethod("Invoke", new[] { typeof(IDictionary<string, object>) });
            return found != null && typeof(Task).IsAssignableFrom(found.ReturnType) ? found : null;
        }
    }
}
