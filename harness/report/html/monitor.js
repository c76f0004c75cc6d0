// The page of a monitor: report('monitor', JSON) is called once, with every value as it is shown.

let monitor = null;
readers.monitor = (value) => { monitor = value; };

function timelineBox() {
  if (!monitor.timeline) return null;
  return add(scrollBox('Evidence', 'After each night, on a logarithmic scale; the streams nearest to an alarm. Shaded: when the change began.',
    h('img.timeline', { src: monitor.timeline, alt: 'Evidence of each stream by night, and the limit of the alarm' })),
  [h('ul.legend', {}, monitor.legend.map(([tone, name]) => h('li', {}, h('img', { src: swatch(tone), alt: '' }), name)))]);
}

const swatch = (tone) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="18" height="4"><rect width="18" height="4" fill="${tone}"/></svg>`)}`;

function contactBox() {
  if (!monitor.contacts.length) return null;
  const side = (images, index) => h('div.contact', {}, h('span.muted.small', {}, monitor.sides[index]),
    images.map(({ night, url }) => h('figure', {}, h('img', { src: url, alt: `Night ${night}` }), h('figcaption', {}, `night ${night}`))));
  return h('section.box', {}, h('h2', {}, 'Images'),
    monitor.contacts.map(({ prompt, sides }) => h('div.contacts', {}, h('h3.small', {}, prompt), sides.map(side))));
}

document.addEventListener('DOMContentLoaded', () => {
  for (const id of ['loading', 'toolbar', 'columns', 'matrix', 'list', 'nothing', 'paper']) $(id).remove();
  $('overview').hidden = false;
  fill($('head'),
    h('div.meta', {}, h('span.brand', {}, 'image-harness monitor'), h('span.facts', {}, monitor.facts.map((fact) => h('span', {}, fact)))),
    h('p.eyebrow', {}, `Monitor of ${monitor.suite}`), h('h1', {}, `${monitor.headline}.`),
    monitor.notices.map((text) => h('p.notice', {}, text)),
    timelineBox(), contactBox(),
    table('Streams', 'The highest evidence (a factor), and the limit at which an alarm is raised.', ['', 'evidence', 'limit', 'ranks', 'alarm', 'changed since'],
      monitor.streams.map(([name, ...values]) => cells(name, values))),
    table('Nights', 'The latest first.', ['', 'UTC', 'images', 'refused', 'cached', 'cost', 'the service says'],
      monitor.nights.map(([name, ...values]) => cells(name, values))),
    h('p.method', {}, monitor.method));
});
