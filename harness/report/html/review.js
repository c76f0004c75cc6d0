// The server behind the page, on this machine. Its token comes behind '#', is kept by this tab alone, and leaves the address.

const TOKEN = 'image-harness review token';

function takeToken() {
  const query = new URLSearchParams(location.hash.slice(1));
  const given = query.get('token');
  const place = `${TOKEN} ${location.pathname}`;
  if (given) {
    query.delete('token');
    history.replaceState(null, '', hashOf(query));
    try { sessionStorage.setItem(place, given); } catch { /* then a reload needs the printed address */ }
    return given;
  }
  try { return sessionStorage.getItem(place); } catch { return null; }
}

const token = takeToken();

async function ask(name, body = {}) {
  let answer;
  try {
    answer = await fetch(`api/${name}`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Review-Token': token || '' }, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store',
    });
  } catch {
    throw { code: 'gone', message: 'The server does not answer: it has ended, or lost the connection.', hint: 'Start harness review again; the marks are kept. A submit that was written is not written twice.' };
  }
  const data = await answer.json();
  if (!answer.ok) throw data.error;
  return data;
}

async function refreshState({ first = false, own = [] } = {}) {
  const data = await ask('state');
  const { trials, ...rest } = data;
  if (first) review.seen = trials;
  for (const key of own) review.seen[key] = trials[key] ?? null;
  Object.assign(review, rest);
  renderBanner();
  renderMarks();
}

function renderBanner() {
  const words = [];
  if (!review.writes) words.push('Read only: CI is set, and nothing is written there.');
  if (review.newer) words.push(`There is a newer run of the same suites, ${review.newer}: images of this one cannot be accepted. Review that one: harness review ${review.newer}`);
  if (!token) words.push('Read only: open the address that harness review printed, it holds the token.');
  document.querySelectorAll('.review-banner').forEach((node) => node.remove());
  $('head').prepend(...words.map((word) => h('p.notice.review-banner', { role: 'alert' }, word)));
}

const problemBox = (fault) => h('div.problem', { role: 'alert' }, h('p', {}, h('strong', {}, fault.message || String(fault))), fault.hint && h('p.muted', {}, fault.hint));

async function showPreview() {
  const box = $('submit-found');
  fill(box, h('p.muted', {}, 'Looking at what would be written …'));
  try {
    const found = await ask('preview', decisionsOf('preview', $('submit-until')?.value || inDays(30)));
    const changed = tallied(found.changes.map(({ action }) => action));
    fill(box,
      h('p', {}, 'In the manifest: ', [...changed].map(([action, n]) => `${n.toLocaleString('en')} ${action}`).join(', '), '.'),
      found.notes.map((note) => h('p.note', {}, note)),
      found.unproven.length > 0 && unprovenBox(found.unproven),
      found.diff && h('details', {}, h('summary', {}, 'The diff of the manifest'), h('pre.diff', { tabindex: '0', 'aria-label': 'Diff' }, found.diff.split('\n').map(diffLine))));
  } catch (fault) { showFault(fault); }
}

const diffLine = (text) => h('span', { class: text[0] === '+' ? 'came' : text[0] === '-' ? 'went' : null }, `${text}\n`);

function unprovenBox(unproven) {
  return h('div.note', {}, h('p', {}, `${plural(unproven.length, 'image')} not shown to repeat, such as ${unproven[0].key}: ${unproven[0].problem}. Where that costs nothing, it is generated again on submit; else nothing is written.`),
    h('label', {}, h('input', { id: 'submit-unproven', type: 'checkbox', onchange: (event) => { submitState.unproven = event.target.checked; } }), ' accept them all the same; the reason says why'));
}

function showFault(fault) {
  const box = $('submit-found');
  if (!box) return;
  if (!fault.conflicts) { fill(box, problemBox(fault)); return; }
  fill(box, problemBox(fault), h('ul.conflicts', {}, fault.conflicts.map(conflictItem)));
}

