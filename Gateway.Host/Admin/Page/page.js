// The page: what comes from the gateway goes to every part, and whether it still comes is told above them.

import { byId, clock, duration, mark, say, show } from '/dom.js';
import { Live } from '/live.js';
import { fillHistory, showOverview } from '/overview.js';
import { showOperate, whenMayChanges } from '/operate.js';
import { showPanels } from '/panels.js';
import { showRoutes } from '/routes.js';
import { showServices } from '/services.js';

const parts = [showOverview, showOperate, showServices, showRoutes, showPanels];
const Words = {
  connecting: ['◌', 'connecting'],
  live: ['●', 'live'],
  polling: ['◑', 'asking every 2 s: there is no stream'],
  lost: ['⚠', 'connection lost'],
  resting: ['◌', 'resting while hidden'],
};
let last = null, lostSince = null;

/** How many have been shown: for tests, as is the export of the function. */
export let updates = 0;

export function showSnapshot(snapshot) {
  last = snapshot;
  for (const part of parts) {
    try {
      part(snapshot);
    } catch (failure) {
      // One part that cannot show something must not hide the others.
      console.error(failure);
    }
  }
  updates++;
}

function showLost() {
  show(byId('lost'), lostSince !== null);
  if (lostSince !== null) {
    say(byId('lost-for'), `(${duration((Date.now() - lostSince) / 1000)})`);
  }
}

const live = new Live({
  history: fillHistory,
  snapshot: showSnapshot,
  state(word, since) {
    lostSince = word === 'lost' ? since : null;
    mark(byId('link'), 'data-link', word);
    say(byId('link-symbol'), Words[word][0]);
    say(byId('link-word'), word === 'lost' ? `connection lost since ${clock(since)}` : Words[word][1]);
    if (lostSince !== null) {
      say(byId('lost-text'), `Connection lost since ${clock(since)}. ${last === null ? 'There are no figures yet.' : `The figures are those of ${clock(last.at, Date.parse(last.at))}.`} Trying again…`);
    }
    showLost();
  },
});
whenMayChanges(() => last !== null && showServices(last));
setInterval(showLost, 1000);
live.start();
