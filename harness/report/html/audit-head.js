// The head of an audit's page: its sentence, the figures, and the tables behind them.

function renderHead() {
  const { data } = audit;
  const [change, how, ...more] = data.sentences;
  fill($('head'),
    h('div.meta', {}, h('span.brand', {}, 'image-harness audit'),
      h('span.facts', {}, [showTime(data.started), plural(data.a.images + data.b.images, 'image'), data.shown.took]
        .map((fact) => h('span', {}, fact)))),
    h('p.eyebrow.arms', {}, h('span', {}, letter('A'), data.a.label), h('span.muted', { 'aria-hidden': 'true' }, '↔'), h('span', {}, letter('B'), data.b.label)),
    h(`p.go.go-${data.go}`, { id: 'go' }, data.line),
    h('h1', {}, `${change}.`),
    h('p.lead', {}, [how, ...more].filter(Boolean).map((part) => h('span', {}, part))),
    renderTiles(data),
    data.complete ? null : h('p.notice', {}, `This audit is not complete: ${{ interrupted: 'it was interrupted', budget: 'its budget was reached' }[data.stopped] || 'it is still going on, or was stopped'}.`),
    h('div.tables', {}, renderRelations(data), renderArms(data), renderChecks(data), renderCorrected(data), renderTags(data)),
    h('ul.notes', {}, [data.equivalence_line, data.looks_line, ...data.notes].filter(Boolean).map((note) => h('li', {}, note))),
    renderAbout(data),
    h('div.chips', { role: 'group', 'aria-label': 'Filter by outcome' }));
}

const letter = (name) => h(`b.letter.letter-${name.toLowerCase()}`, {}, name);

function renderTiles(data) {
  const control = data.relations.find((row) => row.name === 'A/A');
  const sum = data.checks[0];
  const tile = (word, value, below, extra) => h('div.tile', {}, h('span.word', {}, word), h('b', {}, value), extra, h('span.muted', {}, below));
  return h('div.tiles', {},
    tile('prompts changed', data.changed.n ? data.changed.shown.count : '–',
      data.changed.n ? [`95 % interval ${data.changed.shown.interval}`, `${data.visible.count} visibly`, data.kinds].filter(Boolean).join(' · ') : 'nothing could be compared', range(data.changed)),
    tile('A against itself', control && control.differ.n ? `${control.differ.shown.count} differ` : 'no control',
      repeats(data.a, data.b), control && control.differ.n ? range(control.differ, 'identical') : null),
    sum && tile('checks', `${sum.lost} lost, ${sum.won} won`, sum.won + sum.lost ? `${sum.shown.p} (McNemar) · ${sum.kept} kept` : `${sum.kept} kept, ${sum.missed} missed in both`),
    data.shown.speed && tile('time of an image', data.shown.speed, `median ${data.a.shown.seconds} → ${data.b.shown.seconds}`),
    (data.a.cost || data.b.cost) ? tile('cost of an image', data.b.shown.cost, `A: ${data.a.shown.cost}`) : null);
}

function repeats(a, b) {
  const ofArm = (name, arm) => `${name} ${arm.exact === true ? 'repeats bit-equal' : arm.exact === false ? 'does not repeat' : 'was generated once'}`;
  return a.exact === b.exact && a.exact === true ? 'both arms repeat bit-equal' : `${ofArm('A', a)}, ${ofArm('B', b)}`;
}

const shareText = (share) => `${share.shown.count} · ${share.shown.interval}`;

function renderRelations(data) {
  const rows = data.relations.map((row) => (row.differ.n
    ? cells(row.name, [row.differ.shown.count, [range(row.visible, row.name === 'A/B' ? 'drift' : 'identical'), h('span.small', {}, shareText(row.visible))],
      ...['score', 'ssim', 'delta_e'].map((name) => row.metrics.shown[name] || '–')], { class: row.name === 'A/B' ? 'strong' : '' })
    : h('tr', {}, h('th', { scope: 'row' }, row.name), h('td.muted', { colspan: 5 }, 'no control: generated once'))));
  return table('Each prompt beside its own control', data.method === 'noise'
    ? `Prompts whose images differ, of one arm generated twice and of A against B. All prompts together: ${data.shown.together || 'p not known'}.`
    : 'Prompts whose images differ: one arm generated twice, and A against B. Medians over the prompts.',
  ['', 'other pixels', 'visible, 95 % interval', 'score', 'SSIM', 'ΔE'], rows);
}

