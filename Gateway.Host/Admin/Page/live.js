// Keeps the figures coming: by the stream; while there is none, by asking every two seconds.

import { getJson } from '/dom.js';

/** Milliseconds. The stream sends every second, so five of silence are a loss although the connection may look open. */
const Silence = 5000, PollEvery = 2000, StreamAgain = 10000, RestWhenHidden = 60000;

export class Live {
  #source = null;
  #streaming = false;
  #heard = 0;
  #streamAt = Infinity;
  #polling = false;
  #pollAt = 0;
  #lostSince = null;
  #hiddenSince = null;
  #state = 'connecting';

  /** on: { history(data), snapshot(data), state(word, since) }; word is connecting, live, polling, lost or resting. */
  constructor(on) {
    this.on = on;
  }

  start() {
    this.#open();
    setInterval(() => this.#tick(), 1000);
    const look = () => {
      this.#hiddenSince = document.hidden ? performance.now() : null;
      this.#tick();
    };
    document.addEventListener('visibilitychange', look);
    look();
  }

  #open() {
    this.#source?.close();
    this.#streamAt = Infinity;
    this.#heard = performance.now();
    const source = new EventSource('/admin/v1/stream');
    source.addEventListener('history', event => this.on.history(JSON.parse(event.data)));
    source.addEventListener('snapshot', event => {
      this.#heard = performance.now();
      this.#streaming = true;
      this.#lostSince = null;
      this.#say('live');
      this.on.snapshot(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      // An answer that is no stream, as when there are too many viewers, is not tried again by the browser itself.
      if (source.readyState === EventSource.CLOSED) {
        this.#streamAt = performance.now() + StreamAgain;
      }
      this.#lose();
    });
    this.#source = source;
  }

  #lose() {
    this.#streaming = false;
    if (this.#state !== 'polling') {
      this.#lostSince ??= Date.now();
      this.#say('lost');
    }
    this.#poll();
  }

  #say(word) {
    if (this.#state !== word) {
      this.#state = word;
      this.on.state(word, this.#lostSince);
    }
  }

  #tick() {
    const now = performance.now();
    if (this.#hiddenSince !== null) {
      // A viewer who does not look takes no viewer's place.
      if (now - this.#hiddenSince > RestWhenHidden && this.#source !== null) {
        this.#source.close();
        this.#source = null;
        this.#streaming = false;
        this.#say('resting');
      }
      return;
    }
    if (this.#source === null || now >= this.#streamAt) {
      this.#open();
    } else if (this.#streamAt === Infinity && now - this.#heard > Silence) {
      this.#open();
      this.#lose();
    } else if (!this.#streaming && this.#state !== 'connecting') {
      this.#poll();
    }
  }

  async #poll() {
    if (this.#polling || performance.now() < this.#pollAt) {
      return;
    }
    this.#polling = true;
    this.#pollAt = performance.now() + PollEvery - 100;
    try {
      const snapshot = await getJson('/admin/v1/snapshot');
      if (!this.#streaming) {
        this.#lostSince = null;
        this.#say('polling');
        this.on.snapshot(snapshot);
      }
    } catch {
      if (!this.#streaming) {
        this.#lostSince ??= Date.now();
        this.#say('lost');
      }
    } finally {
      this.#polling = false;
    }
  }
}
