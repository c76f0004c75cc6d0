// The numbers of a trial with their limits, and the places that changed most.

const RULES = {
  exact: 'Judged exactly: every pixel equal.',
  calibrated: 'Judged by the score above, against the stored noise floor.',
  set: 'Beside the nearest of the accepted images, to look at: the set is judged as a whole.',
  limits: 'Judged by named limits.',
};
const MEASURE_NOTES = {
  max_abs: 'Largest difference of any channel of any pixel, 0 to 255.',
  changed: 'Share of pixels that are not equal.',
  mae: 'Mean difference over all channels, 0 to 255.',
  psnr: 'Peak signal to noise; higher is more alike.',
  ssim: 'Structural similarity; 1 is equal.',
  ssim_block_min: 'Structural similarity of the least alike block.',
  delta_e: 'Color difference of the coarse image; near 1 is just visible.',
  delta_e_block_max: 'Difference of lightness in the least alike 8 × 8 pixels.',
  spectrum_peak: 'How far one wave stands out of the difference: grids, bands, watermarks; noise gives about 10.',
  phash: 'Bits that differ in the perceptual hash.', dhash: 'Bits that differ in the gradient hash.',
  whash: 'Bits that differ in the wavelet hash.', colorhash: 'Bits that differ in the color hash.',
  embedding: 'One minus the cosine of the vectors that the chosen viewer makes of the images.',
};
const noteOf = (name) => (Object.hasOwn(MEASURE_NOTES, name) ? MEASURE_NOTES[name] : null);

function numbersTable(trial) {
  if (!trial.metrics) return null;
  const drift = trial.policy && trial.policy.drift;
  const rest = new Map(Object.entries(trial.limits));
  const rows = [];
  for (const { name, text, absent, detail } of trial.measurements()) {
    rows.push(numberRow(name, text, absent, detail, rest.get(name)));
    rest.delete(name);
  }
  for (const [name, limit] of rest) rows.push(numberRow(name, null, null, null, limit));
  return h('section.numbers', {}, h('h3', {}, 'Numbers'),
    drift && h('p.muted', {}, (Object.hasOwn(RULES, drift.kind) && RULES[drift.kind]) || drift.kind,
      trial.accepted > 0 && ` Compared against accepted image ${trial.accepted + 1}.`),
    h('table', {}, h('thead', {}, h('tr', {}, ['metric', 'value', 'limit'].map((word) => h('th', { scope: 'col' }, word)))),
      h('tbody', {}, rows)));
}

const LIMIT_SIGNS = { broken: ['b.verdict', ' ✗ not met'], near: ['b.verdict', ' near'], met: ['span.met', ' ✓'] };

function numberRow(name, text, absent, detail, limit) {
  const [asked, state] = limit || [null, null];
  return h('tr', { class: state === 'met' ? null : state, 'data-metric': name },
    h('th', { scope: 'row', title: noteOf(name) }, metricWord(name)),
    text === null ? h('td.absent', { colspan: asked ? 1 : 2 }, absent || 'not measured')
      : h('td.value', {}, text, detail && hashes(detail)),
    (text !== null || asked) && h('td.limit', {}, asked, state && h(LIMIT_SIGNS[state][0], {}, LIMIT_SIGNS[state][1])));
}

function hashes(detail) {
  if (typeof detail.a !== 'string' || typeof detail.b !== 'string') return null;
  return h('span.hashes', {}, [detail.a, detail.b].map((text, i) => h('code', {}, [...text].map((digit, at) => (
    digit === detail[i ? 'a' : 'b'][at] ? digit : h('mark', {}, digit))))));
}
