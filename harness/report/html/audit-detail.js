// One prompt of an audit on the whole page: the stage, and what is known of it.

let before = 0;

function open(one, pair = 0) {
  const step = $('detail').hidden;
  if (step) before = scrollY;
  state.prompt = one.id;
  state.pair = pair;
  writeAddress({ step });
  renderDetail();
}

function closePrompt() {
  const at = audit.shown.indexOf(byName(state.prompt));
  state.prompt = '';
  state.pair = 0;
  writeAddress();
  clearInterval(view.timer);
  $('detail').hidden = true;
  $('overview').hidden = false;
  document.title = pageTitle;
  refresh();
  scrollTo(0, before);
  if (at >= 0) { audit.cursor = at; moveCursor(0); }
}

function renderDetail() {
  const one = byName(state.prompt);
  if (!one) { toast(`There is no prompt ${state.prompt} in this audit.`); closePrompt(); return; }
  state.pair = clamp(state.pair, 0, Math.max(one.views.length - 1, 0));
  $('overview').hidden = true;
  const box = $('detail');
  box.hidden = false;
  const at = audit.shown.indexOf(one);
  const step = (by, word, key, sign) => stepButton(word, key, sign, at < 0 || !audit.shown[at + by], () => neighbor(by));
  fill(box,
    h('header.bar-top', {}, h('button.back', { type: 'button', onclick: closePrompt }, '← All prompts'),
      h('p.path.clip', { role: 'heading', 'aria-level': '1', title: one.id }, h('span.muted', {}, `${one.suite} / `), h('strong', {}, one.name)),
      h('div.joined', {}, h('output', { id: 'position' }, at < 0 ? 'filtered out' : `${at + 1} of ${audit.shown.length.toLocaleString('en')}`),
        step(-1, 'Previous prompt', 'k', '↑ '), step(1, 'Next prompt', 'j', '↓ '))),
    h('div.split-view', {},
      h('section.viewer', { 'aria-label': 'Images' }, h('div.stage', { id: 'stage', tabindex: '-1' }), h('div', { id: 'controls' })),
      h('aside', { id: 'panel', 'aria-label': 'About this prompt' })));
  document.title = `${OUTCOMES[one.outcome].sign} ${one.name} · ${pageTitle}`;
  scrollTo(0, 0);
  renderPair(one);
}

function renderPair(one) {
  const pair = one.views[state.pair];
  renderPanel(one, pair);
  if (pair && (pair.image || pair.baseline)) { $('controls').hidden = false; showTrial(pair); return; }
  clearInterval(view.timer);
  view.trial = pair || null;
  view.panes = [];
  $('controls').hidden = true;
  fill($('stage'), pair && (pair.answer_a || pair.answer_b)
    ? h('div.answer', {}, h('q', {}, one.prompt), h('strong', {}, `A: ${pair.answer_a ?? 'no answer'}`), h('strong', {}, `B: ${pair.answer_b ?? 'no answer'}`))
    : h('p.missing', {}, pair ? pair.note || 'No image was generated.' : 'No image was generated.'));
}

function turnPair(by) {
  const one = byName(state.prompt);
  if (!one || one.views.length < 2) return;
  state.pair = (state.pair + by + one.views.length) % one.views.length;
  writeAddress();
  renderPair(one);
}

function neighbor(by) {
  const at = audit.shown.indexOf(byName(state.prompt));
  const next = at < 0 ? audit.shown[0] : audit.shown[at + by];
  if (next) open(next, bestOf(next));
}

function renderPanel(one, pair) {
  fill($('panel'),
    h('section.verdict', {}, pill(one), h('h2', {}, one.reason),
      isNumber(one.adjusted) && h('p.muted.small', {}, `${one.shown.p}; adjusted for all prompts ${one.shown.adjusted}`),
      one.tags.length > 0 && h('div.tags', {}, one.tags.map((tag) => h('button.tag', { type: 'button', onclick: () => { state.tag = tag; closePrompt(); } }, tag)))),
    one.views.length > 1 && h('section', {}, h('h3', {}, 'Images'), h('div.tags', { role: 'group', 'aria-label': 'Pair of images' },
      one.views.map((other, i) => h('button.tag', { type: 'button', 'aria-pressed': String(i === state.pair), 'data-pair': i, onclick: () => turnPair(i - state.pair) }, pairName(other))))),
    h('section', {}, h('h3', {}, 'Distance'), distances(one)),
    h('section', {}, h('h3', {}, 'Prompt'), h('blockquote', {}, one.prompt)),
    pair && renderMeasures(pair), pair && regionsSection(pair), pair && renderFindings(pair), renderTime(one));
}

