using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>
    /// Takes connections on the loopback, a request each: nobody but the front asks there. HttpListener was tried first: on 127.0.0.1 it refuses every Host
    /// but that, for any Host it listens on every address of the machine, and it tells the path only after making another one of it.
    /// </summary>
    public sealed class Server
    {
        private const int Backlog = 1024;
        private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

        private readonly AppFunc application;
        private readonly Workers workers;
        private readonly ConcurrentDictionary<Connection, bool> open = new ConcurrentDictionary<Connection, bool>();

        public Server(AppFunc application, Workers workers)
        {
            this.application = application;
            this.workers = workers;
        }

        /// <summary>Listens, and returns never.</summary>
        public void Listen(int port)
        {
            using (var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
            using (new Timer(_ => { foreach (var connection in open.Keys) connection.Look(); }, null, Look, Look))
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                socket.Listen(Backlog);
                while (true) Take(socket.Accept());
            }
        }

        private void Take(Socket socket)
        {
            var connection = new Connection(socket, application);
            open[connection] = true;
            workers.Do(() => connection.Serve().ContinueWith(served => open.TryRemove(connection, out _), TaskContinuationOptions.ExecuteSynchronously));
        }
    }
}
