// Services and their instances: one table, a group of rows for each service.

import { ago, byId, clock, Facts, make, mark, number, percent, plural, Rows, say, show, Table } from '/dom.js';
import { isFine } from '/overview.js';
import { answerLine, change, mayNot, openDetail } from '/operate.js';

/** A word and a symbol for each state: no state is told by colour alone. */
const States = {
  ok: ['✓', 'ok', 'ok'],
  unknown: ['?', 'not checked yet', 'idle'],
  slow_start: ['◔', 'slow start', 'idle'],
  failing: ['✕', 'failing', 'bad'],
  ejected: ['⊘', 'ejected', 'bad'],
  circuit_open: ['◯', 'circuit open', 'bad'],
  circuit_half_open: ['◐', 'circuit half open', 'warn'],
  draining: ['▽', 'draining', 'warn'],
  down: ['■', 'down', 'warn'],
};

/** Instances up to which every service is open at first; beyond it only those that need a look. */
const OpenAtFirst = 40;

const table = new Table(byId('service-table'), 'Services and their instances', [
  ['Service and instance', 'name'], ['State and why', 'why'], ['Weight', 'n narrow'], ['In flight', 'n'], ['req/s', 'n'], ['p50 ms', 'n'],
  ['p99 ms', 'n'], ['5xx %', 'n'], ['Last check', 'last'],
]);
const filter = byId('service-filter'), onlyBad = byId('only-bad');
const chosen = new Map();
let last = null, detail = null;

function stateOf(cell) {
  const symbol = make('span', { 'aria-hidden': 'true' }), word = make('span'), why = make('span', { class: 'reason' });
  const chip = make('span', { class: 'chip' }, symbol, ' ', word);
  cell.append(chip, ' ', why);
  return instance => {
    const [sign, text, level] = States[instance.state] ?? ['?', instance.state, 'warn'];
    mark(chip, 'data-level', level);
    say(symbol, sign);
    say(word, text);
    say(why, instance.why);
  };
}

function newInstance(service) {
  const { element, cells } = table.row();
  const button = make('button', { type: 'button', class: 'name' });
  cells[0].append(button);
  const showState = stateOf(cells[1]);
  let current;
  button.addEventListener('click', () => openInstance(service, current.name));
  return {
    element, update: instance => {
      current = instance;
      say(button, instance.name);
      showState(instance);
      say(cells[2], number(instance.weight));
      say(cells[3], number(instance.in_flight));
      say(cells[4], number(instance.rps, 1));
      say(cells[5], number(instance.p50_ms, 1));
      say(cells[6], number(instance.p99_ms, 1));
      say(cells[7], percent(instance.error_share));
      say(cells[8], lastCheck(instance.last_check));
    }
  };
}

const lastCheck = check => check === null ? 'not checked' : `${check.ok ? '✓' : '✕'} ${check.message}, ${ago(check.at, Date.parse(last.at))}`;

function newService() {
  const body = make('tbody', { role: 'rowgroup' });
  const { element, cells } = table.row('rowgroup');
  element.className = 'service';
  body.append(element);
  const arrow = make('span', { 'aria-hidden': 'true', class: 'arrow' }, '▸'), name = make('span');
  const toggle = make('button', { type: 'button', class: 'name', 'aria-expanded': 'false' }, arrow, ' ', name);
  cells[0].append(toggle);
  const chip = make('span', { class: 'chip' });
  cells[1].append(chip);
  let current, instances = null;
  toggle.addEventListener('click', () => {
    chosen.set(current.name, !isOpen(current));
    render();
  });
  return {
    element: body, update: service => {
      current = service;
      const open = isOpen(service);
      mark(toggle, 'aria-expanded', String(open));
      say(name, service.name);
      const [level, text] = summary(service);
      mark(chip, 'data-level', level);
      say(chip, text);
      say(cells[3], number(service.instances.reduce((sum, instance) => sum + instance.in_flight, 0)));
      say(cells[4], number(service.rps, 1));
      say(cells[5], number(service.p50_ms, 1));
      say(cells[6], number(service.p99_ms, 1));
      say(cells[7], percent(service.error_share));
      say(cells[8], about(service));
      if (open || instances !== null) {
        instances ??= new Rows(body, () => newInstance(service.name));
        instances.show(open ? service.shown : [], instance => instance.name);
      }
    }
  };
}

function summary(service) {
  const all = service.instances.length, fine = service.instances.filter(instance => isFine(instance.state)).length;
  return all === 0 ? ['bad', '✕ no instance'] : fine === all ? ['ok', `✓ ${all === 1 ? 'ok' : `all ${all} ok`}`]
    : fine === 0 ? ['bad', `✕ none of ${all} ok`] : ['warn', `▲ ${fine} of ${all} ok`];
}

