// One element as the sum that makes it. A click on a term goes on into it.
import { h, num, byId, say, count } from './dom.js';
import { numbers } from './api.js';
import { state, go, asked, chosenRule } from './state.js';

/** @param {string} layer @param {string} element @param {string} direction @param {string} rule @param {number} [terms] */
export function askTrace(layer, element, direction, rule, terms = 40) {
  return numbers('trace', { ...asked(), layer, element, direction: direction === 'forward' ? 'forward' : null, rule: direction === 'forward' ? [] : [rule], terms }, 'trace');
}

let before = '';

/** Draws the trace of the chosen element. @returns {Promise<any>} what the server told */
export async function drawTrace() {
  const box = byId('trace');
  box.hidden = !state.element;
  if (!state.element) {
    box.replaceChildren();
    before = 'none';
    return null;
  }
  const message = await askTrace(state.layer, state.element, state.direction, chosenRule());
  const { about } = message;
  const symbol = about.direction === 'forward' ? 'x' : 'R';
  const largest = Math.max(...about.terms.map((/** @type {any} */ term) => Math.abs(term.product)), 0);
  const follow = (/** @type {any} */ term) => go({ layer: term.layer, element: term.element });
  const several = new Set(about.terms.map((/** @type {any} */ term) => term.layer)).size > 1;
  const rows = about.terms.map((/** @type {any} */ term) => {
    const bar = h('span', { class: `bar${term.product < 0 ? ' minus' : ''}` });
    bar.style.width = `${largest > 0 ? 90 * Math.abs(term.product) / largest : 0}px`;
    return h('tr', null, h('td', null, h('button', { onclick: () => follow(term), title: `go on into ${term.layer} (${term.element})` },
      `${symbol}(${several ? `${term.layer}; ` : ''}${term.element})`)),
    h('td', { class: 'n' }, num(term.value, 7)), h('td', { class: 'n' }, term.weight === null ? '' : num(term.weight, 6)), h('td', null, h('code', null, term.weightName ?? '')),
    h('td', { class: 'n' }, num(term.product, 7)), h('td', null, bar));
  });
  if (about.constant !== null) rows.push(h('tr', null, h('td', null, 'constant (bias)'), h('td'), h('td'), h('td'), h('td', { class: 'n' }, num(about.constant, 7)), h('td')));
  if (about.count > about.terms.length) rows.push(h('tr', null, h('td', null, `${count(about.count - about.terms.length)} other terms`), h('td'), h('td'), h('td'), h('td', { class: 'n' }, num(about.rest, 7)), h('td')));
  box.replaceChildren(
    h('h2', null, `${symbol} = `, h('span', { id: 'traced', 'data-value': String(about.value) }, num(about.value, 9)), ` at ${about.layer} (${about.element})`),
    h('div', { class: 'row' },
      h('span', { class: 'soft' }, about.direction === 'forward' ? 'an activation, down towards the image' : `a signal under ${about.rule}, up towards the score`),
      h('button', { onclick: () => go({ direction: about.direction === 'forward' ? 'backward' : 'forward' }) },
        about.direction === 'forward' ? 'Trace the signal here instead' : 'Trace the activation here instead'),
      h('button', { onclick: () => history.back() }, '← the number before'),
      h('button', { onclick: () => go({ element: '' }) }, 'Close')),
    about.parts.map((/** @type {any} */ part) => h('p', null, `${part.operator} ${part.layer}: `, h('span', { class: 'eq' }, part.equation),
      part.note ? h('span', { class: 'soft' }, ` ${part.note}`) : null, h('span', { class: 'soft' }, ` ${count(part.count)} ${part.count === 1 ? 'term' : 'terms'}`))),
    about.parts.length ? h('div', { class: 'scroll' }, h('table', { id: 'terms' }, h('thead', null, h('tr', null, h('th', null, 'term'), h('th', { class: 'n' }, 'value'), h('th', { class: 'n' }, 'weight'),
      h('th', null, 'which weight'), h('th', { class: 'n' }, 'product'), h('th', null, ''))), h('tbody', null, rows),
    h('tfoot', null, h('tr', null, h('th', null, 'sum, in double from the weights'), h('th'), h('th'), h('th'), h('th', { class: 'n' }, num(about.sum, 9)), h('th')),
      h('tr', null, h('th', null, 'the pass computed'), h('th'), h('th'), h('th'), h('th', { class: 'n' }, num(about.value, 9)), h('th', { class: about.addsUp ? 'good' : 'bad' },
        `${about.addsUp ? '✓ adds up' : '✗ does not add up'}: apart by ${num(about.difference, 2)}, ${about.addsUp ? 'within' : 'beyond'} ${num(about.bound, 2)}`))))) : null,
    about.end ? h('p', null, `The chain ends here: ${about.end}.`) : null);
  // Another number was chosen: its sum comes into sight.
  const now = `${state.layer} ${state.element} ${state.direction}`;
  if (before && before !== now) box.scrollIntoView({ block: 'nearest' });
  before = now;
  say(`${symbol} ${num(about.value, 5)} at ${about.layer}, ${about.count} terms`);
  return message;
}
