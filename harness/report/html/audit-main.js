// Putting the page of an audit together, and its keys.

const isOpen = () => state.prompt;

const KEYS = [
  ['j  k', 'next, previous prompt'], ['Enter', 'open the marked prompt'], ['Esc', 'back to all prompts'],
  ['1 – 5', 'side by side, slider, blink, overlay, heat map'], ['b', 'blink'], ['Space', 'switch while blinking'],
  ['+  −  0', 'larger, smaller, fit'], ['n', 'next pair of images of the prompt'], ['f', 'filter'], ['?', 'this help'],
];

const inDetail = {
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1), n: () => turnPair(1),
  Escape: closePrompt, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'), ' ': () => view.mode === 'blink' && pauseBlink(),
  '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit, f: () => { closePrompt(); $('search').focus(); },
};
MODES.forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });
const inOverview = { j: () => moveCursor(1), k: () => moveCursor(-1), f: () => $('search').focus(), '/': () => $('search').focus() };

function refresh({ toolbar = true } = {}) {
  select();
  if (toolbar) renderToolbar();
  renderChips();
  renderList();
  renderCount();
  for (const node of document.querySelectorAll('[data-tag]')) node.setAttribute('aria-pressed', String(node.dataset.tag === state.tag));
  writeAddress();
}

// On paper: the answer and its tables, how it was judged, then every prompt that is shown, as a plain list.
const PRINTED = 200;

function renderPaper() {
  document.querySelector('#head details.run').open = true;
  const left = audit.shown.length - PRINTED;
  fill($('paper'), audit.shown.slice(0, PRINTED).map(card), left > 0 && h('p.muted', {}, `… and ${plural(left, 'more prompt')}`));
  for (const image of $('paper').querySelectorAll('img')) image.loading = 'eager';
}

function start() {
  const loading = $('loading');
  if (!audit.data) {
    fill(loading, 'data.js could not be read. Keep it, and the folders of images, beside index.html.');
    return;
  }
  loading.remove();
  $('overview').hidden = false;
  renderHead();
  openPage();
  addEventListener('scroll', () => requestAnimationFrame(moreIfNear), { passive: true });
  addEventListener('beforeprint', renderPaper);
  addEventListener('afterprint', () => { $('paper').replaceChildren(); document.querySelector('#head details.run').open = false; });
  addEventListener('resize', () => requestAnimationFrame(() => { if (!$('detail').hidden && view.panes.length) (view.fitted ? fit : place)(); }));
}

document.addEventListener('DOMContentLoaded', start);
