using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>The method of an application that puts it together, `Configuration(IAppBuilder)`, or that is all of it, `Invoke(environment)`.</summary>
    public sealed class StartupMethod
    {
        private const string Builder = "Owin.IAppBuilder";
        private readonly MethodInfo method;

        private StartupMethod(MethodInfo method)
        {
            this.method = method;
        }

        public string Name => $"{method.ReflectedType.FullName}, {method.ReflectedType.Assembly.GetName().Name}";

        /// <summary>What `[assembly: OwinStartup(typeof(X))]` names, whichever library the attribute is from; a word behind the class is the method's name.</summary>
        public static IEnumerable<StartupMethod> NamedBy(Assembly assembly)
        {
            foreach (var attribute in CustomAttributeData.GetCustomAttributes(assembly).Where(found => found.AttributeType.Name == "OwinStartupAttribute"))
            {
                var words = attribute.ConstructorArguments.Select(argument => argument.Value).ToList();
                var type = words.OfType<Type>().FirstOrDefault();
                var name = words.SkipWhile(word => !(word is Type)).OfType<string>().FirstOrDefault() ?? "Configuration";
                var found = type == null ? null : Of(type, name);
                if (found != null) yield return found;
            }
        }

        public static IEnumerable<StartupMethod> CalledStartup(Assembly assembly)
        {
            return Types(assembly).Where(type => type.Name == "Startup" && type.IsClass).Select(type => Of(type, "Configuration")).Where(found => found != null);
        }

        public AppFunc Start(IDictionary<string, object> properties, IEnumerable<Assembly> assemblies)
        {
            var instance = method.IsStatic ? null : Activator.CreateInstance(method.ReflectedType);
            if (TakesEnvironment(method)) return (AppFunc)Delegate.CreateDelegate(typeof(AppFunc), instance, method);
            var builder = new AppBuilder(method.GetParameters()[0].ParameterType, properties, new Signatures());
            builder.Learn(assemblies);
            method.Invoke(instance, new[] { builder.GetTransparentProxy() });
            return (AppFunc)builder.Build(typeof(AppFunc));
        }

        private static StartupMethod Of(Type type, string name)
        {
            var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static);
            var found = methods.FirstOrDefault(method => method.Name == name && Takes(method, Builder)) ?? methods.FirstOrDefault(method => method.Name == "Invoke" && TakesEnvironment(method));
            return found == null ? null : new StartupMethod(found);
        }

        private static bool Takes(MethodInfo method, string type) => method.GetParameters().Length == 1 && method.GetParameters()[0].ParameterType.FullName == type;

        private static bool TakesEnvironment(MethodInfo method) => method.ReturnType == typeof(Task) && Takes(method, typeof(IDictionary<string, object>).FullName);

        /// <summary>Those that can be loaded: a class that nobody asks for may need what is not there.</summary>
        private static IEnumerable<Type> Types(Assembly assembly)
        {
            try
            {
                return assembly.GetTypes();
            }
            catch (ReflectionTypeLoadException partly)
            {
                return partly.Types.Where(type => type != null);
            }
        }
    }
}
