// The stage: two images and what lies between them. All panes share one scale and one place.

const MODES = [
  ['side', 'Side by side'], ['slider', 'Slider'], ['blink', 'Blink'], ['overlay', 'Overlay'], ['heat', 'Heat map'],
];
const LARGEST = 64;
const MARGIN = 24;
const view = {
  mode: 'side', scale: 1, x: 0, y: 0, fitted: true, split: 0.5, opacity: 0.5, subtract: true, gain: 4, candidate: true,
  boxes: [], withBoxes: true, pinned: null, lit: [], place: null, panes: [], trial: null, timer: 0, pixels: [null, null], pointers: new Map(),
};

const stage = () => $('stage');
const withBoth = (trial) => Boolean(trial.image && trial.baseline && addressOf(trial.image) && addressOf(trial.baseline));

function modesOf(trial) {
  if (!withBoth(trial)) return ['side'];
  return MODES.map(([mode]) => mode).filter((mode) => mode !== 'heat' || trial.heat);
}

const sizeOf = (trial) => [trial.image, trial.baseline].filter(Boolean).reduce(
  ([w, t], image) => [Math.max(w, image.width), Math.max(t, image.height)], [1, 1]);

function showTrial(trial, boxes = []) {
  Object.assign(view, { trial, boxes, pinned: null, lit: [], place: null });
  view.fitted = true;
  view.pixels = [null, null];
  view.pixelsMissing = false;
  renderStage();
  [trial.baseline, trial.image].forEach((image, i) => {
    pixelsOf(image).then((pixels) => { 
      if (view.trial !== trial) return;
      view.pixels[i] = pixels;
      view.pixelsMissing ||= Boolean(image) && !pixels;
    });
  });
}

function setMode(mode) {
  if (!view.panes.length) return;
  if (!modesOf(view.trial).includes(mode)) return;
  view.mode = mode;
  keepFocus(renderStage);
}

function renderStage() {
  const { trial } = view;
  const modes = modesOf(trial);
  const mode = modes.includes(view.mode) ? view.mode : 'side';
  const [accepted, candidate] = model.captions;
  clearInterval(view.timer);
  view.candidate = true;
  const layers = (...images) => images.map((image) => layer(image));
  const panes = {
    side: () => [pane(accepted, layers(trial.baseline), 'a'), pane(candidate, layers(trial.image), 'b')],
    slider: () => [pane('', layers(trial.baseline, trial.image), 'slider')],
    blink: () => [pane(candidate, layers(trial.baseline, trial.image), 'blink')],
    overlay: () => [pane('', layers(trial.baseline, trial.image), 'overlay')],
    heat: () => [pane(heatLegend(), layers(trial.heat), 'heat')],
  };
  view.panes = panes[mode]();
  if (mode === 'side' && !trial.baseline && trial.image) view.panes = view.panes.slice(1);
  if (mode === 'side' && !trial.image && trial.baseline) view.panes = view.panes.slice(0, 1);
  fill(stage(), view.panes.map((one) => one.node));
  stage().dataset.mode = mode;
  renderControls(mode, modes);
  if (mode === 'slider') view.panes[0].port.append(splitter());
  if (mode === 'blink') startBlink();
  if (view.fitted) fit();
  else place();
  renderReadout(null);
}

function layer(image) {
  const world = h('div.world');
  const url = image && addressOf(image);
  if (url) {
    const shown = h('img', { src: url, alt: '', draggable: 'false', onerror: lost });
    Object.assign(shown.style, { width: `${image.width}px`, height: `${image.height}px` });
    world.append(shown);
  }
  return { node: h('div.layer', {}, world), world, empty: url ? '' : !image ? 'no image' : `file not found: ${image.file}` };
}

function pane(word, layers, kind) {
  const stack = h('div.stack', {}, layers.map((one) => one.node));
  const port = h('div.port', { 'data-kind': kind }, stack, h('div.marks.masks'), h('div.marks.found'));
  const empty = layers.map((one) => one.empty).find(Boolean);
  if (empty) port.append(h('p.empty', {}, empty));
  const caption = h('figcaption', {}, word);
  port.addEventListener('wheel', wheel, { passive: false });
  port.addEventListener('pointerdown', grab);
  port.addEventListener('pointermove', drag);
  for (const type of ['pointerup', 'pointercancel']) port.addEventListener(type, release);
  port.addEventListener('pointerleave', () => { renderReadout(null); light([]); });
  port.addEventListener('dblclick', (event) => { if (view.fitted) zoomAt(4, event); else fit(); });
  return { node: h('figure.pane', {}, port, caption), port, stack, layers, caption, kind };
}

