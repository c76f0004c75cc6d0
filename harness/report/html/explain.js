// How the verdict follows from its evidence, folded: the same steps that `harness explain` prints.

function explainSection(trial) {
  if (!trial.explained || !trial.explained.length) return null;
  return more('How this verdict was reached', false, h('ol.explained', {}, trial.explained.map((number) => {
    const [formula, inputs, value, trouble] = shared[number];
    const [name, expression, source] = model.head.formulas[formula];
    return h('li', {}, h('p', {}, h('strong', {}, name), ': ', h('span.value', {}, value)),
      trouble && h('p.note', {}, trouble),
      inputs && h('p.small', {}, inputs),
      h('p.muted.small', {}, expression, source && ` (${source})`));
  })));
}
