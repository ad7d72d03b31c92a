// Saving what is shown: PNG, SVG, .npy, .json, and the present walk as one HTML file that needs no server.
import { h, byId, download, count } from './dom.js';
import * as api from './api.js';
import { state, asked, shownRules, setting } from './state.js';

/** @typedef {{ kind: 'text', x: number, y: number, text: string, font: string, size: number, colour: string } | { kind: 'image', x: number, y: number, width: number, height: number, source: any } | { kind: 'box', x: number, y: number, width: number, height: number, colour: string }} Item */

/** A menu of what can be saved. @param {() => any} shown */
export function saveButton(shown) {
  const told = h('span', { role: 'status', class: 'soft' });
  const name = () => `netviz.${state.tab}${state.layer ? `.${state.layer.replaceAll(/[^\w.-]+/g, '-')}` : ''}`;
  const action = async (/** @type {string} */ what) => {
    const { message, model, described } = shown();
    told.textContent = '';
    try {
      if (what === 'png') await savePng(name());
      if (what === 'svg') saveSvg(name());
      if (what === 'json') download(`${name()}.json`, new Blob([JSON.stringify({ state: { ...state }, model: model.sha256, about: message?.about ?? null }, null, 2)], { type: 'application/json' }));
      if (what === 'npy') {
        if (!message || !Object.keys(message.tensors).length) throw new api.Problem('This view holds no numbers yet.');
        for (const tensor of /** @type {any[]} */ (Object.values(message.tensors))) download(`${name()}.${tensor.name}.npy`, new Blob([/** @type {any} */ (npy(tensor.shape, tensor.values))]));
      }
      if (what === 'html') await saveWalk(described, told);
    } catch (error) {
      told.textContent = /** @type {any} */ (error)?.message ?? String(error);
    }
  };
  const select = h('select', { 'aria-label': 'Save', id: 'save', onchange: () => { const what = select.value; select.value = ''; void action(what); } },
    [['', 'Save …'], ['png', 'this view as PNG'], ['svg', 'this view as SVG'], ['npy', 'its numbers as .npy'], ['json', 'what it says as .json'],
      ...(api.isSaved() ? [] : [['html', 'all layers as one HTML file']])].map(([value, text]) => h('option', { value }, text)));
  return h('span', { class: 'row' }, select, told);
}

/** Numbers as NumPy's format 1.0, little-endian float32. @param {number[]} shape @param {Float32Array} values */
export function npy(shape, values) {
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((dict.length + 11) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + 4 * values.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(dict.padEnd(length - 1) + '\n'), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, 4 * values.length), 10 + length);
  return bytes;
}

