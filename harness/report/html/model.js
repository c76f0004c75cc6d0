// The run's data: data.js calls report(name, JSON) line by line.

const model = {
  head: null,
  trials: [],
  metrics: [],
  checks: [],
  complete: false,
  labels: ['accepted', 'candidate'],
  captions: ['accepted', 'candidate'],
  heatScale: [],
};
const shared = [];
const embedded = new Map();
const pixelScripts = new Map();
const positions = new Map();

const readers = {
  head(value) {
    model.head = value;
    model.heatScale = value.heatScale;
    model.sharedColumns = new Set(value.shared);
    if (!value.compared) return;
    model.labels = ['A', 'B'];
    model.captions = value.compared.map((path, i) => `${model.labels[i]}: ${path}`);
  },
  share: (values) => { for (const value of values) shared.push(value); },
  rows: (rows) => { for (const cells of rows) model.trials.push(new Trial(cells, model.trials.length)); },
  embed: ([name, address]) => embedded.set(name, address),
  end: (value) => { model.complete = value.trials === model.trials.length; },
};

window.report = (name, text) => readers[name](JSON.parse(text));

window.reportPixels = (digest, address) => {
  const waiting = pixelScripts.get(digest);
  if (waiting) waiting.arrived(address);
};

// Where metric names stand in a list of values; equal lists of names are one shared value.
function positionsOf(names) {
  let found = positions.get(names);
  if (!found) positions.set(names, (found = new Map(names.map((name, i) => [name, i]))));
  return found;
}

class Trial {
  constructor(cells, index) {
    this.index = index;
    model.head.columns.forEach((name, i) => {
      this[name] = model.sharedColumns.has(name) ? shared[cells[i]] : cells[i];
    });
    const seed = this.seed === null ? '' : `-s${this.seed}`;
    this.key = `${this.suite}/${this.case}/${this.variant}${seed}`;
    this.id = this.attempt ? `${this.key}#${this.attempt + 1}` : this.key;
    this.fine = this.status === 'ok' || this.status === 'ignored';
    this.butCheck = this.status === 'finding' && (this.verdict === 'identical' || this.verdict === 'benign');
    this.tone = this.butCheck ? 'check' : model.head.order.includes(this.verdict) ? this.verdict : 'inconclusive';
    this.sign = this.butCheck ? '✗' : model.head.signs[this.verdict] || '?';
    this.rank = this.fine ? 100 + (this.status === 'ignored' ? 0 : 1) : model.head.order.indexOf(this.verdict) + 1;
    this.image = imageOf(this.image);
    this.baseline = imageOf(this.baseline);
    this.heat = heatOf(this.heat, this.image);
  }

  // Variant and seed, in words.
  get label() {
    const parts = this.variant === 'base' ? [] : [this.variant.replaceAll(',', ', ')];
    if (this.seed !== null) parts.push(`seed ${this.seed}`);
    if (this.inSet) parts.push(`image ${this.attempt + 1}`);
    else if (this.attempt) parts.push(`repeat ${this.attempt + 1}`);
    return parts.join(' · ');
  }

  get inSet() {
    return Boolean(this.policy && this.policy.drift && this.policy.drift.kind === 'set');
  }

  get word() {
    return this.butCheck ? `${this.verdict}, check failed` : this.verdict;
  }

  value(name) {
    if (!this.metrics) return null;
    const at = positionsOf(shared[this.metrics[0]]).get(name);
    return at === undefined ? null : this.metrics[1][at];
  }

  // The value as text, null where it was not measured.
  shownValue(name) {
    if (!this.metrics) return null;
    const at = positionsOf(shared[this.metrics[0]]).get(name);
    return at === undefined ? null : shared[this.metrics[2]][at];
  }

  get limits() {
    return this.metrics ? shared[this.metrics[5]] : {};
  }

  breaks(name) {
    return Object.hasOwn(this.limits, name) && this.limits[name][1] === 'broken';
  }

