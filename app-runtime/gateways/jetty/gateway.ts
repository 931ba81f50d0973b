import type { Gateway } from '../../gateway/gateway.js';
import { jvmGateway } from '../tomcat/jvm.js';

/** Jetty serving a WAR, embedded into a launcher that takes the inherited socket. */
export const gateway: Gateway = jvmGateway('jetty', 'Jetty', 'paddock.jetty.Main');
