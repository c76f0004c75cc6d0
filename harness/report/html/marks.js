// Marks: what a person wants to decide of each trial. A draft, kept by run in this browser, until it is submitted.

const ACTIONS = {
  accept: { word: 'accept', sign: '✓', key: 'a', says: 'The new image is right: it becomes the accepted one' },
  add: { word: 'accept also', sign: '+', key: 'A', says: 'Right too: accepted beside the image that is accepted now' },
  reject: { word: 'reject', sign: '✗', key: 'r', says: 'The new image is wrong: noted in the log, what is accepted stays' },
  ignore: { word: 'ignore', sign: '◷', key: 'i', says: 'Left out of the exit code until a day' },
  skip: { word: 'skip', sign: '»', key: 's', says: 'Looked at, not decided' },
};
const KEPT_STEPS = 200;
const draft = { marks: new Map(), past: [], future: [], id: '', timer: 0 };
// The server of this page, where there is one; review.js makes it.
const review = { server: null, seen: {}, decided: {}, writes: true, newer: '', who: '', log: [] };
// The trials to decide by key: their first row.
const units = new Map();
const openKeys = new Set();

function listUnits() {
  if (model.head.compared) return;
  for (const trial of model.trials) {
    const known = units.get(trial.key);
    if (!known || trial.attempt < known.attempt) units.set(trial.key, trial);
    if (!trial.fine) openKeys.add(trial.key);
  }
}

const unitOf = (trial) => units.get(trial.key);
const submitted = (trial) => (Object.hasOwn(review.decided, trial.key) ? review.decided[trial.key] : null);
const markOn = (trial) => draft.marks.get(trial.key) || null;
const undecided = (trial) => openKeys.has(trial.key) && !draft.marks.has(trial.key) && !submitted(trial);
const toDecide = () => openKeys.size;
const decidedCount = () => [...openKeys].filter((key) => draft.marks.has(key) || Object.hasOwn(review.decided, key)).length;

function possible(trial, action) {
  const unit = unitOf(trial);
  if (!unit) return false;
  if (action === 'accept') return review.writes && !review.newer && (acceptable(unit) || unit.verdict === 'refused');
  if (action === 'add') return review.writes && !review.newer && acceptable(unit) && unit.verdict !== 'new';
  if (action === 'reject') return review.writes && Boolean(unit.image);
  return action === 'skip' || (review.writes && openKeys.has(unit.key));
}

function markFor(trial, action) {
  const { key, image } = unitOf(trial);
  const before = review.server ? review.seen[key] ?? null : null;
  return { action, image: image ? image.pixelDigest : '', ...(before === null ? {} : { before }) };
}

// One step of the draft, that undo takes back as a whole. Marks are pairs of a key and a mark, null for none.
function step(word, marks) {
  const changes = marks.map(([key, mark]) => [key, draft.marks.get(key) || null, mark]);
  draft.past.push([word, changes]);
  if (draft.past.length > KEPT_STEPS) draft.past.shift();
  draft.future = [];
  put(changes.map(([key, , mark]) => [key, mark]));
}

function put(marks) {
  for (const [key, mark] of marks) {
    if (mark) draft.marks.set(key, mark);
    else draft.marks.delete(key);
  }
  draft.id = '';
  keepDraft();
  renderMarks();
}

function undoMark() {
  const last = draft.past.pop();
  if (!last) { toast('There is no mark to undo.'); return; }
  draft.future.push(last);
  put(last[1].map(([key, before]) => [key, before]));
  toast(`Undone: ${last[0]}. ${progressText()}`);
}

function redoMark() {
  const next = draft.future.pop();
  if (!next) { toast('There is nothing to do again.'); return; }
  draft.past.push(next);
  put(next[1].map(([key, , after]) => [key, after]));
  toast(`Done again: ${next[0]}. ${progressText()}`);
}

const storeName = () => `image-harness marks ${model.head.run.run}`;

function keepDraft() {
  clearTimeout(draft.timer);
  draft.timer = setTimeout(saveDraft, 150);
}

function saveDraft() {
  try {
    const text = JSON.stringify({ marks: [...draft.marks], past: draft.past, future: draft.future });
    if (draft.marks.size || draft.past.length) localStorage.setItem(storeName(), text);
    else localStorage.removeItem(storeName());
  } catch { /* a browser that keeps nothing for files: the marks last as long as the page */ }
}

// What was kept is checked as foreign text is: only marks of trials of this run count.
function loadDraft() {
  try {
    const kept = JSON.parse(localStorage.getItem(storeName()) || '{}');
    const fits = ([key, mark]) => units.has(key) && (mark === null || (Object.hasOwn(ACTIONS, mark.action) && typeof mark.image === 'string'));
    draft.marks = new Map((kept.marks || []).filter((pair) => fits(pair) && pair[1]));
    const steps = (list) => (list || []).filter(([word, changes]) => typeof word === 'string' && changes.every(([key, before, after]) => fits([key, before]) && fits([key, after])));
    draft.past = steps(kept.past);
    draft.future = steps(kept.future);
  } catch { Object.assign(draft, { marks: new Map(), past: [], future: [] }); }
}

const toSubmit = () => [...draft.marks].filter(([, mark]) => mark.action !== 'skip');

// The document that `harness accept --from` and the server read.
function decisionsOf(reason, until) {
  draft.id ||= [...crypto.getRandomValues(new Uint8Array(6))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const marks = toSubmit().map(([key, { action, image, before }]) => ({
    key, action, image, ...(before === undefined ? {} : { before }), ...(action === 'ignore' ? { until } : {}),
  }));
  return { format: 1, id: draft.id, run: model.head.run.run, reason, marks };
}
