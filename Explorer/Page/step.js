// A backward pass, a layer a key: the signal above, what is zeroed and why, the signal below, the equation.
import { h, num, count, shapeText, say } from './dom.js';
import { numbers } from './api.js';
import { tile, legend, plane, CASES } from './paint.js';
import { state, go, asked, shownRules, chosenRule } from './state.js';
import { elementAt, spotOf } from './layer.js';

/** @param {string} layer @param {string} rule */
export function askStep(layer, rule) { return numbers('step', { ...asked(), layer, rule: [rule] }, 'view'); }

/** A choice of the rule that is followed. */
export function ruleChoice() {
  return h('label', null, 'Rule ', h('select', { id: 'by', onchange: (/** @type {any} */ e) => go({ by: Number(e.target.value) }) },
    shownRules().map((rule, k) => h('option', { value: String(k), selected: k === state.by }, k >= state.rules.length ? `yours: ${rule}` : rule))));
}

/** @param {any} model @param {any} overview @returns {Promise<{ node: any, message: any }>} */
export async function stepView(model, overview) {
  /** @type {string[]} */
  const order = overview.about.order;
  let at = order.indexOf(state.layer);
  if (at < 0) {
    go({ layer: order[0], element: '' }, true);
    at = 0;
  }
  const layer = model.layers.find((/** @type {any} */ one) => one.name === order[at]);
  const message = await askStep(order[at], chosenRule());
  const { about, tensors } = message;
  const to = (/** @type {number} */ next) => {
    if (next >= 0 && next < order.length) go({ layer: order[next], element: '' });
  };
  const scale = Math.max(about.summary.max, ...about.inputs.map((/** @type {any} */ one) => one.summary?.max ?? 0));
  const node = h('div', null,
    h('h2', null, `Step ${at + 1} of ${order.length}: ${about.layer}, ${layer.description}`),
    h('div', { class: 'row' }, ruleChoice(),
      h('button', { id: 'up', disabled: at === 0, onclick: () => to(at - 1) }, '↑ back up'),
      h('button', { id: 'down', class: 'main', disabled: at === order.length - 1, onclick: () => to(at + 1) }, '↓ down a layer'),
      h('span', { class: 'soft' }, 'or the arrow keys; both pictures on one scale: ', legend('signal', scale))),
    h('p', null, h('span', { class: 'eq', id: 'equation' }, about.equation)),
    h('p', { class: 'soft' }, about.remark, about.note ? ` ${about.note}` : ''),
    h('p', { id: 'sizes' }, `Here R above has ${shapeText(about.shape)} = ${count(size(about.shape))} numbers`,
      about.inputs.map((/** @type {any} */ one) => `, R below at ${one.layer} ${shapeText(one.shape)} = ${count(size(one.shape))}`).join(''),
      layer.parameters ? `; the layer has ${count(layer.parameters)} parameters.` : '; the layer has no parameters.'),
    h('h3', null, `Signal above, at ${about.layer}: Σ|R| ${num(about.summary.l1)}, max ${num(about.summary.max)}`),
    strip(tensors.above, about, about.channels, scale, about.layer),
    about.reasons.length ? [h('h3', null, 'What happens here, and why'), h('ul', { id: 'reasons' }, about.reasons.map((/** @type {string} */ text) => h('li', null, text)))] : null,
    tensors.active && tensors.below0 ? zeroed(tensors, about) : null,
    about.inputs.map((/** @type {any} */ input, /** @type {number} */ k) => [
      h('h3', null, `Signal below, at ${input.layer}: `, input.summary ? `Σ|R| ${num(input.summary.l1)}, max ${num(input.summary.max)}` : 'none; it does not depend on the image',
        input.all && input.summary && Math.abs(input.all.l1 - input.summary.l1) > 1e-4 * input.all.l1 ? h('span', { class: 'soft' }, ` (this layer's part; with the other branches Σ|R| ${num(input.all.l1)})`) : ''),
      tensors[`below${k}`] ? strip(tensors[`below${k}`], input, input.channels, scale, input.layer) : null]));
  say(`${about.layer}: ${about.equation}`);
  return { node, message };
}

/** Moves by keys; returns whether the key meant a move. @param {KeyboardEvent} event @param {any} overview */
export function stepKey(event, overview) {
  const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (by === undefined || !overview) return false;
  const order = overview.about.order, next = order.indexOf(state.layer) + by;
  if (next >= 0 && next < order.length) go({ layer: order[next], element: '' });
  return true;
}

/** @param {number[]} shape */
function size(shape) { return shape.reduce((a, b) => a * b, 1); }

/** @param {any} tensor @param {any} about @param {number[]} channels @param {number} scale @param {string} layer */
function strip(tensor, about, channels, scale, layer) {
  return h('div', { class: 'flow' }, channels.map((channel, c) => h('figure', null,
    tile(plane(tensor, c), tensor.shape[2], tensor.shape[1], scale, 'signal', `signal at ${layer}, map ${channel}; click traces it up`,
      (x, y) => go({ layer, element: elementAt(about, channel, x, y), direction: 'backward' }), layer === state.layer ? spotOf(state.element, channel) : null),
    h('figcaption', null, about.isVector ? `${count(tensor.shape[2])} numbers` : `map ${channel}`))));
}

/** Which numbers a rectifier zeroed, by reason. @param {any} tensors @param {any} about */
function zeroed(tensors, about) {
  const { above, below0, active } = tensors;
  return h('div', null, h('h3', null, 'Coloured: signals that were not 0 and are zeroed here, by their case'),
    h('p', null, CASES.slice(0, 4).map(one => {
      const key = h('span', { class: 'key' });
      key.style.background = `rgb(${one.colour.join()})`;
      return h('span', null, key, one.name, '  ');
    })),
    h('div', { class: 'flow' }, about.channels.map((/** @type {number} */ channel, /** @type {number} */ c) => {
      const [a, b, x] = [plane(above, c), plane(below0, c), plane(active, c)];
      const cases = Float32Array.from(a, (value, i) => value === 0 || b[i] !== 0 ? 4 : (x[i] ? 0 : 2) + (value < 0 ? 1 : 0));
      const lost = cases.filter(value => value !== 4).length;
      return h('figure', null, tile(cases, above.shape[2], above.shape[1], 1, 'cases', `zeroed in map ${channel}`), h('figcaption', null, `map ${channel}: ${lost} zeroed`));
    })));
}