function fit() {
  const port = view.panes[0]?.port;
  if (!port) return;
  const [width, height] = sizeOf(view.trial);
  const room = Math.min((port.clientWidth - MARGIN) / width, (port.clientHeight - MARGIN) / height);
  view.scale = room >= 2 ? Math.floor(room) : room;
  view.x = Math.round((port.clientWidth - width * view.scale) / 2);
  view.y = Math.round((port.clientHeight - height * view.scale) / 2);
  view.fitted = true;
  place();
}

function zoom(factor, x, y) {
  if (!view.panes.length) return;
  const port = view.panes[0].port;
  const [px, py] = [x ?? port.clientWidth / 2, y ?? port.clientHeight / 2];
  const scale = clamp(view.scale * factor, 0.02, LARGEST);
  view.x = px - ((px - view.x) * scale) / view.scale;
  view.y = py - ((py - view.y) * scale) / view.scale;
  view.scale = scale;
  view.fitted = false;
  place();
}

function zoomTo(scale) {
  zoom(scale / view.scale);
}

function zoomAt(factor, event) {
  const box = event.currentTarget.getBoundingClientRect();
  zoom(factor, event.clientX - box.left, event.clientY - box.top);
}

// Brings a part of the image to the middle, with something of what is around it.
function lookAt([x, y, width, height]) {
  const port = view.panes[0].port;
  const room = Math.min(port.clientWidth / Math.max(width * 1.5, width + 40), port.clientHeight / Math.max(height * 1.5, height + 40));
  view.scale = clamp(Math.max(1, Math.floor(room)), 1, LARGEST);
  view.x = port.clientWidth / 2 - (x + width / 2) * view.scale;
  view.y = port.clientHeight / 2 - (y + height / 2) * view.scale;
  view.fitted = false;
  place();
}

function place() {
  for (const one of view.panes) {
    for (const { world } of one.layers) {
      world.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
      world.classList.toggle('pixels', view.scale * devicePixelRatio >= 2);
    }
    placeMarks(one);
    if (one.kind === 'slider') placeSplit(one);
    if (one.kind === 'overlay') placeOverlay(one);
  }
  const percent = $('percent');
  if (percent) fill(percent, `${Math.round(view.scale * 100)} %`);
}

// Masks lie on both images; boxes and the place that is looked at on the candidate alone.
function placeMarks(one) {
  const masks = (view.trial.policy?.ignore || []).map((box) => ({ box: [box.x, box.y, box.width, box.height], kind: 'masked' }));
  const found = [...(view.withBoxes ? view.boxes : []), ...(view.place ? [view.place] : [])];
  const onScreen = (part, at) => `${part * view.scale + (at < 2 ? [view.x, view.y][at] : 0)}px`;
  fill(one.port.querySelector('.masks'), one.kind === 'heat' ? [] : masks.map((mark) => markOf(mark, onScreen)));
  const marked = one.kind === 'a' ? [] : one.kind === 'heat' ? found.filter((mark) => mark === view.place) : found;
  fill(one.port.querySelector('.found'), marked.map((mark) => markOf(mark, onScreen)));
}

// A box with its word; `length` gives the CSS of a part of the box: x, y, width, height.
function markOf({ box, kind, word, of = [] }, length) {
  const mark = h(`div.mark.${kind}`, { 'data-finding': of.join(' ') }, word && h('span', {}, word));
  ['left', 'top', 'width', 'height'].forEach((side, at) => { mark.style[side] = length(box[at], at); });
  mark.classList.toggle('lit', of.some((i) => view.lit.includes(i)));
  return mark;
}

// Marks the boxes of findings, and the findings in the panel.
function light(findings) {
  if (String(findings) === String(view.lit)) return;
  view.lit = findings;
  for (const node of document.querySelectorAll('[data-finding]')) {
    node.classList.toggle('lit', node.dataset.finding.split(' ').some((i) => i && findings.includes(Number(i))));
  }
}

// The findings of the smallest box at a point of a pane.
function findingsAt(one, [x, y]) {
  if (!one || !view.withBoxes || one.kind === 'a' || one.kind === 'heat' || (one.kind === 'blink' && !view.candidate)) return [];
  if (one.kind === 'slider' && x < view.split * one.port.clientWidth) return [];
  const [at, over] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  const inBox = ({ box: [left, top, width, height] }) => at >= left && over >= top && at <= left + width && over <= top + height;
  return view.boxes.filter(inBox).at(-1)?.of || [];
}

