// An image in a frame with a word below, and what is shown when it is lost.

function slot(word, image, empty) {
  const url = image && addressOf(image);
  const frame = h('span.frame', {}, url
    ? h('img', { src: url, alt: '', loading: 'lazy', decoding: 'async', draggable: 'false', onerror: lost })
    : h('span.empty', {}, empty));
  return h('span.slot', {}, frame, h('span.word', {}, word));
}

function lost(event) {
  event.target.replaceWith(h('span.empty', {}, 'file not found'));
}
