// Pictures and models that the visitor brings: choose, drop, paste, camera; the catalogue.
import { h, byId, count } from './dom.js';
import * as api from './api.js';
import { state, go } from './state.js';

/** @type {(error: unknown) => void} */
let complain = () => { };
/** @type {() => any} */
let describedNow = () => null;

/** Fills the list of pictures and listens. @param {(error: unknown) => void} fail @param {() => any} described */
export async function installPictures(fail, described) {
  [complain, describedNow] = [fail, described];
  const select = byId('picture');
  select.addEventListener('change', () => choose(select.value));
  addEventListener('popstate', () => { select.value = state.picture; });
  await list();
  if (api.isSaved()) return;
  addEventListener('dragover', event => { event.preventDefault(); document.body.classList.add('drop'); });
  addEventListener('dragleave', () => document.body.classList.remove('drop'));
  addEventListener('drop', event => {
    event.preventDefault();
    document.body.classList.remove('drop');
    for (const file of event.dataTransfer?.files ?? []) void take(file, file.name);
  });
  addEventListener('paste', event => {
    for (const item of event.clipboardData?.items ?? []) {
      const file = item.kind === 'file' ? item.getAsFile() : null;
      if (file) void take(file, file.name || 'pasted picture');
    }
  });
  const input = h('input', { type: 'file', accept: 'image/*,.onnx', class: 'unseen', 'aria-label': 'A picture or an ONNX model', tabIndex: -1,
    onchange: () => { for (const file of input.files ?? []) void take(file, file.name); input.value = ''; } });
  byId('bar').insertBefore(h('span', { class: 'row' }, h('button', { onclick: () => input.click() }, 'Open …'), input,
    'mediaDevices' in navigator ? h('button', { onclick: () => void camera() }, 'Camera') : null,
    h('button', { onclick: () => void catalogue() }, 'Catalogue')), byId('score'));
}

/** @param {string} id */
function choose(id) { go({ picture: id, element: '', cls: 'top' }); }

async function list() {
  const { first, pictures } = await api.json('pictures');
  byId('picture').replaceChildren(...pictures.map((/** @type {any} */ one) => h('option', { value: one.id }, one.name)));
  if (!state.picture) go({ picture: first }, true);
  byId('picture').value = state.picture;
}

/** Takes a file: a picture, or a model. @param {Blob} file @param {string} name */
export async function take(file, name) {
  const isModel = name.toLowerCase().endsWith('.onnx');
  const { limits } = describedNow() ?? { limits: { picture: Infinity, model: Infinity } };
  const most = isModel ? limits.model : limits.picture;
  byId('busy').textContent = `sending ${name} ...`;
  try {
    if (file.size > most) throw new api.Problem(`${name} has ${count(file.size)} bytes; up to ${count(most)} are supported.`);
    const { id } = await api.send(isModel ? 'models' : 'pictures', { name }, file);
    if (isModel) {
      go({ model: id, layer: '', element: '', cls: 'top', mine: '' });
    } else {
      await list();
      choose(id);
      byId('picture').value = id;
    }
  } catch (error) {
    complain(error);
  } finally {
    byId('busy').textContent = '';
  }
}

async function camera() {
  /** @type {MediaStream} */
  let media;
  try {
    media = await navigator.mediaDevices.getUserMedia({ video: true });
  } catch {
    complain(new api.Problem('The browser gives no camera. Choose a picture instead.'));
    return;
  }
  const video = h('video', { autoplay: true, muted: true, playsInline: true, width: 420 });
  video.srcObject = media;
  const close = () => { for (const track of media.getTracks()) track.stop(); dialog.close(); dialog.remove(); };
  const shoot = () => {
    const canvas = h('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d').drawImage(video, 0, 0);
    close();
    canvas.toBlob((/** @type {Blob} */ blob) => void take(blob, 'camera.png'), 'image/png');
  };
  const dialog = h('dialog', { 'aria-label': 'Camera', onclose: close }, video, h('div', { class: 'row' }, h('button', { class: 'main', onclick: shoot }, 'Take the picture'), h('button', { onclick: close }, 'Cancel')));
  document.body.append(dialog);
  dialog.showModal();
}

async function catalogue() {
  try {
    const { models } = await api.json('catalogue');
    const told = h('p', { role: 'status' }), bar = h('progress', { max: 1, value: 0, hidden: true, 'aria-label': 'Progress' });
    const control = new AbortController();
    const get = async (/** @type {string} */ name) => {
      bar.hidden = false;
      try {
        const message = await api.stream('download', { name }, (event, data) => {
          if (event !== 'progress') return;
          told.textContent = data.title;
          if (data.total > 0) bar.value = data.done / data.total;
        }, control.signal);
        dialog.close();
        go({ model: message?.about.id, layer: '', element: '', cls: 'top', mine: '' });
      } catch (error) {
        dialog.close();
        complain(error);
      }
    };
    const dialog = h('dialog', { 'aria-label': 'Catalogue', onclose: () => { control.abort(); dialog.remove(); } }, h('h2', null, 'Published networks'),
      h('table', null, h('tbody', null, models.map((/** @type {any} */ one) => h('tr', null, h('td', null, h('button', { onclick: () => void get(one.name) }, one.name)),
        h('td', null, one.family), h('td', { class: 'n' }, `${(one.bytes / 1e6).toFixed(0)} MB`))))), bar, told, h('button', { onclick: () => dialog.close() }, 'Close'));
    document.body.append(dialog);
    dialog.showModal();
  } catch (error) {
    complain(error);
  }
}
