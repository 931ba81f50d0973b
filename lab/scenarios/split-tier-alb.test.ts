import { PROXIES } from '../../app-runtime/settings.js';
import { fleetScenarios } from './split-tier.js';
import { turn } from './turn.js';

/** `PROXY=apache` names the one to ask. */
fleetScenarios('alb', '-c', `proxy=${process.env['PROXY'] ?? turn(PROXIES)}`);