const pairName = (pair) => [pair.seed === undefined ? 'unseeded' : `seed ${pair.seed}`, (pair.index || pair.seed === undefined) && `render ${pair.index + 1}`].filter(Boolean).join(' · ');

// The three distances on one line each, to the same scale; 1 is where a change is called visible.
function distances(one) {
  const rows = [['A to A', 'control_a'], ['B to B', 'control_b'], ['A to B', 'score']];
  const most = Math.max(1.25, ...rows.map(([, name]) => one[name] ?? 0));
  return h('div.gauges', {}, rows.map(([word, name]) => {
    const bar = h('i.value');
    bar.style.width = `${(100 * (one[name] ?? 0)) / most}%`;
    const mark = h('i.limit', { title: '1: visible' });
    mark.style.left = `${100 / most}%`;
    return h(`div.gauge${word === 'A to B' ? '.strong' : ''}`, {}, h('span', {}, word), h('span.track', { 'aria-hidden': 'true' }, bar, mark),
      h('b', {}, one.shown[name] || h('span.muted', {}, 'not repeated')));
  }), h('p.muted.small', {}, 'Mean over its seeds and repeats. The mark is 1: a visible change.'));
}

const MEASURE_WORDS = {
  score: 'score', ssim: 'SSIM', ssim_block_min: 'SSIM, worst block', delta_e: 'ΔE', delta_e_block_max: 'ΔE, worst block', spectrum_peak: 'peak of the spectrum', phash: 'pHash', changed: 'pixels changed', max_abs: 'max |Δ|', mae: 'mean |Δ|', psnr: 'PSNR', embedding: 'embedding distance',
};

function renderMeasures(pair) {
  const names = Object.keys(MEASURE_WORDS).filter((name) => isNumber(pair.metrics[name]));
  if (!names.length && !pair.note) return null;
  return h('section', {}, h('h3', {}, `This pair: ${pairName(pair)}`), pair.note && h('p.note', {}, pair.note),
    h('table', {}, h('tbody', {}, isNumber(pair.score) && cells('score', [pair.shown.score]), names.map((name) => cells(MEASURE_WORDS[name], [pair.metrics.shown[name]])))));
}

function renderFindings(pair) {
  const b = new Map(pair.findings_b.map((one) => [one.check, one]));
  const both = [...pair.findings_a.map((one) => [one.check, one, b.get(one.check)]),
    ...pair.findings_b.filter((one) => !pair.findings_a.some((other) => other.check === one.check)).map((one) => [one.check, null, one])];
  if (!both.length) return null;
  const side = (name, finding) => h(`span.side${finding ? `.check-${finding.outcome}` : ''}`, {}, letter(name), ' ', h('b', {}, finding ? finding.outcome : '–'), finding && finding.seen && h('span.muted', {}, ` ${finding.seen}`));
  return h('section.checks', {}, h('h3', {}, 'Checks'), h('ul', {}, both.map(([check, one, two]) => {
    const turned = one && two && one.outcome !== two.outcome;
    return h('li', {}, h(`div.flat.column${turned ? '.turned' : ''}`, {}, h('code', {}, check.replace(/^\{|\}$/g, '')), side('A', one), side('B', two)));
  })));
}

function renderTime(one) {
  if (!isNumber(one.seconds_a) && !isNumber(one.seconds_b)) return null;
  return h('section', {}, h('h3', {}, 'Time of an image'), h('p', {}, `A ${one.shown.seconds_a || '–'} · B ${one.shown.seconds_b || '–'}`));
}
