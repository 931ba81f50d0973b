using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Paddock.Owin
{
    using AppFunc = Func<IDictionary<string, object>, Task>;

    /// <summary>An application: the assemblies in its bin/, and the class in them that says how it is put together.</summary>
    public sealed class Application
    {
        private readonly string bin;
        private readonly List<Assembly> assemblies;

        public Application(string folder)
        {
            bin = Path.Combine(folder, "bin");
            // Whichever version of a library was compiled against, bin/ has the one that is meant: Web.config would say the same by redirects.
            AppDomain.CurrentDomain.AssemblyResolve += (_, wanted) => Resolve(new AssemblyName(wanted.Name).Name);
            assemblies = Directory.GetFiles(bin, "*.dll").Concat(Directory.GetFiles(bin, "*.exe")).OrderBy(file => file, StringComparer.Ordinal).Select(Loaded).Where(found => found != null).ToList();
        }

        /// <summary>Assemblies that those in bin/ refer to and that are not there, each with one that does.</summary>
        public IDictionary<string, string> Outside()
        {
            var inside = new HashSet<string>(assemblies.Select(assembly => assembly.GetName().Name), StringComparer.OrdinalIgnoreCase);
            return assemblies.SelectMany(assembly => assembly.GetReferencedAssemblies().Select(reference => new { reference.Name, By = Path.GetFileName(assembly.Location) }))
                .Where(reference => !inside.Contains(reference.Name)).GroupBy(reference => reference.Name).ToDictionary(group => group.Key, group => group.First().By);
        }

        /// <summary>Classes by which it can be started, as `Shop.Startup, Shop`: those that an attribute names, or else those that are called Startup.</summary>
        public IReadOnlyList<string> Startups()
        {
            var named = assemblies.SelectMany(StartupMethod.NamedBy).ToList();
            return (named.Any() ? named : assemblies.SelectMany(StartupMethod.CalledStartup)).Select(method => method.Name).Distinct().ToList();
        }

        /// <summary>Loads it by such a class.</summary>
        public AppFunc Load(string name, IDictionary<string, object> properties)
        {
            var methods = assemblies.SelectMany(assembly => StartupMethod.NamedBy(assembly).Concat(StartupMethod.CalledStartup(assembly)));
            var method = methods.FirstOrDefault(found => found.Name == name);
            if (method == null) throw new InvalidOperationException($"{name} must be a class in bin/ with Configuration(IAppBuilder)");
            return method.Start(properties, assemblies);
        }

        private Assembly Resolve(string name)
        {
            var file = new[] { ".dll", ".exe" }.Select(end => Path.Combine(bin, name + end)).FirstOrDefault(File.Exists);
            return file == null ? null : Assembly.LoadFrom(file);
        }

        /// <summary>A library for processors has the same ending, and is none of .NET.</summary>
        private static Assembly Loaded(string file)
        {
            try
            {
                return Assembly.LoadFrom(file);
            }
            catch (BadImageFormatException)
            {
                return null;
            }
        }
    }
}
