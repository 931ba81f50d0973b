using System;
using System.Collections.Generic;
using System.Threading;

namespace Paddock.Owin
{
    /// <summary>A request as OWIN 1.0 has it. Source: owin.org, OWIN 1.0 and its Common Keys.</summary>
    public static class OwinEnvironment
    {
        /// <summary>The proxy has overwritten whatever a visitor could say of themselves, and nobody else reaches the port.</summary>
        public static IDictionary<string, object> Of(RequestHead head, RequestBody body, ResponseBody answer, CancellationToken cancelled)
        {
            var environment = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["owin.Version"] = "1.0",
                ["owin.CallCancelled"] = cancelled,
                ["owin.RequestBody"] = body,
                ["owin.RequestHeaders"] = head.Headers,
                ["owin.RequestMethod"] = head.Method,
                ["owin.RequestPath"] = Uri.UnescapeDataString(head.Path),
                ["owin.RequestPathBase"] = "",
                ["owin.RequestProtocol"] = head.Protocol,
                ["owin.RequestQueryString"] = head.Query,
                ["owin.RequestScheme"] = head["X-Forwarded-Proto"] ?? "http",
                ["owin.RequestId"] = head["X-Request-ID"] ?? "",
                ["owin.ResponseBody"] = answer,
                ["owin.ResponseHeaders"] = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase),
                ["server.RemoteIpAddress"] = head["X-Forwarded-For"] ?? "127.0.0.1",
                ["server.LocalPort"] = head["X-Forwarded-Port"] ?? "80",
                ["server.IsLocal"] = false,
                ["server.OnSendingHeaders"] = (Action<Action<object>, object>)answer.OnSendingHeaders,
            };
            answer.Answers(environment);
            return environment;
        }
    }
}
