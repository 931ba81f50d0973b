export { overruled } from './context.js';
export { DataStack, type DataStackProps } from './data-stack.js';
export type { DeploymentProps } from './deployment.js';
export { Refusal, refusalsInOneLine } from './refuse.js';
export { Secret } from './secret.js';
export { SingleNodeStack, type SingleNodeStackProps } from './single-node-stack.js';
