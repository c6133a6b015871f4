// Rate limits, authentication, and the last errors.

import { atMostEvery, byId, clock, Facts, getJson, mark, number, percent, plural, Rows, say, Table } from '/dom.js';

/** Milliseconds between two fetches of the errors, however many there are. */
const ErrorsEvery = 2000;

const rate = value => `${number(value, 1)}/s`;
const orDash = parts => parts.length === 0 ? '–' : parts.join(', ');

const limits = new Table(byId('limit-table'), 'Rate limits', [
  ['Policy', 'name', limit => limit.policy],
  ['Counted by', 'short', limit => limit.key],
  ['Capacity', 'n', limit => number(limit.capacity)],
  ['Refill/s', 'n', limit => number(limit.refill_per_second, 1)],
  ['Buckets', 'n', limit => number(limit.buckets)],
  ['Allowed/s', 'n', limit => number(limit.allowed_rps, 1)],
  ['Refused/s', 'n', limit => number(limit.refused_rps, 1)],
  ['Decided by', 'short', limit => orDash(Object.entries(limit.sources).filter(([, value]) => value > 0).map(([source, value]) => `${source} ${rate(value)}`))],
  ['Refused most', 'code', limit => orDash(limit.top_refused.map(top => `${top.key} ×\u00a0${number(top.refused)}`))],
]);
const limitRows = new Rows(limits.body(), () => limits.row());

const errors = new Table(byId('error-table'), 'The last errors, newest first', [
  ['Time', 'time', error => clock(error.at, now)],
  ['Status and reason', 'short', error => `${error.status} ${error.reason ?? 'by the service'}`],
  ['Request', 'code', error => `${error.method} ${error.path}`],
  ['Route, service, instance', 'code', error => [error.route, error.service, error.instance].filter(part => part != null).join(' → ') || '–'],
  ['ms', 'n', error => number(error.duration_ms, 1)],
  ['Attempts', 'n', error => number(error.attempts)],
  ['Client', 'code ip', error => error.client_ip ?? '–'],
  ['Correlation id', 'code id', error => error.correlation_id, error => {
    errorFilter.value = error.correlation_id;
    renderErrors();
    errorFilter.focus();
  }],
]);
const errorRows = new Rows(errors.body(), () => errors.row());
const errorFilter = byId('error-filter'), hold = byId('hold-errors');
let recent = [], total = null, ever = 0, now = 0;

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

const authFacts = new Facts(byId('auth-facts'));

export function showPanels(snapshot) {
  limitRows.show(snapshot.rate_limits, limit => limit.policy);
  const store = snapshot.rate_limit_store;
  say(byId('limit-store'), snapshot.rate_limits.length === 0 ? 'none configured' : store.degraded ? `▲ ${store.kind} is away; each gateway decides by itself`
    : `counted in ${store.kind}${store.replicas > 1 ? `, by ${store.replicas} gateways together` : ''}`);
  showAuth(snapshot.auth);
  [ever, now] = [snapshot.errors_total, Date.parse(snapshot.at)];
  if (ever !== total && hold.getAttribute('aria-pressed') !== 'true') {
    fetchErrors();
  }
}

function showAuth(auth) {
  say(byId('auth-note'), !auth.configured ? 'not configured: no request is authenticated' : auth.store_degraded ? '▲ the shared store is away' : '');
  authFacts.set('From the cache', `${percent(auth.hit_share)} %`);
  authFacts.set('Hits', rate(auth.hits_per_second));
  authFacts.set('Known to be invalid', rate(auth.negative_hits_per_second));
  authFacts.set('Misses', rate(auth.misses_per_second));
  authFacts.set('Calls to the service', rate(auth.calls_per_second));
  authFacts.set('Failed calls', rate(auth.failed_per_second), auth.failed_per_second > 0 ? 'bad' : null);
  authFacts.set('Stale serves', rate(auth.stale_per_second), auth.stale_per_second > 0 ? 'warn' : null);
  authFacts.set('Tokens in the cache', number(auth.cached));
  authFacts.set('Revocations', number(auth.revocations));
}
