import { fleetScenarios } from './split-tier.js';

fleetScenarios('nginx');
