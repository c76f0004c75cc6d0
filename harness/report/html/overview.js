// The head of the page: the run in one sentence, counts that filter, and the tools.

const MEASURE_WORDS = {
  bytes_equal: 'bytes equal', pixels_equal: 'pixels equal', max_abs: 'max |Δ|', changed: 'changed',
  mae: 'mean |Δ|', psnr: 'PSNR', ssim: 'SSIM', ssim_block_min: 'SSIM, worst block', delta_e: 'ΔE',
  delta_e_block_max: 'ΔE, worst block', spectrum_peak: 'peak of the spectrum',
  phash: 'pHash', dhash: 'dHash', whash: 'wHash', colorhash: 'color hash', embedding: 'embedding distance',
};
const metricWord = (name) => (Object.hasOwn(MEASURE_WORDS, name) ? MEASURE_WORDS[name] : name);

function renderHead() {
  const { head } = model;
  const { run } = head;
  const facts = [showTime(run.started), head.took];
  if (head.money) facts.push(head.money);
  if (run.shard) facts.push(`shard ${run.shard}`);
  fill($('head'),
    h('div.meta', {},
      h('span.brand', {}, 'image-harness'),
      h('span.facts', {}, facts.map((fact) => h('span', {}, fact)))),
    h('p.eyebrow', {}, head.title),
    h('h1', {}, head.headline),
    renderBar(),
    h('div.chips', { role: 'group', 'aria-label': 'Filter by verdict' }),
    renderNotices(run),
    pooledSections(run),
    renderRun(run));
}

function tallied(items) {
  const found = new Map();
  for (const item of items) found.set(item, (found.get(item) || 0) + 1);
  return found;
}

function verdictCounts() {
  const found = tallied(model.trials.map((trial) => trial.verdict));
  const known = model.head.order.filter((verdict) => found.has(verdict));
  return [...known, ...[...found.keys()].filter((verdict) => !known.includes(verdict))].map((v) => [v, found.get(v)]);
}

function renderBar() {
  const bar = h('div.bar', { 'aria-hidden': 'true' });
  for (const [verdict, count] of verdictCounts()) {
    const part = h(`i.tone-${toneOf(verdict)}`, { title: `${verdict}: ${count}` });
    part.style.flexGrow = count;
    bar.append(part);
  }
  return bar;
}

const toneOf = (verdict) => (model.head.order.includes(verdict) ? verdict : 'inconclusive');

function renderChips() {
  const chips = document.querySelector('#head .chips');
  const flagCounts = Object.entries(FLAGS).map(([flag, { word, test }]) => [flag, word, model.trials.filter(test).length]);
  fill(chips,
    flagCounts.filter(([flag, , n]) => flag === 'look' && n && n < model.trials.length).map(flagChip),
    verdictCounts().map(([verdict, count]) => h(`button.chip.tone-${toneOf(verdict)}`, {
      type: 'button', 'aria-pressed': String(state.verdicts.has(verdict)), 'data-verdict': verdict,
      onclick: () => toggle(state.verdicts, verdict),
    }, h('b', { 'aria-hidden': 'true' }, model.head.signs[verdict] || '?'), verdict, h('span.count', {}, count.toLocaleString('en')))),
    flagCounts.filter(([flag, , n]) => flag !== 'look' && n).map(flagChip),
    state.row && h('button.chip', { type: 'button', 'aria-pressed': 'true', 'data-row': state.row, title: 'Show all cases', onclick: () => { state.row = ''; refresh(); } }, state.row.split('/').slice(1).join(' ').replace(/ base$/, ''), h('b', { 'aria-hidden': 'true' }, '×')),
    filtered() && h('button.plain', { type: 'button', onclick: clearFilters }, 'Clear filters'));
}

function flagChip([flag, word, count]) {
  return h('button.chip', {
    type: 'button', 'aria-pressed': String(state.flags.has(flag)), 'data-flag': flag,
    onclick: () => toggle(state.flags, flag),
  }, word, h('span.count', {}, count.toLocaleString('en')));
}

function toggle(set, item) {
  if (!set.delete(item)) set.add(item);
  refresh();
}

function renderNotices(run) {
  const notices = [];
  if (!model.complete) notices.push('data.js ends early: the list below is not the whole run. Make the report again with `harness report`.');
  if (!run.complete) notices.push(`This run is not complete: ${{ interrupted: 'it was interrupted', budget: 'its budget was reached' }[run.stopped] || 'it was stopped, or is still going on'}.`);
  if (run.orphans && run.orphans.length) {
    notices.push(`${plural(run.orphans.length, 'accepted image')} without a trial in this run: ${run.orphans.slice(0, 5).join(', ')}${run.orphans.length > 5 ? ' …' : ''}`);
  }
  if (model.head.omissions && model.head.omissions.length) notices.push(`${model.head.omissions.join('; ')}.`);
  notices.push(...(run.notes || []));
  return notices.map((notice) => h('p.notice', {}, notice));
}

// What differs from the accepted images' recipes and environments, the most common first.
function commonDifferences() {
  return [...tallied(model.trials.flatMap((trial) => trial.differences.map((one) => JSON.stringify(one))))].sort((a, b) => b[1] - a[1]).slice(0, 6);
}

