/** What Gunicorn serves: `package.module:attribute`, or a call of a factory there with plain arguments. */
export const serves = {
  pattern: /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\([\w ,.='"]*\))?$/,
  must: 'a WSGI callable such as shop.wsgi:application',
} as const;
