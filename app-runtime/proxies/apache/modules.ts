/**
 * Modules of Apache that its files need, and no other: those that Debian builds in are not among them. Of two that act at the same time the first
 * one goes first: a request has its unique id before log.conf reads it.
 */
export const MODULES = [
  'mpm_event', 'authz_core', 'mime', 'env', 'unique_id', 'setenvif', 'headers', 'remoteip', 'reqtimeout', 'alias', 'rewrite', 'filter', 'deflate', 'buffer', 'lua',
  'proxy', 'proxy_http', 'proxy_fcgi',
] as const;
