/** Names of what the roles of split-tier agree on. */
export const splitTier = {
  /** Port on which an app server's gateway takes requests from nginx balancers. */
  gatewayPort: 8000,
  /** Port on which an app server's agent tells balancers how it is: `GET /health`. */
  healthPort: 8001,
  /** Port of an app server's or a balancer's nginx, behind a load balancer that ends no TLS or has ended it. */
  proxyPort: { http: 80, https: 443 },
  /** Port on which a machine's nginx answers the health checks of a load balancer. */
  checkPort: 81,
  /** Lifecycle hooks of both groups, by name. */
  hooks: { launching: 'paddock-launching', terminating: 'paddock-terminating' },
  /** Namespace of the metrics that machines publish. */
  namespace: 'Paddock',
} as const;

/** Name of the Secrets Manager secret that is `SECRET_KEY` on every server of a deployment. */
export const secretKeyOf = (deployment: string): string => `paddock/${deployment}/secret-key`;
