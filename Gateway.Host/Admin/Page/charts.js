// Five minutes of figures as curves, drawn by hand into SVG, and the tiles that they stand in.

import { byId, duration, make, mark, say, show } from '/dom.js';

const Svg = 'http://www.w3.org/2000/svg', Seconds = 300, Width = 300, Height = 60;

/** Columns of a point of the history. */
export const At = { time: 0, rps: 1, errors: 2, p50: 3, p95: 4, p99: 5, inFlight: 6, cpu: 7, memory: 8, refused: 9 };

/** The last five minutes, oldest first: given whole by the stream, then a point with every snapshot. */
export class History {
  points = [];

  fill(points) {
    this.points = points.slice(-Seconds);
  }

  add(snapshot) {
    const now = snapshot.now, time = Math.round(Date.parse(snapshot.at) / 1000);
    const last = this.points.at(-1);
    const point = [time, now.rps, now.error_share, now.p50_ms, now.p95_ms, now.p99_ms, now.in_flight, now.cpu_cores, now.memory_bytes, now.refused_rps];
    if (last !== undefined && last[0] >= time) {
      this.points[this.points.length - 1] = point;
    } else {
      this.points.push(point);
    }
    while (this.points.length > Seconds || this.points[0][0] <= time - Seconds) {
      this.points.shift();
    }
  }
}

function svg(tag, attributes) {
  const element = document.createElementNS(Svg, tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  return element;
}

/** 1, 2 or 5 times a power of ten, so that the scale stays while figures waver. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= value);
}

/** A line through the points; where some are missing it is broken. */
function line(points, column, y) {
  const end = points.at(-1)[0];
  let path = '', before = -Infinity;
  for (const point of points) {
    const value = point[column];
    if (value === null || value === undefined) {
      continue;
    }
    const x = Width - (end - point[0]) * Width / (Seconds - 1);
    path += `${point[0] - before > 5 ? 'M' : 'L'}${x.toFixed(1)} ${y(value).toFixed(1)}`;
    before = point[0];
  }
  return path;
}

const tiles = [];

/** One tile: a title, the figure of now, a curve, and a note below. */
export class Tile {
  /** spec: { title, columns, names, least, figure(value), limit(snapshot), marks(snapshot), logarithmic, wide } */
  constructor(spec) {
    this.spec = spec;
    this.value = make('p', { class: 'value' });
    this.note = make('p', { class: 'note' });
    this.scale = make('span', { class: 'scale', 'aria-hidden': 'true' });
    this.chart = svg('svg', { viewBox: `0 0 ${Width} ${Height}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': `${spec.title}: no figures yet` });
    for (let minute = 1; minute < 5; minute++) {
      this.chart.append(svg('line', { class: 'minute', x1: minute * 60, x2: minute * 60, y1: 0, y2: Height }));
    }
    this.area = spec.columns.length === 1 ? this.chart.appendChild(svg('path', { class: 'area' })) : null;
    this.marks = [];
    this.lines = spec.columns.map((_, index) => this.chart.appendChild(svg('path', { class: `curve curve-${index}` })));
    this.cursor = this.chart.appendChild(svg('line', { class: 'cursor', visibility: 'hidden', y1: 0, y2: Height }));
    this.reading = make('p', { class: 'note reading', 'aria-hidden': 'true', hidden: '' });
    const frame = make('div', { class: 'chart' }, this.scale);
    frame.append(this.chart);
    frame.addEventListener('pointermove', event => {
      const { left, width } = frame.getBoundingClientRect();
      tiles.forEach(tile => tile.read((event.clientX - left) / width));
    });
    frame.addEventListener('pointerleave', () => tiles.forEach(tile => tile.read(null)));
    tiles.push(this);
    byId('tiles').append(make('div', { class: spec.wide ? 'tile wide' : 'tile' }, make('h3', {}, spec.title), this.value, frame, this.note, this.reading));
  }

  draw(points, snapshot) {
    if (points.length === 0) {
      return;
    }
    this.points = points;
    const top = this.#top(points, snapshot);
    const y = this.spec.logarithmic
      ? value => Height - 1 - (Math.log10(Math.max(value, 0.1)) + 1) / (Math.log10(top) + 1) * (Height - 2)
      : value => Height - 1 - Math.min(1, value / top) * (Height - 2);
    this.spec.columns.forEach((column, index) => mark(this.lines[index], 'd', line(points, column, y)));
    if (this.area !== null) {
      // Each unbroken stretch is closed down to the ground by itself.
      const stretches = this.lines[0].getAttribute('d').split('M').filter(stretch => stretch.includes('L'));
      mark(this.area, 'd', stretches.map(stretch => {
        const first = stretch.slice(0, stretch.indexOf(' ')), last = stretch.slice(stretch.lastIndexOf('L') + 1).split(' ')[0];
        return `M${first} ${Height}L${stretch}L${last} ${Height}Z`;
      }).join(''));
    }
    this.#drawMarks(this.spec.marks?.(snapshot) ?? [this.spec.limit?.(snapshot)].filter(limit => limit != null), y);
    say(this.scale, this.spec.figure(top));
    this.#describe(points);
  }

  /** Under the pointer, all tiles show the figures of one moment: a share of the width; null is none. */
  read(share) {
    const known = share !== null && this.points !== undefined;
    show(this.reading, known);
    show(this.note, !known);
    mark(this.cursor, 'visibility', known ? 'visible' : 'hidden');
    if (known) {
      const end = this.points.at(-1)[0], wanted = end - (1 - share) * (Seconds - 1);
      const point = this.points.reduce((best, one) => Math.abs(one[0] - wanted) < Math.abs(best[0] - wanted) ? one : best);
      const x = (Width - (end - point[0]) * Width / (Seconds - 1)).toFixed(1);
      mark(this.cursor, 'x1', x);
      mark(this.cursor, 'x2', x);
      say(this.reading, `${duration(end - point[0])} ago: ${this.spec.columns.map(column => point[column] == null ? '–' : this.spec.figure(point[column])).join(', ')}`);
    }
  }

  /** A limit is the top as long as nothing is above it; else a round figure above all is. */
  #top(points, snapshot) {
    const limit = this.spec.limit?.(snapshot) ?? 0;
    let highest = this.spec.least;
    for (const point of points) {
      for (const column of this.spec.columns) {
        highest = Math.max(highest, point[column] ?? 0);
      }
    }
    return limit >= highest ? limit : ceiling(highest);
  }

  #drawMarks(values, y) {
    values.forEach((value, index) => {
      this.marks[index] ??= this.chart.insertBefore(svg('line', { class: `mark mark-${index}`, x1: 0, x2: Width }), this.lines[0]);
      const at = y(value).toFixed(1);
      mark(this.marks[index], 'y1', at);
      mark(this.marks[index], 'y2', at);
    });
  }

  /** The text alternative: now, lowest and highest of each curve. */
  #describe(points) {
    const parts = this.spec.columns.map((column, index) => {
      const values = points.map(point => point[column]).filter(value => value !== null && value !== undefined);
      const name = this.spec.names?.[index] ?? '';
      const figure = this.spec.figure;
      return values.length === 0 ? `${name} no figures`
        : `${name} now ${figure(values.at(-1))}, lowest ${figure(Math.min(...values))}, highest ${figure(Math.max(...values))}`;
    });
    mark(this.chart, 'aria-label', `${this.spec.title}, last five minutes: ${parts.join('; ')}`);
  }
}
