// An audit's data and what is shown of it: data.js calls report('audit', JSON) once.

const OUTCOMES = {
  changed: { word: 'changed', sign: '≠', tone: 'drift' }, inconclusive: { word: 'inconclusive', sign: '?', tone: 'inconclusive' },
  missing: { word: 'not compared', sign: '!', tone: 'failed' }, same: { word: 'no change', sign: '=', tone: 'identical' },
};
const KINDS = {
  refused: 'refused by one arm', visible: 'visible', unmeasured: 'not measured', benign: 'slight', identical: 'same pixels',
  missing: 'no image',
};
const ORDERS = {
  look: { word: 'Most changed first', of: (one) => one.index }, name: { word: 'By name', of: (one) => one.id },
  score: { word: 'By distance', of: (one) => -(one.score ?? -1) },
  control: { word: 'By distance within an arm', of: (one) => -Math.max(one.control_a ?? -1, one.control_b ?? -1) },
  checks: { word: 'By checks lost', of: (one) => one.won - one.lost },
};
const audit = { data: null, prompts: [], shown: [], cursor: -1 };
const state = { outcomes: new Set(), kinds: new Set(), tag: '', text: '', sort: 'look', prompt: '', pair: 0 };

readers.audit = (value) => {
  audit.data = value;
  model.labels = ['A', 'B'];
  model.heatScale = value.heat_scale;
  model.captions = [`A: ${value.a.label}`, `B: ${value.b.label}`];
  audit.prompts = value.prompts.map((one, index) => {
    const id = [one.suite, one.case, one.variant].join('/');
    const lost = one.lost ? ' lost' : '';
    return {
      ...one, index, id, name: one.variant === 'base' ? one.case : `${one.case} · ${one.variant.replaceAll(',', ', ')}`,
      views: one.pairs.map((pair) => viewOf(pair)),
      haystack: [id, one.prompt, one.reason, one.tags.join(' '), one.outcome, KINDS[one.kind], lost].join('\n').toLowerCase(),
    };
  });
};

// A pair as the stage shows it: A is what lies below, B what is compared with it.
function viewOf(pair) {
  return { ...pair, baseline: imageOf(pair.a), image: imageOf(pair.b), heat: heatOf(pair.heat_map, imageOf(pair.b)) };
}

const toneOf = (one) => (one.kind === 'refused' ? 'refused' : (OUTCOMES[one.outcome] || OUTCOMES.inconclusive).tone);
const count = (test) => audit.prompts.filter(test).length;
const byName = (id) => audit.prompts.find((one) => one.id === id);

function readAddress() {
  const query = new URLSearchParams(location.hash.slice(1));
  const words = (name, known) => new Set((query.get(name) || '').split(',').filter((word) => Object.hasOwn(known, word)));
  state.outcomes = words('outcome', OUTCOMES);
  state.kinds = words('kind', KINDS);
  state.tag = query.get('tag') || '';
  state.text = query.get('q') || '';
  state.sort = Object.hasOwn(ORDERS, query.get('sort')) ? query.get('sort') : 'look';
  state.prompt = query.get('prompt') || '';
  state.pair = Number(query.get('pair')) || 0;
}

function address(prompt = state.prompt, pair = state.pair) {
  const query = new URLSearchParams();
  if (state.outcomes.size) query.set('outcome', [...state.outcomes].join(','));
  if (state.kinds.size) query.set('kind', [...state.kinds].join(','));
  if (state.tag) query.set('tag', state.tag);
  if (state.text) query.set('q', state.text);
  if (state.sort !== 'look') query.set('sort', state.sort);
  if (prompt) query.set('prompt', prompt);
  if (prompt && pair) query.set('pair', pair);
  return hashOf(query);
}

function select() {
  const words = state.text.toLowerCase().split(/\s+/).filter(Boolean);
  const order = ORDERS[state.sort].of;
  audit.shown = audit.prompts.filter((one) => (!state.outcomes.size || state.outcomes.has(one.outcome))
    && (!state.kinds.size || state.kinds.has(one.kind)) && (!state.tag || one.tags.includes(state.tag))
    && words.every((word) => one.haystack.includes(word)));
  audit.shown.sort((a, b) => {
    const [x, y] = [order(a), order(b)];
    return x < y ? -1 : x > y ? 1 : a.index - b.index;
  });
}

const filtered = () => Boolean(state.outcomes.size || state.kinds.size || state.tag || state.text);

function clearFilters() {
  state.outcomes.clear();
  state.kinds.clear();
  state.tag = '';
  state.text = '';
  refresh();
}

// A share on a line from 0 to 100 %, with the interval around it.
function range(share, tone = 'drift') {
  const node = h(`span.range.tone-${tone}`, { 'aria-hidden': 'true' });
  if (!share.n || !isNumber(share.low)) return node;
  const band = h('i.band');
  band.style.left = `${100 * share.low}%`;
  band.style.width = `${100 * (share.high - share.low)}%`;
  const dot = h('i.dot');
  dot.style.left = `${(100 * share.count) / share.n}%`;
  return add(node, [band, dot]);
}
