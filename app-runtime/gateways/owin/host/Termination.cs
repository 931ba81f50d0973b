using System;
using System.Threading;
using System.Threading.Tasks;
using Mono.Unix;
using Mono.Unix.Native;

namespace Paddock.Owin
{
    /// <summary>How a release ends on SIGTERM, which the front passes on once the last request is answered: the application closes what it has.</summary>
    public static class Termination
    {
        /// <summary>Milliseconds for that. The front waits for 2,000.</summary>
        private const int Closing = 1500;

        public static void Await(CancellationTokenSource disposing)
        {
            var signal = new UnixSignal(Signum.SIGTERM);
            new Thread(() => End(signal, disposing)) { IsBackground = true, Name = "ending" }.Start();
        }

        private static void End(UnixSignal signal, CancellationTokenSource disposing)
        {
            signal.WaitOne(Timeout.Infinite);
            try
            {
                Task.Run((Action)disposing.Cancel).Wait(Closing);
            }
            catch (AggregateException error)
            {
                Console.Error.WriteLine(error);
            }
            // Not Environment.Exit, which waits for threads that wait for requests: with 256 of them it did not end.
            Stdlib._Exit(0);
        }
    }
}