// Both sides of an outdated decision.
function conflictItem(one) {
  const { by } = one;
  const settle = (act) => { act(); toSubmit().length ? openSubmit() : $('submit').close(); };
  const accepted = one.accepted.map(({ file, pixels }) => h('code', { title: file }, `${pixels.slice(0, 12)} `));
  return h('li', { 'data-conflict': one.key }, h('strong', {}, one.key),
    h('p', {}, one.problem, by && `: ${by.action} of ${showTime(by.when)} by ${by.who}, “${by.reason}”`),
    h('p.muted', {}, 'you looked at ', h('code', {}, (one.image || 'no image').slice(0, 12)), ' · accepted now ', accepted.length ? accepted : 'nothing'),
    h('button', { type: 'button', 'data-drop': one.key, onclick: () => settle(() => step(`drop ${one.key}`, [[one.key, null]])) }, 'Drop my decision'),
    h('button', {
      type: 'button', 'data-keep': one.key, onclick: () => settle(() => {
        review.seen[one.key] = one.state;
        const unit = units.get(one.key);
        step(`decide again ${one.key}`, [[one.key, markFor(unit, draft.marks.get(one.key).action)]]);
      }),
    }, 'Decide it all the same'));
}

async function submitMarks(reason, until) {
  const sent = decisionsOf(reason, until);
  const box = $('submit-found');
  box.prepend(h('p.muted', {}, 'Writing …'));
  try {
    const done = await ask('submit', { ...sent, unproven: submitState.unproven });
    const keys = sent.marks.map(({ key }) => key);
    for (const key of keys) draft.marks.delete(key);
    Object.assign(draft, { past: [], future: [], id: '' });
    saveDraft();
    $('submit').close();
    await refreshState({ own: keys });
    refresh();
    $('history')?.focus();
    toast(`${plural(done.changes.length, 'decision')} written as ${done.id}. ${progressText()}.`);
  } catch (fault) { showFault(fault); }
}

function openHistory() {
  let box = $('log');
  if (!box) document.body.append(box = h('dialog', { id: 'log', 'aria-labelledby': 'log-title' }));
  const item = (one) => h('li', {}, h('p', {}, h('strong', {}, one.undoes ? `undo of ${one.undoes}` : Object.entries(one.counts).map(([action, n]) => `${action} ${n}`).join(', ')), ` ${showTime(one.when)} by ${one.who}`, one.undone && h('span.muted', {}, ' (undone)')),
    h('p.muted', {}, one.reason),
    !one.undone && review.writes && h('button', { type: 'button', 'data-undo': one.id, onclick: () => undoWritten(one) }, one.undoes ? 'Undo the undo' : 'Undo'));
  fill(box, h('form', { method: 'dialog' }, h('h2', { id: 'log-title' }, 'Written decisions'), h('button', { 'aria-label': 'Close' }, '×')),
    h('div', { id: 'log-found', 'aria-live': 'polite' }),
    review.log.length ? h('ul.decisions', {}, review.log.map(item)) : h('p.muted', {}, 'None yet.'));
  if (!box.open) box.showModal();
}

async function undoWritten(one) {
  try {
    const done = await ask('undo', { decision: one.id, reason: `undone in review: ${one.reason}` });
    await refreshState({ own: done.changes.map(({ key }) => key) });
    refresh();
    openHistory();
    toast(`Undone: ${plural(done.changes.length, 'trial')}. ${progressText()}.`);
  } catch (fault) { fill($('log-found'), problemBox(fault)); }
}

review.server = {
  start() {
    review.writes = Boolean(token);
    refreshState({ first: true }).catch((fault) => { review.writes = false; renderBanner(); renderMarks(); toast(fault.message); });
    // what others wrote meanwhile is shown, and never taken for what was looked at
    addEventListener('focus', () => { if (token) refreshState().catch((fault) => toast(fault.message)); });
  },
  preview: showPreview,
  submit: submitMarks,
};