function renderRun(run) {
  const differences = commonDifferences();
  const rows = [['run', run.run], ['suites', run.suites.join(', ')], ['image-harness', run.version]];
  for (const [name, value] of Object.entries(run.arguments || {})) rows.push([`option ${name}`, showPlain(value)]);
  for (const [name, value] of flatten(run.environment || {})) rows.push([name, value]);
  if (!model.head.compared) rows.push(['baselines', run.baselines]);
  return [
    differences.length > 0 && h('ul.differs', { 'aria-label': 'What differs from the accepted images' },
      differences.map(([one, count]) => h('li', {}, difference(JSON.parse(one)), h('span.muted', {}, ` in ${plural(count, model.head.noun)}`)))),
    h('details.run', {}, h('summary', {}, 'About this run'),
      h('dl.pairs', {}, rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))),
  ];
}

// What differs, with the two values set apart.
function difference([name, before, after]) {
  return h('span.difference', {}, name, ' ',
    h('code.before', {}, before), ' → ', h('code.after', {}, after));
}

function* flatten(value, prefix = '') {
  for (const [name, item] of Object.entries(value)) {
    if (item && typeof item === 'object' && !Array.isArray(item)) yield* flatten(item, `${prefix}${name}.`);
    else yield [prefix + name, showPlain(item)];
  }
}

function renderToolbar() {
  const tags = [...tallied(model.trials.flatMap((trial) => trial.tags))].sort((a, b) => b[1] - a[1]);
  const sorts = [['look', 'Needs a look first'], ['run', 'Run order'], ['name', 'Name'],
    ...model.metrics.map((name) => [name, metricWord(name)]), ['seconds', 'Generation time']];
  if (model.trials.some((trial) => isNumber(trial.cost) && trial.cost > 0)) sorts.push(['cost', 'Cost']);
  if (sortingCheck()) sorts.push([state.sort, `Check: ${sortingCheck()}`]);
  const option = (current) => ([value, word]) => h('option', { value, selected: value === current }, word);
  fill($('toolbar'),
    h('label.search', {}, h('span.offscreen', {}, 'Filter trials'),
      h('input', {
        id: 'search', type: 'search', placeholder: 'Filter by name, prompt, reason …', value: state.text, spellcheck: 'false',
        oninput: (event) => { state.text = event.target.value; refresh({ toolbar: false }); },
      }), h('kbd', { 'aria-hidden': 'true' }, 'f')),
    tags.length > 0 && h('select', {
      id: 'tag', 'aria-label': 'Tag', onchange: (event) => { state.tag = event.target.value; refresh(); },
    }, h('option', { value: '' }, 'All tags'), tags.map(([tag, count]) => option(state.tag)([tag, `${tag} (${count})`]))),
    model.checks.length > 0 && h('div.joined', { role: 'group', 'aria-label': 'Filter by check' },
      h('select', {
        id: 'check', 'aria-label': 'Check', onchange: (event) => { state.check = event.target.value; refresh(); },
      }, [['', 'All checks'], ...model.checks.map((label) => [label, label])].map(option(state.check))),
      h('select', {
        id: 'outcome', 'aria-label': 'Outcome of the check', onchange: (event) => { state.outcome = event.target.value; refresh(); },
      }, [['', 'Any outcome'], ...outcomesSeen().map((outcome) => [outcome, `${CHECK_OUTCOMES[outcome]} ${outcome}`])].map(option(state.outcome)))),
    h('select', {
      id: 'group', 'aria-label': 'Group', onchange: (event) => { state.group = event.target.value; refresh(); },
    }, Object.entries(GROUPS).map(([name, { word }]) => option(state.group)([name, word]))),
    h('div.joined', {},
      h('select', {
        id: 'sort', 'aria-label': 'Sort by', onchange: (event) => { sortBy(event.target.value); },
      }, sorts.map(option(state.sort))),
      h('button', {
        id: 'order', type: 'button', 'aria-label': 'Turn the order around', title: 'Turn the order around', 'aria-pressed': String(!state.down),
        onclick: () => { state.down = !state.down; refresh(); },
      }, state.down ? '↓' : '↑')),
    h('div.joined', { role: 'group', 'aria-label': 'View' }, viewNames().map((view) => h('button', {
      type: 'button', 'data-view': view, 'aria-pressed': String(state.view === view),
      onclick: () => { state.view = view; refresh(); },
    }, VIEWS[view]))),
    h('output.shown', { id: 'count' }));
}

function sortBy(name) {
  if (state.sort === name) state.down = !state.down;
  else Object.assign(state, { sort: name, down: true });
  refresh();
}

function renderCount() {
  const all = model.trials.length;
  fill($('count'), shown.length === all ? plural(all, model.head.noun) : `${shown.length.toLocaleString('en')} of ${plural(all, model.head.noun)}`);
  const nothing = $('nothing');
  nothing.hidden = shown.length > 0;
  if (!shown.length) {
    fill(nothing, all ? `No ${model.head.noun} matches.` : 'Nothing was recorded.',
      filtered() && h('button', { type: 'button', onclick: clearFilters }, 'Clear filters'));
  }
}
