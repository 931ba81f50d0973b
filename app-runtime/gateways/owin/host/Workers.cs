using System;
using System.Collections.Concurrent;
using System.Threading;

namespace Paddock.Owin
{
    /// <summary>
    /// Threads in which requests begin, made as they are needed and kept. Mono's own pool takes 13 s until 256 requests that block are all begun, whatever
    /// SetMinThreads says: measured with Mono 6.8 and 6.12 on two cores.
    /// </summary>
    public sealed class Workers
    {
        private readonly BlockingCollection<Action> waiting = new BlockingCollection<Action>();
        private readonly int most;
        private int threads;
        private int idle;

        public Workers(int most)
        {
            this.most = most;
        }

        /// <summary>Has something done by a thread that is idle, or by a new one while there may be more. One thread alone may ask.</summary>
        public void Do(Action work)
        {
            waiting.Add(work);
            if (Volatile.Read(ref idle) >= waiting.Count || threads == most) return;
            threads++;
            new Thread(Work) { IsBackground = true, Name = "request" }.Start();
        }

        private void Work()
        {
            while (true)
            {
                Interlocked.Increment(ref idle);
                var work = waiting.Take();
                Interlocked.Decrement(ref idle);
                work();
            }
        }
    }
}
