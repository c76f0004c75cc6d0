// The checks of a trial: what each found, on what evidence, and where.

const checkClass = (outcome) => `check-${outcome}`;

function checksSection(trial) {
  if (!trial.checks.length) return null;
  return h('section.checks', {}, h('h3', {}, 'Checks'), h('ul', {}, trial.checks.map((check, i) => {
    const text = [h('b', {}, `${CHECK_OUTCOMES[check.outcome]}${i + 1}`),
      h('span', {}, h('strong', {}, check.label), ` ${check.outcome}`, check.seen && h('span.muted', {}, `: saw ${check.seen}`))];
    const lit = { onmouseenter: () => light([i]), onmouseleave: () => light([]), onfocusin: () => light([i]), onfocusout: () => light([]) };
    return h(`li.${checkClass(check.outcome)}`, { 'data-finding': i, ...lit }, check.boxes.length
      ? h('button.found-by', { type: 'button', 'aria-pressed': 'false', title: 'Show only these boxes', onclick: () => pin(i) }, text, h('span.where', {}, plural(check.boxes.length, 'box', 'boxes')))
      : h('div.found-by', {}, text),
    h('div.basis', {},
      !check.check.includes(check.label) && h('code', {}, check.check),
      check.by && h('p.muted', {}, check.by),
      check.judged.length > 0 && h('p.small', {}, h('span.muted', {}, 'Judge: '), check.judged[0], check.judged[1] && h('strong.warned', {}, ` ⚠ ${check.judged[1]}`)),
      evidenceTable(check.evidence),
      h('a.small.muted', { href: address('', { check: check.label }) }, `All ${model.head.noun}s with this check`)));
  })));
}

const SHOWN_ROWS = 6;

function evidenceTable(rows) {
  if (!rows.length) return null;
  const table = h('table.evidence', {}, h('tbody', {}, rows.map(([seen, what, detail]) => h('tr', {}, h('th', { scope: 'row' }, seen),
    h('td', {}, what, detail && h('span.muted', {}, detail))))));
  return rows.length <= SHOWN_ROWS ? table : h('details', {}, h('summary', {}, plural(rows.length, 'row') + ' of evidence'), table);
}

// The boxes of all checks, or of one: each place once, marked with the number of every check that found something there.
function boxesOf(trial, only = null) {
  const places = new Map();
  trial.checks.forEach((check, i) => {
    if (only !== null && i !== only) return;
    check.boxes.forEach((box, at) => {
      if (!places.has(box.join())) places.set(box.join(), { box, of: [], words: [] });
      const place = places.get(box.join());
      if (!place.of.includes(i)) place.of.push(i);
      if (check.words[at] && !place.words.includes(check.words[at])) place.words.push(check.words[at]);
    });
  });
  return [...places.values()].map(({ box, of, words }) => {
    const checks = of.map((i) => [trial.checks[i].outcome, i]);
    return { box, of, kind: checkClass(worstOf(checks.map(([outcome]) => outcome))), word: [...checks.map(([outcome, i]) => `${CHECK_OUTCOMES[outcome]}${i + 1}`), ...words].join(' ') };
  }).sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3]);
}

function pin(i) {
  view.pinned = view.pinned === i ? null : i;
  view.boxes = boxesOf(view.trial, view.pinned);
  document.querySelectorAll('.checks li').forEach((row, at) => row.querySelector('button')?.setAttribute('aria-pressed', String(at === view.pinned)));
  showBoxes(true);
}

// On paper: both images, the boxes at their share of the size, whatever the stage showed.
function renderPrinted() {
  const sides = [[view.trial.baseline, []], [view.trial.image, view.withBoxes ? view.boxes : []]];
  fill($('printed'), sides.map(([image, boxes], i) => image && addressOf(image) && h('figure', {},
    h('div.sheet', {}, h('img', { src: addressOf(image), alt: '' }), boxes.map((one) => markOf(one, (part, at) => `${(100 * part) / [image.width, image.height][at % 2]}%`))),
    h('figcaption', {}, model.captions[i]))));
}
