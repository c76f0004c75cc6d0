"""How many images a probe generates, and what they cost: reported before any is generated."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.provider import look_at, price_of
from harness.records import TrialKey
from harness.study.probe.choice import FAR, NEARER, Group, recipes_of
from harness.study.probe.conditions import conditions_of
from harness.study.probe.late import LATE, PROGRAM, most_controls
from harness.study.probe.parameters import changes_of
from harness.study.probe.trial import CONCURRENT
from harness.vocabulary import ProbeName


@dataclass(frozen=True, slots=True)
class ProbeEstimate:
    """``images`` by probe where nothing differs; what differs is generated again, up to ``most`` in all; ``recorded``
    of them are those of a resumed probe. ``cost`` is that of the rest in US dollars, 0 for free, None unknown."""

    images: Mapping[ProbeName, int]
    most: int
    cost: float | None
    recorded: int = 0

    @property
    def total(self) -> int:
        """Images where nothing differs."""
        return sum(self.images.values())


def estimate(group: Group, repeats: int, kept: Mapping[TrialKey, int]) -> ProbeEstimate:
    """Return what probing a group generates; ``kept`` counts the results by key that a resumed probe has."""
    can = group.capabilities
    counts: Counter[ProbeName] = Counter()
    again = 0
    price: float | None = 0.0
    conditions = conditions_of(can)
    look_at(group.spec)
    for index, trial in enumerate(group.trials):
        recipes = len(recipes_of(trial))
        concurrent = recipes if recipes > 1 else CONCURRENT
        late = repeats if index == 0 else LATE
        # every second late repeat follows another seed, the first an image of its own
        between = 1 + late // 2 if recipes > 1 else 1
        generated = {ProbeName.REPEAT: repeats + late + between, ProbeName.SEED: recipes - 1, ProbeName.ORDER: 1}
        again += 8
        if index == 0:
            program = group.spec.kind == PROGRAM
            controls = most_controls(repeats, seeded=recipes > 1, isolated=can.isolated, program=program)
            generated[ProbeName.ORDER] = 2 + (recipes > 1)
            generated[ProbeName.SEED] += len(FAR) if recipes > 1 else 0
            again += 4 + len(NEARER[2**15]) + controls
            generated[ProbeName.PARAMETERS] = sum(len(change.others) for change in changes_of(trial.recipe, can))
        if can.concurrency > 1:
            generated[ProbeName.CONCURRENCY] = concurrent
            again += 4 + concurrent
        if can.batch:
            generated[ProbeName.BATCH] = concurrent + 2
            again += 4 + concurrent
        for condition in conditions:
            first = int(condition.probe == ProbeName.RESTART and index == 0)
            generated[condition.probe] = generated.get(condition.probe, 0) + recipes + first
            again += 7
        counts.update(generated)
        each = price_of(group.spec, trial.recipe)
        price = None if price is None or each is None else max(price, each)
    images = {name: count for name, count in counts.items() if count}
    most = sum(images.values()) + again
    own = {replace(trial.key, seed=None) for trial in group.trials}
    recorded = min(most, sum(count for key, count in kept.items() if replace(key, seed=None) in own))
    return ProbeEstimate(images, most, None if price is None else round(price * (most - recorded), 6), recorded)
