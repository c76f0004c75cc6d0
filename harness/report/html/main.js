// Putting it together.

const isOpen = () => state.trial;

function refresh({ toolbar = true } = {}) {
  select();
  if (toolbar) drawToolbar();
  drawChips();
  drawList();
  drawCount();
  writeAddress();
}

function start() {
  const loading = $('loading');
  if (!model.head) {
    fill(loading, 'data.js could not be read. Keep it, and the folder of pictures, beside index.html; or make one file of all with `harness report --single-file`.');
    return;
  }
  loading.remove();
  listMeasures();
  $('overview').hidden = false;
  drawHead();
  openPage();
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
