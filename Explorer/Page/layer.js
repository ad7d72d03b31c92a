// One layer: activations, the signal under each rule on one scale, and at rectifiers the four cases.
import { h, num, count, shapeText } from './dom.js';
import { numbers } from './api.js';
import { tile, legend, plane, CASES, peak } from './paint.js';
import { state, go, asked, shownRules, set, setting } from './state.js';

/** The layer as the server tells it. @param {Record<string, any>} [more] */
export function askLayer(more = {}) {
  return numbers('layer', { ...asked(), layer: state.layer, rule: shownRules(), n: setting('maps', '8'), by: setting('order', 'signal'), ...more }, 'view');
}

/** c,y,x of an element as a place on the map of channel c. @param {string} element @param {number} channel @returns {[number, number] | null} */
export function spotOf(element, channel) {
  const parts = element.split(',').map(Number);
  if (parts.length === 1 && element !== '') return [parts[0], 0];
  return parts.length === 3 && parts[0] === channel ? [parts[2], parts[1]] : null;
}

/** @param {any} about @param {number} channel @param {number} x @param {number} y */
export function elementAt(about, channel, x, y) { return about.isVector ? `${x}` : `${channel},${y},${x}`; }

/** @param {any} model @returns {Promise<{ node: any, message: any }>} */
export async function layerView(model) {
  const message = await askLayer();
  const { about, tensors } = message;
  const layer = model.layers.find((/** @type {any} */ one) => one.name === state.layer);
  const rules = shownRules();
  const isInput = layer.kind === 'input', isRectifier = !!tensors.active;
  const head = h('div', null,
    h('h2', null, `${about.layer}: ${layer.description}`),
    h('p', { class: 'soft' }, `output ${shapeText(about.shape)}${layer.parameters ? `, ${count(layer.parameters)} parameters` : ''}`,
      layer.inputs.length ? `, reads ${layer.inputs.join(', ')}` : ''),
    h('div', { class: 'row' },
      h('label', null, 'Maps ', h('select', { onchange: (/** @type {any} */ e) => set('maps', e.target.value) },
        ['4', '8', '16', '32'].map(n => h('option', { value: n, selected: n === setting('maps', '8') }, n)))),
      h('label', null, 'strongest by ', h('select', { onchange: (/** @type {any} */ e) => set('order', e.target.value) },
        [['signal', 'signal'], ['activation', 'activation']].map(([value, text]) => h('option', { value, selected: value === setting('order', 'signal') }, text)))),
      h('span', null, 'one scale for all rules: R ', legend('signal', about.scale)),
      h('span', null, 'x ', legend('activation', about.activation.max))),
    layer.hasRule ? ruleHere(about.layer) : null);
  const columns = 1 + rules.length + (isRectifier ? 1 : 0);
  const grid = h('div', { class: 'grid' });
  grid.style.gridTemplateColumns = `minmax(34px, 60px) repeat(${columns}, minmax(0, 124px))`;
  grid.append(h('div', { class: 'head' }, 'map'), h('div', { class: 'head' }, isInput ? 'input' : 'activation x', h('small', null, `max ${num(about.activation.max)}`)));
  about.rules.forEach((/** @type {any} */ rule, /** @type {number} */ k) => grid.append(h('div', { class: 'head' },
    k >= state.rules.length ? 'yours' : rule.name,
    h('small', null, rule.signal ? `Σ|R| ${num(rule.signal.l1)}, max ${num(rule.signal.max)}` : 'no signal comes here'),
    k >= state.rules.length ? h('small', null, rule.name) : null)));
  if (isRectifier) grid.append(h('div', { class: 'head' }, 'four cases', h('small', null, `of ${about.rules[0].name}`)));
  if (isInput && about.channels === 3) {
    grid.append(h('div', { class: 'chan' }, 'max |R|'), tensors.seen ? tile(tensors.seen.values, about.width, about.height, 1, 'rgb', 'the picture as the network sees it') : h('div'));
    rules.forEach((_, k) => grid.append(mapOf(tensors[`r${k}`], about)));
  }
  about.chosen.forEach((/** @type {number} */ channel, /** @type {number} */ c) => {
    grid.append(h('div', { class: 'chan' }, about.isVector ? 'all' : `${channel}`));
    const choose = (/** @type {number} */ by, /** @type {string} */ direction) => (/** @type {number} */ x, /** @type {number} */ y) =>
      go({ element: elementAt(about, channel, x, y), by, direction });
    const spot = spotOf(state.element, channel);
    grid.append(tile(plane(tensors.x, c), about.width, about.height, about.activation.max, isInput ? 'signal' : 'activation',
      `activation of map ${channel}; click traces it down`, choose(state.by, 'forward'), state.direction === 'forward' ? spot : null));
    rules.forEach((rule, k) => {
      const r = tensors[`r${k}`];
      grid.append(r ? tile(plane(r, c), about.width, about.height, about.scale, 'signal', `signal of map ${channel} under ${rule}; click traces it up`,
        choose(k, 'backward'), state.direction === 'backward' && state.by === k ? spot : null) : h('div', { class: 'soft' }, 'none'));
    });
    if (isRectifier && tensors.r0) {
      const active = plane(tensors.active, c), r = plane(tensors.r0, c);
      const cases = Float32Array.from(r, (value, i) => value === 0 ? 4 : (active[i] ? 0 : 2) + (value < 0 ? 1 : 0));
      grid.append(tile(cases, about.width, about.height, 1, 'cases', `the four cases in map ${channel}`));
    }
  });
  return { node: h('div', null, head, h('div', { class: 'scroll' }, grid), h('p', { class: 'soft' },
    'Click a number, or go to a map with Tab, move with the arrow keys and press Enter: its sum opens below.'),
    isRectifier ? casesTable(about) : null, equations(about)), message };
}

