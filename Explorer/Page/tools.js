// Maps, switches, localisation.
import { h, num, count } from './dom.js';
import * as api from './api.js';
import { tile, legend, plane, peak } from './paint.js';
import { state, asked, shownRules, set, setting } from './state.js';

/** A number that the visitor sets. @param {string} name @param {string} text @param {string} otherwise @param {Record<string, any>} [more] */
export function field(name, text, otherwise, more = {}) {
  return h('label', null, `${text} `, h('input', { type: 'number', value: setting(name, otherwise), step: 'any', onchange: (/** @type {any} */ e) => set(name, e.target.value, true), ...more }));
}

/** A choice that the visitor makes. @param {string} name @param {string} text @param {string[]} choices @param {string} otherwise @param {boolean} [redraw] */
export function choice(name, text, choices, otherwise, redraw = false) {
  return h('label', null, `${text} `, h('select', { onchange: (/** @type {any} */ e) => set(name, e.target.value, !redraw) },
    choices.map(value => h('option', { value, selected: value === setting(name, otherwise) }, value))));
}

/**
 * A button that runs work with events, and stops it.
 * @param {string} text @param {string} path @param {() => Record<string, any>} values @param {(message: import('./api.js').Message) => void} show
 * @param {(error: unknown) => void} complain
 */
export function runner(text, path, values, show, complain) {
  const told = h('span', { role: 'status', class: 'soft' });
  /** @type {AbortController | null} */
  let control = null;
  const button = h('button', { class: 'main', onclick: () => control ? control.abort() : void run() }, text);
  const run = async () => {
    control = new AbortController();
    button.textContent = 'Stop';
    told.textContent = 'computing ...';
    const begun = performance.now();
    try {
      const message = await api.stream(path, values(), (name, data) => {
        if (name === 'queue' && data.waiting > 0) told.textContent = `${data.waiting} waiting, about ${Math.ceil(data.seconds)} s`;
        if (name === 'progress' && data.total > 0) told.textContent = `${data.title}: ${Math.round(100 * data.done / data.total)} %`;
        if (name === 'remark') told.textContent = data.text;
      }, control.signal);
      if (message) show(message);
      told.textContent = `done in ${((performance.now() - begun) / 1000).toFixed(1)} s`;
    } catch (error) {
      told.textContent = /** @type {any} */ (error)?.name === 'AbortError' ? 'stopped' : '';
      complain(error);
    } finally {
      control = null;
      button.textContent = text;
    }
  };
  return { node: h('span', { class: 'row' }, button, told), run };
}

