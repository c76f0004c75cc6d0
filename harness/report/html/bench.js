// The page of a benchmark: data.js calls report('bench', JSON) once, with every value as it is shown.

let bench = null;
readers.bench = (value) => { bench = value; };

const below = (text, tone = 'muted') => text && h(`span.small.${tone}`, {}, text);

function benchTable() {
  return table('Arms', 'The fastest, and who passes most checks, are bold.', bench.columns, bench.arms.map((arm) => {
    const [name, ...values] = arm.cells;
    return h('tr', {}, h('th', { scope: 'row' }, name, below(arm.missing, 'bad')),
      values.map((value, i) => h(`td${arm.best.includes(i + 1) ? '.best' : ''}`, {}, value)));
  }));
}

function plotBox(plot) {
  return h('section.box', {}, h('h2', {}, plot.title), h('p.muted.small', {}, plot.text), h('img', { src: plot.image, alt: `${plot.title}: ${plot.text}` }));
}

function tagTable() {
  return bench.tags.length > 0 && table('Checks passed, by tag', 'The share of the checks that passed, and its 95 % interval.', ['', ...bench.labels],
    bench.tags.map(({ tag, cells: shares }) => cells(tag, shares.map(([share, interval]) => [share, ' ', below(interval)]))));
}

function correctedTable() {
  return bench.corrected.length > 0 && table('Checks passed, corrected for the errors of the judge', bench.corrected_method, bench.corrected_columns,
    bench.corrected.map(([name, ...values]) => cells(name, values)));
}

function imageCell(cell) {
  if (!cell) return '';
  return [h('span.frame', {}, cell.url ? h('a', { href: cell.url, target: '_blank', rel: 'noopener' }, h('img', { src: cell.url, alt: '', loading: 'lazy', onerror: lost }))
    : h('span.empty', {}, cell.why)), cell.failed.map((text) => h('p.small.bad', {}, `✗ ${text}`))];
}

function imageTable() {
  if (!bench.images.length) return null;
  const box = table('What they generated', bench.more ? `The first trials; ${plural(bench.more, 'trial')} more in the runs of the arms.` : '', ['', ...bench.labels],
    bench.images.map((row) => cells([row.trial, below(row.prompt)], row.cells.map(imageCell))));
  box.classList.add('images');
  return box;
}

document.addEventListener('DOMContentLoaded', () => {
  if (!bench) {
    fill($('loading'), 'data.js could not be read. Keep it, and the folders of images, beside index.html.');
    return;
  }
  for (const id of ['loading', 'toolbar', 'columns', 'matrix', 'list', 'nothing', 'paper']) $(id).remove();
  $('overview').hidden = false;
  fill($('head'),
    h('div.meta', {}, h('span.brand', {}, 'image-harness bench'), h('span.facts', {}, bench.facts.map((fact) => h('span', {}, fact)))),
    h('p.eyebrow', {}, `Benchmark of ${bench.suites}`), h('h1', {}, `${bench.headline}.`),
    bench.notices.map((text) => h('p.notice', {}, text)),
    benchTable(), correctedTable(), h('div.plots', {}, bench.plots.map(plotBox)), tagTable(), imageTable(), h('p.method', {}, bench.method));
});
