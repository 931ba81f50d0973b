using System;
using System.IO;
using System.Text;

namespace Paddock.Owin
{
    /// <summary>What a connection says, by lines and by bytes.</summary>
    public sealed class Input
    {
        private readonly Stream stream;
        private readonly byte[] buffer = new byte[16384];
        private int from;
        private int to;

        public Input(Stream stream)
        {
            this.stream = stream;
        }

        /// <summary>A line without its end, byte by byte as characters; null when there is nothing more.</summary>
        public string Line(int most)
        {
            var line = new StringBuilder();
            for (var next = Byte(); next != '\n'; next = Byte())
            {
                if (next < 0) return line.Length == 0 ? (string)null : throw new FormatException("a line that breaks off");
                if (line.Length == most) throw new FormatException($"a line of more than {most} bytes");
                line.Append((char)next);
            }
            if (line.Length > 0 && line[line.Length - 1] == '\r') line.Length--;
            return line.ToString();
        }

        public int Read(byte[] target, int offset, int count)
        {
            // A large part goes where it is wanted at once.
            if (from == to && count >= buffer.Length) return stream.Read(target, offset, count);
            if (from == to && !Fill()) return 0;
            var length = Math.Min(count, to - from);
            Buffer.BlockCopy(buffer, from, target, offset, length);
            from += length;
            return length;
        }

        private int Byte() => from < to || Fill() ? buffer[from++] : -1;

        private bool Fill()
        {
            from = 0;
            to = stream.Read(buffer, 0, buffer.Length);
            return to > 0;
        }
    }
}
