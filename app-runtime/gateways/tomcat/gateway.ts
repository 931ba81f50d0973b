import type { Gateway } from '../../gateway/gateway.js';
import { jvmGateway } from './jvm.js';

/** Tomcat serving a WAR, embedded into a launcher that takes the inherited socket. */
export const gateway: Gateway = jvmGateway('tomcat', 'Tomcat', 'paddock.tomcat.Main');
