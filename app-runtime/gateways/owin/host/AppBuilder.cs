using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.Remoting.Messaging;
using System.Runtime.Remoting.Proxies;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>Owin.IAppBuilder, whichever assembly the application has it from: a proxy that implements it as the application runs.</summary>
    public sealed class AppBuilder : RealProxy
    {
        private const string DefaultApp = "builder.DefaultApp";
        private readonly Type type;
        private readonly IDictionary<string, object> properties;
        private readonly Signatures signatures;
        private readonly List<Middleware> middleware = new List<Middleware>();

        public AppBuilder(Type type, IDictionary<string, object> properties, Signatures signatures) : base(type)
        {
            this.type = type;
            this.properties = properties;
            this.signatures = signatures;
            if (!properties.ContainsKey(DefaultApp)) properties[DefaultApp] = (AppFunc)NotFound;
            properties["builder.AddSignatureConversion"] = (Action<Delegate>)signatures.Add;
        }

        /// <summary>Lets Microsoft.Owin, where the application brings it, say how its own kind of middleware is told from an AppFunc.</summary>
        public void Learn(IEnumerable<Assembly> assemblies)
        {
            var conversions = assemblies.Where(assembly => assembly.GetName().Name == "Microsoft.Owin").Select(assembly => assembly.GetType("Microsoft.Owin.Infrastructure.SignatureConversions")).FirstOrDefault();
            conversions?.GetMethod("AddConversions").Invoke(null, new[] { GetTransparentProxy() });
        }

        /// <summary>Each middleware has the one behind it, the first is asked first, and behind the last nothing is found.</summary>
        public object Build(Type wanted)
        {
            return signatures.To(wanted, Enumerable.Reverse(middleware).Aggregate(properties[DefaultApp], (next, outer) => outer.Before(next, signatures)));
        }

        public override IMessage Invoke(IMessage message)
        {
            var call = (IMethodCallMessage)message;
            try
            {
                return new ReturnMessage(Answer(call.MethodName, call.Args), null, 0, call.LogicalCallContext, call);
            }
            catch (Exception error)
            {
                return new ReturnMessage(error, call);
            }
        }

        private object Answer(string method, object[] words)
        {
            switch (method)
            {
                case "get_Properties": return properties;
                case "Build": return Build((Type)words[0]);
                case "New": return new AppBuilder(type, new Dictionary<string, object>(properties), signatures).GetTransparentProxy();
                case "Use":
                    middleware.Add(new Middleware(words[0], (object[])words[1] ?? new object[0]));
                    return GetTransparentProxy();
                case "GetType": return type;
                case "GetHashCode": return GetHashCode();
                case "Equals": return ReferenceEquals(words[0], GetTransparentProxy());
                default: return type.FullName;
            }
        }

        private static Task NotFound(IDictionary<string, object> environment)
        {
            environment["owin.ResponseStatusCode"] = 404;
            return Task.FromResult(0);
        }
    }
}
