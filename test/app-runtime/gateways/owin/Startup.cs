// An application that asks the host of OWIN applications for all that it promises. It plays Microsoft.Owin, too, which says by itself how its middleware is told from others'.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

[assembly: Shop.OwinStartup(typeof(Shop.Broken))]
[assembly: Shop.OwinStartup(typeof(Shop.Unfit))]

namespace Owin
{
    public interface IAppBuilder
    {
        IDictionary<string, object> Properties { get; }
        object Build(Type returnType);
        IAppBuilder New();
        IAppBuilder Use(object middleware, params object[] args);
    }
}

namespace Microsoft.Owin.Infrastructure
{
    public static class SignatureConversions
    {
        public static void AddConversions(global::Owin.IAppBuilder app)
        {
            var add = (Action<Delegate>)app.Properties["builder.AddSignatureConversion"];
            add(new Func<Func<IDictionary<string, object>, Task>, OwinMiddleware>(next => new Passing(next)));
            add(new Func<OwinMiddleware, Func<IDictionary<string, object>, Task>>(middleware => middleware.Ask));
        }

        private sealed class Passing : OwinMiddleware
        {
            private readonly Func<IDictionary<string, object>, Task> next;
            public Passing(Func<IDictionary<string, object>, Task> next) { this.next = next; }
            public override Task Ask(IDictionary<string, object> environment) => next(environment);
        }
    }

    public abstract class OwinMiddleware
    {
        public abstract Task Ask(IDictionary<string, object> environment);
    }
}

namespace Shop
{
    using AppFunc = Func<IDictionary<string, object>, Task>;
    using Microsoft.Owin.Infrastructure;
    using global::Owin;

    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    public class OwinStartupAttribute : Attribute
    {
        public OwinStartupAttribute(Type type) { }
    }

    public class Named
    {
        private readonly AppFunc next;
        private readonly string name;
        public Named(AppFunc next, string name) { this.next = next; this.name = name; }
        public Task Invoke(IDictionary<string, object> environment) { Startup.Pass(environment, name); return next(environment); }
    }

    public class Told
    {
        private AppFunc next;
        public void Initialize(AppFunc next) { this.next = next; }
        public Task Invoke(IDictionary<string, object> environment) { Startup.Pass(environment, "object"); return next(environment); }
    }

    public class Library : OwinMiddleware
    {
        private readonly OwinMiddleware next;
        public Library(OwinMiddleware next) { this.next = next; }
        public override Task Ask(IDictionary<string, object> environment) { Startup.Pass(environment, "library"); return next.Ask(environment); }
    }

    public class Broken { public void Configuration(IAppBuilder app) { throw new InvalidOperationException("no database"); } }

    public class Unfit { public void Configuration(IAppBuilder app) { app.Use(typeof(Named)); } }

    public class Startup
    {
        public static void Pass(IDictionary<string, object> environment, string name) => environment["order"] = (environment.ContainsKey("order") ? environment["order"] + " " : "") + name;

        public void Configuration(IAppBuilder app)
        {
            ((CancellationToken)app.Properties["host.OnAppDisposing"]).Register(() => Console.WriteLine("disposed"));
            app.Use(new Func<AppFunc, AppFunc>(next => environment => { Pass(environment, "function"); return next(environment); }))
                .Use(typeof(Named), "class").Use(new Told()).Use(typeof(Library));
            var pages = app.New();
            pages.Use(new Func<AppFunc, AppFunc>(next => environment => Page(environment, next)));
            var built = (AppFunc)pages.Build(typeof(AppFunc));
            app.Use(new Func<AppFunc, AppFunc>(next => built));
        }

        private static async Task Page(IDictionary<string, object> environment, AppFunc next)
        {
            var headers = (IDictionary<string, string[]>)environment["owin.ResponseHeaders"];
            switch ((string)environment["owin.RequestPath"])
            {
                case "/order":
                    ((Action<Action<object>, object>)environment["server.OnSendingHeaders"])(state => headers["X-Sent"] = new[] { (string)state }, "by OnSendingHeaders");
                    await Say(environment, environment["order"] + " " + System.Configuration.ConfigurationManager.AppSettings["greeting"]);
                    return;
                case "/304": environment["owin.ResponseStatusCode"] = 304; return;
                case "/short": headers["Content-Length"] = new[] { "10" }; await Say(environment, "short"); return;
                case "/throws": await Task.Yield(); throw new InvalidOperationException("no such cart");
                case "/late": await Say(environment, "begun"); throw new InvalidOperationException("no such cart");
                case "/split": headers["X-Forged"] = new[] { "a\r\nSet-Cookie: b" }; await Say(environment, "split"); return;
                case "/block": Thread.Sleep(1000); await Say(environment, "done"); return;
                case "/wait":
                    try { await Task.Delay(20000, (CancellationToken)environment["owin.CallCancelled"]); } catch (OperationCanceledException) { Console.WriteLine("cancelled"); throw; }
                    return;
                case "/": case "/none": await next(environment); return;
                default: await Told(environment); return;
            }
        }

        private static async Task Told(IDictionary<string, object> environment)
        {
            var body = await new StreamReader((Stream)environment["owin.RequestBody"]).ReadToEndAsync();
            var twice = string.Join("|", ((IDictionary<string, string[]>)environment["owin.RequestHeaders"])["X-TWICE"]);
            await Say(environment, string.Join(" ", new[] { "Method", "Path", "QueryString", "Protocol", "Scheme" }.Select(name => (string)environment["owin.Request" + name])) + $" {environment["server.RemoteIpAddress"]} {twice} {body}");
        }

        private static Task Say(IDictionary<string, object> environment, string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            return ((Stream)environment["owin.ResponseBody"]).WriteAsync(bytes, 0, bytes.Length);
        }
    }
}
