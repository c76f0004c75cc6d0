"""A loaded plan: suites whose trials are made one at a time."""

import fnmatch
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import UsageError, nearest
from harness.records import (
    Attempt,
    AttemptKind,
    Check,
    Policy,
    Recipe,
    Request,
    Subject,
    Trial,
    TrialKey,
    judged_as_set,
)
from harness.suite.fields import Seeds
from harness.suite.provider_spec import ProviderSpec


@dataclass(frozen=True, slots=True)
class Variant:
    """One combination of the matrix, ready but for its seed. ``samples`` is the size of an unseeded set, else 1;
    ``checks`` are those of its images, ``unchecked`` the words of its prompt about which none could be derived."""

    name: str
    request: Request
    subject: Subject
    policy: Policy
    seeds: Seeds | None
    samples: int = 1
    checks: tuple[Check, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def keys(self) -> int:
        """How many trial keys it has."""
        return 1 if self.seeds is None else len(self.seeds)

    @property
    def is_set(self) -> bool:
        """Whether its images are one set that is judged as a whole."""
        return judged_as_set(self.policy, self.request)


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its variants. ``where`` is ``file:line``."""

    id: str
    variants: tuple[Variant, ...]
    tags: tuple[str, ...] = ()
    answer: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite as resolved. ``path`` is its file as given."""

    name: str
    path: str
    cases: tuple[Case, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be generated. Holds suites and cases, never the trials: :meth:`trials` makes them as they are asked
    for.

    ``providers`` are those used, by name. ``shard`` is ``(i, n)`` with 1 ≤ i ≤ n, ``chosen`` the keys that are part of
    it (None: all). ``warnings`` say what in the files is hardly meant as it is, each with its place.
    """

    suites: tuple[Suite, ...]
    providers: Mapping[str, ProviderSpec] = field(default_factory=dict)
    shard: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()
    chosen: frozenset[TrialKey] | None = None

    @property
    def whole_variants(self) -> bool:
        """Whether every seed of every variant is part of it, so that what is counted needs no look at a trial."""
        return self.shard is None and self.chosen is None

    def trials(self, repeats: int = 1) -> Iterator[Trial]:
        """Yield every trial: suites, cases, variants and seeds in the order written, repeats innermost.

        An unseeded set has ``samples`` × ``repeats`` trials under one key.
        """
        for _, case, variant, key in self._walk():
            request = variant.request if key.seed is None else replace(variant.request, seed=key.seed)
            recipe = Recipe(request, variant.subject)
            kind = AttemptKind.REPEAT if variant.samples == 1 else AttemptKind.SAMPLE
            for index in range(variant.samples * repeats):
                attempt = Attempt(kind, index)
                yield Trial(
                    key,
                    recipe,
                    variant.policy,
                    attempt,
                    variant.checks,
                    case.tags,
                    case.answer,
                    case.where,
                    variant.unchecked,
                )

    def keys(self) -> Iterator[TrialKey]:
        """Yield every trial key, in the order of :meth:`trials`."""
        for *_, key in self._walk():
            yield key

    def variants(self) -> Iterator[Variant]:
        """Return every variant of every case."""
        return (variant for suite in self.suites for case in suite.cases for variant in case.variants)

    def count(self, repeats: int = 1) -> int:
        """Return how many trials there are; of whole variants this looks at no trial. Raises UsageError for no
        repeat."""
        if repeats < 1:
            raise UsageError(f"{repeats} repeats", "generate each trial at least once")
        if self.whole_variants:
            return repeats * sum(variant.keys * variant.samples for variant in self.variants())
        return repeats * sum(variant.samples for _, _, variant, _ in self._walk())

    def select(
        self, *, cases: Sequence[str] = (), tags: Sequence[str] = (), shard: tuple[int, int] | None = None
    ) -> "Plan":
        """Return the part of the plan whose case matches one of the globs (``two-*`` or ``suite/two-*``) and that has
        one of the tags; of that, shard i of n by hash of the trial key. Raises UsageError for a glob or a tag that
        matches nothing."""
        if shard is not None and not 1 <= shard[0] <= shard[1]:
            raise UsageError(f"shard {shard[0]}/{shard[1]} does not exist", "shards are counted from 1/n to n/n")
        plan = self.part(lambda *_: True)
        if cases:
            every = [(suite, case) for suite in self.suites for case in suite.cases]
            for glob in cases:
                if not any(_matches(suite, case, glob) for suite, case in every):
                    hint = nearest(glob.strip("*"), (case.id for _, case in every))
                    raise UsageError(f"no case matches --case {glob!r:.80}", hint)
            plan = plan.part(lambda suite, case, _variant: any(_matches(suite, case, glob) for glob in cases))
        if tags:
            known = {tag for suite in plan.suites for case in suite.cases for tag in case.tags}
            for tag in tags:
                if tag not in known:
                    hint = nearest(tag, known) or "none of them has tags"
                    raise UsageError(f"{'no case' if not cases else 'no chosen case'} has --tag {tag!r:.80}", hint)
            plan = plan.part(lambda _suite, case, _variant: not set(tags).isdisjoint(case.tags))
        return replace(plan, shard=shard or self.shard)

    def only(self, keys: Iterable[TrialKey]) -> "Plan":
        """Return the part of the plan with these keys; those that it has not are left out."""
        kept = frozenset(keys) if self.chosen is None else self.chosen & frozenset(keys)
        places = {(key.suite, key.case, key.variant) for key in kept}
        plan = self.part(lambda suite, case, variant: (suite.name, case.id, variant.name) in places)
        return replace(plan, chosen=kept)

    def part(self, choose: Callable[[Suite, Case, Variant], bool]) -> "Plan":
        """Return the part of the plan whose variants are chosen, with the providers that these use."""
        suites = []
        for suite in self.suites:
            cases = []
            for case in suite.cases:
                variants = tuple(variant for variant in case.variants if choose(suite, case, variant))
                if variants:
                    cases.append(case if variants == case.variants else replace(case, variants=variants))
            if cases:
                suites.append(replace(suite, cases=tuple(cases)))
        part = replace(self, suites=tuple(suites))
        used = {variant.subject.provider for variant in part.variants()}
        return replace(part, providers={name: spec for name, spec in self.providers.items() if name in used})

    def _walk(self) -> Iterator[tuple[Suite, Case, Variant, TrialKey]]:
        for suite in self.suites:
            for case in suite.cases:
                for variant in case.variants:
                    for seed in (None,) if variant.seeds is None else variant.seeds:
                        key = TrialKey(suite.name, case.id, variant.name, seed)
                        if self.chosen is not None and key not in self.chosen:
                            continue
                        if self.shard is None or shard_of(key, self.shard[1]) == self.shard[0]:
                            yield suite, case, variant, key


def shard_of(key: TrialKey, shards: int) -> int:
    """Return the shard (1 … ``shards``) of a key, by SHA-256 of its text: the same in every process and version."""
    return int.from_bytes(hashlib.sha256(str(key).encode()).digest()[:8]) % shards + 1


def _matches(suite: Suite, case: Case, glob: str) -> bool:
    return fnmatch.fnmatchcase(case.id, glob) or fnmatch.fnmatchcase(f"{suite.name}/{case.id}", glob)
