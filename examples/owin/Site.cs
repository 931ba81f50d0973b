using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

namespace Example
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>A small site with what a site does: pages, work that waits, uploads, an answer that comes in parts.</summary>
    public class Site
    {
        private readonly AppFunc next;

        public Site(AppFunc next)
        {
            this.next = next;
        }

        public Task Invoke(IDictionary<string, object> environment)
        {
            switch ((string)environment["owin.RequestPath"])
            {
                case "/": return Say(environment, "text/plain", "Hello from OWIN on Paddock. Try /work?wait=100, /request and /stream.\n");
                case "/work": return Work(environment);
                case "/upload": return Upload(environment);
                case "/request": return Request(environment);
                case "/stream": return Stream(environment);
                default: return next(environment);
            }
        }

        /// <summary>As long as a database would take; a POST is read first.</summary>
        private static async Task Work(IDictionary<string, object> environment)
        {
            await ((Stream)environment["owin.RequestBody"]).CopyToAsync(System.IO.Stream.Null);
            var wait = ((string)environment["owin.RequestQueryString"]).Split('&').Where(word => word.StartsWith("wait=")).Select(word => int.Parse(word.Substring(5))).FirstOrDefault();
            await Task.Delay(wait);
            await Say(environment, "application/json", "{\"release\":" + Quote(Environment.GetEnvironmentVariable("PADDOCK_RELEASE")) + "}\n");
        }

        private static async Task Upload(IDictionary<string, object> environment)
        {
            var body = (Stream)environment["owin.RequestBody"];
            var part = new byte[65536];
            long bytes = 0;
            using (var hash = SHA256.Create())
            {
                for (var length = await body.ReadAsync(part, 0, part.Length); length > 0; length = await body.ReadAsync(part, 0, part.Length))
                {
                    hash.TransformBlock(part, 0, length, null, 0);
                    bytes += length;
                }
                hash.TransformFinalBlock(part, 0, 0);
                var digest = string.Concat(hash.Hash.Select(value => value.ToString("x2")));
                await Say(environment, "application/json", "{\"bytes\":" + bytes + ",\"sha256\":\"" + digest + "\"}\n");
            }
        }

        /// <summary>What the application knows of a visitor. Its log has the request's id, as the proxy's has.</summary>
        private static Task Request(IDictionary<string, object> environment)
        {
            var headers = (IDictionary<string, string[]>)environment["owin.RequestHeaders"];
            Func<string, string> header = name => headers.ContainsKey(name) ? string.Join(", ", headers[name]) : null;
            Console.WriteLine("{\"event\":\"asked\",\"request_id\":" + Quote(header("X-Request-ID")) + ",\"path\":" + Quote((string)environment["owin.RequestPath"]) + "}");
            var all = string.Join(",", headers.Keys.Select(name => Quote(name.ToLowerInvariant()) + ":" + Quote(header(name))));
            return Say(environment, "application/json", "{\"scheme\":" + Quote((string)environment["owin.RequestScheme"]) + ",\"host\":" + Quote(header("Host"))
                + ",\"client\":" + Quote((string)environment["server.RemoteIpAddress"]) + ",\"worker\":" + Process.GetCurrentProcess().Id + ",\"headers\":{" + all + "}}\n");
        }

        /// <summary>Ten lines, each as soon as it is there: the header asks the proxy not to collect them.</summary>
        private static async Task Stream(IDictionary<string, object> environment)
        {
            var headers = (IDictionary<string, string[]>)environment["owin.ResponseHeaders"];
            headers["Content-Type"] = new[] { "text/plain" };
            headers["X-Accel-Buffering"] = new[] { "no" };
            var body = (Stream)environment["owin.ResponseBody"];
            for (var line = 1; line <= 10; line++)
            {
                var text = Encoding.UTF8.GetBytes(line + "\n");
                await body.WriteAsync(text, 0, text.Length);
                await Task.Delay(200);
            }
        }

        private static Task Say(IDictionary<string, object> environment, string type, string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var headers = (IDictionary<string, string[]>)environment["owin.ResponseHeaders"];
            headers["Content-Type"] = new[] { type };
            headers["Content-Length"] = new[] { bytes.Length.ToString() };
            return ((Stream)environment["owin.ResponseBody"]).WriteAsync(bytes, 0, bytes.Length);
        }

        private static string Quote(string text)
        {
            return text == null ? "null" : '"' + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"';
        }
    }
}
