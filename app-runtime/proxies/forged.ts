/**
 * Headers by which a visitor could tell an application who they are, how they came or what they ask for. Whoever can reach a gateway's socket is
 * believed, so a proxy takes each of them away.
 */
export const FORGED: readonly string[] = [
  'Forwarded', 'X-Forwarded', 'X-Forwarded-By', 'X-Forwarded-Client-Cert', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Method', 'X-Forwarded-Path', 'X-Forwarded-Prefix', 'X-Forwarded-Protocol', 'X-Forwarded-Scheme', 'X-Forwarded-Server', 'X-Forwarded-Ssl', 'X-Forwarded-Uri', 'X-Forwarded-User', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token',
  'CF-Connecting-IP', 'Client-IP', 'Fastly-Client-IP', 'True-Client-IP', 'X-Client-IP', 'X-Cluster-Client-IP', 'X-Original-For', 'X-Originating-IP', 'X-Remote-Addr', 'X-Remote-IP',
  'Front-End-Https', 'X-Original-Proto', 'X-Scheme', 'X-Url-Scheme',
  'X-Host', 'X-HTTP-Host-Override', 'X-Original-Host', 'X-Original-URI', 'X-Original-URL', 'X-Rewrite-URL', 'Path-Info', 'Script-Name', 'X-Script-Name',
  'Proxy', 'Auth-User', 'Remote-Addr', 'Remote-User', 'SSL-Client-Cert', 'SSL-Client-Verify', 'X-Auth-Request-Email', 'X-Auth-Request-User', 'X-Authenticated-User', 'X-Client-Cert', 'X-Client-Verify', 'X-Remote-User', 'X-SSL-Client-Cert', 'X-SSL-Client-Verify',
];

/** Headers by which a proxy tells it, whatever a visitor says. */
export const TOLD: readonly string[] = ['X-Forwarded-For', 'X-Real-IP', 'X-Request-ID', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-Port'];

/** The other spellings of a name that WSGI, Rack and CGI take for the same one: each of its dashes may be an underscore. nginx drops all such names by itself. */
export function misspelled(name: string): string[] {
  const [first, ...rest] = name.split('-') as [string, ...string[]];
  return rest.reduce((heads, part) => heads.flatMap((head) => [`${head}-${part}`, `${head}_${part}`]), [first]).slice(1);
}
