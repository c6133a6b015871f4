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

/** Instances up to which every service is open at first; beyond it, and on a phone, only those that need a look. */
const OpenAtFirst = matchMedia('(max-width: 760px)').matches ? 0 : 40;

/** The same for an instance and for the row of its service; 'tail' is what each has to say at the end. */
const columns = [
  ['Service and instance', 'name', instance => instance.name, openInstance],
  ['State and why', 'why'],
  ['Weight', 'n narrow', one => one.weight === undefined ? '' : number(one.weight)],
  ['In flight', 'n', one => number(one.in_flight)],
  ['req/s', 'n', one => number(one.rps, 1)],
  ['p50 ms', 'n', one => number(one.p50_ms, 1)],
  ['p99 ms', 'n', one => number(one.p99_ms, 1)],
  ['5xx %', 'n', one => percent(one.error_share)],
  ['Last check', 'last', one => one.tail],
];
const table = new Table(byId('service-table'), 'Services and their instances', columns);
const filter = byId('service-filter'), onlyBad = byId('only-bad');
const chosen = new Map();
let last = null, detail = null;

/** Makes a cell say a state: its symbol and word, and why. */
function stateIn(cell) {
  const symbol = make('span', { 'aria-hidden': 'true' }), word = make('span'), reason = make('span', { class: 'reason' });
  const chip = make('span', { class: 'chip' }, symbol, ' ', word);
  cell.append(chip, ' ', reason);
  return ({ state: [sign, text, level], why }) => {
    mark(chip, 'data-level', level);
    say(symbol, sign);
    say(word, text);
    say(reason, why);
  };
}

function newInstance() {
  const row = table.row(), showState = stateIn(row.cells[1]);
  return {
    element: row.element, update(instance) {
      row.update(instance);
      showState(instance);
    }
  };
}

function newService() {
  const row = table.row('rowgroup', [['', 'name'], ...columns.slice(1)]), body = table.body(row.element), showState = stateIn(row.cells[1]);
  row.element.className = 'service';
  row.cells[8].dataset.label = 'Chosen by';
  const name = make('span'), toggle = make('button', { type: 'button', class: 'name' }, make('span', { 'aria-hidden': 'true', class: 'arrow' }, '▸'), ' ', name);
  row.cells[0].append(toggle);
  const instances = new Rows(body, newInstance, true);
  let current;
  toggle.addEventListener('click', () => {
    chosen.set(current.name, !current.open);
    render();
  });
  return {
    element: body, update(service) {
      current = service;
      mark(toggle, 'aria-expanded', String(service.open));
      say(name, service.name);
      row.update(service);
      showState(service);
      instances.show(service.open ? service.shown : [], instance => instance.name);
    }
  };
}

function stateOf(service) {
  const all = service.instances.length, fine = service.instances.filter(instance => instance.fine).length;
  return all === 0 ? ['✕', 'no instance', 'bad'] : fine === all ? ['✓', all === 1 ? 'ok' : `all ${all} ok`, 'ok']
    : fine === 0 ? ['✕', `none of ${all} ok`, 'bad'] : ['▲', `${fine} of ${all} ok`, 'warn'];
}

const whyOf = service => [
  service.discovery.stale_seconds > 0 && `not confirmed for ${number(service.discovery.stale_seconds)} s`,
  service.retries_per_second > 0 && `${number(service.retries_per_second, 1)} retries/s`,
].filter(Boolean).join(', ');

const lastCheck = (check, now) => check === null ? 'not checked' : `${check.ok ? '✓' : '✕'} ${check.message}, ${ago(check.at, now)}`;

export function showServices(snapshot) {
  const now = Date.parse(snapshot.at);
  const services = snapshot.services.map(service => {
    const instances = service.instances.map(one => ({
      ...one, service: service.name, fine: isFine(one.state), state: States[one.state] ?? ['?', one.state, 'warn'], tail: lastCheck(one.last_check, now)
    }));
    const told = { ...service, instances, why: whyOf(service), tail: `${service.load_balancing}, ${service.discovery.kind}`, in_flight: instances.reduce((sum, one) => sum + one.in_flight, 0) };
    told.state = stateOf(told);
    return told;
  });
  const all = services.flatMap(service => service.instances);
  last = { now, services, total: all.length };
  const bad = all.filter(instance => !instance.fine).length;
  say(byId('services-count'), `${plural(services.length, 'service')}, ${plural(all.length, 'instance')}, ${bad === 0 ? 'all ok' : `${bad} not ok`}`);
  render();
}

