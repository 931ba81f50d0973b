/** Name of the SSM parameter that holds the ARN of the role by which a deployment's application gets at its files. */
export const mediaRoleParameterOf = (deployment: string): string => `/paddock/${deployment}/media-role`;

/** Where a machine's agent hands the application that role's credentials, as the SDKs of AWS ask for them. A port below 1024 is nobody's but root's. */
export const mediaCredentials = { host: '127.0.0.1', port: 84, path: '/credentials' } as const;
