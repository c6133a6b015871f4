// What every part of the page uses. Text from the server becomes text nodes and attribute values, never markup.

export const byId = id => document.getElementById(id);

/** A new element. Children are nodes or strings; attributes that are null are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children);
  return element;
}

/** Writes the only text of a node where it differs, so that selections stay and nothing is laid out for nothing. */
export function say(node, text) {
  const first = node.firstChild;
  if (first === null) {
    node.append(text);
  } else if (first.data !== text) {
    first.data = text;
  }
}

/** Sets an attribute where it differs; null takes it away. */
export function mark(node, name, value) {
  if (value === null) {
    if (node.hasAttribute(name)) {
      node.removeAttribute(name);
    }
  } else if (node.getAttribute(name) !== value) {
    node.setAttribute(name, value);
  }
}

export function show(node, visible) {
  if (node.hidden === visible) {
    node.hidden = !visible;
  }
}

/** Rows out of view are written every so many times only. None is older than that when it is read without being seen. */
const SparedTurns = 5;

const watched = new WeakMap();
const view = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) {
    const row = watched.get(target);
    row.inView = isIntersecting;
    if (isIntersecting) {
      row.update(row.item);
    }
  }
}, { rootMargin: '300px' });

/** Children of one parent by their keys: made once, updated in place, moved only when their order changes. */
export class Rows {
  #rows = new Map();
  #turn = 0;

  /** create(item) returns { element, update(item) }. What the parent has already stays above. */
  constructor(parent, create, sparing = false) {
    this.parent = parent;
    this.sparing = sparing;
    this.above = parent.lastElementChild;
    this.create = create;
  }

  show(items, keyOf) {
    const wanted = new Map();
    for (const item of items) {
      wanted.set(keyOf(item), item);
    }
    for (const [key, row] of this.#rows) {
      if (!wanted.has(key)) {
        row.element.remove();
        view.unobserve(row.element);
        this.#rows.delete(key);
      }
    }
    let turn = this.#turn++;
    let at = this.above === null ? this.parent.firstElementChild : this.above.nextElementSibling;
    for (const [key, item] of wanted) {
      let row = this.#rows.get(key);
      if (row === undefined) {
        row = this.create(item);
        this.#rows.set(key, row);
        row.update(item);
        if (this.sparing) {
          watched.set(row.element, row);
          view.observe(row.element);
        }
      }
      row.item = item;
      if (row.element === at) {
        at = at.nextElementSibling;
      } else {
        this.#put(row.element, at);
      }
      if (!this.sparing || row.inView || turn++ % SparedTurns === 0) {
        row.update(item);
      }
    }
  }

  #put(element, before) {
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    this.parent.insertBefore(element, before);
    focused?.focus({ preventScroll: true });
  }
}

/** A table whose rows become cards on a phone. Roles are said aloud: a table that is displayed as blocks loses its own. */
export class Table {
  /** columns: [label, class, text(item), press(item)]; the first is the row's header. What can be pressed is a button. */
  constructor(place, caption, columns) {
    this.columns = columns;
    const heads = columns.map(([label, kind = null]) => make('th', { role: 'columnheader', scope: 'col', class: kind }, label));
    this.element = make('table', { role: 'table', class: 'cards' }, make('caption', { class: 'unseen' }, caption),
      make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads)));
    place.append(this.element);
  }

  /** Another body at the end, with these children. */
  body(...children) {
    const body = make('tbody', { role: 'rowgroup' }, ...children);
    this.element.append(body);
    return body;
  }

  /** A row that says what its columns find in an item. */
  row(scope = 'row', columns = this.columns) {
    const writers = [];
    let current;
    const cells = columns.map(([label, kind = null, text, press], index) => {
      const cell = index === 0 ? make('th', { role: 'rowheader', scope, class: kind }) : make('td', { role: 'cell', class: kind, 'data-label': label });
      const place = press === undefined ? cell : make('button', { type: 'button', class: 'name' });
      if (press !== undefined) {
        place.addEventListener('click', () => press(current));
        cell.append(place);
      }
      if (text !== undefined) {
        writers.push(item => say(place, text(item)));
      }
      return cell;
    });
    return {
      element: make('tr', { role: 'row' }, ...cells), cells, update(item) {
        current = item;
        writers.forEach(write => write(item));
      }
    };
  }
}

/** Terms and their values, in one dl. */
export class Facts {
  #values = new Map();

  constructor(list) {
    this.list = list;
  }

  set(term, text, level = null) {
    let value = this.#values.get(term);
    if (value === undefined) {
      value = make('dd');
      this.#values.set(term, value);
      this.list.append(make('div', {}, make('dt', {}, term), value));
    }
    say(value, text);
    mark(value, 'data-level', level);
  }
}

// Figures in words. What is unknown is a dash.

export function number(value, digits = 0) {
  if (value === null || value === undefined) {
    return '–';
  }
  const [whole, part] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** A share as a percentage; a plain 0 where there is nothing. */
export const percent = share => share === null || share === undefined ? '–' : share === 0 ? '0' : number(share * 100, 2);

export const mebibytes = bytes => bytes === null || bytes === undefined ? '–' : number(bytes / 1048576, 0);

export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) {
    return `${s} s`;
  }
  const [days, hours, minutes] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  return days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${s % 60} s`;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dateAndTime = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The reader's own wall clock; with the date when it is another day. */
export function clock(when, now = Date.now()) {
  const at = new Date(when);
  return Math.abs(now - at) < 43200000 ? time.format(at) : dateAndTime.format(at);
}

export const ago = (when, now) => `${duration((now - new Date(when)) / 1000)} ago`;

export const plural = (count, one, many = one + 's') => `${number(count)} ${count === 1 ? one : many}`;

/** Calls at most once per wait, and once more at the end when it was asked for meanwhile. */
export function atMostEvery(milliseconds, action) {
  let waiting = false, again = false;
  return function run() {
    if (waiting) {
      again = true;
      return;
    }
    waiting = true;
    action();
    setTimeout(() => {
      waiting = false;
      if (again) {
        again = false;
        run();
      }
    }, milliseconds);
  };
}

export async function getJson(path) {
  const answer = await fetch(path, { cache: 'no-store', credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(10000) });
  if (!answer.ok) {
    throw new Error(`${path} answers ${answer.status}`);
  }
  return answer.json();
}
