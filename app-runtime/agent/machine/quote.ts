import type { Safe } from './template.js';

/** A line break or a control character ends a directive in every format there is; none of them has a use here. */
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Ways to put a text that somebody else wrote into a configuration file, one for each format. Each gives one word, whatever the text.
 * @throws Error when the format has no way to say the text
 */
export const quote = {
  /** A word of nginx.conf. A dollar would begin a variable, and nginx has no escape for it. */
  nginx: (text: string): Safe => {
    refuse('nginx', text, /\$/, 'no dollar sign');
    return `"${text.replace(/["\\]/g, '\\$&')}"` as Safe;
  },

  /** A word of Apache's files, where a dollar or a percent sign would begin a variable. */
  apache: (text: string): Safe => {
    refuse('Apache', text, /[^A-Za-z0-9 ()+,./:=@_~-]/, 'letters, digits, spaces and ( ) + , . / : = @ _ ~ - alone');
    return text as Safe;
  },

  /** The same as part of a regular expression, which stands between quotes. */
  apachePattern: (text: string): Safe => quote.apache(text).replace(/[()+.]/g, '\\$&') as Safe,

  /** A word of a unit's command line, where systemd expands percent signs and dollars. */
  command: (text: string): Safe => {
    refuse('systemd', text);
    return `"${text.replace(/["\\]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')}"` as Safe;
  },

  /** A path that a unit's setting takes whole, unquoted; `command` for the words of a command line. */
  path: (text: string): Safe => {
    refuse('systemd', text, /[^A-Za-z0-9/._@+-]/, 'letters, digits and / . _ @ + - alone');
    return text as Safe;
  },

  /** `NAME="value"`, a line of an environment file as systemd reads it: there nothing is expanded. */
  environment: (name: string, value: string): Safe => {
    refuse('environment file', name, /[^A-Za-z0-9_]|^[0-9]|^$/, 'letters, digits and underscores in the name');
    refuse('environment file', value);
    return assignment(name, value);
  },

  /** The same for a secret, which may have lines, as a key in PEM has; no message holds it. */
  secret: (name: string, value: string): Safe => {
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value)) {
      throw new Error(`secrets.${name}: the value must be text, got a control character other than a line break or a tab; encode it as base64`);
    }
    return assignment(name, value);
  },
};

function assignment(name: string, value: string): Safe {
  return `${name}="${value.replace(/["\\`$]/g, '\\$&')}"` as Safe;
}

function refuse(format: string, text: string, unspeakable = CONTROL, must = 'no control characters'): void {
  if (CONTROL.test(text) || unspeakable.test(text)) throw new Error(`${format}: a value must have ${must}, got ${JSON.stringify(text)}; change it and deploy again`);
}
