// The top of the page: what runs, what needs a look, and the tiles.

import { At, History, Tile } from '/charts.js';
import { ago, byId, clock, duration, Facts, make, mark, mebibytes, number, percent, plural, Rows, say, show } from '/dom.js';

/** Seconds that a figure must be beyond its bound, or within it, before the list says so: a waver is no news. */
const Settled = 4;

const facts = new Facts(byId('facts'));
const problems = new Rows(byId('problem-list'), () => {
  const element = make('li');
  return { element, update: problem => say(element, problem.text) };
});
const attention = new Rows(byId('attention'), () => {
  const text = make('span'), symbol = make('span', { 'aria-hidden': 'true' });
  const element = make('li', {}, symbol, ' ', text);
  return {
    element, update: item => {
      mark(element, 'data-level', item.level);
      say(symbol, item.level === 'ok' ? '✓' : item.level === 'warn' ? '▲' : '✕');
      say(text, item.text);
    }
  };
});
const history = new History();
const streaks = new Map();
const ms = value => `${number(value, value < 100 ? 1 : 0)} ms`;

const tiles = {
  rps: new Tile({ title: 'Requests', columns: [At.rps], least: 1, figure: v => `${number(v, v < 10 ? 1 : 0)}/s` }),
  errors: new Tile({ title: 'Errors (5xx)', columns: [At.errors], least: 0.01, figure: v => `${percent(v)} %` }),
  latency: new Tile({
    title: 'Latency', wide: true, columns: [At.p50, At.p95, At.p99], names: ['p50', 'p95', 'p99'], least: 1, logarithmic: true, figure: ms,
    limit: s => 2 * s.targets.p99_ms, marks: s => [s.targets.p50_ms, s.targets.p95_ms, s.targets.p99_ms],
  }),
  inFlight: new Tile({ title: 'In flight', columns: [At.inFlight], least: 10, figure: v => number(v) }),
  cpu: new Tile({
    title: 'CPU', columns: [At.cpu], least: 0.1, figure: v => `${number(v, 2)} cores`,
    limit: s => s.now.cpu_limit_cores,
  }),
  memory: new Tile({
    title: 'Memory', columns: [At.memory], least: 1048576, figure: v => `${mebibytes(v)} MiB`,
    limit: s => s.now.memory_limit_bytes,
  }),
  refused: new Tile({ title: 'Refused', columns: [At.refused], least: 1, figure: v => `${number(v, 1)}/s` }),
};

/** A figure with its unit behind it, each in its own element. */
function figure(tile, ...parts) {
  tile.figures ??= parts.map(() => {
    const elements = [make('b'), make('span', { class: 'unit' }), make('span', { class: 'target' })];
    tile.value.append(make('span', { class: 'figure' }, ...elements));
    return elements;
  });
  parts.forEach(([value, unit, target = '', level = null], index) => {
    const [main, small, below] = tile.figures[index];
    say(main, value);
    say(small, unit);
    say(below, target);
    mark(below, 'data-level', level);
  });
}

export function fillHistory(data) {
  history.fill(data.points);
}

export function showOverview(snapshot) {
  history.add(snapshot);
  showFacts(snapshot);
  showTiles(snapshot);
  const items = whatNeedsALook(snapshot);
  const count = items.filter(item => item.level !== 'ok').length;
  attention.show(items, item => item.text);
  const title = `${count > 0 ? `(${count}) ` : ''}${snapshot.pod} · Gateway`;
  if (document.title !== title) {
    document.title = title;
  }
}

function showFacts(snapshot) {
  const now = Date.parse(snapshot.at), config = snapshot.config, last = config.last_reload;
  const failed = last !== null && last.result !== 'success';
  const state = snapshot.drain === 'shutdown' ? ['▼ shutting down', 'warn'] : snapshot.drain === 'manual' ? ['▼ draining, asked by an operator', 'warn']
    : snapshot.not_ready !== null ? [`▽ ${snapshot.not_ready}`, 'warn'] : ['✓ ready', 'ok'];
  say(byId('pod'), snapshot.pod);
  facts.set('State', ...state);
  facts.set('Version', snapshot.version);
  facts.set('Up for', duration(snapshot.uptime_seconds));
  facts.set('Configuration', `generation ${config.generation}, loaded ${ago(config.loaded_at, now)}`);
  facts.set('Last reload', last === null ? 'none yet' : `${failed ? '✕ failed' : '✓ done'} at ${clock(last.at, now)}`, failed ? 'bad' : null);
  problems.show(failed ? last.problems.map((text, index) => ({ text, index })) : [], problem => problem.index);
  show(byId('problems'), failed);
}

