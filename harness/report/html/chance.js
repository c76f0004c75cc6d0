// Verdicts that statistics gave: a trial against its noise floor, a set of images against the accepted set.

const METHODS = {
  pooled: 'spread pooled over the cases of the suite', wide: 'spread of this case alone, wider than the others',
  identical: 'all repeats scored the same', modes: 'repeats fall into modes', ranks: 'largest of the repeats',
};
const QUESTIONS = { images: 'Images', refused: 'Refused', failed: 'Failed' };
const POOLED_ROWS = 10;

const short = (value) => (isNumber(value) ? String(Number(value.toPrecision(3))) : '–');
const rate = (value) => `${Number((100 * value).toPrecision(2))} %`;

function floorSection(trial) {
  const floor = trial.floor;
  if (!floor) return null;
  const scores = [floor.score, ...floor.confirmations.map((one) => one.score)].filter(isNumber);
  const above = (value) => isNumber(floor.limit) && isNumber(value) && value > floor.limit;
  const row = (name, value, why) => h('tr', { class: above(value) ? 'broken' : null }, h('th', { scope: 'row' }, name),
    isNumber(value) ? h('td.value', {}, short(value)) : h('td.absent', {}, why || 'not measured'));
  return h('section.numbers.floor', {}, h('h3', {}, 'Noise floor'),
    h('p.muted', {}, scoreWords(floor.scales, trial)),
    scores.length > 0 && floorBar(floor, scores),
    h('table', {}, h('tbody', {}, row('score', floor.score, 'could not be measured'),
      floor.confirmations.map((one, i) => row(`generated again${floor.confirmations.length > 1 ? ` ${i + 1}` : ''}`, one.score, one.problem)),
      h('tr', {}, h('th', { scope: 'row' }, 'limit'), isNumber(floor.limit) ? h('td.value', {}, short(floor.limit)) : h('td.absent', {}, floor.problem || 'none')))),
    h('p.muted.foot', {}, `${plural(floor.n, 'repeat')}: ${METHODS[floor.method] || floor.method}. False-alarm rate ${rate(floor.alpha)}.`,
      floor.elsewhere && ` Measured elsewhere: ${floor.elsewhere}.`));
}

// What the score is made of; results without scales are older than the two that came later.
function scoreWords(scales, trial) {
  const parts = Object.entries(scales || { ssim_block_min: 0.1, delta_e: 2 })
    .filter(([name]) => name !== 'embedding' || (trial.metrics && [...trial.measurements()].some((one) => one.name === name)))
    .map(([name, scale]) => `${name === 'ssim_block_min' ? '(1 − SSIM of the worst block)' : metricWord(name)} / ${short(scale)}`);
  return `The score is the largest of ${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}.`;
}

// Where the scores lie beside the limit; the same numbers stand in the table below it.
function floorBar(floor, scores) {
  const end = 1.08 * Math.max(...scores, floor.limit || 0, 1e-9);
  const at = (node, value) => { node.style.left = `${100 * value / end}%`; return node; };
  const noise = h('i.noise', {});
  noise.style.width = `${100 * (floor.limit || 0) / end}%`;
  return h('div.scale', { 'aria-hidden': 'true' }, noise, isNumber(floor.limit) && at(h('i.limit', {}), floor.limit),
    scores.map((value, i) => at(h(i ? 'i.again' : 'i.score', {}), value)));
}

function setSection(trial) {
  const set = trial.set;
  if (!set || !set.tests.length) return null;
  return h('section.numbers.tests', {}, h('h3', {}, 'Set against set'),
    h('p.muted', {}, `${plural(set.generated, 'image')} against ${set.accepted} accepted, judged as a whole. False-alarm rate ${rate(set.alpha)}.`,
      set.left_out > 0 && ` ${set.left_out} not generated now, left out.`),
    h('table', {}, h('thead', {}, h('tr', {}, ['', 'accepted', 'new', 'p'].map((word) => h('th', { scope: 'col' }, word)))),
      h('tbody', {}, set.tests.map((test) => h('tr', { class: isNumber(test.adjusted) && test.adjusted <= set.alpha ? 'broken' : null },
        h('th', { scope: 'row' }, QUESTIONS[test.name] || test.name), h('td', {}, test.old), h('td', {}, test.new),
        isNumber(test.p) ? h('td.value', { title: `corrected by Holm: ${short(test.adjusted)}` }, short(test.adjusted)) : h('td.absent', {}, test.problem))))),
    h('p.muted.foot', {}, 'p: chance of such a difference without a change, corrected by Holm.',
      set.permutations > 0 && ` ${set.permutations.toLocaleString('en')} permutations.`));
}

// The tests over all prompts of a suite, on the overview.
function pooledSections(run) {
  return (run.sets || []).map((pooled) => {
    const rows = [...pooled.keys].sort((a, b) => a.p - b.p);
    const reported = isNumber(pooled.p) ? `p = ${short(pooled.p)} over ${plural(pooled.keys.length, 'prompt')}` : pooled.problem;
    return h('details.run.pooled', { open: rows.some((one) => one.holm <= pooled.alpha) },
      h('summary', {}, `Sets of ${pooled.suite} together: ${reported}`),
      h('div.wide', {}, h('table', {},
        h('thead', {}, h('tr', {}, ['prompt', 'distance', 'p', 'Holm', 'Benjamini–Hochberg'].map((word) => h('th', { scope: 'col' }, word)))),
        h('tbody', {}, rows.slice(0, POOLED_ROWS).map((one) => h('tr', { class: one.holm <= pooled.alpha ? 'broken' : null },
          h('th', { scope: 'row' }, one.key), [one.distance, one.p, one.holm, one.benjamini_hochberg].map((value) => h('td', {}, short(value))))))),
        rows.length > POOLED_ROWS && h('p.muted', {}, `… and ${rows.length - POOLED_ROWS} more, in run.json`),
        h('p.muted', {}, 'One test of the images over all prompts; each prompt alone beside it, corrected over the suite.')));
  });
}
