// Five guided lessons, whose tasks the page checks. They take their numbers from the network and the picture at hand.
import { h, num, count, shapeText } from './dom.js';
import * as api from './api.js';
import { tile, plane, peak, strongest } from './paint.js';
import { state, go, asked, set, setting } from './state.js';
import { partingShare } from './layer.js';

/** @typedef {{ described: any, overview: any, forward: any, model: any }} Around */
/** @typedef {{ id: string, question: any[], answer: (given: string) => { right: boolean, say: string }, input: any }} Task */

const LESSONS = ['1. What a convolution does', '2. How a signal goes back through it', '3. Max-pooling and its switches', '4. Three rules at the rectifier', '5. What a saliency map says, and what not'];

/** @returns {Set<string>} */
function solved() {
  try { return new Set(JSON.parse(localStorage.getItem('netviz-lessons') ?? '[]')); } catch { return new Set(); }
}

/** @param {string} id */
function keepSolved(id) {
  try { localStorage.setItem('netviz-lessons', JSON.stringify([...solved().add(id)])); } catch { /* storage may be off */ }
}

/** @param {any} described @param {any} overview @param {any} forward @returns {Promise<{ node: any, message: any }>} */
export async function lessonsView(described, overview, forward) {
  const which = Number(setting('lesson', '0')) || 0;
  const around = { described, overview, forward, model: described.model };
  const body = [convolution, backward, pooling, rules, saliency][which] ?? convolution;
  const content = await body(around);
  const picker = h('div', { class: 'row noprint' }, LESSONS.map((title, k) => h('button', { class: k === which ? 'main' : '', 'aria-current': k === which ? 'step' : null, onclick: () => set('lesson', String(k)) }, title)));
  return { message: null, node: h('article', null, picker, h('h2', null, LESSONS[which]), content,
    h('div', { class: 'row noprint' }, h('button', { onclick: () => print() }, 'Print this lesson'),
      which < 4 ? h('button', { class: 'main', onclick: () => set('lesson', String(which + 1)) }, `Next: ${LESSONS[which + 1]}`) : null)) };
}

/**
 * A task with a number, or a choice, that the page checks.
 * @param {string} id @param {any} question @param {any} input @param {(given: string) => { right: boolean, say: string } | Promise<{ right: boolean, say: string }>} check
 */
function task(id, question, input, check) {
  const told = h('p', { role: 'status' });
  const box = h('section', { class: `task${solved().has(id) ? ' done' : ''}`, id: `task-${id}` }, h('p', null, h('strong', null, 'Task. '), question),
    h('form', { class: 'row', onsubmit: async (/** @type {Event} */ event) => {
      event.preventDefault();
      const { right, say } = await check(input.value ?? '');
      told.className = right ? 'good' : 'bad';
      told.textContent = `${right ? '✓ Right. ' : '✗ Not yet. '}${say}`;
      if (right) {
        keepSolved(id);
        box.classList.add('done');
      }
    } }, h('label', null, 'Your answer ', input), h('button', { class: 'main' }, 'Check')), told);
  return box;
}

/** A number is right within 2 % of the largest size in the sum. @param {string} given @param {number} value @param {number} size */
function near(given, value, size) {
  const number = Number(given.replace(',', '.').replace('−', '-'));
  return given.trim() !== '' && Math.abs(number - value) <= Math.max(0.02 * Math.abs(value), 0.002 * size, 1e-9);
}

function numberInput() { return h('input', { autocomplete: 'off', inputMode: 'text', size: 12 }); }

/** @param {string[][]} choices value and text */
function choiceInput(choices) { return h('select', null, h('option', { value: '' }, 'choose …'), choices.map(([value, text]) => h('option', { value }, text))); }

/** The largest terms of a sum, without the sum. @param {any} about @param {number} shown */
function termTable(about, shown) {
  const terms = about.terms.slice(0, shown), rest = about.rest + about.terms.slice(shown).reduce((/** @type {number} */ a, /** @type {any} */ t) => a + t.product, 0);
  const left = about.count - terms.length, symbol = about.direction === 'forward' ? 'x' : 'R';
  return h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, h('th', null, 'number'), h('th', { class: 'n' }, 'its value'), h('th', null, 'weight'), h('th', { class: 'n' }, 'value of the weight'), h('th', { class: 'n' }, 'product'))),
    h('tbody', null, terms.map((/** @type {any} */ t) => h('tr', null, h('td', null, `${symbol}(${t.element}) at ${t.layer}`), h('td', { class: 'n' }, num(t.value)), h('td', null, h('code', null, t.weightName ?? '')), h('td', { class: 'n' }, num(t.weight)), h('td', { class: 'n' }, num(t.product)))),
      left > 0 ? h('tr', null, h('td', { colSpan: 4 }, `${count(left)} other terms together`), h('td', { class: 'n' }, num(rest))) : null,
      about.constant !== null ? h('tr', null, h('td', { colSpan: 4 }, 'the bias'), h('td', { class: 'n' }, num(about.constant))) : null)));
}

