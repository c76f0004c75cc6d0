// Putting it together.

let pageTitle = '';

function refresh({ toolbar = true } = {}) {
  select();
  if (toolbar) drawToolbar();
  drawChips();
  drawList();
  drawCount();
  writeAddress();
}

function follow() {
  readAddress();
  select();
  if (state.trial) {
    drawDetail();
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

function start() {
  pageTitle = document.title;
  history.scrollRestoration = 'manual';
  const loading = $('loading');
  if (!model.head) {
    fill(loading, 'data.js could not be read. Keep it, and the folder of pictures, beside index.html; or make one file of all with `harness report --single-file`.');
    return;
  }
  loading.remove();
  listMeasures();
  $('overview').hidden = false;
  drawHead();
  drawHelp();
  follow();
  addEventListener('hashchange', follow);
  addEventListener('popstate', follow);
  addEventListener('keydown', pressed);
  addEventListener('beforeprint', drawPaper);
  addEventListener('afterprint', () => $('paper').replaceChildren());
  let waiting = false;
  const later = (act) => () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; act(); });
  };
  addEventListener('scroll', later(drawVisible), { passive: true });
  addEventListener('resize', later(() => {
    if ($('detail').hidden) drawList();
    else if (view.panes.length) (view.fitted ? fit : place)();
  }));
}

document.addEventListener('DOMContentLoaded', start);
