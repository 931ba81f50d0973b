using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;

namespace Paddock.Owin
{
    /// <summary>`serve FOLDER CLASS THREADS` serves an OWIN application on the port that PORT names; `examine FOLDER` says what the folder holds.</summary>
    public static class Program
    {
        public static int Main(string[] words)
        {
            // A domain of its own has the application's folder as its base, finds its assemblies in bin/, and reads its configuration.
            if (AppDomain.CurrentDomain.IsDefaultAppDomain()) return DomainOf(Path.GetFullPath(words[1])).ExecuteAssembly(typeof(Program).Assembly.Location, words);
            try
            {
                var application = new Application(Path.GetFullPath(words[1]));
                if (words[0] == "examine") Examine(application);
                else Serve(application, words[2], int.Parse(words[3]));
                return 0;
            }
            catch (Exception error)
            {
                Failure.ToStart(error);
                return 1;
            }
        }

        private static AppDomain DomainOf(string folder)
        {
            var configuration = Directory.GetFiles(folder).Where(file => string.Equals(Path.GetFileName(file), "web.config", StringComparison.OrdinalIgnoreCase))
                .Concat(Directory.GetFiles(Path.Combine(folder, "bin"), "*.dll.config").OrderBy(file => file, StringComparer.Ordinal)).FirstOrDefault();
            return AppDomain.CreateDomain("application", null, new AppDomainSetup { ApplicationBase = folder, PrivateBinPath = "bin", ConfigurationFile = configuration });
        }

        private static void Examine(Application application)
        {
            foreach (var reference in application.Outside()) Console.WriteLine("outside\t{0}\t{1}", reference.Key, reference.Value);
            foreach (var startup in application.Startups()) Console.WriteLine("startup\t{0}", startup);
        }

        private static void Serve(Application application, string name, int threads)
        {
            var disposing = new CancellationTokenSource();
            var function = application.Load(name, new Dictionary<string, object>
            {
                ["owin.Version"] = "1.0",
                ["host.AppName"] = name,
                ["host.OnAppDisposing"] = disposing.Token,
                ["host.TraceOutput"] = Console.Error,
                ["server.Capabilities"] = new Dictionary<string, object> { ["server.Name"] = "Paddock" },
            });
            Termination.Await(disposing);
            // The application's own continuations run in the pool, beside the threads in which requests begin.
            ThreadPool.GetMinThreads(out _, out var completions);
            ThreadPool.SetMinThreads(threads, completions);
            new Server(function, new Workers(threads)).Listen(int.Parse(Environment.GetEnvironmentVariable("PORT") ?? "3000"));
        }
    }
}