/** @param {Around} a @param {string} kind */
function firstOf(a, kind) { return a.model.layers.find((/** @type {any} */ one) => one.kind === kind && one.leads); }

/** @param {any} layer @param {string} rule @param {number} [n] */
function askRule(layer, rule, n = 4) { return api.numbers('layer', { ...asked(), layer: layer.name, rule: [rule], n, by: 'activation' }); }

/** @param {any} layer @param {string | null} element @param {string} direction @param {string} [rule] */
function trace(layer, element, direction, rule = 'gradient') {
  return api.numbers('trace', { ...asked(), layer, element, direction: direction === 'forward' ? 'forward' : null, rule: direction === 'forward' ? [] : [rule], terms: 1000 });
}

/** A way to the same number elsewhere on the page. @param {string} layer @param {string} element @param {string} direction */
function goThere(layer, element, direction) { return h('button', { class: 'noprint', onclick: () => go({ tab: 'layer', layer, element, direction, by: 0 }) }, 'Show it on the layer\'s page'); }

function missing(/** @type {string} */ what) { return [h('p', null, `This network has no ${what}, so this lesson has nothing to show. Choose another network.`)]; }

/** @param {Around} a */
async function convolution(a) {
  const conv = firstOf(a, 'conv');
  if (!conv) return missing('convolution');
  const message = await askRule(conv, 'gradient'), about = message.about;
  const x = plane(message.tensors.x, 0), channel = about.chosen[0];
  const at = strongest(x), element = `${channel},${Math.floor(at / about.width)},${at % about.width}`;
  const t = (await trace(conv.name, element, 'forward')).about;
  const kernel = new Set(t.terms.map((/** @type {any} */ one) => one.weightName)).size;
  return [
    h('p', null, `A convolution slides a small block of weights over the image. At each place it multiplies the numbers under the block with the weights, adds the products, and adds one constant, the bias. The sum is one number of a feature map. All places of one map use the same weights.`),
    h('p', null, `Here is a feature map of ${conv.name} (${conv.description}) for your picture. The marked number at ${element} (map, row, column) is the largest.`),
    h('div', { class: 'big' }, tile(x, about.width, about.height, peak(x), 'activation', `map ${channel} of ${conv.name}`, (px, py) => go({ tab: 'layer', layer: conv.name, element: `${channel},${py},${px}`, direction: 'forward' }), [at % about.width, Math.floor(at / about.width)])),
    h('p', null, 'These are the largest products of its sum:'), termTable(t, 6), goThere(conv.name, element, 'forward'),
    task('conv-sum', ['Predict this element: add up the column of products.'], numberInput(), given => ({ right: near(given, t.value, Math.abs(t.terms[0]?.product ?? 1)),
      say: near(given, t.value, Math.abs(t.terms[0]?.product ?? 1)) ? `The pass computed ${num(t.value, 7)}. There is nothing else in it.` : 'Add all products of the table, with their signs, and the bias.' })),
    task('conv-count', [`How many products does the sum have? The block has as many weights as rows × columns × maps of its input (${shapeText(a.model.layers.find((/** @type {any} */ one) => one.name === conv.inputs[0])?.shape ?? [])}); weights that would lie outside of the image have no product.`], numberInput(),
      given => ({ right: Number(given) === t.count, say: Number(given) === t.count ? `${count(t.count)} products, with ${count(kernel)} different weights.` : 'Count rows × columns × input maps of one block; the layer\'s description names rows and columns.' })),
  ];
}

