// What is shown: filters, order, grouping and the open trial, all of it in the address behind '#'.

const FLAGS = {
  look: { word: 'Needs a look', test: (trial) => !trial.fine },
  check: {
    word: 'Failed check',
    test: (trial) => trial.checks.some((check) => check.outcome === 'fail'),
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
  alike: { word: 'Changed alike', of: (trial) => likeness(trial) },
};
// Measures of likeness are worst when low; all others are distances.
const LOW_IS_WORSE = new Set(['ssim', 'ssim_block_min', 'psnr', 'pixels_equal', 'bytes_equal']);

const state = {
  verdicts: new Set(), flags: new Set(), tag: '', text: '', row: '', check: '', outcome: '', sort: 'look', down: true, group: 'none', view: 'grid',
  trial: '',
};
let shown = [];

const VIEWS = { grid: 'Cards', list: 'List', checks: 'Checks' };
const viewNames = () => Object.keys(VIEWS).filter((name) => name !== 'checks' || model.checks.length);
const sortingCheck = () => (state.sort.startsWith('check:') ? state.sort.slice(6) : '');

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const words = (name) => (query.get(name) || '').split(',').filter(Boolean);
  state.verdicts = new Set(words('verdict'));
  state.flags = new Set(words('only').filter((flag) => Object.hasOwn(FLAGS, flag)));
  state.tag = query.get('tag') || '';
  state.text = query.get('q') || '';
  state.row = query.get('case') || '';
  state.check = query.get('check') || '';
  state.outcome = Object.hasOwn(CHECK_OUTCOMES, query.get('outcome')) ? query.get('outcome') : '';
  state.sort = query.get('sort') || 'look';
  state.down = query.get('order') !== 'reverse';
  state.group = Object.hasOwn(GROUPS, query.get('group')) ? query.get('group') : 'none';
  state.view = viewNames().includes(query.get('view')) ? query.get('view') : 'grid';
  state.trial = query.get('trial') || '';
}

function address(trial = state.trial, changed = {}) {
  const query = new URLSearchParams();
  const { row, check, outcome, view: shownAs } = { ...state, ...changed };
  if (state.verdicts.size) query.set('verdict', [...state.verdicts].join(','));
  if (state.flags.size) query.set('only', [...state.flags].join(','));
  if (state.tag) query.set('tag', state.tag);
  if (state.text) query.set('q', state.text);
  for (const [name, value] of Object.entries({ case: row, check, outcome })) if (value) query.set(name, value);
  if (state.sort !== 'look') query.set('sort', state.sort);
  if (!state.down) query.set('order', 'reverse');
  if (state.group !== 'none') query.set('group', state.group);
  if (shownAs !== 'grid') query.set('view', shownAs);
  if (trial) query.set('trial', trial);
  return hashOf(query);
}

function matches(trial, words) {
  if (state.verdicts.size && !state.verdicts.has(trial.verdict)) return false;
  if (state.tag && !trial.tags.includes(state.tag)) return false;
  for (const flag of state.flags) if (!FLAGS[flag].test(trial)) return false;
  if (state.row && trial.row !== state.row && !trial.row.startsWith(`${state.row}/`)) return false;
  if ((state.check || state.outcome) && !trial.checks.some(isChosen)) return false;
  return words.every((word) => trial.text.includes(word));
}

const isChosen = ({ label, outcome }) => (!state.check || label === state.check) && (!state.outcome || outcome === state.outcome);

const orders = {
  look: (trial) => trial.rank,
  run: (trial) => trial.index,
  name: (trial) => trial.id,
  seconds: (trial) => trial.seconds,
  cost: (trial) => trial.cost,
};

function sortKey() {
  if (Object.hasOwn(orders, state.sort)) return orders[state.sort];
  const sorting = sortingCheck();
  if (sorting) {
    return (trial) => {
      const at = Object.keys(CHECK_OUTCOMES).indexOf(worstOf(trial.checks.filter(({ label }) => label === sorting).map(({ outcome }) => outcome)));
      return at < 0 ? null : at;
    };
  }
  return (trial) => {
    const value = trial.value(state.sort);
    return value === '∞' ? Infinity : isNumber(value) ? value : null;
  };
}

// Worst first: 'down' turns a distance from large to small, a likeness from small to large.
function select() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const key = sortKey();
  const rising = ['look', 'run', 'name'].includes(state.sort) || LOW_IS_WORSE.has(state.sort) || Boolean(sortingCheck());
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

const filtered = () => Boolean(state.verdicts.size || state.flags.size || state.tag || state.text || state.row || state.check || state.outcome);

function clearFilters() {
  state.verdicts.clear();
  state.flags.clear();
  Object.assign(state, { tag: '', text: '', row: '', check: '', outcome: '' });
  refresh();
}

const openTrial = () => model.trials.find((trial) => trial.id === state.trial);
