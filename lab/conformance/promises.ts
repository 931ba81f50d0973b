/** Promises: what every gateway keeps, each with how it is asked on a site that was deployed for it. */
import { drain } from './drain.js';
import { appKilled, brokenRelease, EXPOSED, log, memory, proxyReloaded, sandbox, switches, workerKilled } from './life.js';
import { chunkedUpload, forgedHeaders, largeBody, serves, slowAnswer, staticFiles, streams, tooLargeBody, webSocket } from './requests.js';
import type { Subject } from './subject.js';

export interface Promised {
  /** As the table's column calls it. */
  readonly title: string;
  /** What is asked, for whoever reads the table. */
  readonly what: string;
  /**
   * Finds out whether it is kept.
   * @returns what was measured, where that tells more than that it is kept
   * @throws Error with what came instead
   */
  readonly keep: (site: Subject, extent: Extent) => Promise<string | void>;
}

/** How long one asks. */
export interface Extent {
  /** Releases that take over one after another while visitors ask. */
  readonly switches: number;
}

export const promises: readonly Promised[] = [
  { title: 'serves', what: 'its page answers 200', keep: serves },
  { title: 'static files', what: 'the proxy serves them, a hashed name for a year, another one with a question a minute', keep: staticFiles },
  { title: '10 MB body', what: 'arrives whole', keep: largeBody },
  { title: '11 MB body', what: 'is refused with 413, and never reaches the application', keep: tooLargeBody },
  { title: '25 s answer', what: 'is waited for', keep: slowAnswer },
  { title: 'chunked upload', what: 'arrives whole, without a length', keep: chunkedUpload },
  { title: 'streams', what: 'the parts of an answer come as they are sent, when the application asks for it', keep: streams },
  { title: 'WebSocket', what: 'what is sent comes back, through the proxy', keep: webSocket },
  { title: 'headers', what: 'a visitor can forge neither who they are nor how they came, and a foreign host is turned away', keep: forgedHeaders },
  { title: 'log', what: 'one JSON line a request, and the same request id in the log of the application', keep: log },
  { title: 'worker killed', what: 'the site answers its visitors, and there are as many workers again', keep: workerKilled },
  { title: 'app killed', what: 'the site answers again; where another server stands in, its visitors have errors for 3 s at most', keep: appKilled },
  { title: 'broken release', what: 'is refused, and what served goes on without a request lost', keep: brokenRelease },
  { title: 'switch', what: 'releases take over under load, and no request is lost', keep: switches },
  { title: 'drain', what: 'a request that began before a switch is answered after it, and the old release ends inside the budget', keep: drain },
  { title: 'proxy reload', what: 'a deploy with `maxBodyMiB=12` lets 12 MB through, and no visitor who comes meanwhile loses a request', keep: proxyReloaded },
  { title: 'memory', what: 'all processes of the application, after all this, in proportion to what they share', keep: memory },
  { title: 'sandbox', what: `systemd counts an exposure of ${EXPOSED} at the most`, keep: sandbox },
];
