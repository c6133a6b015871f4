// Rate limits, authentication, and the last errors.

import { atMostEvery, byId, clock, Facts, getJson, make, mark, number, percent, plural, Rows, say, Table } from '/dom.js';

/** Milliseconds between two fetches of the errors, however many there are. */
const ErrorsEvery = 2000;

const limits = new Table(byId('limit-table'), 'Rate limits', [
  ['Policy', 'name'], ['Counted by', 'short'], ['Capacity', 'n'], ['Refill/s', 'n'], ['Buckets', 'n'], ['Allowed/s', 'n'], ['Refused/s', 'n'],
  ['Decided by', 'short'], ['Refused most', 'code'],
]);
const limitRows = new Rows(limits.body(), () => {
  const { element, cells } = limits.row();
  return {
    element, update: limit => {
      const sources = Object.entries(limit.sources).filter(([, rate]) => rate > 0);
      say(cells[0], limit.policy);
      say(cells[1], limit.key);
      say(cells[2], number(limit.capacity));
      say(cells[3], number(limit.refill_per_second, 1));
      say(cells[4], number(limit.buckets));
      say(cells[5], number(limit.allowed_rps, 1));
      say(cells[6], number(limit.refused_rps, 1));
      say(cells[7], sources.length === 0 ? '–' : sources.map(([source, rate]) => `${source} ${number(rate, 1)}/s`).join(', '));
      say(cells[8], limit.top_refused.length === 0 ? '–' : limit.top_refused.map(top => `${top.key} ×\u00a0${number(top.refused)}`).join(', '));
    }
  };
});

const errors = new Table(byId('error-table'), 'The last errors, newest first', [
  ['Time', 'time'], ['Status and reason', 'short'], ['Request', 'code wide'], ['Route, service, instance', 'code'], ['ms', 'n'], ['Attempts', 'n'],
  ['Client', 'code'], ['Correlation id', 'code'],
]);
const errorRows = new Rows(errors.body(), newError);
const errorFilter = byId('error-filter'), hold = byId('hold-errors');
let recent = [], total = null, ever = 0;

function newError() {
  const { element, cells } = errors.row();
  const id = make('button', { type: 'button', class: 'name', title: 'Show only this one' });
  cells[7].append(id);
  return {
    element, update: error => {
      say(cells[0], clock(error.at));
      say(cells[1], `${error.status} ${error.reason}`);
      say(cells[2], `${error.method} ${error.path}`);
      say(cells[3], [error.route, error.service, error.instance].filter(part => part !== null && part !== undefined).join(' → ') || '–');
      say(cells[4], number(error.duration_ms, 1));
      say(cells[5], number(error.attempts));
      say(cells[6], error.client_ip ?? '–');
      say(id, error.correlation_id);
      id.onclick = () => {
        errorFilter.value = error.correlation_id;
        renderErrors();
        errorFilter.focus();
      };
    }
  };
}

const fetchErrors = atMostEvery(ErrorsEvery, async () => {
  const asked = ever;
  try {
    recent = (await getJson('/admin/v1/errors')).errors.map((error, index, all) => ({ ...error, key: keyOf(error, index, all) }));
    total = asked;
    renderErrors();
  } catch (failure) {
    say(byId('errors-count'), `They cannot be read: ${failure.message}`);
  }
});

/** A client may send one correlation id with two requests at once; then they are told apart by their place among their like. */
function keyOf(error, index, all) {
  const like = all.slice(index + 1).filter(other => other.at === error.at && other.correlation_id === error.correlation_id).length;
  return `${error.at} ${error.correlation_id} ${like}`;
}

function renderErrors() {
  const text = errorFilter.value.trim().toLowerCase();
  const found = text === '' ? recent : recent.filter(error =>
    [error.correlation_id, error.path, error.reason, error.route, error.service, error.instance, error.client_ip, String(error.status)]
      .some(part => part?.toLowerCase().includes(text)));
  errorRows.show(found, error => error.key);
  say(byId('errors-count'), total === 0 || total === null ? 'none since the start'
    : `${found.length === recent.length ? plural(recent.length, 'error') : `${found.length} of ${recent.length}`}, ${number(total)} since the start`);
}

errorFilter.addEventListener('input', renderErrors);
hold.addEventListener('click', () => {
  const held = hold.getAttribute('aria-pressed') !== 'true';
  mark(hold, 'aria-pressed', String(held));
  say(hold, held ? 'Held: show new ones' : 'Hold');
  if (!held && total !== ever) {
    fetchErrors();
  }
});

const auth = new Facts(byId('auth-facts'));

export function showPanels(snapshot) {
  limitRows.show(snapshot.rate_limits, limit => limit.policy);
  const store = snapshot.rate_limit_store;
  say(byId('limit-store'), snapshot.rate_limits.length === 0 ? 'none configured' : store.degraded ? `▲ ${store.kind} is away; each gateway decides by itself`
    : `counted in ${store.kind}${store.replicas > 1 ? `, by ${store.replicas} gateways together` : ''}`);
  showAuth(snapshot.auth);
  ever = snapshot.errors_total;
  if (ever !== total && hold.getAttribute('aria-pressed') !== 'true') {
    fetchErrors();
  }
}

function showAuth(now) {
  say(byId('auth-note'), !now.configured ? 'not configured: no request is authenticated' : now.store_degraded ? '▲ the shared store is away' : '');
  const rate = value => `${number(value, 1)}/s`;
  auth.set('Answered from the cache', `${percent(now.hit_share)} %`);
  auth.set('Hits', rate(now.hits_per_second));
  auth.set('Known to be invalid', rate(now.negative_hits_per_second));
  auth.set('Misses', rate(now.misses_per_second));
  auth.set('Calls to the auth service', rate(now.calls_per_second));
  auth.set('Failed calls', rate(now.failed_per_second), now.failed_per_second > 0 ? 'bad' : null);
  auth.set('Stale serves', rate(now.stale_per_second), now.stale_per_second > 0 ? 'warn' : null);
  auth.set('Tokens in the cache', number(now.cached));
  auth.set('Revocations', number(now.revocations));
}
