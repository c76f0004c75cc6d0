// The trials as cards or rows. Only what is near the window exists as elements, however many trials there are.

const GAP = 16;
const AHEAD = 800;
const list = { blocks: [], nodes: new Map(), groups: new Map(), height: 0, columns: 1, cursor: -1 };

// Where everything goes: a block is a group's heading or one line of cards, with its place from the top.
function layOut() {
  list.blocks = [];
  list.height = 0;
  list.groups.clear();
  if (state.view === 'checks') return;
  const width = $('list').clientWidth;
  const narrow = width < 640;
  const grid = state.view === 'grid';
  list.columns = grid ? Math.max(1, Math.floor((width + GAP) / (308 + GAP))) : 1;
  list.cardWidth = (width - GAP * (list.columns - 1)) / list.columns;
  const height = grid ? Math.round((list.cardWidth - 4) / 3) + 162 : narrow ? 84 : 64;
  const gap = grid ? GAP : 0;
  let top = 0;
  const place = (from, to) => {
    for (let start = from; start < to; start += list.columns) {
      list.blocks.push({ top, height, start, end: Math.min(start + list.columns, to) });
      top += height + gap;
    }
  };
  if (GROUPS[state.group].of) {
    let start = 0;
    const head = state.group === 'alike' && narrow ? 100 : 56;
    for (const [name, trials] of grouped()) {
      list.groups.set(name, trials);
      list.blocks.push({ top, height: head, group: name, trials });
      top += head;
      place(start, start + trials.length);
      start += trials.length;
      top += 12;
    }
  } else {
    place(0, shown.length);
  }
  list.height = top;
}

function renderList() {
  layOut();
  const box = $('list');
  box.style.height = `${list.height}px`;
  box.className = state.view;
  list.nodes.clear();
  box.replaceChildren();
  list.cursor = Math.min(list.cursor, shown.length - 1);
  renderMatrix();
  renderColumns();
  renderVisible();
}