  *measurements() {
    if (!this.metrics) return;
    const [names, , texts, absent, details] = this.metrics;
    for (const [name, at] of positionsOf(shared[names])) {
      yield { name, text: shared[texts][at], absent: shared[absent][name], detail: details[name] };
    }
  }

  get text() {
    if (this.haystack === undefined) {
      const parts = [this.id, this.word, this.reason, this.request.prompt, this.tags.join(' '), this.label];
      this.haystack = parts.join('\n').toLowerCase();
    }
    return this.haystack;
  }

  environmentOf(cells) {
    return cells && Object.fromEntries(cells.map((number) => shared[number]));
  }

  get checks() {
    this.checked ??= this.findings.map(([check, outcome, seen, boxes, label, by, evidence, words, judged]) => ({
      check: shared[check], outcome: knownOutcome(shared[outcome]), seen: shared[seen], boxes, label: shared[label].replace(/^\{|\}$/g, ''),
      by: shared[by], evidence: shared[evidence], words: shared[words], judged: shared[judged],
    }));
    return this.checked;
  }

  // The row of the table of checks: a prompt, or one variant of it.
  get row() {
    return `${this.suite}/${this.case}/${this.variant}`;
  }
}

function imageOf(cells) {
  if (!cells) return null;
  const [url, width, height, format, id, pixelDigest, file, readable] = cells;
  return { url, width, height, format, id, pixelDigest, file, readable };
}

// A heat map has the size of the images, and lies where they lie.
const heatOf = (url, image) => url && image && { url, id: url, width: image.width, height: image.height };

const addressOf = (image) => embedded.get(image.id) || image.url;

// Outcomes of checks with their signs, the worst first.
const CHECK_OUTCOMES = { fail: '✗', incomparable: '≠', inconclusive: '?', unsupported: '–', pass: '✓' };
const knownOutcome = (outcome) => (Object.hasOwn(CHECK_OUTCOMES, outcome) ? outcome : 'inconclusive');
const outcomesSeen = () => Object.keys(CHECK_OUTCOMES).filter((outcome) => model.trials.some((trial) => trial.checks.some((check) => check.outcome === outcome)));
const worstOf = (outcomes) => Object.keys(CHECK_OUTCOMES).find((outcome) => outcomes.includes(outcome));

// The checks of a run by what they are called, those of most prompts first.
function listChecks() {
  const found = new Map();
  for (const trial of model.trials) {
    for (const { label } of trial.checks) {
      if (!found.has(label)) found.set(label, new Set());
      found.get(label).add(trial.row);
    }
  }
  model.checks = [...found].sort((a, b) => b[1].size - a[1].size).map(([label]) => label);
}

function listMeasures() {
  const names = new Set();
  for (const trial of model.trials) {
    if (!trial.metrics) continue;
    for (const name of shared[trial.metrics[0]]) names.add(name);
  }
  model.metrics = [...names].filter((name) => model.trials.some((trial) => isNumber(trial.value(name))));
}

// Pixels of an image: from its own bytes where the browser lets us, else from the script beside it.
const pixelCache = new Map();
function pixelsOf(image) {
  if (!image || !addressOf(image)) return Promise.resolve(null);
  if (!pixelCache.has(image.id)) {
    if (pixelCache.size > 8) pixelCache.delete(pixelCache.keys().next().value);
    const own = embedded.has(image.id) || location.protocol !== 'file:';
    const address = own ? Promise.resolve(addressOf(image)) : image.readable ? pixelScript(image.id) : Promise.reject();
    pixelCache.set(image.id, address.then(readPixels).catch(() => null));
  }
  return pixelCache.get(image.id);
}

function pixelScript(digest) {
  return new Promise((resolve, reject) => {
    pixelScripts.set(digest, { arrived: resolve });
    const script = h('script', { src: `pixels/${digest}.js` });
    script.onload = () => { script.remove(); reject(new Error('no pixels')); };
    script.onerror = () => { script.remove(); reject(new Error('no pixels')); };
    document.head.append(script);
  });
}

async function readPixels(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = h('canvas', { width: image.naturalWidth, height: image.naturalHeight });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