const groups = new Rows(table.element, newService);

function render() {
  if (last === null) {
    return;
  }
  const text = filter.value.trim().toLowerCase(), openAll = text !== '' || onlyBad.checked || last.total <= OpenAtFirst;
  const services = [];
  for (const service of last.services) {
    const named = service.name.toLowerCase().includes(text);
    service.shown = service.instances.filter(one => (named || one.name.toLowerCase().includes(text)) && !(onlyBad.checked && one.fine));
    service.open = chosen.get(service.name) ?? (openAll || service.instances.some(one => !one.fine));
    if (service.shown.length > 0 || (named && !onlyBad.checked)) {
      services.push(service);
    }
  }
  groups.show(services, service => service.name);
  detail?.();
}

filter.addEventListener('input', render);
onlyBad.addEventListener('change', render);

/** All that is known of an instance, and what can be done to it. Lives on while it is open. */
function openInstance({ service, name }) {
  const list = make('dl', { class: 'facts' }), state = make('p'), gone = make('p', { class: 'muted' }, 'This instance is gone.');
  const facts = new Facts(list), showState = stateIn(state), reason = make('p', { class: 'muted', id: 'why-not' }), answer = answerLine();
  const path = `/admin/v1/services/${encodeURIComponent(service)}/instances/${encodeURIComponent(name)}`;
  const set = (to, doing, ask) => ({ method: 'PATCH', path, body: { state: to }, doing, ask });
  const buttons = [
    ['Ready', null, set('ready', 'Making it ready')],
    ['Drain', 'danger', set('drain', 'Draining', { title: 'Drain this instance?', text: `${name} of ${service} gets no new requests; those under way end.`, yes: 'Drain it' })],
    ['Down', 'danger', set('down', 'Taking it down', { title: 'Take this instance down?', text: `${name} of ${service} gets no new requests and counts as unhealthy; requests under way go on.`, yes: 'Take it down' })],
    ['Reset the circuit', null, { method: 'POST', path: `/admin/v1/circuits/${encodeURIComponent(service)}/${encodeURIComponent(name)}`, doing: 'Resetting the circuit' }],
  ].map(([label, kind, what]) => {
    const button = make('button', { type: 'button', class: kind, 'aria-describedby': 'why-not' }, label);
    button.addEventListener('click', () => change(what, answer));
    return button;
  });
  detail = () => {
    const instance = last.services.find(one => one.name === service)?.instances.find(one => one.name === name), no = mayNot();
    show(gone, instance === undefined);
    say(reason, no ?? '');
    buttons.forEach(button => { button.disabled = no !== null || instance === undefined; });
    if (instance !== undefined) {
      showState(instance);
      describe(facts, instance);
    }
  };
  openDetail(`${name} of ${service}`, [state, gone, list, make('div', { class: 'line' }, ...buttons), reason, answer], () => { detail = null; });
  detail();
}

function describe(facts, instance) {
  const circuit = instance.circuit, until = when => when === null ? '' : ` until ${clock(when, last.now)}`;
  facts.set('Weight', number(instance.weight));
  facts.set('In flight', `${number(instance.in_flight)} of ${number(instance.limit)}`);
  facts.set('Requests', `${number(instance.rps, 1)}/s, ${percent(instance.error_share)} % 5xx`);
  facts.set('Latency', `p50 ${number(instance.p50_ms, 1)} ms, p99 ${number(instance.p99_ms, 1)} ms`);
  facts.set('Last check', instance.tail);
  facts.set('Circuit', circuit.state.replace('_', ' ') + until(circuit.until));
  facts.set('Ejected', instance.ejected_until === null ? 'no' : `yes,${until(instance.ejected_until)}`);
  facts.set('By an operator', instance.override ?? 'nothing');
}
