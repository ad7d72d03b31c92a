// The page: what is chosen, and which view shows it.
import { h, byId, num, say } from './dom.js';
import * as api from './api.js';
import { state, go, onChange, fromHash, asked, shownRules, toHash } from './state.js';
import { drawMap } from './graph.js';
import { layerView } from './layer.js';
import { stepView, stepKey } from './step.js';
import { drawTrace } from './trace.js';
import { mapsView, switchesView, localiseView } from './tools.js';
import { liveView } from './live.js';
import { lessonsView } from './lessons.js';
import { installPictures } from './pictures.js';
import { saveButton } from './save.js';

const TABS = [['layer', 'Layer: rules side by side'], ['step', 'Step'], ['maps', 'Maps'], ['switches', 'Switches'], ['localise', 'Localise'],
  ['live', 'Class model'], ['lessons', 'Lessons']];

/** @type {any} */
let described = null;
/** @type {any} */
let forward = null;
/** @type {any} */
let overview = null;
/** @type {any} */
let shown = null;
let turn = 0;

/** @param {unknown} error */
function complain(error) {
  if (/** @type {any} */ (error)?.name === 'AbortError') return;
  byId('problem').textContent = /** @type {any} */ (error)?.message ?? String(error);
  byId('problem').hidden = false;
  if (!(error instanceof api.Problem)) console.error(error);
}

/** Reads what the network is. */
async function describe() {
  described = await api.json('model', { model: state.model });
  const model = described.model;
  if (state.model !== model.id) go({ model: model.id }, true);
  const select = byId('model');
  select.replaceChildren(...described.models.map((/** @type {any} */ one) => h('option', { value: one.id, selected: one.id === model.id }, one.name)));
  byId('classes').replaceChildren(...model.classes.map((/** @type {string} */ name, /** @type {number} */ index) => h('option', { value: `${name} (${index})` })));
  byId('foot').textContent = `${model.name}, SHA-256 ${model.sha256.slice(0, 16)}…, ${model.parameters.toLocaleString('en')} parameters, on ${model.device}; NetViz ${described.version}. Nothing leaves this machine.`;
}

/** Draws everything that the state asks for. */
async function render() {
  const mine = ++turn;
  byId('problem').hidden = true;
  try {
    if (!described || described.model.id !== state.model) await describe();
    const model = described.model;
    if (!state.picture) go({ picture: (await api.json('pictures')).first }, true);
    if (mine !== turn) return;
    byId('picture').value = state.picture;
    if (!model.layers.some((/** @type {any} */ one) => one.name === state.layer)) go({ layer: model.input, element: '' }, true);
    if (mine !== turn) return;
    drawTabs();
    const [scores, strips] = await Promise.all([api.numbers('forward', asked()), api.numbers('overview', { ...asked(), rule: shownRules() })]);
    if (mine !== turn) return;
    [forward, overview] = [scores, strips];
    drawMap(model.layers, overview);
    drawScore(model);
    const view = await viewOf(model);
    if (mine !== turn) return;
    shown = view.message;
    const focused = document.activeElement?.id;
    byId('view').replaceChildren(h('div', { class: 'row noprint' }, saveButton(() => ({ message: shown, model, overview, described }))), view.node);
    byId('view').setAttribute('aria-labelledby', `tab-${state.tab}`);
    if (focused && byId(focused) && byId(focused) !== document.activeElement) byId(focused).focus();
    await drawTrace();
    document.body.dataset.ready = toHash();
  } catch (error) {
    complain(error);
  }
}

/** @param {any} model @returns {Promise<{ node: any, message: any }>} */
async function viewOf(model) {
  switch (state.tab) {
    case 'step': return stepView(model, overview);
    case 'maps': return mapsView(described, complain);
    case 'switches': return switchesView(described, complain);
    case 'localise': return localiseView(described, complain);
    case 'live': return liveView(described, forward, complain);
    case 'lessons': return lessonsView(described, overview, forward);
    default: return layerView(model);
  }
}

function drawTabs() {
  const tabs = api.isSaved() ? TABS.filter(([id]) => id === 'layer' || id === 'step') : TABS;
  byId('tabs').replaceChildren(...tabs.map(([id, text]) => h('button', { role: 'tab', id: `tab-${id}`, 'aria-selected': String(id === state.tab), 'aria-controls': 'view',
    tabIndex: id === state.tab ? 0 : -1, onclick: () => go({ tab: id }), onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by === undefined) return;
      event.stopPropagation();
      const next = tabs[(tabs.findIndex(([one]) => one === id) + by + tabs.length) % tabs.length][0];
      go({ tab: next });
      byId(`tab-${next}`)?.focus();
    } }, text)));
}

/** @param {any} model */
function drawScore(model) {
  const index = overview.about.class, p = forward.about.probabilities[index];
  const score = forward.tensors.scores.values[index];
  byId('score').textContent = `${model.classes[index]}: score ${num(score, 5)}${p === null ? '' : `, P ${(100 * p).toFixed(1)} %`}${index === forward.about.top ? ', the top class' : ''}`;
  if (document.activeElement !== byId('class')) byId('class').value = `${model.classes[index]} (${index})`;
}

/** @param {string} text */
function chooseClass(text) {
  const classes = described.model.classes, plain = text.trim().toLowerCase();
  const number = /\((\d+)\)$/.exec(plain)?.[1] ?? (/^\d+$/.test(plain) ? plain : null);
  let index = number === null ? -1 : Number(number);
  if (plain === 'top' || plain === '') return go({ cls: 'top' });
  if (index < 0) index = classes.findIndex((/** @type {string} */ name) => name.toLowerCase() === plain);
  if (index < 0) index = classes.findIndex((/** @type {string} */ name) => name.toLowerCase().includes(plain));
  if (index < 0 || index >= classes.length) return complain(new api.Problem(`No class is called '${text}'. Type a part of a name, a number, or top.`));
  say(`class ${classes[index]}`);
  go({ cls: String(index) });
}

async function start() {
  fromHash();
  await api.begin();
  onChange(() => void render());
  addEventListener('popstate', () => { fromHash(); void render(); });
  addEventListener('hashchange', () => { fromHash(); void render(); });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => void render());
  byId('class').addEventListener('change', () => chooseClass(byId('class').value));
  byId('class').addEventListener('focus', () => byId('class').select());
  byId('model').addEventListener('change', () => go({ model: byId('model').value, layer: '', element: '', cls: 'top', mine: '' }));
  document.addEventListener('keydown', event => {
    const at = event.target instanceof Element ? event.target : null;
    if (event.ctrlKey || event.altKey || event.metaKey || at?.closest('input, select, textarea, #tabs, #map, dialog')) return;
    if (state.tab === 'step' && stepKey(event, overview)) event.preventDefault();
  });
  await installPictures(complain, () => described);
  await render();
}

start().catch(complain);