function showBoxes(on) {
  if (!view.boxes.length) return;
  view.withBoxes = on;
  $('boxes').setAttribute('aria-pressed', String(on));
  place();
}

const toggleBoxes = () => showBoxes(!view.withBoxes);

function splitter() {
  return h('div.split', {
    role: 'slider', tabindex: '0', 'aria-label': 'Divider between the two images', 'aria-valuemin': '0', 'aria-valuemax': '100',
    onkeydown: (event) => {
      const step = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      view.split = clamp(view.split + step, 0, 1);
      placeSplit(view.panes[0]);
    },
  }, h('span', { 'aria-hidden': 'true' }, '‹ ›'));
}

function placeSplit(one) {
  const at = view.split * one.port.clientWidth;
  one.layers[0].node.style.clipPath = `inset(0 calc(100% - ${at}px) 0 0)`;
  for (const node of [one.layers[1].node, one.port.querySelector('.found')]) node.style.clipPath = `inset(0 0 0 ${at}px)`;
  const handle = one.port.querySelector('.split');
  if (!handle) return;
  handle.style.left = `${at}px`;
  handle.setAttribute('aria-valuenow', String(Math.round(view.split * 100)));
  fill(one.caption, model.captions.map((word) => h('span', {}, word)));
}

function placeOverlay(one) {
  const top = one.layers[1].node;
  top.style.mixBlendMode = view.subtract ? 'difference' : 'normal';
  top.style.opacity = view.subtract ? '1' : String(view.opacity);
  one.stack.style.filter = view.subtract && view.gain > 1 ? `brightness(${view.gain})` : '';
  one.stack.classList.toggle('black', view.subtract);
  fill(one.caption, view.subtract ? `|${model.labels[1]} − ${model.labels[0]}| × ${view.gain}` : `${model.labels[0]} under ${model.labels[1]}`);
}

function startBlink() {
  showBlink(view.panes[0]);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (!still) view.timer = setInterval(blinkOnce, 700);
}

function blinkOnce() {
  view.candidate = !view.candidate;
  const [one] = view.panes;
  if (!one || one.kind !== 'blink') return;
  showBlink(one);
}

function showBlink(one) {
  one.layers.forEach(({ node }, i) => { node.style.visibility = (i === 1) === view.candidate ? 'visible' : 'hidden'; });
  one.port.querySelector('.found').style.visibility = view.candidate ? 'visible' : 'hidden';
  fill(one.caption, model.captions[view.candidate ? 1 : 0]);
}

function pauseBlink() {
  if (view.timer) { clearInterval(view.timer); view.timer = 0; }
  blinkOnce();
}

function wheel(event) {
  event.preventDefault();
  zoomAt(2 ** (-event.deltaY / (event.deltaMode ? 6 : 240)), event);
}

function grab(event) {
  if (event.button) return;
  const port = event.currentTarget;
  port.setPointerCapture(event.pointerId);
  view.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  view.splitting = Boolean(event.target.closest('.split'));
  if (!view.splitting) port.classList.add('grabbed');
  const box = port.getBoundingClientRect();
  pointAt(port, [event.clientX - box.left, event.clientY - box.top]);
}

function drag(event) {
  const port = event.currentTarget;
  const box = port.getBoundingClientRect();
  pointAt(port, [event.clientX - box.left, event.clientY - box.top]);
  const before = view.pointers.get(event.pointerId);
  if (!before) return;
  if (view.splitting) {
    view.split = clamp((event.clientX - box.left) / box.width, 0, 1);
    placeSplit(view.panes[0]);
    return;
  }
  const others = [...view.pointers].filter(([id]) => id !== event.pointerId);
  view.pointers.set(event.pointerId, [event.clientX, event.clientY]);
  if (others.length) {
    const [, [ox, oy]] = others[0];
    const was = Math.hypot(before[0] - ox, before[1] - oy);
    const now = Math.hypot(event.clientX - ox, event.clientY - oy);
    zoom(now / Math.max(was, 1), (event.clientX + ox) / 2 - box.left, (event.clientY + oy) / 2 - box.top);
    return;
  }
  view.x += event.clientX - before[0];
  view.y += event.clientY - before[1];
  view.fitted = false;
  place();
}

