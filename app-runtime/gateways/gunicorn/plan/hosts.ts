import { type Application, isDjango, isUnknown, notGiven, placeOf, setting, textsOf } from './application.js';
import type { Finding } from '../../../gateway/finding.js';

const HEADER = "SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')";

/** What Django is told of the balancer before it: host names, and the header that says HTTPS. */
export function judgeHosts(application: Application): Finding[] {
  return isDjango(application) ? [...judgeAllowed(application), ...judgeHeader(application), ...judgeRedirect(application), ...judgeOrigins(application)] : [];
}

function judgeAllowed(application: Application): Finding[] {
  const { told: { hosts } } = application;
  const value = setting(application, 'ALLOWED_HOSTS');
  const [variable] = notGiven(application, 'ALLOWED_HOSTS', /HOST|DOMAIN/);
  const whole = Array.isArray(value) && !value.some(isUnknown);
  const missing = hosts.filter((host) => !textsOf(application, 'ALLOWED_HOSTS').some((pattern) => pattern === '*' || pattern === host || (pattern.startsWith('.') && `.${host}`.endsWith(pattern))));
  if (missing.length === 0 || (!whole && variable === undefined)) return [];
  const named = whole && textsOf(application, 'ALLOWED_HOSTS').length > 0;
  const got = whole ? JSON.stringify(value) : `those of ${variable}, which nobody gives`;
  const read = "os.environ['ALLOWED_HOSTS'].split(',')";
  return [{ kind: 'hosts', weight: 'breaks', ...placeOf(application, 'ALLOWED_HOSTS'), must: "ALLOWED_HOSTS must hold the names that the balancer answers", got,
    todo: variable ? `give ${variable} in environment on the settings page, or read ${read}` : `read ${read}${named ? ', or name one of these in domains on the settings page' : ''}` }];
}

function judgeHeader(application: Application): Finding[] {
  const value = setting(application, 'SECURE_PROXY_SSL_HEADER');
  const place = placeOf(application, 'SECURE_PROXY_SSL_HEADER');
  if (isUnknown(value)) return [];
  if (Array.isArray(value)) {
    if (value.some(isUnknown) || (value[0] === 'HTTP_X_FORWARDED_PROTO' && value[1] === 'https')) return [];
    return [{ kind: 'https', weight: 'breaks', ...place, must: 'SECURE_PROXY_SSL_HEADER must name the header that the balancer sets and clears', got: JSON.stringify(value), todo: `set ${HEADER}` }];
  }
  // Gunicorn hears of HTTPS by the same header and says so too: requests count as secure, by its word alone.
  const wants = ['SECURE_SSL_REDIRECT', 'SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE'].find((name) => setting(application, name) === true);
  if (!wants) return [];
  return [{ kind: 'https', weight: 'weakens', ...placeOf(application, wants), must: `SECURE_PROXY_SSL_HEADER must say how HTTPS is known, since ${wants} is on`,
    got: 'none: only Gunicorn tells', todo: `set ${HEADER}` }];
}

/** A redirect to HTTPS where nobody listens takes the site down, and its readiness with it. */
function judgeRedirect(application: Application): Finding[] {
  if (application.told.https || setting(application, 'SECURE_SSL_REDIRECT') !== true) return [];
  const [variable] = notGiven(application, 'SECURE_SSL_REDIRECT', /SSL|HTTPS|REDIRECT/);
  return [{ kind: 'https', weight: 'breaks', ...placeOf(application, 'SECURE_SSL_REDIRECT'), must: 'SECURE_SSL_REDIRECT must wait for a certificate', got: 'true without one',
    todo: `give the certificate on the settings page${variable ? `, or ${variable} as False in environment` : ', or leave the redirect to the balancer'}` }];
}

function judgeOrigins(application: Application): Finding[] {
  if (Number.parseInt(application.evaluation?.django ?? '4', 10) < 4) return [];
  const bare = textsOf(application, 'CSRF_TRUSTED_ORIGINS').filter((origin) => !origin.includes('://'));
  if (bare.length === 0) return [];
  return [{ kind: 'https', weight: 'breaks', ...placeOf(application, 'CSRF_TRUSTED_ORIGINS'), must: 'each of CSRF_TRUSTED_ORIGINS must begin with its scheme', got: bare.join(', '), todo: `write https://${bare[0]!.replace(/^\./, '*.')}` }];
}
