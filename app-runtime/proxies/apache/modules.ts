/** Modules of Apache that its files need, and no other: those that Debian builds in are not among them. */
export const MODULES = [
  'mpm_event', 'authz_core', 'mime', 'env', 'setenvif', 'unique_id', 'headers', 'remoteip', 'reqtimeout', 'alias', 'rewrite', 'filter', 'deflate', 'buffer', 'lua',
  'proxy', 'proxy_http', 'proxy_fcgi',
] as const;