/** What the view shows, as pictures and text in places. @returns {{ width: number, height: number, items: Item[] }} */
function itemsOf() {
  const root = byId('view').parentElement, frame = root.getBoundingClientRect();
  /** @type {Item[]} */
  const items = [{ kind: 'box', x: 0, y: 0, width: frame.width, height: frame.height, colour: getComputedStyle(document.body).backgroundColor }];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof HTMLCanvasElement || node instanceof HTMLImageElement) {
      const r = node.getBoundingClientRect();
      if (r.width > 0 && node.width > 0) items.push({ kind: 'image', x: r.left - frame.left, y: r.top - frame.top, width: r.width, height: r.height, source: node });
    } else if (node instanceof HTMLElement && (node.classList.contains('bar') || node.classList.contains('key'))) {
      const r = node.getBoundingClientRect();
      items.push({ kind: 'box', x: r.left - frame.left, y: r.top - frame.top, width: r.width, height: r.height, colour: getComputedStyle(node).backgroundColor });
    } else if (node.nodeType === Node.TEXT_NODE && node.textContent?.trim() && !node.parentElement?.closest('select, button, #tabs, [hidden], datalist')) {
      const style = getComputedStyle(/** @type {Element} */ (node.parentElement)), range = document.createRange(), text = node.textContent;
      // Line by line, as the browser broke it.
      for (let from = 0; from < text.length;) {
        range.setStart(node, from);
        range.setEnd(node, from + 1);
        const top = range.getBoundingClientRect();
        let to = from + 1;
        while (to < text.length) {
          range.setStart(node, to);
          range.setEnd(node, to + 1);
          const next = range.getBoundingClientRect();
          if (next.width > 0 && Math.abs(next.top - top.top) > 3) break;
          to++;
        }
        const line = text.slice(from, to);
        if (line.trim() && top.height > 0) items.push({ kind: 'text', x: top.left - frame.left, y: top.top - frame.top + 0.78 * top.height, text: line, font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`, size: parseFloat(style.fontSize), colour: style.color });
        from = to;
      }
    }
  }
  return { width: Math.ceil(frame.width), height: Math.ceil(frame.height), items };
}

/** @param {string} name */
async function savePng(name) {
  const { width, height, items } = itemsOf(), scale = 2;
  const canvas = h('canvas', { width: width * scale, height: height * scale }), context = canvas.getContext('2d');
  context.scale(scale, scale);
  context.imageSmoothingEnabled = false;
  for (const item of items) {
    if (item.kind === 'image') context.drawImage(item.source, item.x, item.y, item.width, item.height);
    else if (item.kind === 'box') { context.fillStyle = item.colour; context.fillRect(item.x, item.y, item.width, item.height); }
    else { context.font = item.font; context.fillStyle = item.colour; context.fillText(item.text, item.x, item.y); }
  }
  const blob = await new Promise(done => canvas.toBlob(done, 'image/png'));
  download(`${name}.png`, blob);
}

/** @param {string} text */
function escaped(text) { return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'); }

/** @param {string} name */
function saveSvg(name) {
  const { width, height, items } = itemsOf();
  const map = /** @type {SVGSVGElement | null} */ (byId('map').querySelector('svg'));
  const parts = items.map(item => item.kind === 'image'
    ? `<image x="${item.x}" y="${item.y}" width="${item.width}" height="${item.height}" preserveAspectRatio="none" image-rendering="pixelated" href="${dataUrl(item.source)}"/>`
    : item.kind === 'box' ? `<rect x="${item.x}" y="${item.y}" width="${item.width}" height="${item.height}" fill="${item.colour}"/>`
      : `<text x="${item.x}" y="${item.y}" font-size="${item.size}" font-family="system-ui, sans-serif" fill="${item.colour}" xml:space="preserve">${escaped(item.text)}</text>`);
  void map;
  download(`${name}.svg`, new Blob([`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${parts.join('\n')}</svg>\n`], { type: 'image/svg+xml' }));
}

/** @param {any} source */
function dataUrl(source) {
  if (source instanceof HTMLCanvasElement) return source.toDataURL();
  const canvas = h('canvas', { width: source.naturalWidth, height: source.naturalHeight });
  canvas.getContext('2d').drawImage(source, 0, 0);
  return canvas.toDataURL();
}

const MODULES = ['dom', 'api', 'state', 'paint', 'graph', 'layer', 'step', 'trace', 'tools', 'live', 'lessons', 'pictures', 'save', 'app'];

/** The modules as one script, each in a function of its own. @param {Map<string, string>} sources */
export function bundle(sources) {
  let all = 'const modules = {};\n';
  for (const [name, source] of sources) {
    /** @type {string[]} */
    const names = [];
    const body = source
      .replaceAll(/^import \* as (\w+) from '\.\/(\w+)\.js';$/gm, 'const $1 = modules.$2;')
      .replaceAll(/^import \{([^}]*)\} from '\.\/(\w+)\.js';$/gm, 'const {$1} = modules.$2;')
      .replaceAll(/^export \{[^}]*\};$/gm, '')
      .replaceAll(/^export (async function|function|const|class) (\w+)/gm, (_, kind, own) => { names.push(own); return `${kind} ${own}`; });
    all += `modules.${name} = (() => {\n${body}\nreturn { ${names.join(', ')} };\n})();\n`;
  }
  return all.replaceAll('</script', '<\\/script');
}

/**
 * Writes the present walk as one HTML file: all layers under the shown rules, each step, and the sums of the strongest numbers.
 * @param {any} described @param {any} told
 */
export async function saveWalk(described, told) {
  const model = described.model, rules = shownRules();
  /** @type {[string, Uint8Array][]} */
  const all = [];
  const paths = new Set();
  const add = async (/** @type {string} */ path) => {
    if (paths.has(path)) return null;
    paths.add(path);
    const bytes = await api.bytes(path);
    all.push([path, bytes]);
    return bytes;
  };
  const text = new TextEncoder();
  all.push([api.address('model', { model: state.model }), text.encode(JSON.stringify({ ...described, models: described.models.filter((/** @type {any} */ one) => one.id === model.id), maps: [], presets: [], uploads: false }))]);
  const name = byId('picture').selectedOptions[0]?.textContent ?? 'picture';
  all.push(['pictures', text.encode(JSON.stringify({ first: state.picture, pictures: [{ id: state.picture, name }] }))]);
  await add(api.address('forward', asked()));
  const overview = api.decode(/** @type {any} */ ((await add(api.address('overview', { ...asked(), rule: rules })))?.buffer));
  const order = overview.about.order, layers = [...order, model.input];
  let done = 0;
  for (const layer of layers) {
    told.textContent = `collecting ${++done} of ${layers.length} layers`;
    const bytes = await add(api.address('layer', { ...asked(), layer, rule: rules, n: setting('maps', '8'), by: setting('order', 'signal') }));
    const { about, tensors } = api.decode(/** @type {any} */ (bytes).buffer);
    for (let k = 0; k < rules.length; k++) {
      if (layer !== model.input) await add(api.address('step', { ...asked(), layer, rule: [rules[k]] }));
      const r = tensors[`r${k}`];
      if (!r) continue;
      // From the image the chain goes up to the score; elsewhere the strongest number of the two strongest maps.
      for (const element of strongestOf(r, about, layer === model.input ? 1 : 2)) await addTrace(layer, element, rules[k], layer === model.input ? 100 : 0);
    }
    for (const element of strongestOf(tensors.x, about, 1)) await addTrace(layer, element, null, layer === model.score ? 100 : 0);
  }
  if (state.element) await addTrace(state.layer, state.element, state.direction === 'forward' ? null : rules[state.by] ?? rules[0], 12);

  /** A sum, and the sums of its largest terms. @param {string} layer @param {string} element @param {string | null} rule @param {number} depth */
  async function addTrace(layer, element, rule, depth) {
    const bytes = await add(api.address('trace', { ...asked(), layer, element, direction: rule === null ? 'forward' : null, rule: rule === null ? [] : [rule], terms: 40 }));
    if (!bytes || depth === 0) return;
    const { about } = api.decode(/** @type {any} */ (bytes).buffer);
    for (const term of about.terms.slice(0, 1)) await addTrace(term.layer, term.element, rule, depth - 1);
  }

  told.textContent = 'packing';
  const index = text.encode(JSON.stringify(all.map(([path, bytes]) => [path, bytes.length])));
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, index.length, true);
  const packed = new Blob(/** @type {any} */ ([head, index, ...all.map(([, bytes]) => bytes)])).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  const [page, style] = await Promise.all(['index.html', 'app.css'].map(async file => (await fetch(file)).text()));
  /** @type {Map<string, string>} */
  const sources = new Map();
  for (const module of MODULES) sources.set(module, await (await fetch(`${module}.js`)).text());
  const policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src \'unsafe-inline\'; style-src \'unsafe-inline\'; img-src data: blob:">';
  const html = page.replace('<meta charset="utf-8">', () => `<meta charset="utf-8">\n${policy}`)
    .replace('<link rel="stylesheet" href="app.css">', () => `<style>\n${style}</style>`)
    .replace('<script type="module" src="app.js"></script>', () => `<script type="application/octet-stream" id="recorded">${btoa(binary)}</script>\n<script type="module">\n${bundle(sources)}</script>`)
    .replace('<body>', () => `<body>\n<script>if (!location.hash) history.replaceState(null, '', ${JSON.stringify(location.hash).replaceAll('<', '\\u003c')});</script>`);
  const blob = new Blob([html], { type: 'text/html' });
  download(`netviz.${name.replaceAll(/[^\w.-]+/g, '-')}.html`, blob);
  told.textContent = `${(blob.size / 1e6).toFixed(1)} MB, ${count(all.length)} answers`;
  document.body.dataset.saved = String(blob.size);
}

/** The strongest elements of the shown maps. @param {any} tensor @param {any} about @param {number} most */
function strongestOf(tensor, about, most) {
  const size = tensor.shape[1] * tensor.shape[2], found = [];
  for (let c = 0; c < Math.min(most, tensor.shape[0]); c++) {
    const values = tensor.values.subarray(c * size, (c + 1) * size);
    let best = 0;
    for (let i = 1; i < size; i++) if (Math.abs(values[i]) > Math.abs(values[best])) best = i;
    if (values[best] !== 0) found.push(about.isVector ? `${best}` : `${about.chosen[c]},${Math.floor(best / about.width)},${best % about.width}`);
  }
  return found;
}
