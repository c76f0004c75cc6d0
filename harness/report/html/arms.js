// What each arm generated: a row a trial, a column an arm. The cell that is pointed at shows how it differs.

const ROWS = 30;
const GAIN = 4;
let rowsShown = 0;

function renderToolbar() {
  const option = (current) => ([value, word]) => h('option', { value, selected: String(value) === String(current) }, word);
  const choice = (name, word, options) => h('select', {
    id: name, 'aria-label': word, onchange: (event) => { state[name] = event.target.value; refresh(); },
  }, options.map(option(state[name])));
  const press = (id, word, on, act, more = {}) => h('button', { id, type: 'button', 'aria-pressed': String(on), onclick: () => { act(); refresh(); }, ...more }, word);
  const [tags, verdicts, checks] = [tagsOf(), verdictsOf(), checksOf()];
  fill($('toolbar'),
    h('div.joined.search', {}, h('label', {}, h('span.offscreen', {}, 'Filter trials'), h('input', {
      id: 'search', type: 'search', placeholder: 'Filter by name, prompt, check …', value: state.text, spellcheck: 'false',
      oninput: (event) => { state.text = event.target.value; refresh({ toolbar: false }); },
    })), press('regex', '.*', state.regex, () => { state.regex = !state.regex; }, { 'aria-label': 'Regular expression', title: 'Regular expression' })),
    tags.length > 0 && choice('tag', 'Tag', [['', 'All tags'], ...tags.map((tag) => [tag, tag])]),
    verdicts.length > 1 && choice('verdict', 'Verdict', [['', 'Any verdict'], ...verdicts.map((verdict) => [verdict, `${bench.signs[verdict] || '?'} ${verdict}`])]),
    checks.length > 0 && h('div.joined', { role: 'group', 'aria-label': 'Filter by check' },
      choice('check', 'Check', [['', 'All checks'], ...checks.map((label) => [label, label])]),
      state.check && choice('outcome', 'Outcome of the check', Object.entries(CHECK_OUTCOMES).map(([outcome, sign]) => [outcome, `${sign} ${outcome}`]))),
    press('marked', '★ Marked', state.marked, () => { state.marked = !state.marked; }),
    bench.labels.length > 1 && h('label.with', {}, 'Difference with ', h('select', {
      id: 'reference', onchange: (event) => { state.reference = Number(event.target.value); refresh(); },
    }, bench.labels.map((label, arm) => [arm, label]).map(option(state.reference)))),
    h('div.joined', {}, choice('sort', 'Sort by', [['run', 'Run order'], ['name', 'Name'], ['apart', 'Arms apart first'], ...bench.labels.map((label, arm) => [String(arm), `Failed: ${label}`])]),
      press('order', state.down ? '↓' : '↑', !state.down, () => { state.down = !state.down; }, { 'aria-label': 'Turn the order around', title: 'Turn the order around' })),
    h('button', { id: 'csv', type: 'button', onclick: saveCsv }, 'CSV'),
    h('button', { type: 'button', 'aria-label': 'Keys', onclick: () => $('help').showModal() }, '?'),
    h('output.shown', { id: 'count' }));
}

function sortBy(name) {
  if (state.sort === name) state.down = !state.down;
  else Object.assign(state, { sort: name, down: true });
  refresh();
}

function renderCount() {
  const all = bench.images.length;
  const wrong = finder() === null;
  $('search').toggleAttribute('aria-invalid', wrong);
  fill($('count'), wrong ? 'not a regular expression' : shown.length === all ? plural(all, 'trial') : `${shown.length.toLocaleString('en')} of ${plural(all, 'trial')}`);
  $('nothing').hidden = shown.length > 0;
  fill($('nothing'), 'No trial matches.', filtered() && h('button', { type: 'button', onclick: clearFilters }, 'Clear filters'));
}

function renderMatrix() {
  const box = $('matrix');
  box.hidden = !shown.length;
  const { scrollLeft = 0 } = box.querySelector('.scroll') || {};
  const made = table('What they generated', bench.labels.length > 1 && `Point at an image, or move to it by keys, to see how it differs from the one of ${bench.labels[state.reference]} (× ${GAIN}).`,
    [sortHead('name', 'trial'), ...bench.labels.map((label, arm) => [sortHead(String(arm), label), arm === state.reference && bench.labels.length > 1 && below('reference')])],
    []);
  made.classList.add('matrix', 'arms');
  fill(box, made);
  const scroll = box.querySelector('.scroll');
  scroll.addEventListener('scroll', () => { if (scroll.scrollTop + scroll.clientHeight * 2 > scroll.scrollHeight) moreRows(); }, { passive: true });
  rowsShown = 0;
  moreRows();
  scroll.scrollLeft = scrollLeft;
}

// Rows are made when they come near, however many trials there are.
function moreRows(count = ROWS) {
  add(document.querySelector('.arms tbody'), shown.slice(rowsShown, rowsShown + count).map((row) => (
    h('tr', {}, h('th', { scope: 'row' }, row.trial, below(row.prompt)), row.cells.map((cell, arm) => h('td', {}, cell && imageCell(row, cell, arm)))))));
  rowsShown = Math.min(rowsShown + count, shown.length);
}

const rowsTo = (at) => { if (at >= rowsShown) moreRows(at - rowsShown + ROWS); };

