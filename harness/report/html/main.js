// Putting it together.

const isOpen = () => state.trial;

function refresh({ toolbar = true } = {}) {
  select();
  keepFocus(() => {
    if (toolbar) renderToolbar();
    renderChips();
    renderList();
    renderCount();
  });
  writeAddress();
}

function start() {
  const loading = $('loading');
  if (!model.head) {
    fill(loading, 'data.js could not be read. Keep it, and the folder of images, beside index.html; or make one file of all with `harness report --single-file`.');
    return;
  }
  loading.remove();
  listMeasures();
  listChecks();
  startDeciding();
  $('overview').hidden = false;
  renderHead();
  openPage();
  addEventListener('beforeprint', renderPaper);
  addEventListener('afterprint', () => { $('paper').replaceChildren(); $('printed')?.replaceChildren(); });
  let waiting = false;
  const later = (act) => () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; act(); });
  };
  addEventListener('scroll', later(renderVisible), { passive: true });
  addEventListener('resize', later(() => {
    if ($('detail').hidden) renderList();
    else if (view.panes.length) (view.fitted ? fit : place)();
  }));
}

document.addEventListener('DOMContentLoaded', start);
