// The page of a benchmark: its figures, as they are shown, around the matrix of images.

const KEYS = [
  ['↑  ↓  ←  →', 'next, previous image'], ['j  k', 'next, previous trial'], ['Enter', 'open the image'], ['Esc', 'back to all trials'],
  ['m', 'mark the image'], ['n  p', 'next, previous arm of the open trial'], ['1 – 4', 'side by side, slider, blink, overlay'],
  ['b', 'blink'], ['Space', 'fit; while blinking: switch'], ['+  −  0', 'larger, smaller, fit'], ['f  /', 'filter'], ['?', 'this help'],
];

const inDetail = {
  j: () => neighbor(1), k: () => neighbor(-1), ArrowDown: () => neighbor(1), ArrowUp: () => neighbor(-1),
  n: () => turnArm(1), p: () => turnArm(-1), m: markOpen, Escape: closeDetail, b: () => setMode(view.mode === 'blink' ? 'side' : 'blink'),
  ' ': () => (view.mode === 'blink' ? pauseBlink() : fit()), '+': () => zoom(2), '=': () => zoom(2), '-': () => zoom(0.5), 0: fit,
  f: () => { closeDetail(); $('search').focus(); },
};
MODES.slice(0, 4).forEach(([mode], i) => { inDetail[i + 1] = () => setMode(mode); });
const inOverview = {
  j: () => moveTo(1, 0), k: () => moveTo(-1, 0), ArrowDown: () => moveTo(1, 0), ArrowUp: () => moveTo(-1, 0), ArrowLeft: () => moveTo(0, -1), ArrowRight: () => moveTo(0, 1),
  m: markFocused, f: () => $('search').focus(), '/': () => $('search').focus(),
};

function refresh({ toolbar = true } = {}) {
  select();
  keepFocus(() => {
    if (toolbar) renderToolbar();
    renderMatrix();
    renderCount();
  });
  writeAddress();
}

const below = (text, tone = 'muted') => text && h(`span.small.${tone}`, {}, text);

function benchTable() {
  return table('Arms', 'The fastest, and who passes most checks, are bold.', bench.columns, bench.arms.map((arm) => {
    const [name, ...figures] = arm.cells;
    return h('tr', {}, h('th', { scope: 'row' }, name, below(arm.missing, 'bad')),
      figures.map((value, i) => h(`td${arm.best.includes(i + 1) ? '.best' : ''}`, {}, value)));
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
    bench.corrected.map(([name, ...figures]) => cells(name, figures)));
}

document.addEventListener('DOMContentLoaded', () => {
  if (!bench) {
    fill($('loading'), 'data.js could not be read. Keep it, and the folders of images, beside index.html.');
    return;
  }
  for (const id of ['loading', 'columns', 'list', 'paper']) $(id).remove();
  $('overview').hidden = false;
  fill($('head'),
    h('div.meta', {}, h('span.brand', {}, 'image-harness bench'), h('span.facts', {}, bench.facts.map((fact) => h('span', {}, fact)))),
    h('p.eyebrow', {}, `Benchmark of ${bench.suites}`), h('h1', {}, `${bench.headline}.`),
    bench.notices.map((text) => h('p.notice', {}, text)), benchTable(), correctedTable(), tagTable());
  $('overview').append(h('div.plots', {}, bench.plots.map(plotBox)), h('p.method', {}, bench.method));
  if (!bench.images.length) {
    for (const id of ['toolbar', 'matrix', 'nothing']) $(id).remove();
    return;
  }
  readMarks();
  openPage();
  addEventListener('beforeprint', () => moreRows(shown.length));
  addEventListener('resize', () => requestAnimationFrame(() => { if (!$('detail').hidden && view.panes.length) (view.fitted ? fit : place)(); }));
});
