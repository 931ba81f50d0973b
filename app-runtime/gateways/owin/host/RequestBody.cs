using System;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    /// <summary>A request's body, of a known length or in chunks, read as it comes.</summary>
    public sealed class RequestBody : Stream
    {
        private const int Most = 1024;

        private readonly Input input;
        private readonly bool chunked;
        /// <summary>Bytes until the end, or until the next chunk.</summary>
        private long left;

        public RequestBody(Input input, RequestHead head)
        {
            this.input = input;
            chunked = string.Equals(head["Transfer-Encoding"], "chunked", StringComparison.OrdinalIgnoreCase);
            left = chunked ? 0 : long.Parse(head["Content-Length"] ?? "0", NumberStyles.None, CultureInfo.InvariantCulture);
            Ended = !chunked && left == 0;
        }

        /// <summary>Whether all of it was read.</summary>
        public bool Ended { get; private set; }

        public override int Read(byte[] target, int offset, int count)
        {
            if (chunked && !Ended && left == 0) left = Chunk();
            if (Ended || count == 0) return 0;
            var length = input.Read(target, offset, (int)Math.Min(count, left));
            if (length == 0) throw new IOException("the body breaks off: whoever asked is gone");
            left -= length;
            if (left == 0 && chunked) input.Line(Most);
            else Ended = left == 0;
            return length;
        }

        /// <summary>At once: it comes from this machine, whose proxy has all of it already.</summary>
        public override Task<int> ReadAsync(byte[] target, int offset, int count, CancellationToken cancellation) => Task.FromResult(Read(target, offset, count));

        private long Chunk()
        {
            var size = long.Parse((input.Line(Most) ?? throw new IOException("the body breaks off: whoever asked is gone")).Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size > 0) return size;
            while (!string.IsNullOrEmpty(input.Line(Most))) { }
            Ended = true;
            return 0;
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
