// Trials that changed alike: the same reasons, the same changed settings, a difference of nearly the same size.

function likeness(trial) {
  if (trial.alike === undefined) {
    const failed = trial.checks.filter(({ outcome }) => outcome !== 'pass').map(({ label, outcome }) => [label, outcome]);
    trial.alike = JSON.stringify(trial.fine
      ? [trial.verdict, trial.status]
      : [trial.suite, trial.verdict, trial.status, trial.codes, trial.differences, failed, sizeOfDifference(trial)]);
  }
  return trial.alike;
}

// Doublings of a difference; null where it was not measured.
function sizeOfDifference(trial) {
  const name = sizeName(trial);
  return name ? Math.round(Math.log2(Math.max(trial.value(name), 0.001))) : null;
}

const sizeName = (trial) => ['delta_e', 'changed'].find((name) => isNumber(trial.value(name)));

// From the smallest to the largest difference of a group: two groups may differ in nothing else.
function sizesOf(trials) {
  const name = sizeName(trials[0]);
  if (!name) return [];
  const sorted = trials.filter((trial) => isNumber(trial.value(name))).sort((a, b) => a.value(name) - b.value(name));
  const ends = new Set([sorted[0], sorted.at(-1)].map((trial) => trial.shownValue(name)));
  return [`${CARD_METRICS.find(([metric]) => metric === name)[1]} ${[...ends].join(' to ')}`];
}

// The undecided of those that changed like this one, of what is shown: what is filtered out is not decided with it.
const alikeTo = (trial) => {
  const own = likeness(trial);
  const keys = new Set();
  return shown.filter((other) => likeness(other) === own && undecided(other) && !keys.has(other.key) && keys.add(other.key));
};

function groupHead(trials) {
  const [first] = trials;
  const words = [first.reason || first.word, ...first.differences.filter(([name, before, after]) => !first.reason.includes(`${name} ${before} → ${after}`)).map(([name, before, after]) => `${name} ${before} → ${after}`)];
  return first.fine ? `${first.verdict}: nothing to decide` : [...words, ...sizesOf(trials)].join(' · ');
}
