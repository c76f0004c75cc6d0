// A benchmark's images and what is shown of them: data.js calls report('bench', JSON) once.

const state = { text: '', regex: false, tag: '', verdict: '', check: '', outcome: 'fail', marked: false, reference: 0, sort: 'run', down: true, trial: '', arm: 0 };
const marks = new Set();
let bench = null;
let shown = [];

readers.bench = (value) => {
  bench = value;
  model.labels = ['', ''];
  value.images.forEach((row, index) => {
    row.index = index;
    row.cells.forEach((cell) => {
      if (!cell) return;
      cell.image = imageOf(cell.image);
      cell.count = Object.fromEntries(Object.keys(CHECK_OUTCOMES).map((outcome) => [outcome, cell.checks.filter(([, found]) => found === outcome).length]));
    });
    const said = row.cells.flatMap((cell) => (cell ? [cell.verdict, cell.why, ...cell.checks.flatMap(([label, , seen]) => [label, seen])] : []));
    row.haystack = [row.trial, row.prompt, ...row.tags, ...new Set(said)].join('\n');
  });
};

// Marks are kept in this browser, by benchmark.
const keptAs = () => `image-harness bench ${bench.bench}`;
const markName = (row, arm) => JSON.stringify([row.trial, bench.labels[arm]]);
const isMarked = (row, arm) => marks.has(markName(row, arm));

function readMarks() {
  try {
    for (const name of JSON.parse(localStorage.getItem(keptAs()) || '[]')) marks.add(String(name));
  } catch { /* no storage here: marks last as long as the page */ }
}

function toggleMark(row, arm) {
  const name = markName(row, arm);
  if (!marks.delete(name)) marks.add(name);
  try {
    localStorage.setItem(keptAs(), JSON.stringify([...marks]));
  } catch { /* as above */ }
}

const values = (of) => [...new Set(bench.images.flatMap(of))].sort();
const tagsOf = () => values((row) => row.tags);
const verdictsOf = () => values((row) => row.cells.filter(Boolean).map((cell) => cell.verdict));
const checksOf = () => values((row) => row.cells.filter(Boolean).flatMap((cell) => cell.checks.map(([label]) => label)));

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const number = (name) => { const value = Number(query.get(name)); return Number.isInteger(value) && value > 0 && value < bench.labels.length ? value : 0; };
  for (const name of ['text', 'tag', 'verdict', 'check', 'trial']) state[name] = query.get(name) || '';
  state.regex = query.has('regex');
  state.marked = query.has('marked');
  state.outcome = Object.hasOwn(CHECK_OUTCOMES, query.get('outcome')) ? query.get('outcome') : 'fail';
  state.sort = query.get('sort') || 'run';
  state.down = query.get('order') !== 'reverse';
  [state.reference, state.arm] = [number('with'), number('arm')];
}

function address(trial = state.trial, arm = state.arm) {
  const query = new URLSearchParams();
  for (const name of ['text', 'tag', 'verdict', 'check']) if (state[name]) query.set(name, state[name]);
  if (state.check && state.outcome !== 'fail') query.set('outcome', state.outcome);
  if (state.regex) query.set('regex', '');
  if (state.marked) query.set('marked', '');
  if (state.sort !== 'run') query.set('sort', state.sort);
  if (!state.down) query.set('order', 'reverse');
  if (state.reference) query.set('with', state.reference);
  if (trial) query.set('trial', trial);
  if (trial && arm) query.set('arm', arm);
  return hashOf(query);
}

// What a text is searched by; null for a regular expression that is none.
function finder() {
  if (state.regex) {
    try {
      const pattern = new RegExp(state.text, 'iu');
      return (text) => pattern.test(text);
    } catch { return null; }
  }
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => { const low = text.toLowerCase(); return words.every((word) => low.includes(word)); };
}

const orders = {
  run: (row) => row.index,
  name: (row) => row.trial,
  apart: (row) => -new Set(row.cells.map((cell) => JSON.stringify(cell && [cell.verdict, cell.checks.map(([label, outcome]) => [label, outcome])]))).size,
};

// Of a column: what failed most first, then what has no image.
function orderOf(sort) {
  if (Object.hasOwn(orders, sort)) return orders[sort];
  const arm = Number(sort);
  return (row) => { const cell = row.cells[arm]; return !cell ? 1 : !cell.image ? 0.5 : -cell.count.fail; };
}

function select() {
  const found = finder();
  const order = orderOf(state.sort);
  shown = bench.images.filter((row) => (!found || found(row.haystack)) && (!state.tag || row.tags.includes(state.tag))
    && (!state.verdict || row.cells.some((cell) => cell && cell.verdict === state.verdict))
    && (!state.check || row.cells.some((cell) => cell && cell.checks.some(([label, outcome]) => label === state.check && outcome === state.outcome)))
    && (!state.marked || row.cells.some((cell, arm) => isMarked(row, arm))));
  shown.sort((a, b) => {
    const [x, y] = [order(a), order(b)];
    return (x < y ? -1 : x > y ? 1 : 0) * (state.down ? 1 : -1) || a.index - b.index;
  });
}

const filtered = () => Boolean(state.text || state.tag || state.verdict || state.check || state.marked);

function clearFilters() {
  Object.assign(state, { text: '', regex: false, tag: '', verdict: '', check: '', outcome: 'fail', marked: false });
  refresh();
}
