// How a server of Node.js ends: it takes nothing more, and answers what it took.
'use strict';

// Milliseconds without a request, after which open connections are nobody's question: upgraded ones, or some that never asked. A proxy that
// has connected may not get the processor to send its request at once.
const QUIET = 1000;

// Ends with whether all was answered; some may not be at the request budget, which is in seconds.
function answered(server, mark, budget) {
  return new Promise((resolve) => {
    const began = Date.now();
    let asked = began;
    const timer = setInterval(() => {
      server.closeIdleConnections();
      if (mark.inFlight > 0) asked = Date.now();
      if (Date.now() - asked > QUIET) tell();
      if (Date.now() - began > budget * 1000) tell();
    }, 20);
    const tell = () => {
      clearInterval(timer);
      resolve(mark.inFlight === 0);
    };
    // Once nobody is connected.
    server.close(tell);
  });
}

module.exports = { answered };
