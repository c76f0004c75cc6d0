// The prompts of an audit as cards, the most changed first; more of them as the page is scrolled.

const PAGE = 60;
let renderedCards = 0;

function renderChips() {
  const chip = (word, sign, tone, number, set, key) => number > 0 && h(`button.chip.tone-${tone}`, {
    type: 'button', 'aria-pressed': String(set.has(key)), 'data-key': key, onclick: () => { if (!set.delete(key)) set.add(key); refresh(); },
  }, sign && h('b', { 'aria-hidden': 'true' }, sign), word, h('span.count', {}, number.toLocaleString('en')));
  fill(document.querySelector('#head .chips'),
    Object.entries(OUTCOMES).map(([key, { word, sign, tone }]) => chip(word, sign, tone, count((one) => one.outcome === key), state.outcomes, key)),
    Object.entries(KINDS).filter(([key]) => key !== 'missing').map(([key, word]) => chip(word, '', 'plain', count((one) => one.kind === key), state.kinds, key)),
    filtered() && h('button.plain', { type: 'button', onclick: clearFilters }, 'Clear filters'));
}

function renderToolbar() {
  const tags = [...new Set(audit.prompts.flatMap((one) => one.tags))].sort();
  const option = (value, word, current) => h('option', { value, selected: value === current }, word);
  fill($('toolbar'),
    h('label.search', {}, h('span.offscreen', {}, 'Filter'), h('input', {
      id: 'search', type: 'search', placeholder: 'Filter prompts', value: state.text,
      oninput: (event) => { state.text = event.target.value; refresh({ toolbar: false }); },
    }), h('kbd', { 'aria-hidden': 'true' }, 'f')),
    tags.length > 0 && h('label', {}, h('span.offscreen', {}, 'Tag'), h('select', { id: 'tag', onchange: (event) => { state.tag = event.target.value; refresh(); } },
      option('', 'All tags', state.tag), tags.map((tag) => option(tag, tag, state.tag)))),
    h('label', {}, h('span.offscreen', {}, 'Order'), h('select', { id: 'sort', onchange: (event) => { state.sort = event.target.value; refresh(); } },
      Object.entries(ORDERS).map(([key, { word }]) => option(key, word, state.sort)))),
    h('button', { type: 'button', 'aria-label': 'Keys', onclick: () => $('help').showModal() }, '?'),
    h('output.shown', { id: 'count' }));
}

function renderCount() {
  const all = audit.prompts.length;
  fill($('count'), audit.shown.length === all ? plural(all, 'prompt') : `${audit.shown.length.toLocaleString('en')} of ${plural(all, 'prompt')}`);
}

function renderList() {
  renderedCards = 0;
  const box = $('list');
  box.className = 'cards';
  box.replaceChildren();
  audit.cursor = -1;
  $('nothing').hidden = audit.shown.length > 0;
  fill($('nothing'), 'No prompt matches.', filtered() && h('button', { type: 'button', onclick: clearFilters }, 'Clear filters'));
  renderMore();
}

function renderMore(until = renderedCards + PAGE) {
  const box = $('list');
  for (; renderedCards < Math.min(until, audit.shown.length); renderedCards += 1) box.append(card(audit.shown[renderedCards]));
}

function moreIfNear() {
  if (!$('overview').hidden && $('list').getBoundingClientRect().bottom < innerHeight + 1200) renderMore();
}

const pill = (one) => h(`span.pill.tone-${toneOf(one)}`, {}, h('b', { 'aria-hidden': 'true' }, OUTCOMES[one.outcome].sign), one.kind === 'refused' ? 'refused' : OUTCOMES[one.outcome].word);

function slots(view) {
  if (!view) return h('span.slots', {}, ['A', 'B', 'difference'].map((word) => slot(word, null, '–')));
  if (view.answer_a || view.answer_b) {
    return h('span.answer', {}, h('span', {}, letter('A'), ' ', view.answer_a ?? 'no answer'), h('span', {}, letter('B'), ' ', view.answer_b ?? 'no answer'));
  }
  const same = view.kind === 'identical';
  return h('span.slots', {}, slot('A', view.baseline, 'no image'), slot('B', view.image, 'no image'),
    slot('difference', view.heat, same ? 'none' : '–'));
}

// The pair that shows the change best: the first of those farthest apart.
function bestOf(one) {
  return one.views.reduce((best, view, i) => ((view.score ?? -1) > (one.views[best].score ?? -1) && (view.heat || !one.views[best].heat) ? i : best), 0);
}

function card(one) {
  const view = one.views[bestOf(one)];
  const within = ['control_a', 'control_b'].filter((name) => isNumber(one[name])).sort((x, y) => one[y] - one[x]);
  const numbers = [['A/B', one.shown.score || '–'], within.length && ['within', one.shown[within[0]]],
    one.lost > 0 && ['checks lost', one.lost], one.won > 0 && ['won', one.won]].filter(Boolean);
  return h('div.item', { role: 'listitem' }, h('a.card', { href: address(one.id, bestOf(one)), onclick: (event) => openFrom(event, one), 'data-id': one.id },
    slots(view),
    h('span.body', {},
      h('span.top', {}, pill(one), h('span.muted.small', {}, [KINDS[one.kind], ...(one.changes || [])].join(' · '))),
      h('strong.clip', {}, one.name),
      h('span.reason', {}, one.outcome === 'same' || one.kind === 'visible' ? one.prompt : one.reason),
      h('span.numbers', {}, numbers.map(([word, text]) => h('span', {}, word, ' ', h('b', { class: word === 'checks lost' ? 'bad' : '' }, text)))))));
}

function openFrom(event, one) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(one, bestOf(one));
}

function moveCursor(by) {
  if (!audit.shown.length) return;
  audit.cursor = clamp(audit.cursor + by, 0, audit.shown.length - 1);
  renderMore(Math.max(audit.cursor + 1, renderedCards));
  const cards = [...document.querySelectorAll('#list .card')];
  for (const node of document.querySelectorAll('#list .cursor')) node.classList.remove('cursor');
  const node = cards[audit.cursor];
  node.parentElement.classList.add('cursor');
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: 'nearest' });
}
