// The end of the draft: one reason, a look at what will be written, and one submit; or, without a server, one file.

const inDays = (days) => new Date(Date.now() + days * 86400e3).toISOString().slice(0, 10);
const submitState = { busy: false, unproven: false };

function openSubmit() {
  const box = $('submit');
  const marks = toSubmit();
  if (!marks.length) return;
  const counts = tallied(marks.map(([, mark]) => mark.action));
  const words = Object.keys(ACTIONS).filter((action) => counts.has(action)).map((action) => `${ACTIONS[action].word} ${counts.get(action).toLocaleString('en')}`);
  submitState.unproven = false;
  const ignores = counts.has('ignore');
  fill(box,
    h('form', { method: 'dialog' }, h('h2', { id: 'submit-title' }, `${submitWord()} ${plural(marks.length, 'decision')}`), h('button', { 'aria-label': 'Close' }, '×')),
    h('p.words', {}, `${words.join(' · ')}${review.server ? ` · as ${review.who}` : ''}`),
    h('label', { for: 'submit-reason' }, 'Why (one reason for all, kept in the log)'),
    h('input', { id: 'submit-reason', type: 'text', autocomplete: 'off', required: true, onkeydown: (event) => { if (event.key === 'Enter') finish(); } }),
    ignores && [h('label', { for: 'submit-until' }, 'Ignored until, that day included'), h('input', { id: 'submit-until', type: 'date', value: inDays(30) })],
    h('div', { id: 'submit-found', 'aria-live': 'polite' }),
    h('div.finish', {}, review.server
      ? h('button', { id: 'submit-now', type: 'button', class: 'strong', onclick: submitNow }, `Submit ${marks.length.toLocaleString('en')}`)
      : [h('button', { id: 'save-file', type: 'button', class: 'strong', onclick: saveFile }, 'Save decisions.json'),
        h('button', { id: 'copy-command', type: 'button', onclick: copyAsCommand }, 'Copy as one command')]),
    !review.server && h('p.muted', {}, 'Saved, it is written by: ', h('code', {}, fromCommand('decisions.json')), '. Images and baselines are compared with what you looked at; nothing is written where they differ.'));
  if (!box.open) box.showModal();
  $('submit-reason').focus();
  if (review.server) review.server.preview();
}

const finish = () => (review.server ? submitNow() : saveFile());

// The reason and the last day of ignores; null where the reason is missing.
function readSubmit() {
  const field = $('submit-reason');
  const reason = field.value.trim();
  if (!/[^\s.…]/.test(reason)) {
    field.setAttribute('aria-invalid', 'true');
    field.focus();
    toast('A reason is needed: say why.');
    return null;
  }
  field.removeAttribute('aria-invalid');
  return [reason, $('submit-until')?.value || inDays(30)];
}

function fromCommand(file) {
  return [...model.head.accept, '--from', file].map(shellWord).join(' ');
}

function saveFile() {
  const given = readSubmit();
  if (!given) return;
  const text = `${JSON.stringify(decisionsOf(...given), null, 1)}\n`;
  download('decisions.json', text, 'application/json');
  toast('decisions.json is saved. The marks stay here until you undo them.');
}

// A here-document: nothing in it is read by the shell, and JSON of one line cannot end it.
async function copyAsCommand() {
  const given = readSubmit();
  if (!given) return;
  await copyText(`${fromCommand('-')} <<'END-OF-DECISIONS'\n${JSON.stringify(decisionsOf(...given))}\nEND-OF-DECISIONS\n`);
  toast('Command copied. Run it where the suite lies.');
}

async function submitNow() {
  const given = readSubmit();
  if (!given || submitState.busy) return;
  submitState.busy = true;
  $('submit-now').disabled = true;
  try { await review.server.submit(...given); } finally {
    submitState.busy = false;
    if ($('submit-now')) $('submit-now').disabled = false;
  }
}
