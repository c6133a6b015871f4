// Routes: what is configured, joined with the traffic of the last minute.

import { byId, getJson, make, number, percent, Rows, say, show, Table } from '/dom.js';
import { openDetail } from '/operate.js';

/** Rows at first; milliseconds between two sortings, since rows that move each second cannot be read, and after a question that failed. */
const AtFirst = 60, SortEvery = 10000, AskAgain = 5000;

const table = new Table(byId('route-table'), 'Routes', [
  ['Route', 'name', route => route.name, openRoute],
  ['Pattern', 'code', route => (route.host ?? '') + (route.pattern ?? '')],
  ['Methods', 'short', route => route.pattern === undefined ? '' : route.methods?.join(' ') ?? 'all'],
  ['Service', 'short', route => (route.service ?? '') + (route.split == null ? '' : ', split')],
  ['Auth and limits', 'short', route => [route.auth, ...route.rate_limits ?? []].join(' · ')],
  ['req/s', 'n', route => number(traffic[route.name]?.rps, 1)],
  ['p50 ms', 'n', route => number(traffic[route.name]?.p50_ms, 1)],
  ['p99 ms', 'n', route => number(traffic[route.name]?.p99_ms, 1)],
  ['4xx %', 'n', route => percent(traffic[route.name]?.share_4xx)],
  ['5xx %', 'n', route => percent(traffic[route.name]?.share_5xx)],
]);
const body = table.body(), filter = byId('route-filter'), onlyBusy = byId('only-busy'), order = byId('route-order'), more = byId('more-routes');
const rows = new Rows(body, () => table.row(), true);
const Orders = { busy: 'rps', slow: 'p99_ms', bad: 'share_5xx' };
let routes = [], traffic = {}, loaded = null, askAt = 0, all = false, sorted = [], sortedAt = -Infinity;

export function showRoutes(snapshot) {
  traffic = snapshot.routes;
  // A gateway that has been started again counts its generations from one.
  const wanted = `${snapshot.config.generation} ${snapshot.config.loaded_at}`;
  if (loaded !== wanted && performance.now() >= askAt) {
    ask(wanted);
  }
  render(performance.now() - sortedAt > SortEvery && !body.matches(':hover, :focus-within'));
}

async function ask(wanted) {
  askAt = Infinity;
  try {
    routes = (await getJson('/admin/v1/routes')).routes;
    loaded = wanted;
    render(true);
  } catch (failure) {
    say(byId('routes-count'), `The routes cannot be read: ${failure.message}`);
  } finally {
    askAt = performance.now() + (loaded === wanted ? 0 : AskAgain);
  }
}

function render(sort) {
  if (sort) {
    // What has traffic and is no route, as requests without one, is shown as well.
    const names = new Set(routes.map(route => route.name));
    const others = Object.keys(traffic).filter(name => !names.has(name)).map(name => ({ name }));
    const figure = Orders[order.value], of = route => traffic[route.name]?.[figure] ?? -1;
    sorted = [...routes, ...others].sort((a, b) => of(b) - of(a) || (a.name < b.name ? -1 : 1));
    sortedAt = performance.now();
  }
  const text = filter.value.trim().toLowerCase();
  const found = sorted.filter(route => (!onlyBusy.checked || traffic[route.name] !== undefined)
    && (text === '' || [route.name, route.host, route.pattern, route.service].some(part => part?.toLowerCase().includes(text))));
  const shown = all ? found : found.slice(0, AtFirst);
  rows.show(shown, route => route.name);
  show(more, found.length > shown.length);
  say(more, `Show all ${found.length}`);
  if (loaded !== null) {
    say(byId('routes-count'), found.length === sorted.length ? `${sorted.length}` : `${found.length} of ${sorted.length}`);
  }
}

filter.addEventListener('input', () => render(false));
onlyBusy.addEventListener('change', () => render(false));
order.addEventListener('change', () => render(true));
more.addEventListener('click', () => {
  all = true;
  render(false);
  rows.parent.children[AtFirst]?.querySelector('button').focus();
});

/** The configuration that a route really has, and where each value was written. */
async function openRoute({ name }) {
  const place = make('div'), status = make('p', { role: 'status' }, 'Reading…');
  openDetail(`Route ${name}`, [status, place]);
  try {
    const { values } = await getJson(`/admin/v1/routes/${encodeURIComponent(name)}`);
    const settings = new Table(place, `Effective configuration of ${name}`,
      [['Key', 'code', one => one.key], ['Value', 'code', one => one.value ?? '–'], ['Origin', 'code', one => one.origin]]);
    new Rows(settings.body(), () => settings.row()).show(values, one => one.key);
    say(status, values.length === 0 ? 'Nothing is configured for it.' : 'What is in force, and where it was written.');
  } catch (failure) {
    say(status, `It cannot be read: ${failure.message}`);
  }
}
