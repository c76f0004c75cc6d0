// Prompts × checks: how many images of each prompt pass each check.

const MOST_ROWS = 200;
const MOST_COLUMNS = 40;
const LEGEND = { fail: 'one fails', pass: 'all pass' };

// What the selected trials came to: a row for each variant of a case that has checks, with its counts by check.
function checkRows() {
  const rows = new Map();
  for (const trial of shown) {
    if (!rows.has(trial.row)) rows.set(trial.row, { trial, images: 0, counts: new Map() });
    const row = rows.get(trial.row);
    row.images += 1;
    for (const { label, outcome } of trial.checks) {
      if (!row.counts.has(label)) row.counts.set(label, { answered: new Set() });
      const count = row.counts.get(label);
      count[outcome] = (count[outcome] || 0) + 1;
      count.answered.add(trial);
    }
  }
  const found = [...rows.values()];
  for (const row of found) for (const count of row.counts.values()) count.missing = row.images - count.answered.size;
  return found;
}

const answersIn = (count) => Object.keys(CHECK_OUTCOMES).reduce((sum, outcome) => sum + (count[outcome] || 0), count.missing);
const rateOf = (count) => (count ? (count.pass || 0) / answersIn(count) : null);

function renderMatrix() {
  const box = $('matrix');
  box.hidden = state.view !== 'checks' || !shown.length;
  if (box.hidden) { box.replaceChildren(); return; }
  const all = checkRows();
  const rows = all.filter((row) => row.counts.size);
  const present = new Set(rows.flatMap((row) => [...row.counts.keys()]));
  const checks = model.checks.filter((label) => present.has(label));
  const columns = checks.slice(0, MOST_COLUMNS);
  const sorting = sortingCheck();
  if (sorting) {
    const none = (row) => (row.counts.has(sorting) ? 0 : 1);
    rows.sort((a, b) => none(a) - none(b) || (state.down ? 1 : -1) * (rateOf(a.counts.get(sorting)) - rateOf(b.counts.get(sorting))));
  }
  const notes = [
    rows.length > MOST_ROWS && `${plural(rows.length - MOST_ROWS, 'more case')} not shown: filter to see them. `,
    checks.length > MOST_COLUMNS && `${plural(checks.length - MOST_COLUMNS, 'more check')} not shown: filter to see them. `,
    all.length > rows.length && `${plural(all.length - rows.length, 'case')} without an answered check: not in the table. `,
  ];
  const made = table('Checks by case', [
    'How many images pass; a number opens them. ',
    outcomesSeen().map((outcome) => h(`span.${checkClass(outcome)}`, {}, h('b', {}, CHECK_OUTCOMES[outcome]), ` ${LEGEND[outcome] || `one is ${outcome}`} `)),
    h('span.none', {}, ' '), ' not checked. ', notes,
  ], [sortHead('name', 'case'), ...columns.map((label) => sortHead(`check:${label}`, label))], [
    rows.length > 1 && matrixRow('All cases', '', summed(rows), columns, 'strong'),
    rows.slice(0, MOST_ROWS).map(({ trial, counts }) => matrixRow(
      [model.head.run.suites.length > 1 && h('span.muted', {}, `${trial.suite} / `), trial.case, trial.variant !== 'base' && h('span.muted', {}, ` ${trial.variant.replaceAll(',', ', ')}`)], trial.row, counts, columns)),
  ]);
  made.classList.add('matrix');
  const { scrollLeft = 0, scrollTop = 0 } = box.querySelector('.scroll') || {};
  fill(box, made);
  Object.assign(box.querySelector('.scroll'), { scrollLeft, scrollTop });
}

function summed(rows) {
  const sums = new Map();
  for (const { counts } of rows) {
    for (const [label, count] of counts) {
      if (!sums.has(label)) sums.set(label, { missing: 0 });
      const sum = sums.get(label);
      for (const name of [...Object.keys(CHECK_OUTCOMES), 'missing']) sum[name] = (sum[name] || 0) + (count[name] || 0);
    }
  }
  return sums;
}

const matrixRow = (name, key, counts, columns, tone = '') => h('tr', { class: tone || null }, h('th', { scope: 'row' }, name), columns.map((label) => {
  const count = counts.get(label);
  return count ? h('td', {}, countLink(count, key, label)) : h('td.none', {}, h('span.offscreen', {}, 'not checked'));
}));

function countLink(count, row, check) {
  const parts = [...Object.keys(CHECK_OUTCOMES), 'missing'].filter((name) => count[name]);
  const outcome = worstOf(parts.map((name) => (name === 'missing' ? 'inconclusive' : name)));
  const said = parts.map((name) => `${count[name]} ${name === 'missing' ? 'without an answer' : name}`).join(', ');
  return h(`a.${checkClass(outcome)}`, { href: address('', { row, check, outcome: '', view: 'grid' }), title: said },
    h('span.offscreen', {}, `${check}: ${said}`), h('span', { 'aria-hidden': 'true' }, h('b', {}, CHECK_OUTCOMES[outcome]), ` ${(count.pass || 0).toLocaleString('en')}/${answersIn(count).toLocaleString('en')}`));
}
