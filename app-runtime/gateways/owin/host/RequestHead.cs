using System;
using System.Collections.Generic;
using System.Linq;

namespace Paddock.Owin
{
    /// <summary>What a request says before its body.</summary>
    public sealed class RequestHead
    {
        /// <summary>More than the 16 KiB that Node.js passes on, so that the front is the one who refuses. Source: Node.js, --max-http-header-size.</summary>
        private const int Most = 65536;

        private RequestHead(string method, string target, string protocol)
        {
            Method = method;
            Protocol = protocol;
            var question = target.IndexOf('?');
            Path = question < 0 ? target : target.Substring(0, question);
            Query = question < 0 ? "" : target.Substring(question + 1);
        }

        public string Method { get; }
        public string Protocol { get; }

        /// <summary>As it came, with its percent signs.</summary>
        public string Path { get; }

        public string Query { get; }

        public IDictionary<string, string[]> Headers { get; } = new Dictionary<string, string[]>(StringComparer.OrdinalIgnoreCase);

        /// <summary>A header's value; null without one.</summary>
        public string this[string name] => Headers.TryGetValue(name, out var values) ? string.Join(", ", values) : null;

        /// <summary>Null from a connection on which nothing is asked.</summary>
        public static RequestHead Read(Input input)
        {
            var first = input.Line(Most);
            if (first == null) return null;
            var words = first.Split(' ');
            if (words.Length != 3 || !words[2].StartsWith("HTTP/1.")) throw new FormatException(first);
            var head = new RequestHead(words[0], words[1], words[2]);
            for (var line = input.Line(Most); line != ""; line = input.Line(Most)) head.Add(line ?? throw new FormatException("a header that breaks off"));
            return head;
        }

        private void Add(string line)
        {
            var colon = line.IndexOf(':');
            if (colon < 1) throw new FormatException($"the header line {line}");
            var name = line.Substring(0, colon);
            var value = line.Substring(colon + 1).Trim(' ', '\t');
            Headers[name] = Headers.TryGetValue(name, out var before) ? before.Concat(new[] { value }).ToArray() : new[] { value };
        }
    }
}
