using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    /// <summary>An answer's body: what is written goes out at once, behind the head. Without a Content-Length it goes in chunks, so that one that breaks off does not look whole.</summary>
    public sealed class ResponseBody : Stream
    {
        private static readonly byte[] LineEnd = { 13, 10 };
        private static readonly byte[] LastChunk = Encoding.ASCII.GetBytes("0\r\n\r\n");

        private readonly BufferedStream output;
        private readonly string method;
        private readonly Stack<KeyValuePair<Action<object>, object>> callbacks = new Stack<KeyValuePair<Action<object>, object>>();
        private IDictionary<string, object> environment;
        private bool bodiless;
        /// <summary>Bytes that the head promised and that are still to come; null for chunks.</summary>
        private long? left;

        public ResponseBody(Stream output, string method)
        {
            this.output = new BufferedStream(output, 16384);
            this.method = method;
        }

        /// <summary>Whether the head is out.</summary>
        public bool Begun { get; private set; }

        /// <summary>Whether nobody takes the answer any more.</summary>
        public bool Gone { get; private set; }

        public void Answers(IDictionary<string, object> request)
        {
            environment = request;
        }

        public void OnSendingHeaders(Action<object> callback, object state)
        {
            callbacks.Push(new KeyValuePair<Action<object>, object>(callback, state));
        }

        public override void Write(byte[] source, int offset, int count)
        {
            if (!Begun) Begin(null);
            if (bodiless || count == 0) return;
            if (left < count) throw new InvalidOperationException($"an answer must be as long as its Content-Length says, got {count - left} bytes more");
            if (left == null) Send(Encoding.ASCII.GetBytes($"{count:x}\r\n"));
            Send(source, offset, count);
            if (left == null) Send(LineEnd);
            else left -= count;
            Out();
        }

        public override void Flush()
        {
            if (!Begun) Begin(null);
            Out();
        }

        public void End()
        {
            if (!Begun) Begin(0);
            if (left > 0 && !bodiless) throw new InvalidOperationException($"an answer must be as long as its Content-Length says, got {left} bytes less");
            if (left == null && !bodiless) Send(LastChunk);
            Out();
        }

        /// <summary>Says 500, whatever the application had begun to say.</summary>
        public void Fail()
        {
            callbacks.Clear();
            environment["owin.ResponseStatusCode"] = 500;
            environment.Remove("owin.ResponseReasonPhrase");
            environment["owin.ResponseHeaders"] = new Dictionary<string, string[]> { ["Content-Type"] = new[] { "text/plain" } };
            var text = Encoding.ASCII.GetBytes("The application failed to answer.\n");
            Write(text, 0, text.Length);
            End();
        }

        private void Begin(long? length)
        {
            while (callbacks.Count > 0)
            {
                var callback = callbacks.Pop();
                callback.Key(callback.Value);
            }
            var head = new ResponseHead(environment, method);
            bodiless = head.Bodiless;
            left = head.Length ?? length;
            var bytes = head.Bytes(left);
            Begun = true;
            Send(bytes);
        }

        private void Send(byte[] part) => Send(part, 0, part.Length);

        private void Send(byte[] part, int offset, int count) => Guarded(() => output.Write(part, offset, count));

        private void Out() => Guarded(output.Flush);

        private void Guarded(Action action)
        {
            try
            {
                action();
            }
            catch (IOException)
            {
                Gone = true;
                throw;
            }
        }

        /// <summary>At once: the proxy of this machine takes it, however slow a visitor is.</summary>
        public override Task WriteAsync(byte[] source, int offset, int count, CancellationToken cancellation)
        {
            Write(source, offset, count);
            return Task.FromResult(0);
        }

        public override Task FlushAsync(CancellationToken cancellation)
        {
            Flush();
            return Task.FromResult(0);
        }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