/** @param {Around} a */
async function backward(a) {
  const convs = a.model.layers.filter((/** @type {any} */ one) => one.kind === 'conv' && one.leads);
  const conv = convs[Math.max(0, convs.length - 2)];
  if (!conv) return missing('convolution');
  const below = conv.inputs[0], t = (await trace(below, null, 'backward')).about;
  return [
    h('p', null, 'A backward pass starts with a signal of 1 at the class score. Layer by layer it asks: if this number changed a little, by how much would the score change? The answers are the signal R. At a convolution the signal at a number of the input is a sum again: over all outputs that read the number, of the signal there times the weight by which they read it.'),
    h('p', null, 'So the backward pass uses the same weights as the forward pass, with inputs and outputs exchanged. This is called a transposed convolution. DeconvNet, short for deconvolutional network, is named after it.'),
    h('p', null, `At ${below}, which ${conv.name} (${conv.description}) reads, the largest signal stands at ${t.element}. Its sum:`),
    h('p', null, t.parts.map((/** @type {any} */ part) => h('span', { class: 'eq' }, part.equation))), termTable(t, 6), goThere(below, t.element, 'backward'),
    task('back-sum', ['Predict this element: add up the column of products.'], numberInput(), given => ({ right: near(given, t.value, Math.abs(t.terms[0]?.product ?? 1)),
      say: near(given, t.value, Math.abs(t.terms[0]?.product ?? 1)) ? `The pass computed ${num(t.value, 7)}.` : 'Add all products with their signs. There is no bias on the way back.' })),
    task('back-bias', ['The forward sum had a bias. Why has this one none?'], choiceInput([['a', 'the bias is too small to matter'], ['b', 'the bias does not depend on the input, so that its derivative is 0'], ['c', 'the bias was trained away']]),
      given => ({ right: given === 'b', say: given === 'b' ? 'A constant does not change when the input changes.' : 'Ask what happens to the bias when the input changes a little.' })),
  ];
}

/** @param {Around} a */
async function pooling(a) {
  const pool = firstOf(a, 'maxpool');
  if (!pool) return missing('max-pooling');
  const message = await api.numbers('places', { ...asked(), layer: pool.name, n: 1 });
  const { input, output, places } = message.tensors, [kh, kw] = message.about.window, [sh, sw] = message.about.stride;
  const x = plane(input, 0), y = plane(output, 0), p = plane(places, 0);
  const at = strongest(y), width = input.shape[2], row = Math.floor(at / output.shape[2]), column = at % output.shape[2];
  const cells = [];
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      // Without padding the window begins at row * stride; with padding the places that do not exist are left out.
      const [r, c] = [row * sh + i, column * sw + j];
      if (r < input.shape[1] && c < width) cells.push({ r, c, value: x[r * width + c] });
    }
  }
  if (!cells.some(cell => cell.r * width + cell.c === p[at])) cells.push({ r: Math.floor(p[at] / width), c: p[at] % width, value: x[p[at]] });
  const step = (await api.numbers('step', { ...asked(), layer: pool.name, rule: ['gradient'], n: 1 })).about;
  return [
    h('p', null, `A max-pooling such as ${pool.name} looks at windows of ${kh} × ${kw} numbers and keeps the largest of each. The forward pass writes down where the largest stood. That note is called the switch.`),
    h('p', null, 'Back through the layer the signal of a window goes to the place of its switch, and all other places of the window get 0: a change of a smaller number does not change the maximum. Gradient, DeconvNet and guided do the same here.'),
    h('p', null, `This is one window of map ${message.about.channels[0]}, output row ${row}, column ${column}, whose maximum is ${num(y[at], 6)}:`),
    h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, h('th', null, 'row'), h('th', null, 'column'), h('th', { class: 'n' }, 'value'))), h('tbody', null, cells.map(cell => h('tr', null, h('td', null, String(cell.r)), h('td', null, String(cell.c)), h('td', { class: 'n' }, num(cell.value, 6))))))),
    task('pool-switch', ['To which place does the signal of this window go?'], choiceInput(cells.map(cell => [`${cell.r * width + cell.c}`, `row ${cell.r}, column ${cell.c}`])),
      given => ({ right: given !== '' && Number(given) === p[at], say: given !== '' && Number(given) === p[at] ? 'To the largest number. Of equal ones the first counts.' : 'Look for the largest value.' })),
    task('pool-reached', [`The layer has ${count(step.pool?.windows ?? 0)} windows, of which ${count(step.pool?.withSignal ?? 0)} carry a signal that is not 0, and ${count(step.pool?.positions ?? 0)} input places. How many input places get a signal${step.pool?.overlap ? '? The windows overlap, so that two may send to one place; an answer within 20 % counts' : ''}?`], numberInput(),
      given => {
        const right = step.pool.overlap ? Math.abs(Number(given) - step.pool.reached) <= 0.2 * step.pool.reached && given !== '' : Number(given) === step.pool.reached;
        return { right, say: right ? `${count(step.pool.reached)}: one for each window with a signal${step.pool.shared ? `, ${count(step.pool.shared)} shared` : ''}.` : 'Each window with a signal sends it to one place.' };
      }),
    h('button', { class: 'noprint', onclick: () => { state.layer = pool.name; go({ tab: 'switches' }); } }, 'Show the switches'),
  ];
}

