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

const $ = (id) => document.getElementById(id);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const plural = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many || one + 's'}`;
const isNumber = (value) => typeof value === 'number';

// The same forms as in harness/report/words.py: a difference is never rounded away.
function showValue(name, value) {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (!isNumber(value)) return String(value);
  if (name.startsWith('ssim')) return (Math.floor(value * 10000 + 1e-9) / 10000).toFixed(4);
  if (name === 'changed') {
    const percent = value * 100;
    if (percent > 0 && percent < 0.01) return '< 0.01 %';
    const rounded = Number(percent.toFixed(2));
    return `${(percent < 100 && rounded >= 100 ? Math.floor(percent * 100) / 100 : percent).toFixed(2)} %`;
  }
  if (name === 'psnr') return `${value.toFixed(1)} dB`;
  if (name === 'delta_e' || name === 'mae') return value > 0 && value < 0.01 ? '< 0.01' : value.toFixed(2);
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}

function showLimit(limit) {
  const low = isNumber(limit.min);
  const high = isNumber(limit.max);
  if (low && high) return limit.min === limit.max ? `= ${limit.min}` : `${limit.min} … ${limit.max}`;
  return low ? `≥ ${limit.min}` : high ? `≤ ${limit.max}` : 'any';
}

// What was not measured meets no limit.
function breaks(limit, value) {
  if (value === null || value === undefined) return true;
  const number = Number(value);
  if (Number.isNaN(number)) return value === '∞' ? isNumber(limit.max) : true;
  return (isNumber(limit.min) && number < limit.min) || (isNumber(limit.max) && number > limit.max);
}

function showSeconds(seconds) {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  const two = (n) => String(n).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

const showCost = (cost) => (cost > 0 && cost < 0.0001 ? '< $0.0001' : `$${cost === 0 || cost >= 1 ? cost.toFixed(2) : cost.toFixed(4).replace(/0{1,2}$/, '')}`);

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

let toastTimer = 0;
function toast(text) {
  const node = $('toast');
  fill(node, text);
  node.classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.classList.remove('shown'), 2200);
}