function renderArms(data) {
  const rows = [['A', data.a], ['B', data.b]].map(([name, arm]) => cells([letter(name), ' ', arm.label], [
    arm.images.toLocaleString('en'), arm.refused || '–', arm.failed || '–', arm.shown.seconds, arm.shown.p95, arm.shown.cost]));
  return table('The arms', [...new Set([...data.a.subjects, ...data.b.subjects])].length > 2 ? '' : `${data.a.subjects.join('; ')} ↔ ${data.b.subjects.join('; ')}`,
    ['', 'images', 'refused', 'failed', 'median', 'p95', 'each'], rows);
}

function renderChecks(data) {
  if (!data.checks.length) return null;
  const row = (one) => cells(one.kind, [one.kept, h('span', { class: one.lost ? 'bad' : '' }, one.lost), h('span', { class: one.won ? 'good' : '' }, one.won), one.missed,
    one.undecided || '–', one.flips_a + one.flips_b || '–', one.won + one.lost ? one.shown[one.kind === 'all' ? 'p' : 'adjusted'] || '–' : '–'], { class: one.kind === 'all' ? 'strong' : '' });
  const turned = data.checks.filter((one) => one.kind === 'all' || one.won + one.lost + one.flips_a + one.flips_b + one.undecided);
  const quiet = data.checks.length - turned.length;
  const still = quiet ? ` ${plural(quiet, 'kind')} of check in which nothing turned ${quiet === 1 ? 'is' : 'are'} in the sum only.` : '';
  return table('Checks', `Lost: A passes, B fails. Of kinds, p is adjusted for their number (Holm).${still}`,
    ['', 'kept', 'lost', 'won', 'missed', 'undecided', 'flips in an arm', 'p'], turned.map(row));
}

function renderCorrected(data) {
  return data.corrected.length > 0 && table('Checks passed, corrected for the errors of the judge', data.corrected_method, data.corrected_columns,
    data.corrected.map(([name, ...values]) => cells(name, values)));
}

function renderTags(data) {
  if (!data.tags.length) return null;
  const pick = (tag) => h('button.plain', { type: 'button', 'data-tag': tag, onclick: () => { state.tag = state.tag === tag ? '' : tag; refresh(); } }, tag);
  const rows = data.tags.map((row) => cells(pick(row.tag), [[range(row.changed), h('span.small', {}, shareText(row.changed))],
    row.visible.shown.count, row.shown.score || '–', row.lost || '–', row.won || '–']));
  return table('By tag', 'A prompt counts under each of its tags.', ['', 'changed, 95 % interval', 'visible', 'score', 'lost', 'won'], rows);
}

function renderAbout(data) {
  const rows = [['audit', data.audit], ['suites', data.suites.join(', ')], ['image-harness', data.version],
    ['A generated', data.a.subjects.join('; ')], ['B generated', data.b.subjects.join('; ')], ['run of A', data.a.run], ['run of B', data.b.run]];
  for (const [name, value] of Object.entries(data.arguments)) rows.push([`option ${name}`, showPlain(value)]);
  for (const [name, value] of Object.entries(data.environment)) rows.push([name, showPlain(value)]);
  return h('details.run', {}, h('summary', {}, 'How this was judged'),
    h('div.pairs.explain', {}, EXPLAIN[data.method].map((line) => h('p', {}, line))),
    h('dl.pairs', {}, rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])));
}

const SCORE = 'The score of two images is the largest of (1 − SSIM of the worst block) / 0.8, ΔE / 4.5, ΔE of the worst block / 1.75 and peak of the spectrum / 120; above 1 a change is called visible.';
const EXPLAIN = {
  exact: ['Both arms generated every trial more than once, with the same pixels each time. So nothing is left to chance: a prompt has changed when any pixel differs between A and B.', SCORE],
  noise: ['At least one arm does not repeat exactly. A prompt has changed when A and B differ more than generations of one arm do, with one spread of log-scores for all prompts, and p-values adjusted for their number (Holm).',
    'The single prompts, all prompts together (energy distance, permuted within each prompt) and the checks each take a third of 5 %: that often an audit of equal arms finds a change.', SCORE],
  none: ['Nothing was generated twice in at least one arm, so there is no control arm: whether other pixels are a change or noise cannot be decided.', SCORE],
};
