// Beside the stage: the verdict, the command that accepts, and where everything came from.

function renderPanel(trial) {
  fill($('panel'),
    verdictSection(trial), decideSection(trial), review.server ? null : acceptSection(trial), promptSection(trial), checksSection(trial), floorSection(trial), setSection(trial), numbersTable(trial), regionsSection(trial), explainSection(trial),
    interpretationSection(trial), recipeSection(trial), environmentSection(trial), filesSection(trial));
}

function verdictSection(trial) {
  return h('section.verdict', {},
    h('p', {}, pill(trial), trial.determinism && h('span.muted', {}, ` repeats: ${trial.determinism}`)),
    h('h2', {}, trial.case, h('span.muted', {}, ` ${trial.label}`)),
    trial.reason && h('p.why', {}, trial.reason),
    trial.hint && !model.head.compared && h('p.muted', {}, trial.hint),
    trial.warnings.map((warning) => h('p.note', {}, warning)),
    trial.differences.length > 0 && h('ul.differs', {}, trial.differences.map((one) => h('li', {}, difference(one)))),
    trial.tags.length > 0 && h('p.tags', {}, trial.tags.map((tag) => h('button.tag', {
      type: 'button', title: 'Show all with this tag', onclick: () => { state.tag = tag; closeTrial(); },
    }, tag))));
}

const acceptable = (trial) => Boolean(trial.image && !model.head.compared && trial.verdict !== 'identical');

// Without a reason the command asks for one.
function acceptCommand(trial, reason = '') {
  const words = [...model.head.accept, '--key', trial.key, ...(reason ? ['--reason', reason] : [])];
  return words.map(shellWord).join(' ');
}

function acceptSection(trial) {
  if (!acceptable(trial)) return null;
  const command = h('code', { id: 'command' }, acceptCommand(trial));
  return h('section.accept', {}, h('h3', {}, 'Accept it by a command'),
    h('label', {}, h('span.offscreen', {}, 'Reason'), h('input', {
      id: 'reason', type: 'text', placeholder: 'Why, for the log', autocomplete: 'off',
      oninput: (event) => fill(command, acceptCommand(trial, event.target.value.trim())),
    })),
    h('div.command', {}, h('pre', { tabindex: '0', 'aria-label': 'Command' }, command),
      h('button', { id: 'copy', type: 'button', onclick: copyCommand }, 'Copy', h('kbd', { 'aria-hidden': 'true' }, 'y'))));
}

async function copyCommand() {
  const command = $('command');
  if (!command) { toast('There is nothing to accept here.'); return; }
  await copyText(command.textContent);
  toast('Command copied. Run it where the suite lies.');
}

function promptSection(trial) {
  const { request } = trial;
  if (!request.prompt && !request.ask) return null;
  return h('section.prompt', {}, h('h3', {}, 'Prompt'),
    request.prompt && h('blockquote', {}, request.prompt),
    request.negative_prompt && h('blockquote.negative', {}, h('span.muted', {}, 'not: '), request.negative_prompt),
    request.ask && h('p', {}, h('span.muted', {}, 'asked: '), request.ask),
    trial.answer !== null && h('p', {}, h('span.muted', {}, 'answered: '), h('strong', {}, trial.answer)));
}

function recipeSection(trial) {
  const { request, subject } = trial;
  if (model.head.compared) return null;
  const rows = [['provider', subject.provider === subject.kind ? subject.provider : `${subject.provider} (${subject.kind})`]];
  if (subject.model) rows.push(['model', subject.model]);
  rows.push(...flatten(subject.settings || {}));
  rows.push(['seed', trial.seed ?? 'none'], ['size', `${request.width} × ${request.height}`]);
  for (const name of ['input_image', 'input_images', 'mask']) for (const image of [request[name] || []].flat()) rows.push([name, `${image.path} (${image.digest.slice(0, 16)})`]);
  if (isNumber(request.strength)) rows.push(['strength', request.strength]);
  rows.push(['recipe digest', trial.recipe]);
  return more('Recipe', true, pairs(rows));
}

