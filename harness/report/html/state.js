// What is shown: filters, order, grouping and the open trial, all of it in the address behind '#'.

const FLAGS = {
  look: { word: 'Needs a look', test: (trial) => !trial.fine },
  check: {
    word: 'Failed check',
    test: (trial) => trial.findings.some((finding) => shared[finding[1]] === 'fail'),
  },
  warned: { word: 'With a note', test: (trial) => trial.warnings.length > 0 },
  ignored: { word: 'Ignored', test: (trial) => trial.status === 'ignored' },
  missing: { word: 'Not generated anew', test: (trial) => !model.head.compared && (trial.source === 'cache' || trial.source === 'replay') },
};
const GROUPS = {
  none: { word: 'No groups', of: null },
  case: { word: 'By case', of: (trial) => `${trial.suite}/${trial.case}` },
  variant: { word: 'By variant', of: (trial) => trial.variant },
  verdict: { word: 'By verdict', of: (trial) => trial.verdict },
};
// Measures of likeness are worst when low; all others are distances.
const LOW_IS_WORSE = new Set(['ssim', 'ssim_block_min', 'psnr', 'pixels_equal', 'bytes_equal']);

const state = {
  verdicts: new Set(), flags: new Set(), tag: '', text: '', sort: 'look', down: true, group: 'none', view: 'grid',
  trial: '',
};
let shown = [];

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const words = (name) => (query.get(name) || '').split(',').filter(Boolean);
  state.verdicts = new Set(words('verdict'));
  state.flags = new Set(words('only').filter((flag) => Object.hasOwn(FLAGS, flag)));
  state.tag = query.get('tag') || '';
  state.text = query.get('q') || '';
  state.sort = query.get('sort') || 'look';
  state.down = query.get('order') !== 'reverse';
  state.group = Object.hasOwn(GROUPS, query.get('group')) ? query.get('group') : 'none';
  state.view = query.get('view') === 'list' ? 'list' : 'grid';
  state.trial = query.get('trial') || '';
}

function address(trial = state.trial) {
  const query = new URLSearchParams();
  if (state.verdicts.size) query.set('verdict', [...state.verdicts].join(','));
  if (state.flags.size) query.set('only', [...state.flags].join(','));
  if (state.tag) query.set('tag', state.tag);
  if (state.text) query.set('q', state.text);
  if (state.sort !== 'look') query.set('sort', state.sort);
  if (!state.down) query.set('order', 'reverse');
  if (state.group !== 'none') query.set('group', state.group);
  if (state.view !== 'grid') query.set('view', state.view);
  if (trial) query.set('trial', trial);
  return hashOf(query);
}

function matches(trial, words) {
  if (state.verdicts.size && !state.verdicts.has(trial.verdict)) return false;
  if (state.tag && !trial.tags.includes(state.tag)) return false;
  for (const flag of state.flags) if (!FLAGS[flag].test(trial)) return false;
  return words.every((word) => trial.text.includes(word));
}

const orders = {
  look: (trial) => trial.rank,
  run: (trial) => trial.index,
  name: (trial) => trial.id,
  seconds: (trial) => trial.seconds,
  cost: (trial) => trial.cost,
};

function sortKey() {
  if (Object.hasOwn(orders, state.sort)) return orders[state.sort];
  return (trial) => {
    const value = trial.value(state.sort);
    return value === '∞' ? Infinity : isNumber(value) ? value : null;
  };
}

// Worst first: 'down' turns a distance from large to small, a likeness from small to large.
function select() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const key = sortKey();
  const rising = ['look', 'run', 'name'].includes(state.sort) || LOW_IS_WORSE.has(state.sort);
  const sense = rising === state.down ? 1 : -1;
  const found = model.trials.filter((trial) => matches(trial, words)).map((trial) => [key(trial), trial]);
  found.sort(([a, one], [b, two]) => {
    if (a === null || b === null) return a === b ? one.index - two.index : a === null ? 1 : -1;
    if (a !== b) return a < b ? -sense : sense;
    return one.index - two.index;
  });
  shown = found.map(([, trial]) => trial);
  if (GROUPS[state.group].of) shown = [...grouped().values()].flat();
}

function grouped() {
  const groups = new Map();
  for (const trial of shown) {
    const name = GROUPS[state.group].of(trial);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(trial);
  }
  return groups;
}

const filtered = () => Boolean(state.verdicts.size || state.flags.size || state.tag || state.text);

function clearFilters() {
  state.verdicts.clear();
  state.flags.clear();
  state.tag = '';
  state.text = '';
  refresh();
}

const openTrial = () => model.trials.find((trial) => trial.id === state.trial);
