// The keyboard, and the page that tells about it.

const KEYS = [
  ['j  k', 'next, previous trial'], ['Enter', 'open the marked trial'], ['Esc', 'back to all trials'],
  ['1 – 5', 'side by side, slider, blink, overlay, heat map'], ['b', 'blink'], ['Space', 'switch while blinking'],
  ['+  −  0', 'larger, smaller, fit'], ['n', 'next of the most changed places'],
  ['a', 'copy the accept command'], ['f', 'filter'], ['v', 'cards or list'], ['?', 'this help'],
];

function drawHelp() {
  fill($('help'), h('form', { method: 'dialog' }, h('h2', { id: 'help-title' }, 'Keys'), h('button', { 'aria-label': 'Close' }, '×')),
    h('dl', {}, KEYS.map(([keys, word]) => [h('dt', {}, keys.split(/\s+/).map((key) => (key === '–' ? ' – ' : h('kbd', {}, key)))), h('dd', {}, word)])),
    h('p.muted', {}, 'Drag moves the pictures, the wheel or two fingers zoom, a double click zooms in and back.'));
}

const inDetail = {
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1),
  Escape: closeTrial, a: copyCommand, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'),
  ' ': () => view.mode === 'blink' && pauseBlink(),
  '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit, n: nextPlace,
  f: () => { closeTrial(); $('search').focus(); },
};
MODES.forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });

const inOverview = {
  j: () => moveCursor(1), k: () => moveCursor(-1), f: () => $('search').focus(), '/': () => $('search').focus(),
  v: () => { state.view = state.view === 'grid' ? 'list' : 'grid'; refresh(); },
  a: () => { if (shown[list.cursor]) copyAccept(shown[list.cursor]); },
};

async function copyAccept(trial) {
  if (!acceptable(trial)) { toast('There is nothing to accept here.'); return; }
  await copyText(acceptCommand(trial));
  toast('Command copied. Run it where the suite lies.');
}

function nextPlace() {
  const buttons = [...document.querySelectorAll('[data-place]')];
  if (!buttons.length) return;
  placeShown = (placeShown + 1) % buttons.length;
  buttons[placeShown].click();
}

function pressed(event) {
  const typing = event.target.closest('input, select, textarea');
  if (event.key === 'Escape' && typing) { typing.blur(); return; }
  if (typing || event.metaKey || event.ctrlKey || event.altKey || $('help').open) return;
  if (event.key === '?') { $('help').showModal(); return; }
  // A button that has the focus keeps its own keys.
  if (event.key === ' ' && event.target.closest('button, summary, [role=slider]')) return;
  const action = ($('detail').hidden ? inOverview : inDetail)[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}
