"""What each arm drew, read from its run's files and paired by prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageFault
from harness.ledger import iter_results
from harness.records import Box, Finding, PictureRef, Recipe, TrialKey, TrialResult

REFUSED = "refused"
TOLD = 3
"""Most trials that are named of those that only one arm has."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawing of one arm: what an audit needs of its line. ``picture`` is None where none came."""

    repeat: int
    verdict: str
    reason: str
    picture: PictureRef | None
    answer: str | None
    findings: tuple[Finding, ...]
    seconds: float
    cost: float | None
    source: str

    @property
    def there(self) -> bool:
        """Whether there is something to hold against another drawing."""
        return self.picture is not None or self.answer is not None

    @property
    def refused(self) -> bool:
        """Whether it was refused for its content."""
        return self.verdict == REFUSED


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawings of one trial key in one arm, by repeat."""

    key: TrialKey
    recipe: Recipe
    tags: tuple[str, ...]
    ignore: tuple[Box, ...]
    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt (case × variant) in both arms: for each seed what A drew and what B drew."""

    suite: str
    case: str
    variant: str
    seeds: tuple[tuple[Drawn, Drawn], ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, of either arm."""
        return tuple(dict.fromkeys(tag for pair in self.seeds for side in pair for tag in side.tags))

    @property
    def text(self) -> str:
        """What was asked for."""
        request = self.seeds[0][0].recipe.request
        return request.ask or request.prompt

    def draws(self, arm: str) -> list[Draw]:
        """All drawings of one arm."""
        return [draw for pair in self.seeds for draw in pair["ab".index(arm)].draws]


def read_arm(folder: Path) -> dict[TrialKey, Drawn]:
    """The drawings of a run by key, in the order first recorded. Raises what the ledger raises."""
    firsts: dict[TrialKey, TrialResult] = {}
    draws: dict[TrialKey, list[Draw]] = {}
    for result in iter_results(folder):
        firsts.setdefault(result.key, result)
        draws.setdefault(result.key, []).append(_draw(result))
    return {
        key: Drawn(
            key,
            result.recipe,
            result.tags,
            () if result.policy is None else result.policy.ignore,
            tuple(sorted(draws[key], key=lambda draw: draw.repeat)),
        )
        for key, result in firsts.items()
    }


def prompts_of(a: Mapping[TrialKey, Drawn], b: Mapping[TrialKey, Drawn]) -> tuple[list[Prompt], list[str]]:
    """The prompts that both arms have, in name order, and notes on what only one of them has.

    Keys are paired by equality; where a prompt has one key in each arm that differ in the seed alone (one arm is not
    seeded), these two are a pair. Raises UsageFault when nothing is common.
    """
    seeds: dict[tuple[str, str, str], list[tuple[Drawn, Drawn]]] = {}
    alone_a, alone_b = _grouped(a, b), _grouped(b, a)
    for key in a:
        if key in b:
            seeds.setdefault(_name(key), []).append((a[key], b[key]))
    for name in set(alone_a) & set(alone_b) - set(seeds):
        if len(alone_a[name]) == len(alone_b[name]) == 1:
            seeds[name] = [(a[alone_a.pop(name)[0]], b[alone_b.pop(name)[0]])]
    if not seeds:
        raise UsageFault(
            f"the two runs have no trial in common ({len(a)} in A, {len(b)} in B)",
            "audit two runs of the same suite, drawn with other settings",
        )
    notes = [
        f"only in {arm}: {', '.join(map(str, keys[:TOLD]))}" + (f" and {len(keys) - TOLD} more" * (len(keys) > TOLD))
        for arm, alone in (("A", alone_a), ("B", alone_b))
        if (keys := sorted((key for found in alone.values() for key in found), key=str))
    ]
    return [Prompt(*name, tuple(sorted(pairs, key=_seed))) for name, pairs in sorted(seeds.items())], notes


def _draw(result: TrialResult) -> Draw:
    return Draw(
        result.repeat,
        result.outcome.verdict,
        result.outcome.reason,
        result.picture,
        result.answer,
        result.findings,
        result.seconds,
        result.cost,
        result.source,
    )


def _grouped(
    keys: Mapping[TrialKey, Drawn], other: Mapping[TrialKey, Drawn]
) -> dict[tuple[str, str, str], list[TrialKey]]:
    found: dict[tuple[str, str, str], list[TrialKey]] = {}
    for key in keys:
        if key not in other:
            found.setdefault(_name(key), []).append(key)
    return found


def _name(key: TrialKey) -> tuple[str, str, str]:
    return key.suite, key.case, key.variant


def _seed(pair: tuple[Drawn, Drawn]) -> tuple[bool, int]:
    seed = pair[0].key.seed
    return seed is not None, seed or 0
