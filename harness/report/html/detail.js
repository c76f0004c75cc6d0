// One trial on the whole page: stage, panel, and the way to its neighbors.

let before = 0;
let placeShown = -1;

function open(trial, { step = true } = {}) {
  if ($('detail').hidden) before = scrollY;
  state.trial = trial.id;
  writeAddress({ step: step && $('detail').hidden });
  renderDetail();
}

function closeTrial() {
  const trial = openTrial();
  state.trial = '';
  writeAddress();
  $('detail').hidden = true;
  $('overview').hidden = false;
  clearInterval(view.timer);
  document.title = pageTitle;
  refresh();
  list.cursor = shown.indexOf(trial);
  scrollTo(0, before);
  renderVisible();
  markCursor();
}

function renderDetail() {
  const trial = openTrial();
  if (!trial) {
    toast(`There is no trial ${state.trial} in this run.`);
    closeTrial();
    return;
  }
  $('overview').hidden = true;
  const box = $('detail');
  box.hidden = false;
  const at = shown.indexOf(trial);
  const step = (by, word, key, sign) => stepButton(word, key, sign, at < 0 || !shown[at + by], () => neighbor(by));
  fill(box,
    h('header.bar-top', {},
      h('button.back', { type: 'button', onclick: closeTrial }, `← All ${model.head.noun}s`),
      h('p.path.clip', { role: 'heading', 'aria-level': '1', title: trial.id }, h('span.muted', {}, `${trial.suite} / `), h('strong', {}, trial.case), trial.label && h('span.muted', {}, ` / ${trial.label}`)),
      h('div.joined', {}, h('output', { id: 'position' }, at < 0 ? 'filtered out' : `${at + 1} of ${shown.length.toLocaleString('en')}`),
        step(-1, `Previous ${model.head.noun}`, 'k', '↑ '), step(1, `Next ${model.head.noun}`, 'j', '↓ '))),
    h('div.split-view', {},
      h('section.viewer', { 'aria-label': 'Images' }, h('div.stage', { id: 'stage', tabindex: '-1' }), h('div', { id: 'controls' }), h('div', { id: 'printed' })),
      h('aside', { id: 'panel', 'aria-label': 'About this trial' })));
  document.title = `${[trial.sign, trial.case, trial.label].filter(Boolean).join(' ')} · ${pageTitle}`;
  scrollTo(0, 0);
  renderPanel(trial);
  placeShown = -1;
  if (trial.image || trial.baseline) showTrial(trial, boxesOf(trial));
  else showNothing(trial);
}

// A question has an answer to show; what was not generated has nothing.
function showNothing(trial) {
  clearInterval(view.timer);
  view.trial = trial;
  view.panes = [];
  $('controls').hidden = true;
  fill($('stage'), trial.request.ask
    ? h('div.answer', {}, h('q', {}, trial.request.ask), h('strong', {}, trial.answer ?? 'no answer'))
    : h('p.missing', {}, 'No image was generated.'));
}

function neighbor(by) {
  const at = shown.indexOf(openTrial());
  const next = at < 0 ? shown[0] : shown[at + by];
  if (next) open(next);
}
