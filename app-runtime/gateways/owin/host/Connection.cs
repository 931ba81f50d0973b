using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>A connection from the front, which asks once on each.</summary>
    public sealed class Connection
    {
        /// <summary>Milliseconds for the front to take note of an answer that came before all of its question was read.</summary>
        private const int Linger = 2000;

        private readonly Socket socket;
        private readonly AppFunc application;
        private readonly CancellationTokenSource gone = new CancellationTokenSource();

        public Connection(Socket socket, AppFunc application)
        {
            this.socket = socket;
            this.application = application;
            socket.NoDelay = true;
        }

        public async Task Serve()
        {
            using (var stream = new NetworkStream(socket, true))
            {
                try
                {
                    var input = new Input(stream);
                    var head = RequestHead.Read(input);
                    // The front looks whether somebody listens.
                    if (head != null) await Answer(head, new RequestBody(input, head), stream);
                }
                catch (FormatException error)
                {
                    Console.Error.WriteLine($"a request must be HTTP/1.1, got {error.Message}");
                }
                catch (IOException)
                {
                    // Whoever asked is gone.
                }
            }
        }

        /// <summary>Lets the application know when nobody waits for its answer any more.</summary>
        public void Look()
        {
            try
            {
                if (!gone.IsCancellationRequested && socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0) gone.Cancel();
            }
            catch (Exception error) when (error is ObjectDisposedException || error is SocketException)
            {
                // It ended as it was looked at.
            }
            catch (AggregateException error)
            {
                Console.Error.WriteLine(error);
            }
        }

        private async Task Answer(RequestHead head, RequestBody body, Stream output)
        {
            var answer = new ResponseBody(output, head.Method);
            var environment = OwinEnvironment.Of(head, body, answer, gone.Token);
            try
            {
                await application(environment);
                answer.End();
            }
            catch (Exception error)
            {
                if (answer.Gone || gone.IsCancellationRequested) return;
                Failure.ToAnswer(error, head);
                // What was begun breaks off: it must not look whole.
                if (answer.Begun) return;
                answer.Fail();
            }
            if (!body.Ended) Discard(output);
        }

        /// <summary>To close a connection with something unread in it would take the answer back.</summary>
        private void Discard(Stream input)
        {
            socket.Shutdown(SocketShutdown.Send);
            socket.ReceiveTimeout = Linger;
            var part = new byte[65536];
            while (input.Read(part, 0, part.Length) > 0) { }
        }
    }
}
