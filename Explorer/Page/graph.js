// The network as a map: score at the top, image at the bottom, so that a backward pass goes down.
import { s, byId, count, shapeText, num } from './dom.js';
import { draw, peak } from './paint.js';
import { state, go } from './state.js';

/** @typedef {{ name: string, kind: string, operator: string, inputs: string[], shape: number[], parameters: number, hasRule: boolean, leads: boolean, description: string }} Layer */

const NODE_W = 232, NODE_H = 54, GAP_X = 12, GAP_Y = 16, THUMB = 22;

/**
 * Places layers: as many rows as the longest way has layers, side by side where the network branches.
 * @param {Layer[]} layers
 */
export function layout(layers) {
  /** @type {Map<string, number>} */
  const depth = new Map();
  for (const layer of layers) depth.set(layer.name, layer.inputs.length ? 1 + Math.max(...layer.inputs.map(name => depth.get(name) ?? 0)) : 0);
  const rows = Math.max(...depth.values()) + 1;
  /** @type {Map<string, { row: number, column: number }>} */
  const places = new Map();
  /** @type {Set<number>[]} */
  const taken = Array.from({ length: rows }, () => new Set());
  for (const layer of layers) {
    const row = /** @type {number} */ (depth.get(layer.name));
    // Below its first input if that place is free, so that a branch is a column.
    let column = layer.inputs.length ? places.get(layer.inputs[0])?.column ?? 0 : 0;
    if (layer.inputs.length > 1) column = Math.min(...layer.inputs.map(name => places.get(name)?.column ?? 0));
    while (taken[row].has(column)) column++;
    taken[row].add(column);
    places.set(layer.name, { row, column });
  }
  return { places, rows, columns: Math.max(...[...places.values()].map(place => place.column)) + 1 };
}

/** @type {{ layers: Layer[], overview: any } | null} */
let drawn = null;
/** @type {Map<string, any>} */
let nodes = new Map();

/**
 * Draws the map.
 * @param {Layer[]} layers
 * @param {import('./api.js').Message | null} overview the strips of maps, and how strong the signals are
 */
