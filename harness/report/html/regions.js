// Where two images differ: the legend of the heat map, and the regions.

// The colors of a heat map, below it: the least difference in levels of each.
function heatLegend() {
  const scale = model.heatScale;
  return [h('span.word', {}, 'difference in levels'), h('ul.levels', { 'aria-label': 'Levels of difference by color' }, scale.map(([least, color], i) => (
    h('li', { title: `${least} to ${scale[i + 1] ? scale[i + 1][0] - 1 : 255} levels` }, swatch(color), least, i + 1 === scale.length && '+'))))];
}

// The regions that differ; one that is chosen comes to the middle of the images, marked.
function regionsSection({ regions, moreRegions }) {
  if (!regions.length) return null;
  return h('section.regions', {}, h('h3', {}, 'Where they differ'), h('ol', {}, regions.map(([x, y, width, height, pixels, greatest], i) => h('li', {}, h('button', {
    type: 'button', 'data-place': i, title: `${width} × ${height} pixels at x ${x}, y ${y}`,
    onclick: () => { const box = [x, y, width, height]; view.place = { box, kind: 'place', word: String(i + 1) }; lookAt(box); },
  }, h('b', {}, i + 1), h('span', {}, `${width} × ${height}`), h('span.muted', {}, plural(pixels, 'pixel')),
  h('span.greatest', {}, swatch(model.heatScale.filter(([least]) => least <= greatest).at(-1)[1]), `up to ${greatest}`))))),
  moreRegions > 0 && h('p.muted.small', {}, `… and ${plural(moreRegions, 'more region')} with smaller differences`));
}