const about = service => [
  service.load_balancing, service.discovery.kind,
  service.discovery.stale_seconds > 0 ? `not confirmed for ${number(service.discovery.stale_seconds)} s` : null,
  service.retries_per_second > 0 ? `${number(service.retries_per_second, 1)} retries/s` : null,
].filter(part => part !== null).join(', ');

function isOpen(service) {
  return chosen.get(service.name)
    ?? (filter.value !== '' || onlyBad.checked || last.total <= OpenAtFirst || service.instances.some(instance => !isFine(instance.state)));
}

export function showServices(snapshot) {
  last = { at: snapshot.at, services: snapshot.services, total: snapshot.services.reduce((sum, service) => sum + service.instances.length, 0), mayNot: mayNot() };
  render();
}

const groups = new Rows(table.element, newService);

function render() {
  if (last === null) {
    return;
  }
  const text = filter.value.trim().toLowerCase();
  const services = [];
  for (const service of last.services) {
    const named = service.name.toLowerCase().includes(text);
    const shown = service.instances.filter(instance => (named || instance.name.toLowerCase().includes(text)) && (!onlyBad.checked || !isFine(instance.state)));
    if (shown.length > 0 || (named && !onlyBad.checked)) {
      services.push({ ...service, shown });
    }
  }
  groups.show(services, service => service.name);
  const bad = last.services.reduce((sum, service) => sum + service.instances.filter(instance => !isFine(instance.state)).length, 0);
  say(byId('services-count'), `${plural(last.services.length, 'service')}, ${plural(last.total, 'instance')}, ${bad === 0 ? 'all ok' : `${bad} not ok`}`);
  detail?.();
}

filter.addEventListener('input', render);
onlyBad.addEventListener('change', render);

/** All that is known of an instance, and what can be done to it. Lives on while it is open. */
function openInstance(serviceName, name) {
  const list = make('dl', { class: 'facts' }), state = make('p'), gone = make('p', { class: 'muted' }, 'This instance is gone.');
  const facts = new Facts(list), showState = stateOf(state), reason = make('p', { class: 'muted', id: 'why-not' }), answer = answerLine();
  const path = `/admin/v1/services/${encodeURIComponent(serviceName)}/instances/${encodeURIComponent(name)}`;
  const set = (to, doing, ask) => () => change({ method: 'PATCH', path, body: { state: to }, doing, ask }, answer);
  const actions = [
    ['Ready', null, set('ready', 'Making it ready')],
    ['Drain', 'danger', set('drain', 'Draining', { title: 'Drain this instance?', text: `${name} of ${serviceName} gets no new requests; those under way end.`, yes: 'Drain it' })],
    ['Down', 'danger', set('down', 'Taking it down', { title: 'Take this instance down?', text: `${name} of ${serviceName} is treated as if it were gone.`, yes: 'Take it down' })],
    ['Reset the circuit', null, () => change(
      { method: 'POST', path: `/admin/v1/circuits/${encodeURIComponent(serviceName)}/${encodeURIComponent(name)}`, doing: 'Resetting the circuit' }, answer)],
  ].map(([label, kind, act]) => {
    const button = make('button', { type: 'button', class: kind, 'aria-describedby': 'why-not' }, label);
    button.addEventListener('click', act);
    return button;
  });
  const update = () => {
    const instance = last.services.find(service => service.name === serviceName)?.instances.find(one => one.name === name);
    show(gone, instance === undefined);
    const no = mayNot();
    say(reason, no ?? '');
    actions.forEach(button => { button.disabled = no !== null || instance === undefined; });
    if (instance !== undefined) {
      showState(instance);
      describe(facts, instance);
    }
  };
  detail = update;
  openDetail(`${name} of ${serviceName}`, [state, gone, list, make('div', { class: 'line' }, ...actions), reason, answer], () => { detail = null; });
  update();
}

function describe(facts, instance) {
  const now = Date.parse(last.at), circuit = instance.circuit;
  facts.set('Weight', number(instance.weight));
  facts.set('In flight', `${number(instance.in_flight)} of ${number(instance.limit)}`);
  facts.set('Requests', `${number(instance.rps, 1)}/s, ${percent(instance.error_share)} % 5xx`);
  facts.set('Latency', `p50 ${number(instance.p50_ms, 1)} ms, p99 ${number(instance.p99_ms, 1)} ms`);
  facts.set('Last check', lastCheck(instance.last_check));
  facts.set('Circuit', circuit.state.replace('_', ' ') + (circuit.until === null ? '' : ` until ${clock(circuit.until, now)}`));
  facts.set('Ejected', instance.ejected_until === null ? 'no' : `until ${clock(instance.ejected_until, now)}`);
  facts.set('By an operator', instance.override ?? 'nothing');
}
