// The keyboard, and the page that tells about it.

const KEYS = [
  ['j  k  ↓  ↑', 'next, previous trial'], ['Enter', 'open the marked trial'], ['Esc', 'back to all trials'],
  ['a  A', 'accept; accept beside the accepted image'], ['r  i  s', 'reject, ignore, skip'], ['E', 'the same for all that changed alike'],
  ['u', 'next undecided trial'], ['z  Ctrl-Z', 'undo the last mark; Ctrl-Shift-Z marks again'], ['S', 'submit or export the decisions'],
  ['←  →', 'the accepted image, the new one, at the same place'], ['1 – 5', 'side by side, slider, blink, overlay, heat map; of the list: first of each verdict'],
  ['b  w  o  d', 'blink, slider, overlay, heat map'], ['Space', 'fit; while blinking: switch'],
  ['n  p', 'next, previous region that differs'], ['h', 'let the marked places pulse'], ['c', 'boxes of the checks'], ['+  −  0', 'larger, smaller, fit'],
  ['y', 'copy the accept command'], ['f  /', 'filter'], ['g', 'group by what changed alike'], ['v', 'cards, list or checks'], ['?', 'this help'],
];

const deciders = {
  a: () => decide('accept'), A: () => decide('add'), r: () => decide('reject'), i: () => decide('ignore'), s: () => decide('skip'),
  E: decideAlike, u: openUndecided, z: undoMark, S: () => ($('submit-marks')?.disabled === false ? openSubmit() : toast('There is no decision to submit.')),
};

const inDetail = {
  ...deciders,
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1),
  Escape: closeTrial, y: copyCommand, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'),
  w: () => setMode('slider'), o: () => setMode('overlay'), d: () => setMode('heat'),
  ArrowLeft: () => showOnly(false), ArrowRight: () => showOnly(true),
  ' ': () => (view.mode === 'blink' ? pauseBlink() : fit()),
  '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit, n: () => nextPlace(1), p: () => nextPlace(-1), h: pulse, c: toggleBoxes,
  f: () => { closeTrial(); $('search').focus(); },
};
MODES.forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });

const inOverview = {
  ...deciders,
  j: () => moveCursor(1), k: () => moveCursor(-1), ArrowDown: () => moveCursor(list.columns), ArrowUp: () => moveCursor(-list.columns),
  f: () => $('search').focus(), '/': () => $('search').focus(),
  v: () => { const views = viewNames(); state.view = views[(views.indexOf(state.view) + 1) % views.length]; refresh(); },
  g: () => { state.group = state.group === 'alike' ? 'none' : 'alike'; refresh(); },
  y: () => { if (shown[list.cursor]) copyAccept(shown[list.cursor]); },
};
for (let n = 1; n <= 9; n += 1) inOverview[n] = () => jumpToVerdict(n);

// One image alone, at the same place and scale: what flips is what changed.
function showOnly(candidate) {
  if (!withBoth(view.trial)) return;
  if (view.mode !== 'blink') setMode('blink');
  clearInterval(view.timer);
  view.timer = 0;
  view.candidate = candidate;
  showBlink(view.panes[0]);
}

function pulse() {
  const box = stage();
  box.classList.remove('pulse');
  void box.offsetWidth;
  box.classList.add('pulse');
}

async function copyAccept(trial) {
  if (!acceptable(trial)) { toast('There is nothing to accept here.'); return; }
  await copyText(acceptCommand(trial));
  toast('Command copied. Run it where the suite lies.');
}

function nextPlace(by) {
  const buttons = [...document.querySelectorAll('[data-place]')];
  if (!buttons.length) return;
  placeShown = placeShown < 0 && by < 0 ? buttons.length - 1 : (placeShown + by + buttons.length) % buttons.length;
  buttons[placeShown].click();
}