/** @param {any} described @param {(error: unknown) => void} complain */
export async function mapsView(described, complain) {
  const names = described.maps.map((/** @type {any} */ map) => map.name);
  const map = described.maps.find((/** @type {any} */ one) => one.name === setting('map', 'signal')) ?? described.maps[0];
  const out = h('div', { id: 'maps' });
  const holder = { message: /** @type {any} */ (null) };
  const convs = described.model.layers.filter((/** @type {any} */ one) => one.shape.length === 4 && one.kind !== 'input').map((/** @type {any} */ one) => one.name);
  const values = () => ({ ...asked(), map: map.name, rule: map.rules ? shownRules() : [], camLayer: map.cam ? setting('cam', '') : null,
    ...Object.fromEntries(map.constants.map((/** @type {any} */ one) => [one.name, state.set[`map.${one.name}`] ?? null])) });
  const seen = (await api.numbers('forward', asked())).tensors.seen;
  const show = (/** @type {import('./api.js').Message} */ message) => {
    holder.message = message;
    Object.assign(result, { message });
    const all = message.about.maps, most = Math.max(...all.map((/** @type {any} */ _, /** @type {number} */ k) => peak(message.tensors[`map${k}`].values)));
    out.replaceChildren(h('p', null, `${message.about.class.name}: score ${num(message.about.class.score, 5)}. One scale for these maps: `, legend(all[0].isSigned ? 'signal' : 'activation', most)),
      h('div', { class: 'pics' }, h('figure', null, tile(seen.values, seen.shape[1], seen.shape[0], 1, 'rgb', 'the picture as the network sees it'), h('figcaption', null, 'the network\'s input')),
        all.map((/** @type {any} */ one, /** @type {number} */ k) => {
          const tensor = message.tensors[`map${k}`];
          return h('figure', null, tile(tensor.values, tensor.shape[1], tensor.shape[0], most, one.isSigned ? 'signal' : 'activation', one.name),
            h('figcaption', null, h('strong', null, one.name), one.formula ? ` ${one.formula}` : '', `, peak ${num(peak(tensor.values), 6)}`, one.note ? h('span', null, `. ${one.note}`) : ''));
        })),
      all[0].constants ? h('details', null, h('summary', null, 'All constants'), h('pre', null, JSON.stringify(all[0].constants, null, 1).slice(0, 4000))) : '');
  };
  const work = runner('Compute the map', 'map', values, show, complain);
  const result = { message: /** @type {any} */ (null), node: h('div', null, h('h2', null, 'Maps'),
    h('p', null, 'Which pixels a class score depends on, by every method that netviz saliency has. The signal is the paper\'s map; the others answer other questions.'),
    h('div', { class: 'row' }, choice('map', 'Map', names, 'signal', true), map.cam ? choice('cam', 'at layer', ['', ...convs], '') : null,
      map.constants.map((/** @type {any} */ one) => one.choices ? choice(`map.${one.name}`, one.name, one.choices, one.name === 'fill' ? 'grey' : 'zero')
        : field(`map.${one.name}`, one.name, one.value === 0 ? '' : String(one.value), { min: one.min, max: one.max })), work.node),
    out) };
  if (map.name === 'signal') void work.run();
  return result;
}

