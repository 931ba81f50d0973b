/**
 * Libraries: what a machine has of Mono. All that can be had without the 60 packages of a desktop which System.Web, Windows Forms and the forwarding
 * assemblies of .NET Standard bring with them: 28 MB installed. Source: Debian 13's packages and their files.
 */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'mono-runtime': ['mscorlib', 'System', 'System.Configuration', 'System.Security', 'System.Xml', 'System.Numerics', 'Mono.Security'],
  'libmono-posix4.0-cil': ['Mono.Posix'],
  // Certificates, without which nothing is asked by HTTPS.
  'ca-certificates-mono': [],
  'libmono-i18n-west4.0-cil': ['I18N', 'I18N.West'],
  'libmono-microsoft-csharp4.0-cil': ['Microsoft.CSharp'],
  'libmono-system-componentmodel-dataannotations4.0-cil': ['System.ComponentModel.DataAnnotations', 'System.Web.ApplicationServices'],
  'libmono-system-core4.0-cil': ['System.Core'],
  'libmono-system-data4.0-cil': ['System.Data', 'System.Transactions', 'System.EnterpriseServices'],
  'libmono-system-identitymodel4.0-cil': ['System.IdentityModel'],
  'libmono-system-io-compression4.0-cil': ['System.IO.Compression'],
  'libmono-system-net-http4.0-cil': ['System.Net.Http'],
  'libmono-system-runtime-caching4.0-cil': ['System.Runtime.Caching'],
  'libmono-system-runtime-serialization4.0-cil': ['System.Runtime.Serialization', 'System.ServiceModel.Internals'],
  'libmono-system-xml-linq4.0-cil': ['System.Xml.Linq'],
};

/** Debian's packages of a machine. */
export const packages: readonly string[] = Object.keys(LIBRARIES);
/** Assemblies that they bring. */
export const provided: ReadonlySet<string> = new Set(Object.values(LIBRARIES).flat());
