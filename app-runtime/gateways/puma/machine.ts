/** Machine: what Puma and Unicorn have in common on one. Both serve Rack applications with Debian's Ruby. */
import type { MachineContext, PlannedFile } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';

const ROOM = 'gateways/puma';
const LIBRARY = '/usr/local/lib/paddock';

/**
 * Debian's packages beside the server's own: Rack loads an application's config.ru, Sinatra is what an application without a Gemfile most likely
 * asks for besides, and Bundler finds the gems of one that has a Gemfile.
 */
export const rackPackages: readonly string[] = ['ruby', 'ruby-rack', 'ruby-sinatra', 'bundler'];

/** What both servers load in their workers. */
export const rackFiles = (): PlannedFile[] => ['paddock_rack.rb', 'paddock_bundle.rb', 'paddock.ru'].map((name) => file(ROOM, `${LIBRARY}/${name}`));

export const rackEnvironment = ({ releaseDirectory }: MachineContext): Safe => render(`${ROOM}/templates/environment.conf`, { release: quote.path(releaseDirectory) });

/** A truth as Ruby says it. */
export const ruby = (truth: boolean): Safe => String(truth) as Safe;
