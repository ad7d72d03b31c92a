// A class model that rises while one watches and turns its knobs.
import { h, num, download } from './dom.js';
import * as api from './api.js';
import { state, set, setting } from './state.js';
import { choice } from './tools.js';

/** @type {AbortController | null} */
let control = null;

/** @param {any} described @param {any} forward @param {(error: unknown) => void} complain @returns {Promise<{ node: any, message: any }>} */
export async function liveView(described, forward, complain) {
  // Another preset while it rises: the ascent starts again under it.
  const wasRising = control !== null;
  control?.abort();
  control = null;
  const names = described.presets.map((/** @type {any} */ one) => one.name);
  const preset = described.presets.find((/** @type {any} */ one) => one.name === setting('preset', 'netviz')) ?? described.presets[0];
  const index = state.cls === 'top' ? forward.about.top : Number(state.cls);
  const canvas = h('canvas', { width: 64, height: 64, role: 'img', 'aria-label': `the image that ${described.model.classes[index]} stands for` });
  const told = h('p', { role: 'status', id: 'live-told' }, 'Not started.');
  const curve = h('canvas', { class: 'curve', width: 420, height: 140, role: 'img', 'aria-label': 'score against step' });
  /** @type {number[]} */
  const values = [];
  let paused = false;
  const constants = () => Object.fromEntries(preset.constants.map((/** @type {any} */ one) => [one.name, state.set[`live.${one.name}`] ?? String(one.value)]));
  const change = async (/** @type {string} */ action, /** @type {Record<string, any>} */ more = {}) => {
    if (!control) return;
    try { await api.send('live', { action, ...more }, null); } catch (error) { complain(error); }
  };
  const show = (/** @type {any} */ data) => {
    values.length = data.from;
    values.push(...data.values);
    const rgb = atob(data.rgb), context = canvas.getContext('2d');
    if (canvas.width !== data.width || canvas.height !== data.height) Object.assign(canvas, { width: data.width, height: data.height });
    const image = context.createImageData(data.width, data.height);
    for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) image.data.set([rgb.charCodeAt(i), rgb.charCodeAt(i + 1), rgb.charCodeAt(i + 2), 255], o);
    context.putImageData(image, 0, 0);
    told.textContent = `step ${data.step + 1}${data.done ? ', done' : ''}: score ${num(values[values.length - 1], 5)}, norm ${num(data.norm, 4)}`;
    told.dataset.step = String(data.step + 1);
    plot();
  };
  const plot = () => {
    const context = curve.getContext('2d'), style = getComputedStyle(document.body);
    const low = Math.min(...values), high = Math.max(...values), span = high - low || 1;
    context.clearRect(0, 0, 420, 140);
    context.strokeStyle = style.color;
    context.fillStyle = style.color;
    context.font = '12px system-ui';
    context.beginPath();
    values.forEach((value, i) => context.lineTo(40 + 370 * i / Math.max(1, values.length - 1), 130 - 118 * (value - low) / span));
    context.stroke();
    context.fillText(num(high, 3), 2, 14);
    context.fillText(num(low, 3), 2, 132);
  };
  const start = async () => {
    control?.abort();
    const mine = control = new AbortController();
    values.length = 0;
    paused = false;
    buttons();
    try {
      await api.stream('live', { model: state.model, class: index, preset: preset.name, seed: setting('live.seed', '1'), ...constants() },
        (name, data) => { if (name === 'picture' && control === mine) show(data); }, mine.signal);
    } catch (error) {
      complain(error);
    } finally {
      if (control === mine) control = null;
      buttons();
    }
  };
  const startButton = h('button', { class: 'main', id: 'live-start', onclick: () => void start() }, 'Start');
  const pauseButton = h('button', { id: 'live-pause', onclick: () => { paused = !paused; void change(paused ? 'pause' : 'resume'); buttons(); } }, 'Pause');
  const resetButton = h('button', { id: 'live-reset', onclick: () => { paused = false; void change('resume'); void change('reset', { preset: preset.name, ...constants() }); buttons(); } }, 'Reset');
  const buttons = () => {
    pauseButton.disabled = resetButton.disabled = !control;
    pauseButton.textContent = paused ? 'Go on' : 'Pause';
    startButton.textContent = control ? 'Start again' : 'Start';
  };
  const save = async () => {
    try {
      const report = await api.json('live/report');
      const name = `${report.className.replaceAll(/[^\w-]+/g, '-')}.${report.preset}`;
      canvas.toBlob((/** @type {Blob} */ blob) => download(`${name}.png`, blob), 'image/png');
      download(`${name}.json`, new Blob([JSON.stringify(report, null, 2)], { type: 'application/json' }));
    } catch (error) {
      complain(error);
    }
  };
  buttons();
  if (wasRising) setTimeout(() => void start());
  const box = h('div', { class: 'tile' }, canvas);
  return { message: null, node: h('div', null, h('h2', null, `Class model: ${described.model.classes[index]}`),
    h('p', null, 'The image that raises the class score most, less a penalty: gradient ascent on the image, the weights fixed. The constants can be changed while it climbs.'),
    h('div', { class: 'row' }, choice('preset', 'Preset', names, 'netviz', true), h('label', null, 'seed ', h('input', { type: 'number', value: setting('live.seed', '1'), min: 0, onchange: (/** @type {any} */ e) => set('live.seed', e.target.value, true) })), startButton, pauseButton, resetButton, h('button', { onclick: () => void save() }, 'Save picture and .json')),
    h('p', { class: 'soft' }, preset.description),
    h('div', { class: 'row' }, preset.constants.map((/** @type {any} */ one) => h('label', { title: one.meaning }, `${one.name} `, h('input', { type: 'number', step: 'any', min: 0, id: `live-${one.name}`, value: state.set[`live.${one.name}`] ?? String(one.value),
      onchange: (/** @type {any} */ e) => { set(`live.${one.name}`, e.target.value, true); void change('set', { preset: preset.name, ...constants() }); } })))),
    told, h('div', { class: 'pics' }, h('figure', null, box, h('figcaption', null, 'the image where the ascent stands')), curve)) };
}
