// The whole state of the page, which the address holds after its #.

/**
 * @typedef {object} State
 * @property {string} model the beginning of the model's SHA-256
 * @property {string} picture sample:NAME or the picture's SHA-256
 * @property {string} cls the class's number, or top
 * @property {string[]} rules the rules side by side
 * @property {string} mine the visitor's own composite; empty for none
 * @property {string} tab
 * @property {string} layer
 * @property {string} element c,y,x or a number; empty for none
 * @property {string} direction backward or forward
 * @property {number} by which rule is stepped and traced
 * @property {Record<string, string>} set constants of the views
 */

export const DEFAULT_RULES = ['gradient', 'deconvnet', 'guided'];

/** @type {State} */
export const state = { model: '', picture: '', cls: 'top', rules: DEFAULT_RULES, mine: '', tab: 'layer', layer: '', element: '',
  direction: 'backward', by: 0, set: {} };

/** @type {(() => void)[]} */
const listeners = [];

/** @param {() => void} listener called after each change */
export function onChange(listener) { listeners.push(listener); }

/** All rules that are shown, the visitor's own last. */
export function shownRules() { return state.mine ? [...state.rules, state.mine] : state.rules; }

/** The rule that is stepped and traced. */
export function chosenRule() { return shownRules()[state.by] ?? state.rules[0]; }

/** What every question about the picture holds. */
export function asked() { return { model: state.model, picture: state.picture, class: state.cls }; }

/** The state as the text after the #. */
export function toHash() {
  const parts = new URLSearchParams();
  if (state.model) parts.set('model', state.model);
  if (state.picture) parts.set('picture', state.picture);
  parts.set('class', state.cls);
  if (state.rules.join() !== DEFAULT_RULES.join()) for (const rule of state.rules) parts.append('rule', rule);
  if (state.mine) parts.set('mine', state.mine);
  parts.set('view', state.tab);
  if (state.layer) parts.set('layer', state.layer);
  if (state.element) parts.set('element', state.element);
  if (state.direction !== 'backward') parts.set('direction', state.direction);
  if (state.by) parts.set('by', String(state.by));
  for (const [name, value] of Object.entries(state.set)) parts.set(`set.${name}`, value);
  return `#${parts}`;
}

/** Takes the state out of the address. */
export function fromHash() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const text = (/** @type {string} */ name, /** @type {string} */ otherwise) => parts.get(name) ?? otherwise;
  const rules = parts.getAll('rule');
  Object.assign(state, { model: text('model', ''), picture: text('picture', ''), cls: text('class', 'top'),
    rules: rules.length ? rules.slice(0, 4) : DEFAULT_RULES, mine: text('mine', ''), tab: text('view', 'layer'), layer: text('layer', ''),
    element: text('element', ''), direction: text('direction', 'backward') === 'forward' ? 'forward' : 'backward',
    by: Number(text('by', '0')) || 0, set: {} });
  for (const [name, value] of parts) if (name.startsWith('set.')) state.set[name.slice(4)] = value;
}

/**
 * Changes the state, the address and the page.
 * @param {Partial<State>} change
 * @param {boolean} [replace] whether no step of the browser's history is made
 */
export function go(change, replace = false) {
  Object.assign(state, change);
  if (replace) history.replaceState(null, '', toHash());
  else if (toHash() !== location.hash) history.pushState(null, '', toHash());
  for (const listener of listeners) listener();
}

/** A constant of a view, and how it is changed. @param {string} name @param {string} otherwise */
export function setting(name, otherwise) { return state.set[name] ?? otherwise; }

/** @param {string} name @param {string} value @param {boolean} [quiet] */
export function set(name, value, quiet = false) {
  state.set = { ...state.set, [name]: value };
  if (quiet) history.replaceState(null, '', toHash());
  else go({}, true);
}