/** @param {Around} a */
async function rules(a) {
  const rectifiers = a.model.layers.filter((/** @type {any} */ one) => one.kind === 'rectifier' && one.leads);
  if (!rectifiers.length) return missing('rectifier');
  const middle = rectifiers[Math.floor(rectifiers.length / 2)];
  const message = await api.numbers('layer', { ...asked(), layer: middle.name, rule: ['gradient'], n: 32 });
  const { active, r0 } = message.tensors;
  const find = (/** @type {number} */ bit, /** @type {number} */ sign) => r0.values.findIndex((/** @type {number} */ r, /** @type {number} */ i) => active.values[i] === bit && Math.sign(r) === sign);
  const cases = [[1, 1], [1, -1], [0, 1], [0, -1]].map(([bit, sign]) => ({ bit, sign, at: find(bit, sign) })).filter(one => one.at >= 0);
  const asks = cases.find(one => one.bit === 1 && one.sign < 0) ?? cases[0];
  const value = asks ? r0.values[asks.at] : 0;
  const results = (/** @type {number} */ bit, /** @type {number} */ r) => ({ gradient: bit ? r : 0, deconvnet: Math.max(r, 0), guided: bit ? Math.max(r, 0) : 0 });
  const right = asks ? results(asks.bit, value) : { gradient: 0, deconvnet: 0, guided: 0 };
  const shares = new Map();
  const measure = async () => {
    for (const one of rectifiers) shares.set(one.name, partingShare((await api.numbers('layer', { ...asked(), layer: one.name, rule: ['gradient'], n: 1 })).about));
    return shares;
  };
  const table = h('div');
  return [
    h('p', null, 'A rectifier (ReLU) lets x pass if x > 0 and else gives 0. On the way back three rules say what becomes of the signal r that comes from above:'),
    h('ul', null, h('li', null, h('strong', null, 'gradient'), ': r passes where x > 0. This is the derivative.'), h('li', null, h('strong', null, 'DeconvNet'), ': r passes where r > 0, whatever x was.'), h('li', null, h('strong', null, 'guided'), ': r passes where both hold.')),
    h('p', null, `All other layers do the same under the three rules. Here are numbers of ${middle.name}, under the gradient:`),
    h('div', { class: 'scroll' }, h('table', null, h('thead', null, h('tr', null, h('th', null, 'x'), h('th', { class: 'n' }, 'r from above'), h('th', null, 'kept by'))), h('tbody', null, cases.filter(one => one !== asks).map(one => {
      const r = r0.values[one.at], kept = Object.entries(results(one.bit, r)).filter(([, v]) => v !== 0).map(([name]) => name);
      return h('tr', null, h('td', null, one.bit ? 'x > 0' : 'x ≤ 0'), h('td', { class: 'n' }, num(r)), h('td', null, kept.join(', ') || 'none'));
    })))),
    asks ? ['gradient', 'deconvnet', 'guided'].map(rule => task(`rule-${rule}`, [`x ${asks.bit ? '> 0' : '≤ 0'} and r = ${num(value)}. What does ${rule} send down?`], numberInput(), given => {
      const ok = near(given, /** @type {any} */ (right)[rule], Math.abs(value));
      return { right: ok, say: ok ? `${num(/** @type {any} */ (right)[rule])}.` : rule === 'gradient' ? 'Look at x alone.' : rule === 'deconvnet' ? 'Look at r alone.' : 'Both x and r must be above 0.' };
    })) : null,
    h('p', null, 'Where x > 0 and r < 0 only the gradient keeps the signal; where x ≤ 0 and r > 0 only DeconvNet does. The share of the signal in these two cases says how much the rules part at a layer. The layer\'s page tells it below its maps.'),
    task('rules-part', ['Find the layer at which gradient and DeconvNet part most: the largest share of Σ|r| in those two cases, under the gradient. Walk through the rectifiers on the map, or measure all of them.'], choiceInput(rectifiers.map((/** @type {any} */ one) => [one.name, one.name])), async given => {
      const all = await measure(), most = Math.max(...all.values());
      const ok = given !== '' && all.get(given) >= most - 0.005;
      return { right: ok, say: ok ? `${given}: ${(100 * all.get(given)).toFixed(1)} %.` : 'Another layer has a larger share.' };
    }),
    h('button', { class: 'noprint', id: 'measure', onclick: async () => {
      const all = await measure();
      table.replaceChildren(h('table', null, h('tbody', null, [...all].map(([name, share]) => h('tr', null, h('td', null, name), h('td', { class: 'n' }, `${(100 * share).toFixed(1)} %`))))));
    } }, 'Measure all rectifiers'), table,
  ];
}

