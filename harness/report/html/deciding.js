// Deciding: buttons and keys that mark, the bar with the progress, and the way to the next undecided trial.

let lastMarked = null;

const progressText = () => `${decidedCount().toLocaleString('en')} of ${toDecide().toLocaleString('en')} decided`;
const current = () => ($('detail').hidden ? shown[list.cursor] : openTrial());

// The next undecided trial behind this one, from the beginning after the last; null where all are decided.
function nextUndecided(trial) {
  const at = shown.indexOf(trial);
  for (let i = 1; i <= shown.length; i += 1) {
    const other = shown[(at + i) % shown.length];
    if (other !== trial && undecided(other)) return other;
  }
  return null;
}

function decide(action, trial = current()) {
  if (!trial) { toast('Choose a trial first: j, k.'); return; }
  if (!possible(trial, action)) { toast(whyNot(trial, action)); return; }
  const same = markOn(trial)?.action === action;
  step(`${ACTIONS[action].word} ${trial.case}`, [[trial.key, same ? null : markFor(trial, action)]]);
  lastMarked = same ? null : [trial, action];
  if (same) { toast(`No mark any more. ${progressText()}.`); return; }
  goOn(trial, `${ACTIONS[action].word}.`);
}

function whyNot(trial, action) {
  if (model.head.compared) return 'Two folders were compared: there is nothing to decide.';
  if (!review.writes) return 'Nothing can be decided here: CI is set.';
  if (review.newer && (action === 'accept' || action === 'add')) return `There is a newer run, ${review.newer}: review that one.`;
  return `${ACTIONS[action].word}: not possible for this trial.`;
}

function decideAll(action, trials, { stay = false } = {}) {
  const own = trials.filter((trial) => possible(trial, action));
  if (!own.length) { toast('There is none left to decide like this.'); return; }
  step(`${ACTIONS[action].word} ${plural(own.length, 'trial')}`, own.map((trial) => [trial.key, markFor(trial, action)]));
  const left = trials.length - own.length;
  const words = `${ACTIONS[action].word}: ${plural(own.length, 'trial')}${left ? `, not possible for ${left}` : ''}.`;
  if (stay) toast(`${words} ${progressText()}.`);
  else goOn(own.at(-1), words);
}

// What was just decided, for all that changed alike too.
function decideAlike() {
  if (!lastMarked) { toast('Mark a trial first; E does the same for all that changed alike.'); return; }
  decideAll(lastMarked[1], alikeTo(lastMarked[0]));
}

function goOn(trial, words) {
  const next = nextUndecided(trial);
  if (!next) {
    toast(`${words} ${progressText()}: submit them with Enter on “${submitWord()}”.`);
    $('submit-marks')?.focus();
    return;
  }
  toast(`${words} ${progressText()}. Next: ${next.case} ${next.label}, ${next.word}.`);
  if ($('detail').hidden) moveCursor(shown.indexOf(next) - list.cursor);
  else keepFocus(() => open(next));
}

function openUndecided() {
  const next = nextUndecided(current());
  if (!next) toast(`${decidedCount() < toDecide() ? 'No other one shown is undecided' : 'All are decided'}: ${progressText()}.`);
  else if ($('detail').hidden) moveCursor(shown.indexOf(next) - list.cursor);
  else open(next);
}

// The first trial of the n-th verdict of the chips.
function jumpToVerdict(n) {
  const verdict = verdictCounts()[n - 1]?.[0];
  const at = shown.findIndex((trial) => trial.verdict === verdict);
  if (at >= 0) moveCursor(at - list.cursor);
}

// Beside the verdict: what is marked, or was decided already.
function markWord(trial) {
  const node = h('span.marked', { 'data-mark': trial.key });
  fillMark(node, trial);
  return node;
}

function fillMark(node, trial) {
  const mark = markOn(trial);
  const done = submitted(trial);
  const action = mark?.action || done?.action;
  node.hidden = !action;
  node.classList.toggle('written', !mark && Boolean(done));
  const { sign, word } = ACTIONS[action] || { sign: '•', word: action };
  fill(node, h('b', { 'aria-hidden': 'true' }, sign), ' ', h('span', {}, word), !mark && done && h('span.offscreen', {}, ` written by ${done.who}`));
}

function renderMarks() {
  for (const node of document.querySelectorAll('[data-mark]')) {
    const trial = units.get(node.dataset.mark);
    if (trial) fillMark(node, trial);
  }
  const trial = $('detail').hidden ? null : openTrial();
  const section = document.querySelector('#panel .decide');
  if (trial && section) keepFocus(() => section.replaceWith(decideSection(trial)));
  for (const head of document.querySelectorAll('[data-group]')) renderGroupButtons(head);
  renderDecideBar();
}