/** @param {any} described @param {(error: unknown) => void} complain */
export async function switchesView(described, complain) {
  const pools = described.model.layers.filter((/** @type {any} */ one) => one.kind === 'maxpool').map((/** @type {any} */ one) => one.name);
  if (!pools.length) return { message: null, node: h('div', null, h('h2', null, 'Switches'), h('p', null, 'This network has no max-pooling, hence no switches.')) };
  const pool = pools.includes(state.layer) ? state.layer : pools.includes(setting('pool', '')) ? setting('pool', '') : pools[pools.length - 1];
  const places = await api.numbers('places', { ...asked(), layer: pool, n: 6 }, 'view');
  const { input, output, places: at } = places.tensors;
  const scale = peak(input.values);
  const figures = places.about.channels.map((/** @type {number} */ channel, /** @type {number} */ c) => {
    // The pooled map on the input's grid: only what a switch points at is shown.
    const [x, p] = [plane(input, c), plane(at, c)];
    const kept = new Float32Array(x.length);
    for (const place of p) if (place >= 0) kept[place] = x[place];
    return h('div', { class: 'trio' }, h('figure', null, tile(x, input.shape[2], input.shape[1], scale, 'activation', `input of ${pool}, map ${channel}`), h('figcaption', null, `map ${channel}: input`)),
      h('figure', null, tile(kept, input.shape[2], input.shape[1], scale, 'activation', `where the switches of map ${channel} point`), h('figcaption', null, 'switches point here')),
      h('figure', null, tile(plane(output, c), output.shape[2], output.shape[1], scale, 'activation', `output of ${pool}, map ${channel}`), h('figcaption', null, 'output')));
  });
  const out = h('div', { id: 'swapped' });
  /** @type {{ message: any, node: any }} */
  const result = { message: places, node: null };
  const swap = async () => {
    try {
      const way = setting('way', 'random');
      const message = await api.numbers('switches', { ...asked(), rule: shownRules(), way, seed: way === 'random' ? setting('swap.seed', '1') : null,
        layer: setting('which', 'all') === 'all' ? null : pool, other: way === 'other' ? setting('other', 'sample:lemon') : null }, 'swap');
      result.message = message;
      const { about, tensors } = message;
      out.replaceChildren(h('p', null, `Changed: ${about.pools.join(', ')}.`, about.agreement.length ? ` Switches that are the picture's own all the same: ${about.agreement.map((/** @type {any} */ one) => `${one.pool} ${(100 * one.share).toFixed(1)} %`).join(', ')}.` : ' Each signal is spread evenly over its window.'),
        h('div', { class: 'pics' }, about.rules.map((/** @type {any} */ rule, /** @type {number} */ k) => {
          const own = tensors[`own${k}`], swapped = tensors[`swapped${k}`];
          const [a, b] = [flat(own), flat(swapped)], most = Math.max(peak(a), peak(b));
          return [h('figure', null, tile(a, own.shape[own.shape.length - 1], own.shape[own.shape.length - 2], most, 'activation', `${rule.name}, own switches`), h('figcaption', null, `${rule.name}: own switches`)),
            h('figure', null, tile(b, own.shape[own.shape.length - 1], own.shape[own.shape.length - 2], most, 'activation', `${rule.name}, other switches`),
              h('figcaption', null, `other switches: cosine to its own ${num(rule.cosine, 3)}, norm ${num(rule.norm, 3)} of its own`))];
        })));
    } catch (error) {
      complain(error);
    }
  };
  const others = /** @type {HTMLOptionElement[]} */ ([...(/** @type {HTMLSelectElement} */ (document.getElementById('picture'))).options]).map(option => option.value);
  result.node = h('div', null, h('h2', null, 'Switches'),
    h('p', null, 'A max-pooling sends its signal back to where the maximum stood: the switch. Gradient, DeconvNet and guided agree on that. The pictures show where the switches point; below, the same pass through other switches.'),
    h('div', { class: 'row' }, h('label', null, 'Max-pooling ', h('select', { onchange: (/** @type {any} */ e) => { set('pool', e.target.value, true); state.layer = e.target.value; set('pool', e.target.value); } },
      pools.map((/** @type {string} */ name) => h('option', { selected: name === pool }, name)))),
    h('span', { class: 'soft' }, `window ${places.about.window.join(' × ')}, stride ${places.about.stride.join(' × ')}`)),
    h('div', { class: 'flow' }, figures),
    h('h3', null, 'Swap them in'),
    h('div', { class: 'row' }, choice('way', 'Switches', ['random', 'centre', 'even', 'other'], 'random', true), setting('way', 'random') === 'random' ? field('swap.seed', 'seed', '1') : null,
      setting('way', 'random') === 'other' ? choice('other', 'of', others, 'sample:lemon') : null, choice('which', 'at', ['all', 'this one'], 'all'), h('button', { class: 'main', onclick: () => void swap() }, 'Send the signal')), out);
  return result;
}

/** Largest size over the channels of [1, C, H, W]. @param {{ shape: number[], values: Float32Array }} tensor */
function flat(tensor) {
  const [h1, w1] = tensor.shape.slice(-2), most = new Float32Array(h1 * w1);
  for (let i = 0; i < tensor.values.length; i++) most[i % most.length] = Math.max(most[i % most.length], Math.abs(tensor.values[i]));
  return most;
}

