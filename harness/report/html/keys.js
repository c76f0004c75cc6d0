// The keyboard, and the page that tells about it.

const KEYS = [
  ['j  k', 'next, previous trial'], ['Enter', 'open the marked trial'], ['Esc', 'back to all trials'],
  ['1 – 5', 'side by side, slider, blink, overlay, heat map'], ['b', 'blink'], ['Space', 'switch while blinking'],
  ['c', 'boxes of the checks'], ['+  −  0', 'larger, smaller, fit'], ['n', 'next of the most changed places'],
  ['a', 'copy the accept command'], ['f', 'filter'], ['v', 'cards, list or checks'], ['?', 'this help'],
];

const inDetail = {
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1),
  Escape: closeTrial, a: copyCommand, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'),
  ' ': () => view.mode === 'blink' && pauseBlink(),
  '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit, n: nextPlace, c: toggleBoxes,
  f: () => { closeTrial(); $('search').focus(); },
};
MODES.forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });

const inOverview = {
  j: () => moveCursor(1), k: () => moveCursor(-1), f: () => $('search').focus(), '/': () => $('search').focus(),
  v: () => { const views = viewNames(); state.view = views[(views.indexOf(state.view) + 1) % views.length]; refresh(); },
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