const actButton = (action, word, more) => h('button', {
  type: 'button', 'data-act': action, title: ACTIONS[action].says, ...more,
}, h('b', { 'aria-hidden': 'true' }, ACTIONS[action].sign), ' ', word, h('kbd', { 'aria-hidden': 'true' }, ACTIONS[action].key));

function decideSection(trial) {
  if (!units.has(trial.key) || !(openKeys.has(trial.key) || acceptable(trial))) return null;
  const chosen = markOn(trial)?.action;
  const done = submitted(trial);
  const alike = undecided(trial) ? alikeTo(trial).length : 0;
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const group = (action) => h('button', {
    type: 'button', 'data-alike': action, onclick: () => decideAll(action, alikeTo(trial)),
  }, `${capital(ACTIONS[action].word)} all ${alike}`);
  return h('section.decide', { 'aria-label': 'Decide' }, h('h3', {}, 'Is the new image right?'),
    h('div.acts', { role: 'group', 'aria-label': 'Mark this trial' }, Object.keys(ACTIONS).filter((action) => possible(trial, action)).map((action) => actButton(
      action, capital(ACTIONS[action].word), { 'aria-pressed': String(chosen === action), onclick: () => decide(action, trial) }))),
    review.newer && h('p.note', {}, `A newer run is there, ${review.newer}: images of this one are not accepted any more.`),
    done && h('p.muted', {}, `${ACTIONS[done.action]?.word || done.action}: written ${showTime(done.when)} by ${done.who}.`),
    alike > 1 && h('div.alike', {}, h('p', {}, `${alike} shown trials changed alike.`), ['accept', 'reject', 'skip'].filter((action) => possible(trial, action)).map(group)));
}

// In the heading of a group of trials that changed alike.
function renderGroupButtons(head) {
  const trials = list.groups.get(head.dataset.group) || [];
  const keys = new Set();
  const left = trials.filter((trial) => undecided(trial) && !keys.has(trial.key) && keys.add(trial.key));
  const box = head.querySelector('.group-acts');
  keepFocus(() => fill(box, left.length ? ['accept', 'reject', 'ignore', 'skip'].filter((action) => possible(left[0], action)).map((action) => h('button', {
    type: 'button', 'data-group-act': `${action} ${head.dataset.group}`, title: ACTIONS[action].says, onclick: () => decideAll(action, left, { stay: true }),
  }, `${ACTIONS[action].sign} ${ACTIONS[action].word} ${left.length.toLocaleString('en')}`))
    : trials.some((trial) => openKeys.has(trial.key)) && h('span.muted', {}, '✓ decided')));
}

const submitWord = () => (review.server ? 'Submit' : 'Export');

function renderDecideBar() {
  const bar = $('decide-bar');
  if (!bar) return;
  const total = toDecide();
  const done = decidedCount();
  const counts = tallied([...draft.marks.values()].map((mark) => mark.action));
  const n = toSubmit().length;
  const press = (id, word, onclick, more = {}) => h('button', { id, type: 'button', onclick, ...more }, word);
  keepFocus(() => fill(bar,
    h('div.progress', { role: 'progressbar', 'aria-label': 'Decided', 'aria-valuemin': '0', 'aria-valuemax': String(total), 'aria-valuenow': String(done), 'aria-valuetext': progressText() }, progressPart(total ? done / total : 1)),
    h('span.progress-text', {}, progressText()),
    h('span.counts', {}, Object.keys(ACTIONS).filter((action) => counts.has(action)).map((action) => h('span', { title: ACTIONS[action].says }, `${ACTIONS[action].sign} ${counts.get(action)} ${ACTIONS[action].word}`))),
    h('span.joined', {},
      press('undo-mark', 'Undo', undoMark, { disabled: !draft.past.length, title: 'Undo the last mark (z, Ctrl-Z)' }),
      press('redo-mark', 'Redo', redoMark, { disabled: !draft.future.length, title: 'Mark again (Ctrl-Shift-Z)' })),
    press('next-undecided', ['Next', h('kbd', { 'aria-hidden': 'true' }, 'u')], openUndecided, { disabled: done >= total, title: 'Next undecided trial' }),
    review.server && press('history', 'History', openHistory),
    press('submit-marks', n ? `${submitWord()} ${n.toLocaleString('en')} …` : `${submitWord()} …`, openSubmit, { class: 'strong', disabled: !n || !review.writes })));
}

function progressPart(share) {
  const part = h('i');
  part.style.width = `${Math.round(100 * share)}%`;
  return part;
}

function startDeciding() {
  listUnits();
  if (model.head.compared || !openKeys.size) return;
  loadDraft();
  document.body.classList.add('deciding');
  document.body.append(h('section', { id: 'decide-bar', 'aria-label': 'Decisions' }), h('dialog', { id: 'submit', 'aria-labelledby': 'submit-title' }));
  addEventListener('pagehide', saveDraft);
  addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest('input, textarea, select, dialog')) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) redoMark();
    else undoMark();
  });
  renderDecideBar();
  review.server?.start();
}