/** Max over channels of |R|, as the paper draws it. @param {any} r @param {any} about */
function mapOf(r, about) {
  if (!r) return h('div');
  const size = about.width * about.height, most = new Float32Array(size);
  for (let c = 0; c < r.shape[0]; c++) for (let i = 0; i < size; i++) most[i] = Math.max(most[i], Math.abs(r.values[c * size + i]));
  return tile(most, about.width, about.height, about.scale, 'activation', 'largest |R| over the channels');
}

/** A choice of the rule at one rectifier, which makes the visitor's own composite. @param {string} layer */
function ruleHere(layer) {
  const now = overridesOf(state.mine);
  const choose = (/** @type {string} */ rule) => {
    if (rule) now.set(layer, rule);
    else now.delete(layer);
    go({ mine: composite(setting('base', 'gradient'), now) });
  };
  return h('fieldset', { class: 'row' }, h('legend', null, 'Your composite: the rule at this layer'),
    [['', 'as the base'], ['gradient', 'gradient'], ['deconvnet', 'deconvnet'], ['guided', 'guided']].map(([value, text]) =>
      h('label', null, h('input', { type: 'radio', name: 'here', value, checked: (now.get(layer) ?? '') === value, onchange: () => choose(value) }), ` ${text}`)),
    h('label', null, 'base ', h('select', { onchange: (/** @type {any} */ e) => { set('base', e.target.value, true); go({ mine: composite(e.target.value, now) }); } },
      ['gradient', 'deconvnet', 'guided'].map(rule => h('option', { selected: rule === setting('base', 'gradient') }, rule)))),
    state.mine ? h('button', { onclick: () => go({ mine: '', by: 0 }) }, 'Remove your composite') : null);
}

/** @param {string} text @returns {Map<string, string>} */
function overridesOf(text) {
  return new Map(text.split(',').slice(1).map(part => { const at = part.lastIndexOf('='); return [part.slice(0, at), part.slice(at + 1)]; }));
}

/** @param {string} base @param {Map<string, string>} at */
function composite(base, at) { return at.size ? [base, ...[...at].map(([layer, rule]) => `${layer}=${rule}`)].join(',') : ''; }

/** Counts and masses of the four cases under each rule. @param {any} about */
function casesTable(about) {
  const rules = about.rules.filter((/** @type {any} */ rule) => rule.cases);
  // The server orders: active r > 0, r < 0, r = 0, then inactive.
  const order = [0, 1, 3, 4];
  return h('div', { class: 'scroll' }, h('h3', null, 'The four cases in all maps, by the signal that comes under each rule'),
    h('table', null, h('thead', null, h('tr', null, h('th', null, 'case'), h('th', null, 'who keeps it'),
      rules.map((/** @type {any} */ rule) => [h('th', { class: 'n' }, `${rule.name}: count`), h('th', { class: 'n' }, 'mass Σ|r|')]))),
    h('tbody', null, order.map((at, k) => {
      const key = h('span', { class: 'key' });
      key.style.background = `rgb(${CASES[k].colour.join()})`;
      return h('tr', null, h('td', null, key, CASES[k].name), h('td', null, CASES[k].kept),
        rules.map((/** @type {any} */ rule) => {
          const mass = order.reduce((sum, i) => sum + rule.cases.masses[i], 0);
          return [h('td', { class: 'n' }, count(rule.cases.counts[at])), h('td', { class: 'n' },
            `${num(rule.cases.masses[at])}${mass > 0 ? ` (${(100 * rule.cases.masses[at] / mass).toFixed(1)} %)` : ''}`)];
        }));
    }))),
    h('p', { class: 'soft', id: 'parting' }, `Under ${rules[0]?.name}, ${(100 * partingShare(about)).toFixed(1)} % of the mass lies in the two cases in which gradient and DeconvNet part.`));
}

/** The share of |r| in the cases x > 0, r < 0 and x <= 0, r > 0, of the first rule. @param {any} about */
export function partingShare(about) {
  const masses = about.rules[0]?.cases?.masses;
  if (!masses) return 0;
  const all = masses.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  return all > 0 ? (masses[1] + masses[3]) / all : 0;
}

/** @param {any} about */
function equations(about) {
  const rows = about.rules.filter((/** @type {any} */ rule) => rule.equation);
  if (!rows.length) return null;
  const same = rows.every((/** @type {any} */ rule) => rule.equation === rows[0].equation);
  return h('div', null, h('h3', null, same ? 'What the layer does to the signal, under every rule' : 'What the layer does to the signal'),
    (same ? rows.slice(0, 1) : rows).map((/** @type {any} */ rule) => h('p', null, same ? null : `${rule.name}: `, h('span', { class: 'eq' }, rule.equation),
      ' ', h('span', { class: 'soft' }, rule.remark), rule.note ? h('span', { class: 'soft' }, ` ${rule.note}`) : null)));
}

export { peak };
