/** Tag by which a role knows the machines of its own deployment. */
export const DEPLOYMENT_TAG = 'paddock:deployment';

/** Tag that says which role a machine has: single-node, app-server or balancer. */
export const ROLE_TAG = 'paddock:role';
