// Tables in boxes: the one table of all pages.

function table(title, below, head, rows) {
  return scrollBox(title, below, h('table', {}, h('thead', {}, h('tr', {}, head.map((word) => (word === '' ? h('td') : h('th', { scope: 'col' }, word))))),
    h('tbody', {}, rows)));
}

// A box with a title, of what may be wider than the window.
function scrollBox(title, below, content) {
  const scroll = h('div.scroll', {}, content);
  scrolling.observe(scroll);
  scrolling.observe(content);
  return h('section.box', { 'data-title': title }, h('h2', {}, title), below && h('p.muted.small', {}, below), h('p.small.hint', { 'aria-hidden': 'true' }, 'Scrolls sideways →'), scroll);
}

const cells = (name, values, props = {}) => h('tr', props, h('th', { scope: 'row' }, name), values.map((value) => h('td', {}, value)));

// The head of a column that sorts; the page brings `state.sort`, `state.down` and sortBy.
function sortHead(name, word) {
  const on = state.sort === name;
  return h('button', { type: 'button', 'data-sort': name, 'aria-pressed': String(on), title: word, onclick: () => sortBy(name) },
    h('span', {}, word), on && h('span', { 'aria-hidden': 'true' }, state.down ? ' ↓' : ' ↑'));
}

// What is wider than its box says that it scrolls, and can be scrolled by keys.
const scrolling = new ResizeObserver((entries) => {
  for (const box of new Set(entries.map(({ target }) => target.closest('.scroll')))) {
    if (!box) continue;
    const wide = box.scrollWidth > box.clientWidth + 1;
    const section = box.parentElement;
    const named = { tabindex: '0', role: 'region', 'aria-label': `${section.dataset.title}, scrolls` };
    for (const [name, value] of Object.entries(named)) {
      if (wide || box.scrollHeight > box.clientHeight + 1) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
    section.classList.toggle('sideways', wide);
  }
});