/** @param {any} described @param {(error: unknown) => void} complain */
export async function localiseView(described, complain) {
  const out = h('div', { id: 'found' });
  const url = await api.pictureUrl(state.picture);
  const image = h('img', { src: url, alt: '' });
  await image.decode().catch(() => { });
  /** @type {{ message: any, node: any }} */
  const result = { message: null, node: null };
  const show = (/** @type {import('./api.js').Message} */ message) => {
    result.message = message;
    const { about, tensors: { seeds, mask } } = message, c = about.certificate;
    const [height, width] = seeds.shape;
    const trimap = Float32Array.from({ length: 3 * seeds.values.length }, (_, i) => 127.5 + 127.5 * seeds.values[Math.floor(i / 3)]);
    const canvas = h('canvas', { width, height, role: 'img', 'aria-label': about.box ? 'the object, with its box' : 'nothing was found' });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    for (let i = 0; i < mask.values.length; i++) {
      const edge = mask.values[i] && (!mask.values[i - 1] || !mask.values[i + 1] || !mask.values[i - width] || !mask.values[i + width]);
      if (edge) pixels.data.set([255, 0, 200, 255], 4 * i);
      else if (!mask.values[i]) pixels.data.fill(0.35 * (0.3 * pixels.data[4 * i] + 0.6 * pixels.data[4 * i + 1] + 0.1 * pixels.data[4 * i + 2]), 4 * i, 4 * i + 3);
    }
    context.putImageData(pixels, 0, 0);
    if (about.box) {
      context.strokeStyle = '#ffdd00';
      context.lineWidth = Math.max(2, width / 160);
      context.strokeRect(.../** @type {[number, number, number, number]} */ (about.box.map((/** @type {number} */ one) => one / about.every)));
    }
    out.replaceChildren(h('div', { class: 'pics' }, h('figure', null, tile(trimap, width, height, 1, 'rgb', 'seeds: white object, black background, grey undecided'), h('figcaption', null, `trimap: ${count(c.foregroundSeeds)} pixels teach the object's colours, ${count(c.backgroundSeeds)} the background's`)),
      h('figure', null, h('div', { class: 'tile' }, canvas), h('figcaption', null, about.box ? `box: left ${about.box[0]}, top ${about.box[1]}, ${about.box[2]} × ${about.box[3]} pixels` : c.nothing ?? 'nothing found'))),
      c.cut ? h('table', null, h('tbody', null, [['energy of the colours', num(c.cut.colourEnergy, 8)], ['energy of the border', num(c.cut.borderEnergy, 8)], ['their sum', num(c.cut.colourEnergy + c.cut.borderEnergy, 8)],
        ['from the maximum flow', num(c.cut.energyFromFlow, 8)], ['flow', count(c.cut.flow)], ['cut', count(c.cut.cut)]].map(([name, value]) => h('tr', null, h('td', null, name), h('td', { class: 'n' }, value)))),
      h('tfoot', null, h('tr', null, h('th', { colSpan: 2, class: about.holds ? 'good' : 'bad' }, about.holds ? '✓ flow equals cut: no labelling costs less' : '✗ flow and cut differ')))) : h('p', null, `threshold of a peak of ${num(c.thresholdPeak)}`));
  };
  const work = runner('Find the object', 'localise', () => ({ ...asked(), rule: [shownRules()[state.by] ?? 'gradient'], foreground: setting('loc.fg', '0.95'), background: setting('loc.bg', '0.3'), gamma: setting('loc.gamma', '50'), method: setting('loc.method', 'cut') }), show, complain);
  const slider = (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ otherwise) => {
    const told = h('output', null, setting(name, otherwise));
    return h('label', null, `${text} `, h('input', { type: 'range', min: 0.01, max: 0.99, step: 0.01, value: setting(name, otherwise), oninput: (/** @type {any} */ e) => { told.textContent = e.target.value; },
      onchange: (/** @type {any} */ e) => { set(name, e.target.value, true); void work.run(); } }), ' ', told);
  };
  result.node = h('div', null, h('h2', null, 'Localise'),
    h('p', null, 'The saliency map gives seeds: pixels above the one quantile teach the object\'s colours, pixels below the other the background\'s. A minimum cut decides about all pixels, and its maximum flow proves that no cut costs less.'),
    h('div', { class: 'row' }, slider('loc.fg', 'object from quantile', '0.95'), slider('loc.bg', 'background up to', '0.3'), field('loc.gamma', 'gamma', '50', { min: 0, max: 1000 }), choice('loc.method', 'by', ['cut', 'threshold'], 'cut'), work.node), out);
  void described;
  void work.run();
  return result;
}
