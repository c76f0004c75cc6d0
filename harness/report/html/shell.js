// What every page with an overview and a detail shares: its address, its keys, going there and back. A page brings
// KEYS, inOverview, inDetail, isOpen, readAddress, address, select, refresh and renderDetail.

let pageTitle = '';

const hashOf = (query) => `#${query.toString().replaceAll('%2F', '/').replaceAll('%3D', '=').replaceAll('%2C', ',')}`;

// Opening one is a step that Back undoes; everything else replaces the address.
function writeAddress({ step = false } = {}) {
  const target = address();
  if (target === (location.hash || '#')) return;
  if (step) history.pushState(null, '', target);
  else history.replaceState(null, '', target);
}

// A button of the bar of an open one: to the previous, to the next.
const stepButton = (word, key, sign, disabled, onclick) => h('button', { type: 'button', title: word, disabled, onclick },
  h('span.offscreen', {}, word), h('span', { 'aria-hidden': 'true' }, sign), h('kbd', { 'aria-hidden': 'true' }, key));

function renderHelp() {
  fill($('help'), h('form', { method: 'dialog' }, h('h2', { id: 'help-title' }, 'Keys'), h('button', { 'aria-label': 'Close' }, '×')),
    h('dl', {}, KEYS.map(([keys, word]) => [h('dt', {}, keys.split(/\s+/).map((key) => (key === '–' ? ' – ' : h('kbd', {}, key)))), h('dd', {}, word)])),
    h('p.muted', {}, 'Drag moves the images, the wheel or two fingers zoom, a double click zooms in and back.'));
}

function pressed(event) {
  const typing = event.target.closest('input, select, textarea');
  if (event.key === 'Escape' && typing) { typing.blur(); return; }
  if (typing || event.metaKey || event.ctrlKey || event.altKey || $('help').open) return;
  if (event.key === '?') { $('help').showModal(); return; }
  // A button that has the focus keeps its own keys.
  if (event.key === ' ' && event.target.closest('button, summary, [role=slider]')) return;
  // So does a table that scrolls.
  if (event.key.startsWith('Arrow') && event.target.matches('[role=region]')) return;
  const action = ($('detail').hidden ? inOverview : inDetail)[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function follow() {
  readAddress();
  select();
  if (isOpen()) {
    renderDetail();
    return;
  }
  clearInterval(view.timer);
  const wasOpen = !$('detail').hidden;
  $('detail').hidden = true;
  $('overview').hidden = false;
  document.title = pageTitle;
  refresh();
  if (wasOpen) scrollTo(0, before);
}

function openPage() {
  pageTitle = document.title;
  history.scrollRestoration = 'manual';
  renderHelp();
  follow();
  addEventListener('hashchange', follow);
  addEventListener('popstate', follow);
  addEventListener('keydown', pressed);
}