function release(event) {
  view.pointers.delete(event.pointerId);
  view.splitting = false;
  event.currentTarget.classList.remove('grabbed');
}

function pointAt(port, point) {
  renderReadout(point);
  light(findingsAt(view.panes.find((one) => one.port === port), point));
}

// The value under the cursor, in both images.
function renderReadout(point) {
  const box = $('readout');
  if (!box) return;
  if (!point) { fill(box, h('span.muted', {}, 'Point at an image to read its pixels.')); return; }
  const x = Math.floor((point[0] - view.x) / view.scale);
  const y = Math.floor((point[1] - view.y) / view.scale);
  const values = view.pixels.map((pixels) => pixelAt(pixels, x, y));
  const [a, b] = values;
  fill(box, h('span', {}, `x ${x}  y ${y}`),
    values.map((value, i) => value && h('span', {}, h('span.muted', {}, `${model.labels[i]} `), swatch(value), hex(value))),
    a && b && h('span', {}, h('span.muted', {}, 'Δ '), a.slice(0, 3).map((v, i) => Math.abs(v - b[i])).join(' ')),
    !a && !b && inside(x, y) && view.pixelsMissing && h('span.muted', {}, 'pixel values: serve the folder, or use --single-file'));
}

function inside(x, y) {
  const [width, height] = sizeOf(view.trial);
  return x >= 0 && y >= 0 && x < width && y < height;
}

function pixelAt(pixels, x, y) {
  if (!pixels || x < 0 || y < 0 || x >= pixels.width || y >= pixels.height) return null;
  return [...pixels.data.slice((y * pixels.width + x) * 4, (y * pixels.width + x) * 4 + 4)];
}

const hex = (value) => `#${value.slice(0, value[3] === 255 ? 3 : 4).map((v) => v.toString(16).padStart(2, '0')).join('')}`;

function swatch(value) {
  const node = h('i.swatch', { 'aria-hidden': 'true' });
  node.style.backgroundColor = typeof value === 'string' ? value : `rgb(${value.slice(0, 3).join(' ')})`;
  return node;
}

function renderControls(mode, modes) {
  const press = (word, onclick, more = {}) => h('button', { type: 'button', onclick, ...more }, word);
  const special = {
    overlay: overlayControls,
    blink: () => press('Switch', pauseBlink, { title: 'Stop blinking; switch by hand' }),
  }[mode]?.();
  fill($('controls'),
    (modes.length > 1 || special) && h('div.row', {}, modes.length > 1 && h('div.joined', { role: 'group', 'aria-label': 'View mode' }, MODES.map(([name, word], i) => modes.includes(name)
      && press([word, h('kbd', { 'aria-hidden': 'true' }, i + 1)], () => setMode(name), { 'data-mode': name, 'aria-pressed': String(name === mode) }))),
    special && h('div.special', {}, special)),
    h('div.readout', { id: 'readout', 'aria-live': 'off' }),
    h('div.joined.zoom', { role: 'group', 'aria-label': 'Zoom' },
      press('−', () => zoom(0.5), { 'aria-label': 'Smaller' }), h('output', { id: 'percent' }),
      press('+', () => zoom(2), { 'aria-label': 'Larger' }),
      press('1:1', () => zoomTo(1)), press('Fit', fit)),
    view.boxes.length > 0 && press(['Boxes', h('kbd', { 'aria-hidden': 'true' }, 'c')], toggleBoxes, { id: 'boxes', 'aria-pressed': String(view.withBoxes) }));
}

function overlayControls() {
  const again = () => { renderControls('overlay', modesOf(view.trial)); place(); };
  const option = (gain) => h('option', { value: gain, selected: gain === view.gain }, `× ${gain}`);
  return [
    h('label', {}, h('input', { id: 'subtract', type: 'checkbox', checked: view.subtract, onchange: (event) => { view.subtract = event.target.checked; again(); } }), ' difference'),
    view.subtract
      ? h('label', {}, h('span.offscreen', {}, 'Gain'), h('select', { id: 'gain', onchange: (event) => { view.gain = Number(event.target.value); again(); } }, [1, 4, 16, 64].map(option)))
      : h('label', {}, h('span.offscreen', {}, 'Opacity'), h('input', {
        id: 'opacity', type: 'range', min: '0', max: '1', step: '0.01', value: view.opacity, oninput: (event) => { view.opacity = Number(event.target.value); place(); },
      })),
  ];
}
