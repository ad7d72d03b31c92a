// What the page asks the server. A page that was saved answers from what it holds.
import { byId } from './dom.js';

/**
 * @typedef {{ about: any, tensors: Record<string, Tensor>, bytes: number }} Message
 * @typedef {{ name: string, shape: number[], values: Float32Array }} Tensor
 */

/** An error that the server explains. */
export class Problem extends Error {}

/** @type {Map<string, Uint8Array> | null} */
let recorded = null;
let session = '';
/** @type {Map<string, Message>} */
const kept = new Map();
/** @type {Map<string, AbortController>} */
const running = new Map();

/** Whether this is a saved page without a server. */
export function isSaved() { return recorded !== null; }

/** Reads what a saved page holds, or opens a session. */
export async function begin() {
  const element = document.getElementById('recorded');
  if (element) {
    const packed = Uint8Array.from(atob((element.textContent ?? '').trim()), c => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
    const all = new Uint8Array(await new Response(stream).arrayBuffer());
    const length = new DataView(all.buffer).getUint32(0, true);
    const index = JSON.parse(new TextDecoder().decode(all.subarray(4, 4 + length)));
    recorded = new Map();
    let at = 4 + length;
    for (const [path, bytes] of index) {
      recorded.set(path, all.slice(at, at + bytes));
      at += bytes;
    }
    return;
  }
  try { session = sessionStorage.getItem('netviz-session') ?? ''; } catch { /* storage may be off */ }
  const list = session ? await json('pictures') : null;
  if (!session || list === null) await newSession();
}

async function newSession() {
  session = (await json('session')).session;
  try { sessionStorage.setItem('netviz-session', session); } catch { /* storage may be off */ }
}

/** An address with its values in a fixed order. @param {string} path @param {Record<string, any>} [asked] */
export function address(path, asked = {}) {
  const parts = [];
  for (const [name, value] of Object.entries(asked)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined && one !== '') parts.push(`${name}=${encodeURIComponent(String(one))}`);
    }
  }
  return parts.length ? `${path}?${parts.join('&')}` : path;
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function ask(path, init = {}) {
  if (recorded) {
    const bytes = recorded.get(path);
    if (!bytes) throw new Problem('This saved page does not hold it. The explorer itself (netviz explore) does.');
    return new Response(/** @type {any} */ (bytes));
  }
  let response;
  try {
    response = await fetch(`api/${path}`, { ...init, headers: { ...init.headers, 'X-NetViz-Session': session } });
  } catch (error) {
    if (/** @type {any} */ (error)?.name === 'AbortError') throw error;
    throw new Problem('The server does not answer. It may have ended: start netviz explore again.');
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Problem(problem.detail ?? `the server answered ${response.status}`);
  }
  return response;
}

/** @param {string} path @param {Record<string, any>} [asked] @returns {Promise<any>} */
export async function json(path, asked) { return (await ask(address(path, asked))).json(); }

/** @param {string} path @param {Record<string, any>} [asked] @returns {Promise<Uint8Array>} */
export async function bytes(path, asked) { return new Uint8Array(await (await ask(address(path, asked))).arrayBuffer()); }

/** @param {ArrayBuffer} buffer @returns {Message} */
export function decode(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const { about, tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  /** @type {Record<string, Tensor>} */
  const named = {};
  for (const { name, shape, offset } of tensors) {
    const size = shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    named[name] = { name, shape, values: new Float32Array(buffer, 4 + length + 4 * offset, size) };
  }
  return { about, tensors: named, bytes: buffer.byteLength };
}

/**
 * Asks for numbers. Of one kind of question only the last is waited for: an older one is cancelled.
 * @param {string} path @param {Record<string, any>} asked @param {string} [kind]
 * @returns {Promise<Message>}
 */
export async function numbers(path, asked, kind) {
  const full = address(path, asked);
  const there = kept.get(full);
  if (there) return there;
  const control = new AbortController();
  if (kind) {
    running.get(kind)?.abort();
    running.set(kind, control);
  }
  const waiting = setTimeout(showQueue, 600);
  try {
    const message = decode(await (await ask(full, { signal: control.signal })).arrayBuffer());
    kept.set(full, message);
    if (kept.size > 60) kept.delete(/** @type {string} */ (kept.keys().next().value));
    return message;
  } finally {
    clearTimeout(waiting);
    if (!kind || running.get(kind) === control) byId('busy').textContent = '';
  }
}

async function showQueue() {
  byId('busy').textContent = 'computing ...';
  try {
    const { queue } = await json('queue');
    if (queue.waiting > 0) byId('busy').textContent = `${queue.waiting} waiting, about ${Math.ceil(queue.seconds)} s`;
  } catch { /* the question itself tells what is wrong */ }
}

/** An address of a picture for an img. @param {string} id @returns {Promise<string>} */
export async function pictureUrl(id) {
  return URL.createObjectURL(new Blob([/** @type {any} */ (await bytes('picture', { picture: id }))], { type: 'image/png' }));
}

/** @param {string} path @param {Record<string, any>} asked @param {BodyInit | null} body @returns {Promise<any>} */
export async function send(path, asked, body) {
  return (await ask(address(path, asked), { method: 'POST', body })).json();
}

/**
 * Work that takes longer: events until the result.
 * @param {string} path @param {Record<string, any>} asked
 * @param {(name: string, data: any) => void} hear
 * @param {AbortSignal} [signal]
 * @returns {Promise<Message | null>}
 */
export async function stream(path, asked, hear, signal) {
  const response = await ask(address(path, asked), { signal: signal ?? null });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return null;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = text.slice(0, end);
      text = text.slice(end + 2);
      const name = /^event: (.*)$/m.exec(event)?.[1] ?? '';
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? 'null');
      if (name === 'problem') throw new Problem(data.detail);
      if (name === 'result') return decode(Uint8Array.from(atob(data), c => c.charCodeAt(0)).buffer);
      hear(name, data);
    }
  }
}
