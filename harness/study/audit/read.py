"""What each arm generated, read from its run's files and paired by prompt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.ledger import iter_results
from harness.records import Attempt, Finding, ImageRef, Policy, Reason, Recipe, TrialKey, TrialResult
from harness.vocabulary import AttemptKind, Code, Source, Verdict

REPORTED = 3
"""Most trials that are named of those that only one arm has."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One generation of one arm: what an audit needs of its line. ``image`` is None where none came."""

    attempt: Attempt
    verdict: Verdict
    reasons: tuple[Reason, ...]
    image: ImageRef | None
    answer: str | None
    findings: tuple[Finding, ...]
    seconds: float
    cost: float | None
    source: Source

    @property
    def has_image(self) -> bool:
        """Whether it can be compared with another generation."""
        return self.image is not None or self.answer is not None

    @property
    def refused(self) -> bool:
        """Whether it was refused for its content."""
        return self.verdict == Verdict.REFUSED


@dataclass(frozen=True, slots=True)
class ArmSamples:
    """The generations of one trial key in one arm, by repeat."""

    key: TrialKey
    recipe: Recipe
    tags: tuple[str, ...]
    policy: Policy
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt (case × variant) in both arms: for each seed what A generated and what B generated."""

    suite: str
    case: str
    variant: str
    seeds: tuple[tuple[ArmSamples, ArmSamples], ...]

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags, of either arm."""
        return tuple(dict.fromkeys(tag for pair in self.seeds for side in pair for tag in side.tags))

    @property
    def text(self) -> str:
        """What was asked for."""
        request = self.seeds[0][0].recipe.request
        return request.ask or request.prompt

    def samples(self, arm: str) -> list[Sample]:
        """Return all generations of one arm."""
        return [sample for pair in self.seeds for sample in pair["ab".index(arm)].samples]


def without_image(arm: str, sample: Sample | None) -> tuple[Reason, ...]:
    """Why an arm (``A``, ``B``) has no image: of this generation, or because there is none."""
    verdict = None if sample is None else sample.verdict
    lead = Reason(Code.AUDIT_WITHOUT, {"arm": arm, "verdict": verdict})
    return (lead, *(() if sample is None else sample.reasons))


def read_arm(folder: Path, repeats: int | None = None) -> dict[TrialKey, ArmSamples]:
    """Return the generations of a run by key, in the order first recorded; of repeats only the first ``repeats``, as
    many as there were at an earlier look. Raises what the ledger raises."""
    firsts: dict[TrialKey, TrialResult] = {}
    samples: dict[TrialKey, list[Sample]] = {}
    for result in iter_results(folder):
        if repeats is not None and result.attempt.kind == AttemptKind.REPEAT and result.attempt.index >= repeats:
            continue
        firsts.setdefault(result.key, result)
        samples.setdefault(result.key, []).append(_generate(result))
    return {
        key: ArmSamples(
            key,
            result.recipe,
            result.tags,
            result.policy or Policy(),
            tuple(sorted(samples[key], key=lambda sample: sample.attempt)),
        )
        for key, result in firsts.items()
    }


def prompts_of(a: Mapping[TrialKey, ArmSamples], b: Mapping[TrialKey, ArmSamples]) -> tuple[list[Prompt], list[Reason]]:
    """Return the prompts that both arms have, in name order, and notes on what only one of them has.

    Keys are paired by equality; where a prompt has one key in each arm that differ in the seed alone (one arm is not
    seeded), these two are a pair. Raises UsageError when nothing is common.
    """
    seeds: dict[tuple[str, str, str], list[tuple[ArmSamples, ArmSamples]]] = {}
    alone_a, alone_b = _grouped(a, b), _grouped(b, a)
    for key in a:
        if key in b:
            seeds.setdefault(_name(key), []).append((a[key], b[key]))
    for name in set(alone_a) & set(alone_b) - set(seeds):
        if len(alone_a[name]) == len(alone_b[name]) == 1:
            seeds[name] = [(a[alone_a.pop(name)[0]], b[alone_b.pop(name)[0]])]
    if not seeds:
        raise UsageError(
            f"the two runs have no trial in common ({len(a)} in A, {len(b)} in B)",
            "audit two runs of the same suite, generated with other settings",
        )
    notes = [
        Reason(Code.AUDIT_ONLY_IN, {"arm": arm, "trials": keys[:REPORTED], "more": max(0, len(keys) - REPORTED)})
        for arm, alone in (("A", alone_a), ("B", alone_b))
        if (keys := sorted(str(key) for found in alone.values() for key in found))
    ]
    return [Prompt(*name, tuple(sorted(pairs, key=_seed))) for name, pairs in sorted(seeds.items())], notes


def _generate(result: TrialResult) -> Sample:
    return Sample(
        result.attempt,
        result.outcome.verdict,
        result.outcome.reasons,
        result.image,
        result.answer,
        result.findings,
        result.seconds,
        result.cost,
        result.source,
    )


def _grouped(
    keys: Mapping[TrialKey, ArmSamples], other: Mapping[TrialKey, ArmSamples]
) -> dict[tuple[str, str, str], list[TrialKey]]:
    found: dict[tuple[str, str, str], list[TrialKey]] = {}
    for key in keys:
        if key not in other:
            found.setdefault(_name(key), []).append(key)
    return found


def _name(key: TrialKey) -> tuple[str, str, str]:
    return key.suite, key.case, key.variant


def _seed(pair: tuple[ArmSamples, ArmSamples]) -> tuple[bool, int]:
    seed = pair[0].key.seed
    return seed is not None, seed or 0