function showTiles(snapshot) {
  const { now, targets } = snapshot;
  const against = (value, target) => value === null ? [`target ${number(target)}`] : value <= target
    ? [`✓ target ${number(target)}`] : [`▲ target ${number(target)}`, 'warn'];
  figure(tiles.rps, [number(now.rps, now.rps < 100 ? 1 : 0), '/s']);
  say(tiles.rps.note, `built for ${number(targets.requests_per_second)}/s`);
  figure(tiles.errors, [percent(now.error_share), '%']);
  say(tiles.errors.note, `${number(snapshot.errors_total)} since the start`);
  figure(tiles.latency, ...[['p50', now.p50_ms, targets.p50_ms], ['p95', now.p95_ms, targets.p95_ms], ['p99', now.p99_ms, targets.p99_ms]]
    .map(([name, value, target]) => [number(value, value < 100 ? 1 : 0), `ms ${name}`, ...against(value, target)]));
  figure(tiles.inFlight, [number(now.in_flight), '']);
  say(tiles.inFlight.note, `of ${number(now.in_flight_limit)} at most; wait for a processor ${number(now.queue_delay_ms, 1)} ms`);
  figure(tiles.cpu, [number(now.cpu_cores, 2), 'cores']);
  say(tiles.cpu.note, now.cpu_limit_cores === null ? 'no limit known' : `${number(now.cpu_cores / now.cpu_limit_cores * 100)} % of ${number(now.cpu_limit_cores, 1)} cores`);
  figure(tiles.memory, [mebibytes(now.memory_bytes), 'MiB']);
  say(tiles.memory.note, now.memory_limit_bytes === null ? 'no limit known' : `${number(now.memory_bytes / now.memory_limit_bytes * 100)} % of ${mebibytes(now.memory_limit_bytes)} MiB`);
  figure(tiles.refused, [number(now.refused_rps, 1), '/s']);
  const reasons = Object.entries(now.refusals).filter(([, rate]) => rate > 0).sort((a, b) => b[1] - a[1]);
  say(tiles.refused.note, reasons.length === 0 ? 'nothing refused' : reasons.map(([reason, rate]) => `${reason} ${number(rate, 1)}`).join(' · '));
  for (const tile of Object.values(tiles)) {
    tile.draw(history.points, snapshot);
  }
  say(tiles.latency.note, `logarithmic, up to ${tiles.latency.scale.textContent}; dashed: the targets`);
}

/** Sentences without figures, so that each is told once and not every second. */
function whatNeedsALook(snapshot) {
  const { now, targets, auth } = snapshot, items = [];
  const add = (level, text) => items.push({ level, text });
  const settled = (beyond, level, text) => {
    const streak = Math.min(2 * Settled, Math.max(0, (streaks.get(text) ?? 0) + (beyond ? 1 : -1)));
    streaks.set(text, streak);
    if (streak >= Settled) {
      add(level, text);
    }
  };
  if (snapshot.drain !== 'off') {
    add('warn', snapshot.drain === 'manual' ? 'This gateway is draining: an operator asked for it' : 'This gateway is shutting down');
  } else if (snapshot.not_ready !== null) {
    add('warn', `This gateway is not ready: ${snapshot.not_ready}`);
  }
  if (snapshot.config.last_reload !== null && snapshot.config.last_reload.result !== 'success') {
    add('bad', 'The last reload of the configuration failed');
  }
  for (const service of snapshot.services) {
    const bad = service.instances.filter(instance => !isFine(instance.state)).length;
    if (service.instances.length === 0) {
      add('bad', `${service.name} has no instance`);
    } else if (bad > 0) {
      add(bad === service.instances.length ? 'bad' : 'warn', `${service.name}: ${bad} of ${plural(service.instances.length, 'instance')} not ok`);
    }
    if (service.discovery.stale_seconds > 60) {
      add('warn', `${service.name}: nobody confirms its instances`);
    }
  }
  if (snapshot.rate_limit_store.degraded) {
    add('warn', 'The store of the rate limits is away');
  }
  if (auth.store_degraded) {
    add('warn', 'The store of the tokens is away');
  }
  settled(auth.failed_per_second > 0, 'bad', 'The auth service does not answer');
  settled(now.p99_ms > targets.p99_ms || now.p95_ms > targets.p95_ms || now.p50_ms > targets.p50_ms, 'warn', 'Latency is above its target');
  settled(now.error_share > 0.01, 'bad', 'More than 1 % of the answers are errors');
  settled(now.cpu_limit_cores !== null && now.cpu_cores > 0.9 * now.cpu_limit_cores, 'warn', 'The processor is nearly used up');
  settled(now.memory_limit_bytes !== null && now.memory_bytes > 0.9 * now.memory_limit_bytes, 'warn', 'Memory is nearly used up');
  if (items.length === 0) {
    const instances = snapshot.services.reduce((sum, service) => sum + service.instances.length, 0);
    add('ok', `All is well: ${plural(snapshot.services.length, 'service')}, ${plural(instances, 'instance')}`);
  }
  return items;
}

export const isFine = state => state === 'ok' || state === 'slow_start' || state === 'unknown';
