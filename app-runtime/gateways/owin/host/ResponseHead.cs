using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Paddock.Owin
{
    /// <summary>What an application says of its answer, as HTTP has it.</summary>
    public sealed class ResponseHead
    {
        /// <summary>What is the connection's, and so this host's, to say.</summary>
        private static readonly HashSet<string> Own = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length" };
        private static readonly Encoding Latin = Encoding.GetEncoding(28591);

        private readonly int status;
        private readonly string reason;
        private readonly IDictionary<string, string[]> headers;

        public ResponseHead(IDictionary<string, object> environment, string method)
        {
            status = Said(environment, "owin.ResponseStatusCode") as int? ?? 200;
            reason = Said(environment, "owin.ResponseReasonPhrase") as string ?? "";
            headers = (IDictionary<string, string[]>)environment["owin.ResponseHeaders"];
            // Source: RFC 9110, 6.4.1.
            Bodiless = method == "HEAD" || status < 200 || status == 204 || status == 304;
            var length = headers.Where(header => header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)).SelectMany(header => header.Value).FirstOrDefault();
            Length = length == null ? (long?)null : long.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        public bool Bodiless { get; }

        /// <summary>Bytes of the body; null when the application does not say.</summary>
        public long? Length { get; }

        /// <param name="length">bytes of the body that are promised; null for chunks</param>
        public byte[] Bytes(long? length)
        {
            var text = new StringBuilder($"HTTP/1.1 {status} {Line(reason)}\r\n");
            foreach (var header in headers.Where(header => !Own.Contains(header.Key)))
            {
                foreach (var value in header.Value ?? new string[0]) text.Append($"{Line(header.Key)}: {Line(value ?? "")}\r\n");
            }
            // To HEAD an answer says the length that GET's would have, where the application knows it.
            if (Length != null || (length != null && !Bodiless)) text.Append($"Content-Length: {Length ?? length}\r\n");
            else if (!Bodiless) text.Append("Transfer-Encoding: chunked\r\n");
            return Latin.GetBytes(text.Append("Connection: close\r\n\r\n").ToString());
        }

        private static object Said(IDictionary<string, object> environment, string name) => environment.TryGetValue(name, out var value) ? value : null;

        private static string Line(string text)
        {
            if (text.IndexOfAny(new[] { '\r', '\n', '\0' }) >= 0) throw new InvalidOperationException($"a header must be one line, got {Json.Text(text)}");
            return text;
        }
    }
}
