// Putting the page of an audit together, and its keys.

let pageTitle = '';
const KEYS = [
  ['j  k', 'next, previous prompt'], ['Enter', 'open the marked prompt'], ['Esc', 'back to all prompts'],
  ['1 – 5', 'side by side, slider, blink, overlay, heat map'], ['b', 'blink'], ['Space', 'switch while blinking'],
  ['+  −  0', 'larger, smaller, fit'], ['n', 'next pair of pictures of the prompt'], ['f', 'filter'], ['?', 'this help'],
];

function drawHelp() {
  fill($('help'), h('form', { method: 'dialog' }, h('h2', { id: 'help-title' }, 'Keys'), h('button', { 'aria-label': 'Close' }, '×')),
    h('dl', {}, KEYS.map(([keys, word]) => [h('dt', {}, keys.split(/\s+/).map((key) => (key === '–' ? ' – ' : h('kbd', {}, key)))), h('dd', {}, word)])),
    h('p.muted', {}, 'Drag moves the pictures, the wheel or two fingers zoom, a double click zooms in and back.'));
}

const inDetail = {
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1), n: () => turnPair(1),
  Escape: closePrompt, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'), ' ': () => view.mode === 'blink' && pauseBlink(),
  '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit, f: () => { closePrompt(); $('search').focus(); },
};
MODES.forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });
const inOverview = { j: () => moveCursor(1), k: () => moveCursor(-1), f: () => $('search').focus(), '/': () => $('search').focus() };

function pressed(event) {
  const typing = event.target.closest('input, select, textarea');
  if (event.key === 'Escape' && typing) { typing.blur(); return; }
  if (typing || event.metaKey || event.ctrlKey || event.altKey || $('help').open) return;
  if (event.key === '?') { $('help').showModal(); return; }
  if (event.key === ' ' && event.target.closest('button, summary, [role=slider]')) return;
  const action = ($('detail').hidden ? inOverview : inDetail)[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function refresh({ toolbar = true } = {}) {
  select();
  if (toolbar) drawToolbar();
  drawChips();
  drawList();
  drawCount();
  for (const node of document.querySelectorAll('[data-tag]')) node.setAttribute('aria-pressed', String(node.dataset.tag === state.tag));
  writeAddress();
}

function follow() {
  readAddress();
  select();
  if (state.prompt) { drawDetail(); return; }
  clearInterval(view.timer);
  const wasOpen = !$('detail').hidden;
  $('detail').hidden = true;
  $('overview').hidden = false;
  document.title = pageTitle;
  refresh();
  if (wasOpen) scrollTo(0, before);
}

function start() {
  pageTitle = document.title;
  history.scrollRestoration = 'manual';
  const loading = $('loading');
  if (!audit.data) {
    fill(loading, 'data.js could not be read. Keep it, and the folders of pictures, beside index.html.');
    return;
  }
  loading.remove();
  $('overview').hidden = false;
  drawHead();
  drawHelp();
  follow();
  addEventListener('hashchange', follow);
  addEventListener('popstate', follow);
  addEventListener('keydown', pressed);
  addEventListener('scroll', () => requestAnimationFrame(moreIfNear), { passive: true });
  addEventListener('resize', () => requestAnimationFrame(() => { if (!$('detail').hidden && view.panes.length) (view.fitted ? fit : place)(); }));
}

document.addEventListener('DOMContentLoaded', start);