const pairs = (rows) => h('dl.pairs', {}, rows.map(([name, value]) => [h('dt', {}, name), h('dd', {}, showPlain(value))]));
const more = (word, isOpen, ...children) => h('details', { open: isOpen }, h('summary', {}, h('h3', {}, word)), children);

function stepsOf(environment) {
  const found = environment && environment.interpretation;
  const steps = Array.isArray(found) ? found : found && Array.isArray(found.steps) ? found.steps : null;
  if (!steps || !steps.every((step) => step && typeof step.effect === 'string')) return null;
  return steps;
}

function interpretationSection(trial) {
  const steps = stepsOf(trial.environmentOf(trial.environment));
  if (!steps) return null;
  const words = { read: '', assume: 'assumed', adjust: 'adjusted' };
  return more('How the prompt was read', false,
    h('ol.steps', {}, steps.map((step) => h('li', {}, h('span.muted', {}, step.words || '(nothing said)'), h('span', {}, step.effect,
      words[step.kind] && h('em', {}, ` ${words[step.kind]}`))))));
}

// Both environments under each other's names; what differs comes first and is marked.
function environmentSection(trial) {
  const without = ({ interpretation, ...rest }, steps) => (steps ? rest : { ...rest, ...(interpretation === undefined ? {} : { interpretation }) });
  const side = (cells) => {
    const environment = trial.environmentOf(cells);
    return environment && new Map(flatten(without(environment, stepsOf(environment))));
  };
  const [now, before] = [side(trial.environment), side(trial.baselineEnvironment)];
  const names = [...new Set([...(now || new Map()).keys(), ...(before || new Map()).keys()])];
  if (!names.length) return null;
  const differs = (name) => Boolean(before && now && before.get(name) !== now.get(name));
  names.sort((a, b) => differs(b) - differs(a));
  const changed = names.filter(differs).length;
  return more(['Environment', before && h('span.muted', {}, changed ? ` ${plural(changed, 'difference')}` : ' the same')], changed > 0,
    h('table.environment', {},
      h('thead', {}, h('tr', {}, ['', before && model.labels[0], before ? model.labels[1] : 'this run'].filter((word) => word !== null && word !== false).map((word) => (word ? h('th', { scope: 'col' }, word) : h('td'))))),
      h('tbody', {}, names.map((name) => h('tr', { class: differs(name) ? 'differs' : null },
        h('th', { scope: 'row' }, differs(name) && h('b', { title: 'differs' }, '≠ '), name.split('.').flatMap((part, i) => (i ? ['.', h('wbr'), part] : [part]))),
        differs(name) ? [before, now].map((values) => h('td', {}, values.get(name) ?? '–'))
          : h('td', { colspan: before ? 2 : 1 }, (now || before).get(name) ?? '–'))))));
}

function filesSection(trial) {
  const entries = [[model.labels[0], trial.baseline], [model.labels[1], trial.image]].filter(([, image]) => image);
  const rows = entries.map(([word, image]) => [h('dt', {}, word), h('dd', {},
    link(image, image.file), h('span.muted', {}, `${image.width} × ${image.height} ${image.format}, pixels ${image.pixelDigest}`))]);
  if (trial.heat) rows.push([h('dt', {}, 'heat map'), h('dd', {}, link(trial.heat, trial.heat.url))]);
  const facts = [['source', trial.source], ['generated in', trial.took]];
  if (trial.cost !== null) facts.push(['cost', trial.cost]);
  else if (trial.source === 'generated') facts.push(['cost', 'unknown']);
  if (trial.finished) facts.push(['finished', showTime(trial.finished)]);
  return more('Files and times', false, h('dl.pairs', {}, rows, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])));
}

function link(image, text) {
  const url = image.url;
  if (!url || embedded.has(image.id)) return h('code', {}, text);
  return h('a', { href: url, target: '_blank', rel: 'noopener' }, text);
}
