// One image of a benchmark beside that of another arm, on the whole page.

let before = 0;

const isOpen = () => state.trial;

function open(row, arm) {
  const step = $('detail').hidden;
  if (step) before = scrollY;
  Object.assign(state, { trial: row.trial, arm });
  writeAddress({ step });
  renderDetail();
}

function openFrom(event, row, arm) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(row, arm);
}

function closeDetail() {
  const { trial, arm } = state;
  Object.assign(state, { trial: '', arm: 0 });
  writeAddress();
  clearInterval(view.timer);
  $('detail').hidden = true;
  $('overview').hidden = false;
  document.title = pageTitle;
  refresh();
  scrollTo(0, before);
  rowsTo(shown.indexOf(rowOf(trial)));
  const link = [...document.querySelectorAll('.cell')].find(({ dataset }) => dataset.trial === trial && Number(dataset.arm) === arm);
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function renderDetail() {
  const row = rowOf(state.trial);
  if (!row) { toast(`There is no trial ${state.trial} in this benchmark.`); closeDetail(); return; }
  $('overview').hidden = true;
  const box = $('detail');
  box.hidden = false;
  const at = shown.indexOf(row);
  const step = (by, word, key, sign) => stepButton(word, key, sign, at < 0 || !shown[at + by], () => neighbor(by));
  fill(box,
    h('header.bar-top', {}, h('button.back', { type: 'button', onclick: closeDetail }, '← All trials'),
      h('p.path.clip', { role: 'heading', 'aria-level': '1', title: row.trial }, h('strong', {}, row.trial)),
      h('div.joined', {}, h('output', { id: 'position' }, at < 0 ? 'filtered out' : `${at + 1} of ${shown.length.toLocaleString('en')}`),
        step(-1, 'Previous trial', 'k', '↑ '), step(1, 'Next trial', 'j', '↓ '))),
    h('div.split-view', {},
      h('section.viewer', { 'aria-label': 'Images' }, h('div.stage', { id: 'stage', tabindex: '-1' }), h('div', { id: 'controls' })),
      h('aside', { id: 'panel', 'aria-label': 'About this trial' })));
  document.title = `${row.trial} · ${pageTitle}`;
  scrollTo(0, 0);
  renderArm(row);
}

// The image of the chosen arm, beside that of the reference.
function renderArm(row) {
  const [cell, other] = [row.cells[state.arm], row.cells[state.reference]];
  const baseline = state.arm === state.reference ? null : other?.image || null;
  model.captions = model.labels = [bench.labels[state.reference], bench.labels[state.arm]];
  renderArmPanel(row, cell);
  $('controls').hidden = !(cell?.image || baseline);
  if (cell?.image || baseline) { showTrial({ image: cell?.image || null, baseline }); return; }
  clearInterval(view.timer);
  view.panes = [];
  fill($('stage'), h('p.missing', {}, cell?.why || 'No image was generated.'));
}

function renderArmPanel(row, cell) {
  const choose = (arm) => h('button.tag', { type: 'button', 'aria-pressed': String(arm === state.arm), 'data-choose': arm, onclick: () => turnArm(arm - state.arm) },
    bench.labels[arm], row.cells[arm] && outcomesOf(row.cells[arm]).short && [' · ', outcomesOf(row.cells[arm]).short], isMarked(row, arm) && ' ★');
  fill($('panel'),
    h('section', {}, h('h2', {}, row.trial), row.tags.length > 0 && h('p.muted.small', {}, row.tags.join(' · '))),
    h('section', {}, h('h3', {}, 'Prompt'), h('blockquote', {}, row.prompt)),
    h('section', {}, h('h3', {}, 'Arms'), h('div.tags', { role: 'group', 'aria-label': 'Arm' }, bench.labels.map((label, arm) => choose(arm))),
      h('p.muted.small', {}, state.arm === state.reference ? 'The reference.' : `Beside the reference, ${bench.labels[state.reference]}.`)),
    cell && (cell.why || cell.verdict !== 'new') && h('section', {}, h('p.note', {}, [cell.verdict !== 'new' && cell.verdict, cell.why].filter(Boolean).join(': '))),
    cell && cell.checks.length > 0 && h('section.checks', {}, h('h3', {}, 'Checks'), h('ul', {}, cell.checks.map(([label, outcome, seen]) => (
      h(`li.check-${outcome}`, {}, h('b', {}, CHECK_OUTCOMES[outcome]), ' ', label, seen && h('span.muted', {}, ` ${seen}`)))))));
}

function turnArm(by) {
  const row = rowOf(state.trial);
  state.arm = (state.arm + by + bench.labels.length) % bench.labels.length;
  writeAddress();
  keepFocus(() => renderArm(row));
}

function neighbor(by) {
  const at = shown.indexOf(rowOf(state.trial));
  const next = at < 0 ? shown[0] : shown[at + by];
  if (next) open(next, state.arm);
}

function markOpen() {
  const row = rowOf(state.trial);
  toggleMark(row, state.arm);
  keepFocus(() => renderArmPanel(row, row.cells[state.arm]));
  toast(isMarked(row, state.arm) ? 'Marked.' : 'Not marked any more.');
}
