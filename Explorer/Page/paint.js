// Numbers as pictures. Scales that people with any colour vision read: blue, neutral, orange; dark to light.
import { h, num, say } from './dom.js';

/** @typedef {'signal' | 'activation' | 'size' | 'cases' | 'rgb'} Kind */

// Red, green, blue at equal distances. Lightness rises all the way.
const RISE = [[12, 24, 64], [66, 82, 116], [126, 124, 120], [196, 172, 92], [255, 232, 90]];
const MINUS = [0, 92, 170], PLUS = [214, 96, 0];

/** The four cases at a rectifier: x > 0 and r > 0, x > 0 and r < 0, x <= 0 and r > 0, x <= 0 and r < 0; then r = 0. */
export const CASES = [
  { name: 'x > 0, r > 0', colour: [0, 158, 115], kept: 'all three rules keep it' },
  { name: 'x > 0, r < 0', colour: [230, 159, 0], kept: 'only the gradient keeps it' },
  { name: 'x ≤ 0, r > 0', colour: [86, 180, 233], kept: 'only DeconvNet keeps it' },
  { name: 'x ≤ 0, r < 0', colour: [140, 70, 120], kept: 'no rule keeps it' },
  { name: 'r = 0', colour: [128, 128, 128], kept: 'there is nothing to keep' },
];

export function isDark() { return matchMedia('(prefers-color-scheme: dark)').matches; }

/** @param {number[]} a @param {number[]} b @param {number} t @param {number} k */
function mix(a, b, t, k) { return a[k] + (b[k] - a[k]) * t; }

/**
 * Writes a colour.
 * @param {Uint8ClampedArray} out @param {number} at @param {number} value @param {number} scale @param {Kind} kind @param {number[]} zero
 */
function colour(out, at, value, scale, kind, zero) {
  out[at + 3] = 255;
  if (kind === 'cases') {
    const one = CASES[value]?.colour ?? [0, 0, 0];
    out.set(one, at);
  } else if (kind === 'signal') {
    // The root shows small signals; the sign stays.
    const t = scale > 0 ? Math.min(1, Math.sqrt(Math.abs(value) / scale)) : 0;
    for (let k = 0; k < 3; k++) out[at + k] = mix(zero, value < 0 ? MINUS : PLUS, t, k);
  } else {
    const t = scale > 0 ? Math.min(1, Math.max(0, Math.abs(value) / scale)) * (RISE.length - 1) : 0;
    const low = Math.min(RISE.length - 2, Math.floor(t));
    for (let k = 0; k < 3; k++) out[at + k] = mix(RISE[low], RISE[low + 1], t - low, k);
  }
}

/**
 * Draws numbers on a canvas, a pixel each.
 * @param {HTMLCanvasElement} canvas @param {Float32Array} values @param {number} width @param {number} height
 * @param {number} scale @param {Kind} kind
 */
export function draw(canvas, values, width, height, scale, kind) {
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const image = context.createImageData(width, height);
  const zero = isDark() ? [24, 27, 32] : [250, 250, 250];
  for (let i = 0; i < width * height; i++) {
    if (kind === 'rgb') image.data.set([values[3 * i], values[3 * i + 1], values[3 * i + 2], 255], 4 * i);
    else if (i < values.length) colour(image.data, 4 * i, values[i], scale, kind, zero);
  }
  context.putImageData(image, 0, 0);
}

/**
 * A map that can be looked at number by number: click or Enter chooses an element, arrow keys move.
 * @param {Float32Array} values @param {number} width @param {number} height @param {number} scale @param {Kind} kind
 * @param {string} label what it is, for screen readers
 * @param {((x: number, y: number) => void) | null} [choose]
 * @param {[number, number] | null} [spot] the chosen element
 * @returns {HTMLElement}
 */
export function tile(values, width, height, scale, kind, label, choose, spot) {
  const isRow = height === 1 && width > 32;
  const columns = isRow ? 32 : width, rows = isRow ? Math.ceil(width / 32) : height;
  const canvas = h('canvas', { role: 'img', 'aria-label': label });
  draw(canvas, values, columns, rows, scale, kind);
  const box = h('div', { class: 'tile' }, canvas);
  if (!choose) return box;
  canvas.tabIndex = 0;
  canvas.setAttribute('role', 'button');
  const mark = h('div', { class: 'spot', hidden: true });
  box.append(mark);
  let at = spot ? (isRow ? spot[0] : spot[1] * columns + spot[0]) : -1;
  const show = () => {
    mark.hidden = at < 0;
    if (at < 0) return;
    mark.style.left = `${100 * (at % columns) / columns}%`;
    mark.style.top = `${100 * Math.floor(at / columns) / rows}%`;
    mark.style.width = `max(5px, ${100 / columns}%)`;
    mark.style.height = `max(5px, ${100 / rows}%)`;
  };
  const place = () => isRow ? `${at}` : `row ${Math.floor(at / columns)}, column ${at % columns}`;
  const pick = () => isRow ? choose(at, 0) : choose(at % columns, Math.floor(at / columns));
  canvas.addEventListener('click', (/** @type {MouseEvent} */ event) => {
    const r = canvas.getBoundingClientRect();
    const x = Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - r.left) / r.width * columns)));
    const y = Math.min(rows - 1, Math.max(0, Math.floor((event.clientY - r.top) / r.height * rows)));
    at = y * columns + x;
    if (at >= values.length) return;
    show();
    pick();
  });
  canvas.addEventListener('mousemove', (/** @type {MouseEvent} */ event) => {
    const r = canvas.getBoundingClientRect();
    const i = Math.floor((event.clientY - r.top) / r.height * rows) * columns + Math.floor((event.clientX - r.left) / r.width * columns);
    canvas.title = i >= 0 && i < values.length && kind !== 'rgb' && kind !== 'cases' ? num(values[i], 6) : label;
  });
  canvas.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (event.key === 'Enter' || event.key === ' ') {
      if (at < 0) at = strongest(values);
      show();
      pick();
    } else if (move !== undefined) {
      const next = at < 0 ? strongest(values) : at + move;
      if (next >= 0 && next < values.length) at = next;
      show();
      say(`${place()}: ${num(values[at], 5)}`);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  show();
  return box;
}

/** @param {Float32Array} values */
export function strongest(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
  return best;
}

/** @param {Float32Array} values */
export function peak(values) { return values.length ? Math.abs(values[strongest(values)]) : 0; }

/** A legend of a scale. @param {Kind} kind @param {number} scale */
export function legend(kind, scale) {
  const canvas = h('canvas', { class: 'ramp', 'aria-hidden': 'true' });
  const steps = Float32Array.from({ length: 101 }, (_, i) => (kind === 'signal' ? (i - 50) / 50 : i / 100) * scale);
  draw(canvas, steps, 101, 1, scale, kind);
  return h('span', null, kind === 'signal' ? `−${num(scale, 3)} ` : '0 ', canvas, ` ${num(scale, 3)}`);
}

/** One channel of [C, H, W]. @param {{ shape: number[], values: Float32Array }} tensor @param {number} c */
export function plane(tensor, c) {
  const size = tensor.shape[1] * tensor.shape[2];
  return tensor.values.subarray(c * size, (c + 1) * size);
}
