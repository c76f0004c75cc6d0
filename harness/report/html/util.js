// Small helpers. Text reaches the page as text nodes and attributes only: nothing here parses markup.

function h(name, props, ...children) {
  const [tag, ...classes] = name.split('.');
  const node = document.createElement(tag || 'div');
  if (classes.length) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(props || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'value') node.value = value;
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  add(node, children);
  return node;
}

function add(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

// Renders anew; the control that had the focus has it again, where there still is one with the same id or data.
function keepFocus(render) {
  const focused = document.activeElement;
  render();
  const known = ({ tagName, id, dataset }) => JSON.stringify([tagName, id, dataset]);
  if (!focused || focused.isConnected || !(focused.id || Object.keys(focused.dataset).length)) return;
  [...document.querySelectorAll(focused.tagName)].find((node) => known(node) === known(focused))?.focus({ preventScroll: true });
}

const $ = (id) => document.getElementById(id);
if ($('loading')) $('loading').hidden = false;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const plural = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many || one + 's'}`;
const isNumber = (value) => typeof value === 'number';

function showTime(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return time.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }) + ' UTC';
}

// As a POSIX shell reads it; the same words as Python's shlex.quote.
function shellWord(text) {
  if (text !== '' && /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

function showPlain(value) {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '–';
  return JSON.stringify(value);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h('textarea', { readonly: true, class: 'offscreen', value: text });
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}

function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = h('a', { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

let toastTimer = 0;
function toast(text) {
  const node = $('toast');
  fill(node, text);
  node.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.classList.remove('shown'), 2200);
}
