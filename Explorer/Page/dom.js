// Building elements, numbers as text.

/**
 * Makes an element. Text is text, never markup, so that names out of files cannot become elements.
 * @param {string} tag
 * @param {Record<string, any> | null} [props] properties; on... are listeners, others with a hyphen or "role" are attributes
 * @param {...any} children
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const element = /** @type {any} */ (document.createElement(tag));
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.className = value;
    else if (name.includes('-') || name === 'role' || name === 'for' || name === 'list') element.setAttribute(name, String(value));
    else element[name] = value;
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Makes an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} props attributes; on... are listeners
 * @param {...any} children
 * @returns {any}
 */
export function s(tag, props, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, String(value));
  }
  element.append(...children.flat(Infinity));
  return element;
}

/** @param {string} id @returns {any} */
export function byId(id) { return document.getElementById(id); }

/** A number with some digits. @param {number | string | null | undefined} value @param {number} [digits] */
export function num(value, digits = 4) {
  if (value === null || value === undefined) return '';
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  if (number === 0) return '0';
  const size = Math.abs(number);
  return size >= 1e5 || size < 1e-3 ? number.toExponential(digits - 1) : String(Number(number.toPrecision(digits)));
}

/** @param {number} value */
export function count(value) { return value.toLocaleString('en'); }

/** @param {number[]} shape */
export function shapeText(shape) { return (shape[0] === 1 ? shape.slice(1) : shape).join(' × ') || '1'; }

/** Says something to a screen reader. @param {string} text */
export function say(text) { byId('say').textContent = text; }

/** Offers a file. @param {string} name @param {Blob} blob */
export function download(name, blob) {
  const link = h('a', { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
