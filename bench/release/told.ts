import type { Switch } from '../../lab/scenarios/terms.js';

/** A line that the driver prints: what serves before the first switch, or a switch. */
export type Told = { readonly serves: string } | Switch;
