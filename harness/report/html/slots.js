// An image in a frame with a word below, and what is shown when it is lost.

function slot(word, image, empty, crop) {
  const url = image && addressOf(image);
  const frame = h('span.frame', {}, url
    ? h('img', { src: url, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false', onerror: lost, onload: crop && ((event) => cropHeat(event.target, crop)) })
    : h('span.empty', {}, empty));
  return h('span.slot', {}, frame, h('span.word', {}, word));
}

// The map alone, without its legend.
function cropHeat(image, size) {
  const map = mapIn(image, size);
  if (!map) return;
  const scale = 100 / Math.max(map.width, map.height);
  const share = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(image.style, {
    position: 'absolute', objectFit: 'fill', maxWidth: 'none',
    width: `${image.naturalWidth * scale}%`, height: `${image.naturalHeight * scale}%`,
    left: `${(100 - map.width * scale) / 2 - map.left * scale}%`, top: `${(100 - map.height * scale) / 2}%`,
    clipPath: `inset(0 ${share(map.left, image.naturalWidth)} ${share(image.naturalHeight - map.height, image.naturalHeight)} ${share(map.left, image.naturalWidth)})`,
  });
}

function lost(event) {
  event.target.replaceWith(h('span.empty', {}, 'file not found'));
}
