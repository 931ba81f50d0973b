/** What Puma and Unicorn serve: a rackup file of the application. */
export const serves = {
  pattern: /^(?!.*\.\.)\w[\w.-]*(\/\w[\w.-]*)*\.ru$/,
  must: 'a rackup file such as config.ru',
} as const;