export function drawMap(layers, overview) {
  if (drawn && drawn.layers === layers && drawn.overview === overview) return mark();
  const keep = byId('map').scrollTop, isNew = !drawn || drawn.layers !== layers;
  drawn = { layers, overview };
  const { places, rows, columns } = layout(layers);
  const width = columns * (NODE_W + GAP_X) + GAP_X, height = rows * (NODE_H + GAP_Y) + GAP_Y;
  const svg = s('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'group', 'aria-label': 'Layers' });
  const xOf = (/** @type {string} */ name) => GAP_X + (places.get(name)?.column ?? 0) * (NODE_W + GAP_X);
  const yOf = (/** @type {string} */ name) => GAP_Y + (rows - 1 - (places.get(name)?.row ?? 0)) * (NODE_H + GAP_Y);
  for (const layer of layers) {
    for (const input of layer.inputs) {
      const [x1, y1, x2, y2] = [xOf(layer.name) + NODE_W / 2, yOf(layer.name) + NODE_H, xOf(input) + NODE_W / 2, yOf(input)];
      // A way past several rows runs beside the column.
      const far = y2 - y1 > GAP_Y + 1, side = x1 === x2 && far ? NODE_W / 2 + 6 : 0;
      svg.append(s('path', { class: 'edge', d: side
        ? `M${x1},${y1} q0,8 ${side},8 V${y2 - 8} q0,8 ${-side},8`
        : `M${x1},${y1} C${x1},${y1 + 10} ${x2},${y2 - 10} ${x2},${y2}` }));
    }
  }
  nodes = new Map();
  layers.forEach((layer, index) => {
    const strip = overview?.tensors[String(index)], about = overview?.about.layers[index];
    const label = `${layer.name}, ${layer.description}, ${shapeText(layer.shape)}`
      + (layer.parameters ? `, ${count(layer.parameters)} parameters` : '') + (layer.hasRule ? ', the rules part here' : '');
    const node = s('g', { class: 'node', transform: `translate(${xOf(layer.name)},${yOf(layer.name)})`, tabindex: -1, role: 'button',
      'aria-label': label, onclick: () => go({ layer: layer.name, element: '' }),
      onkeydown: (/** @type {KeyboardEvent} */ event) => move(event, layer.name) },
      s('title', {}, label),
      s('rect', { class: 'card', width: NODE_W, height: NODE_H, rx: 5 }),
      s('text', { x: 7, y: 16 }, cut(layer.name, 20)),
      s('text', { x: 7, y: 31, class: 'sub' }, cut(`${layer.operator} ${shapeText(layer.shape)}`, 24)),
      s('text', { x: 7, y: 46, class: 'sub' }, layer.parameters ? `${count(layer.parameters)} parameters` : ''));
    if (layer.hasRule) node.append(s('text', { x: 7, y: 46, class: 'mark' }, '◆ rules part'));
    if (strip) {
      for (let c = 0; c < Math.min(4, strip.shape[0]); c++) {
        const size = strip.shape[1] * strip.shape[2], values = strip.values.subarray(c * size, (c + 1) * size);
        node.append(s('image', { x: NODE_W - 96 + c * 23, y: 4, width: THUMB, height: THUMB, href: dataUrl(values, strip.shape[2], strip.shape[1]),
          preserveAspectRatio: 'none' }));
      }
    }
    if (about) {
      // How much signal is at the layer's output under each rule, on a scale of tens.
      about.mass.slice(0, 4).forEach((/** @type {number} */ mass, /** @type {number} */ k) => {
        const length = mass > 0 ? Math.max(2, Math.min(88, 22 * (Math.log10(mass) + 2))) : 0;
        node.append(s('rect', { x: NODE_W - 96, y: 31 + k * 5, width: length, height: 3, fill: ['#4477aa', '#cc6677', '#999933', '#888888'][k] },
          s('title', {}, `sum of |R| ${num(mass)}`)));
      });
    }
    svg.append(node);
    nodes.set(layer.name, node);
  });
  byId('map').replaceChildren(svg);
  byId('map').scrollTop = keep;
  mark(isNew);
}

/** Shows which layer is looked at. @param {boolean} [scroll] */
function mark(scroll = false) {
  for (const [name, node] of nodes) {
    const here = name === state.layer;
    if (here !== node.classList.contains('here')) scroll ||= here;
    node.classList.toggle('here', here);
    node.setAttribute('tabindex', here ? '0' : '-1');
    if (here) node.setAttribute('aria-current', 'true');
    else node.removeAttribute('aria-current');
  }
  const node = nodes.get(state.layer), map = byId('map');
  if (!node || !scroll) return;
  const [a, b] = [node.getBoundingClientRect(), map.getBoundingClientRect()];
  if (a.top < b.top || a.bottom > b.bottom) map.scrollTop += a.top - b.top - b.height / 2;
  if (a.left < b.left || a.right > b.right) map.scrollLeft += a.left - b.left - 12;
}

/** Arrow keys: up to what reads the layer, down to what it reads, sideways among those. @param {KeyboardEvent} event @param {string} name */
function move(event, name) {
  const layers = drawn?.layers ?? [];
  const layer = layers.find(one => one.name === name);
  const above = layers.filter(one => one.inputs.includes(name)).map(one => one.name);
  const siblings = layers.filter(one => layer && one.name !== name && one.inputs.some(input => layer.inputs.includes(input))).map(one => one.name);
  const next = { ArrowUp: above[0], ArrowDown: layer?.inputs[0], ArrowRight: siblings[0], ArrowLeft: siblings[siblings.length - 1],
    Home: layers[layers.length - 1]?.name, End: layers[0]?.name }[event.key];
  if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    byId('view').focus();
  } else if (next) {
    event.preventDefault();
    go({ layer: next, element: '' });
    nodes.get(next)?.focus();
  }
}

/** @param {Float32Array} values @param {number} width @param {number} height */
function dataUrl(values, width, height) {
  const canvas = document.createElement('canvas');
  draw(canvas, values, width, height, peak(values), 'activation');
  return canvas.toDataURL();
}

/** @param {string} text @param {number} most */
function cut(text, most) { return text.length > most ? `${text.slice(0, most - 1)}…` : text; }