/** @param {Around} a */
async function saliency(a) {
  const input = a.model.input, index = state.cls === 'top' ? a.forward.about.top : Number(state.cls);
  const scores = a.forward.tensors.scores.values;
  const ranked = [...scores.keys()].sort((i, j) => scores[j] - scores[i]);
  const other = ranked.find(i => i !== index) ?? index;
  const ask = async (/** @type {number} */ cls) => api.numbers('layer', { ...asked(), class: String(cls), layer: input, rule: ['gradient'], n: 3 });
  const [mine, theirs] = await Promise.all([ask(index), ask(other)]);
  const flat = (/** @type {any} */ message) => {
    const { width, height } = message.about, r = message.tensors.r0, most = new Float32Array(width * height);
    for (let i = 0; i < r.values.length; i++) most[i % most.length] = Math.max(most[i % most.length], Math.abs(r.values[i]));
    return most;
  };
  const [m1, m2] = [flat(mine), flat(theirs)], { width, height } = mine.about;
  const cosine = dot(m1, m2) / (Math.sqrt(dot(m1, m1) * dot(m2, m2)) || 1);
  const t = (await trace(input, null, 'backward')).about, best = t.value;
  return [
    h('p', null, 'The saliency map of the paper shows, for each pixel, the largest size of the gradient over the colours: how fast the class score changes when the pixel changes a little. A bright pixel is one to which the score reacts.'),
    h('p', null, 'The map is a slope at one picture. It does not say what the network would do with another picture, nor that a bright pixel speaks for the class: the size has no sign.'),
    h('div', { class: 'pics' }, [[m1, index], [m2, other]].map(([map, cls]) => h('figure', null, tile(/** @type {Float32Array} */ (map), width, height, peak(/** @type {Float32Array} */ (map)), 'activation', `saliency of ${a.model.classes[/** @type {number} */ (cls)]}`), h('figcaption', null, `${a.model.classes[/** @type {number} */ (cls)]}: score ${num(scores[/** @type {number} */ (cls)])}`)))),
    task('sal-slope', [`The largest number of the gradient is R = ${num(best, 5)}, at ${t.element} of the input. If this number of the network's input grew by 0.01 and nothing else changed, by how much would the score change, as the gradient says?`], numberInput(), given => {
      const ok = near(given, 0.01 * best, 0.01 * Math.abs(best));
      return { right: ok, say: ok ? `0.01 × ${num(best, 5)} = ${num(0.01 * best, 4)}, as long as no rectifier or switch changes over.` : 'A slope times a step.' };
    }),
    task('sal-class', [`How alike are the maps of ${a.model.classes[index]} and ${a.model.classes[other]}? (The cosine of the two maps is 1 if they have the same shape.)`], choiceInput([['low', 'below 0.5: mostly different places'], ['mid', '0.5 to 0.8'], ['high', 'above 0.8: mostly the same places']]), given => {
      const is = cosine < 0.5 ? 'low' : cosine <= 0.8 ? 'mid' : 'high';
      return { right: given === is, say: given === is ? `The cosine is ${cosine.toFixed(2)}. ${is === 'high' ? 'A map alone hardly tells which class it is of.' : 'The class does matter here.'}` : 'Look at which places are bright in both.' };
    }),
    task('sal-means', ['Which of these does a saliency map of the gradient say?'], choiceInput([['a', 'how much the score falls if the pixel is made black'], ['b', 'to which pixels the score reacts most, for small changes'], ['c', 'which pixels the network was trained on']]),
      given => ({ right: given === 'b', say: given === 'b' ? 'For what happens without a region there is occlusion, on the page Maps.' : 'It is a derivative.' })),
  ];
}

/** @param {Float32Array} a @param {Float32Array} b */
function dot(a, b) { let sum = 0; for (let i = 0; i < a.length; i++) sum += a[i] * b[i]; return sum; }
