// A worker's mark, as docs/gateway-contract.md has it: a byte for each request that it can work on at once, and two that count who waits.
'use strict';
const fs = require('node:fs');
const { join } = require('node:path');

class WorkerMark {
  // Requests that were begun and are not answered.
  inFlight = 0;

  constructor(places) {
    this.places = places;
    this.file = fs.openSync(join(process.env.RUNTIME_DIRECTORY, String(process.pid)), 'w+', 0o600);
    fs.writeSync(this.file, Buffer.alloc(places + 2));
    // Whoever watches sees that the worker's loop turns.
    setInterval(() => fs.futimesSync(this.file, new Date(), new Date()), 1000).unref();
  }

  begin() {
    this.say(++this.inFlight, 1);
  }

  end() {
    this.say(this.inFlight--, 0);
  }

  say(number, busy) {
    if (number <= this.places) {
      fs.writeSync(this.file, Buffer.from([busy]), 0, 1, number - 1);
    } else {
      const beyond = Buffer.alloc(2);
      beyond.writeUInt16LE(Math.min(65535, number - this.places - 1 + busy));
      fs.writeSync(this.file, beyond, 0, 2, this.places);
    }
  }
}

module.exports = { WorkerMark };
