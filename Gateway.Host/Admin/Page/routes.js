// Routes: what is configured, joined with the traffic of the last minute.

import { byId, getJson, make, number, percent, Rows, say, show, Table } from '/dom.js';
import { openDetail } from '/operate.js';

/** Rows at first, and milliseconds between two sortings: rows that move each second cannot be read. */
const AtFirst = 60, SortEvery = 10000;

const table = new Table(byId('route-table'), 'Routes', [
  ['Route', 'name'], ['Pattern', 'code'], ['Methods', 'short'], ['Service', 'short'], ['Auth and limits', 'short'], ['req/s', 'n'],
  ['p50 ms', 'n'], ['p99 ms', 'n'], ['4xx %', 'n'], ['5xx %', 'n'],
]);
const body = table.body(), filter = byId('route-filter'), onlyBusy = byId('only-busy'), order = byId('route-order'), more = byId('more-routes');
const rows = new Rows(body, newRoute);
const Orders = {
  busy: (a, b) => (traffic[b.name]?.rps ?? -1) - (traffic[a.name]?.rps ?? -1),
  slow: (a, b) => (traffic[b.name]?.p99_ms ?? -1) - (traffic[a.name]?.p99_ms ?? -1),
  bad: (a, b) => (traffic[b.name]?.share_5xx ?? -1) - (traffic[a.name]?.share_5xx ?? -1),
  name: () => 0,
};
let routes = [], traffic = {}, generation = null, asking = false, all = false, sorted = [], sortedAt = -Infinity;

function newRoute() {
  const { element, cells } = table.row();
  const button = make('button', { type: 'button', class: 'name' });
  cells[0].append(button);
  let current;
  button.addEventListener('click', () => openRoute(current.name));
  return {
    element, update: route => {
      current = route;
      const now = traffic[route.name];
      say(button, route.name);
      say(cells[1], (route.host ?? '') + (route.pattern ?? ''));
      say(cells[2], route.methods === undefined ? '' : route.methods?.join(' ') ?? 'all');
      say(cells[3], route.split == null ? route.service ?? '' : `${route.service}, split`);
      say(cells[4], [route.auth ?? '', ...route.rate_limits ?? []].join(' · '));
      say(cells[5], number(now?.rps, 1));
      say(cells[6], number(now?.p50_ms, 1));
      say(cells[7], number(now?.p99_ms, 1));
      say(cells[8], percent(now?.share_4xx));
      say(cells[9], percent(now?.share_5xx));
    }
  };
}

export function showRoutes(snapshot) {
  traffic = snapshot.routes;
  if (generation !== snapshot.config.generation && !asking) {
    ask(snapshot.config.generation);
  }
  render(performance.now() - sortedAt > SortEvery && !body.matches(':hover, :focus-within'));
}

async function ask(wanted) {
  asking = true;
  try {
    routes = (await getJson('/admin/v1/routes')).routes;
    generation = wanted;
    render(true);
  } catch (failure) {
    say(byId('routes-count'), `The routes cannot be read: ${failure.message}`);
  } finally {
    asking = false;
  }
}

function render(sort) {
  if (sort) {
    // What has traffic and is no route, as requests without one, is shown as well.
    const names = new Set(routes.map(route => route.name));
    const others = Object.keys(traffic).filter(name => !names.has(name)).map(name => ({ name }));
    const inOrder = order.value === 'name' ? (a, b) => a.name < b.name ? -1 : 1 : Orders[order.value];
    sorted = [...routes, ...others].sort(inOrder);
    sortedAt = performance.now();
  }
  const text = filter.value.trim().toLowerCase();
  const found = sorted.filter(route => (!onlyBusy.checked || traffic[route.name] !== undefined)
    && (text === '' || [route.name, route.host, route.pattern, route.service].some(part => part?.toLowerCase().includes(text))));
  const shown = all ? found : found.slice(0, AtFirst);
  rows.show(shown, route => route.name);
  show(more, found.length > shown.length);
  say(more, `Show all ${found.length}`);
  if (generation !== null) {
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
async function openRoute(name) {
  const place = make('div'), status = make('p', { role: 'status' }, 'Reading…');
  openDetail(`Route ${name}`, [status, place]);
  try {
    const { values } = await getJson(`/admin/v1/routes/${encodeURIComponent(name)}`);
    const settings = new Table(place, `Effective configuration of ${name}`, [['Key', 'code'], ['Value', 'code'], ['Origin', 'code']]);
    const rowsOfValues = settings.body();
    for (const { key, value, origin } of values) {
      const { element, cells } = settings.row();
      say(cells[0], key);
      say(cells[1], value ?? '–');
      say(cells[2], origin);
      rowsOfValues.append(element);
    }
    say(status, values.length === 0 ? 'Nothing is configured for it.' : 'What is in force, and where it was written.');
  } catch (failure) {
    say(status, `It cannot be read: ${failure.message}`);
  }
}
