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
  const value = [trial.value('delta_e'), trial.value('changed')].find(isNumber);
  return value === undefined ? null : Math.round(Math.log2(Math.max(value, 0.001)));
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
  return first.fine ? `${first.verdict}: nothing to decide` : words.join(' · ');
}
