using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Owin;

namespace Example
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>Puts the site together: what says who answered, and behind it the pages.</summary>
    public class Startup
    {
        public void Configuration(IAppBuilder app)
        {
            app.Use(new Func<AppFunc, AppFunc>(next => environment =>
            {
                var send = (Action<Action<object>, object>)environment["server.OnSendingHeaders"];
                send(headers => ((IDictionary<string, string[]>)headers)["X-Answered-By"] = new[] { "Mono" }, environment["owin.ResponseHeaders"]);
                return next(environment);
            }));
            app.Use(typeof(Site));
        }
    }
}