// How the checks of a cell came out, in few characters and in words.
function outcomesOf(cell) {
  const asked = cell.checks.length;
  const worst = Object.keys(CHECK_OUTCOMES).find((outcome) => cell.count[outcome]);
  const open = asked - cell.count.pass - cell.count.fail;
  return { tone: worst ? `check-${worst}` : '', short: asked > 0 && [h('b', {}, CHECK_OUTCOMES[worst]), ` ${cell.count.pass}/${asked}`],
    words: asked ? `${cell.count.pass} of ${plural(asked, 'check')} passed${open ? `, ${open} undecided` : ''}` : '' };
}

function imageCell(row, cell, arm) {
  const { tone, short, words } = outcomesOf(cell);
  const url = cell.image && addressOf(cell.image);
  const failed = cell.checks.filter(([, outcome]) => outcome === 'fail');
  const said = [bench.labels[arm], row.trial, url ? '' : cell.why || 'no image', words, cell.verdict === 'new' ? '' : cell.verdict, sameAs(row, cell, arm) ? 'the same pixels as the reference' : ''].filter(Boolean).join(', ');
  return [
    h('a.cell', { href: address(row.trial, arm), 'data-trial': row.trial, 'data-arm': arm, onclick: (event) => openFrom(event, row, arm),
      onmouseenter: differ, onmouseleave: same, onfocus: differ, onblur: same },
    h('span.frame', {}, url ? h('img', { src: url, alt: '', loading: 'lazy', decoding: 'async', width: cell.image.width, height: cell.image.height, onerror: lost }) : h('span.empty', {}, cell.image ? 'file not found' : cell.why || 'no image')),
    h('span.offscreen', {}, said),
    h('span.sum', { 'aria-hidden': 'true' }, cell.verdict !== 'new' && h(`span.tone-${cell.verdict}`, {}, h('b', {}, bench.signs[cell.verdict] || '?'), ` ${cell.verdict}`), short && h(`span.${tone}`, {}, short), sameAs(row, cell, arm) && h('span.muted', { title: `The same pixels as ${bench.labels[state.reference]}` }, '= reference'))),
    h('button.star', { type: 'button', tabindex: '-1', 'aria-pressed': String(isMarked(row, arm)), 'aria-label': `Mark ${bench.labels[arm]}, ${row.trial}`, onclick: (event) => pressStar(event.currentTarget, row, arm) }, '★'),
    failed.map(([label, , seen]) => h('p.small.bad', { title: seen }, `✗ ${label}`)),
  ];
}

function pressStar(star, row, arm) {
  toggleMark(row, arm);
  star.setAttribute('aria-pressed', String(isMarked(row, arm)));
}

const sameAs = (row, cell, arm) => Boolean(arm !== state.reference && cell.image && row.cells[state.reference]?.image?.pixelDigest === cell.image.pixelDigest);
const rowOf = (name) => bench.images.find((row) => row.trial === name);

// The image of the reference over that of the cell, one subtracted from the other.
function differ({ currentTarget: link }) {
  const other = rowOf(link.dataset.trial).cells[state.reference]?.image;
  const frame = link.querySelector('.frame');
  if (Number(link.dataset.arm) === state.reference || !other || !addressOf(other) || !frame.querySelector('img') || frame.childElementCount > 1) return;
  frame.append(h('img.under', { src: addressOf(other), alt: '', onerror: () => same({ currentTarget: link }) }));
  frame.classList.add('differing');
}

function same({ currentTarget: link }) {
  if (link.matches(':hover') && link !== document.activeElement) return;
  link.querySelector('.under')?.remove();
  link.querySelector('.frame').classList.remove('differing');
}

// Moves the focus from image to image.
function moveTo(down, right) {
  const link = document.activeElement?.closest('.cell');
  if (!shown.length) return;
  const at = link ? shown.indexOf(rowOf(link.dataset.trial)) : down < 0 ? 1 : -1;
  rowsTo(at + down + 2);
  const rows = [...document.querySelectorAll('.arms tbody tr')];
  const columns = bench.labels.length;
  let arm = link ? clamp(Number(link.dataset.arm) + right, 0, columns - 1) : 0;
  const row = rows[clamp(at + down, 0, rows.length - 1)];
  while (arm < columns && !row.querySelector(`[data-arm='${arm}']`)) arm += right < 0 && arm ? -1 : 1;
  const next = row.querySelector(`[data-arm='${arm}']`);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function markFocused() {
  document.activeElement?.closest('td')?.querySelector('.star')?.click();
}

// What is shown, a row an image. A spreadsheet takes no text for a formula.
function csvText() {
  const cellOf = (value) => {
    const text = String(value);
    return `"${(/^[=+\-@\t\n]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
  };
  const rows = shown.flatMap((row) => row.cells.map((cell, arm) => cell && [
    row.trial, row.prompt, row.tags.join(' '), bench.labels[arm], cell.verdict, cell.count.pass, cell.count.fail, cell.checks.length - cell.count.pass - cell.count.fail,
    cell.checks.filter(([, outcome]) => outcome === 'fail').map(([label]) => label).join('; '), cell.image ? cell.image.file : '', cell.why, isMarked(row, arm)]).filter(Boolean));
  const head = ['trial', 'prompt', 'tags', 'arm', 'verdict', 'checks_passed', 'checks_failed', 'checks_open', 'failed', 'image', 'reason', 'marked'];
  return [head, ...rows].map((row) => `${row.map(cellOf).join(',')}\n`).join('');
}

function saveCsv() {
  download(`${bench.bench}.csv`, csvText(), 'text/csv');
  toast(`${bench.bench}.csv is saved, with ${plural(shown.length, 'trial')}.`);
}
