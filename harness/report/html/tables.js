// Tables in boxes.

function table(title, below, head, rows) {
  return h('section.box', {}, h('h2', {}, title), below && h('p.muted.small', {}, below),
    h('div.scroll', {}, h('table', {}, h('thead', {}, h('tr', {}, head.map((word) => h('th', { scope: 'col' }, word)))),
      h('tbody', {}, rows))));
}

const cells = (name, values, props = {}) => h('tr', props, h('th', { scope: 'row' }, name), values.map((value) => h('td', {}, value)));