function blockAt(y) {
  let low = 0;
  let high = list.blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list.blocks[middle].top + list.blocks[middle].height < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

function renderVisible() {
  if ($('overview').hidden) return;
  const box = $('list');
  const top = -box.getBoundingClientRect().top;
  const selected = new Set();
  for (let i = blockAt(top - AHEAD); i < list.blocks.length && list.blocks[i].top < top + innerHeight + AHEAD; i += 1) {
    selected.add(i);
    if (!list.nodes.has(i)) {
      const nodes = renderBlock(list.blocks[i]);
      list.nodes.set(i, nodes);
      box.append(...nodes);
    }
  }
  for (const [i, nodes] of list.nodes) {
    if (selected.has(i)) continue;
    for (const node of nodes) node.remove();
    list.nodes.delete(i);
  }
}

function renderBlock(block) {
  if (block.trials) {
    const head = renderGroup(block);
    head.style.top = `${block.top}px`;
    return [head];
  }
  const nodes = [];
  for (let i = block.start; i < block.end; i += 1) {
    const node = h('div.item', { role: 'listitem', 'aria-setsize': shown.length, 'aria-posinset': i + 1, 'data-at': i },
      state.view === 'grid' ? card(shown[i]) : line(shown[i]));
    node.style.top = `${block.top}px`;
    node.style.left = `${(i - block.start) * (list.cardWidth + GAP)}px`;
    node.style.width = `${list.cardWidth}px`;
    node.style.height = `${block.height}px`;
    if (i === list.cursor) node.classList.add('cursor');
    nodes.push(node);
  }
  return nodes;
}

function renderGroup({ group, trials }) {
  const found = tallied(trials.map((trial) => trial.verdict));
  if (state.group === 'alike') return renderAlike(group, trials, found);
  return h('div.group', { role: 'listitem' },
    h('h2', {}, state.group === 'case' ? trials[0].case : group),
    h('span.muted.clip', {}, state.group === 'case' ? trials[0].request.prompt : ''),
    sumsOf(found));
}

function renderAlike(group, trials, found) {
  const head = h('div.group.alike-group', { role: 'listitem', 'data-group': group },
    h('h2', { title: groupHead(trials) }, groupHead(trials)), sumsOf(found), h('span.group-acts'));
  renderGroupButtons(head);
  return head;
}

const sumsOf = (found) => h('span.sums', {}, [...found].map(([verdict, count]) => h(`span.tone-${toneOf(verdict)}`, { title: verdict },
  `${model.head.signs[verdict] || '?'} ${count}`)));

const pill = (trial) => h(`span.pill.tone-${trial.tone}`, {},
  h('b', { 'aria-hidden': 'true' }, trial.sign), trial.word, trial.status === 'ignored' && h('span.ignored', {}, 'ignored'), units.size > 0 && markWord(trial));

function slots(trial) {
  const [accepted, candidate] = model.labels;
  if (trial.request.ask) return h('span.answer', {}, h('q', {}, trial.request.ask), h('strong', {}, trial.answer ?? 'no answer'));
  const same = trial.verdict === 'identical';
  return h('span.slots', {},
    slot(accepted, trial.baseline, trial.baseline ? 'file not found' : trial.verdict === 'new' && !model.head.compared ? 'none yet' : '–'),
    slot(candidate, trial.image, trial.image ? 'file not found' : trial.baseline && model.head.compared ? '–' : 'no image'),
    slot('difference', trial.heat, same ? 'none' : '–'));
}

const CARD_METRICS = [['ssim', 'SSIM'], ['delta_e', 'ΔE'], ['changed', 'changed']];

const failing = (trial, name) => isNumber(trial.value(name)) && trial.breaks(name);

function card(trial) {
  const numbers = CARD_METRICS.map(([name, word]) => [name, word, trial.shownValue(name)]).filter(([, , text]) => text !== null);
  return h('a.card', { href: address(trial.id), onclick: (event) => openFrom(event, trial) },
    slots(trial),
    h('span.body', {},
      h('span.top', {}, pill(trial), h('span.muted.small', {}, trial.label)),
      h('strong.clip', {}, trial.case),
      h('span.reason', {}, trial.reason || trial.request.prompt),
      h('span.numbers', {}, numbers.map(([name, word, text]) => h('span', {},
        word, ' ', h('b', { class: failing(trial, name) ? 'bad' : '' }, text))))));
}

function line(trial) {
  return h('a.line', { href: address(trial.id), onclick: (event) => openFrom(event, trial) },
    pill(trial),
    slots(trial),
    h('span.what', {},
      h('span.clip', {}, h('strong', {}, trial.case), h('span.muted', {}, ` ${trial.label}`)),
      h('span.clip.muted', {}, trial.reason || trial.request.prompt)),
    CARD_METRICS.map(([name]) => h('span.number', { class: `number${failing(trial, name) ? ' bad' : ''}` }, trial.shownValue(name) ?? '–')),
    h('span.number.time', {}, trial.took));
}

// The heads of the list's columns sort by them.
function renderColumns() {
  const box = $('columns');
  box.hidden = state.view !== 'list' || !shown.length;
  if (box.hidden) return;
  const head = (name, word) => h('button.number', {
    type: 'button', 'data-sort': name, 'aria-pressed': String(state.sort === name), onclick: () => sortBy(name),
  }, word, state.sort === name && h('span', { 'aria-hidden': 'true' }, state.down ? ' ↓' : ' ↑'));
  fill(box, h('span', {}, 'verdict'), h('span', {}, 'images'), h('span', {}, 'trial'),
    CARD_METRICS.map(([name, word]) => head(name, word)), head('seconds', 'time'));
}

function openFrom(event, trial) {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(trial);
}

// Moves the marked trial, and brings it into view.
function moveCursor(by) {
  if (!list.blocks.length) return;
  list.cursor = clamp(list.cursor + by, 0, shown.length - 1);
  const block = list.blocks.find((one) => !one.trials && one.start <= list.cursor && list.cursor < one.end);
  const box = $('list');
  const at = box.getBoundingClientRect().top + block.top;
  const bar = $('toolbar');
  const under = (getComputedStyle(bar).position === 'sticky' ? bar.offsetHeight : 0) + 52;
  if (at < under) scrollBy(0, at - under);
  else if (at + block.height > innerHeight - 16) scrollBy(0, at + block.height - innerHeight + 16);
  renderVisible();
  markCursor();
}

function markCursor() {
  const box = $('list');
  for (const node of box.querySelectorAll('.item')) node.classList.toggle('cursor', Number(node.dataset.at) === list.cursor);
  box.querySelector('.cursor a')?.focus({ preventScroll: true });
}

// On paper: what is selected, findings and all, as a plain list that goes on over the pages.
const PRINTED = 300;
function renderPaper() {
  if (!$('detail').hidden) { renderPrinted(); return; }
  if (state.view === 'checks') return;
  fill($('paper'), shown.slice(0, PRINTED).map((trial) => h('div.item', {}, card(trial))),
    shown.length > PRINTED && h('p', {}, `${plural(shown.length - PRINTED, 'more trial')} not printed.`));
  for (const image of $('paper').querySelectorAll('img')) image.loading = 'eager';
}
