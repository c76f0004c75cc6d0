"""The generations of one trial: repeats, other seeds and prompts, order, concurrency, batches, environments."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.generation import Session
from harness.judge import Observation, ParameterObservation, ProbeObservations, with_instant
from harness.records import Attempt, Reason, Recipe, Trial
from harness.study.probe.choice import NEARER, Group, far_seeds, other_prompt, recipes_of, with_prompt, with_seed
from harness.study.probe.compare import ReferenceImages, reference_of
from harness.study.probe.generate import Generator, Taken
from harness.study.probe.parameters import changes_of, observation
from harness.vocabulary import Code, ProbeName

CONCURRENT = 4
"""How many images are generated at the same time, or in one batch."""
UNSEEN = 4
"""Prompts that were not generated before, to see whether a cache knows the others."""
GIVEN_UP = 2
"""Failed repeats in a row after which no more are tried."""


class TrialProbe:
    """Generates one trial under everything that is asked, and keeps what was seen."""

    def __init__(self, group: Group, trial: Trial, generator: Generator, repeats: int) -> None:
        self.trial = trial
        self.recipes = recipes_of(trial)
        self.skipped: dict[ProbeName, Reason] = {}
        self.environment: Mapping[str, Any] = {}
        self.leads = False
        self.stopped: Reason | None = None
        self.group, self.generator, self.count = group, generator, repeats
        self.reference_images = ReferenceImages(trial.checks)
        self.seen: list[Observation] = []
        self._parameters: list[ParameterObservation] = []
        self._generated: Counter[str] = Counter()

    @property
    def supported(self) -> bool:
        """Whether there is an image to hold others against."""
        return 0 in self.reference_images.references

    @property
    def steady(self) -> bool:
        """Whether repeats agree (the first of the process aside): only then can differences be put down to a cause."""
        own = self.fresh(ProbeName.REPEAT)
        if self.leads and len(own) > 2:
            own = own[1:]
        return len(own) > 1 and all(observation.same for observation in own)

    @property
    def remembers(self) -> bool:
        """Whether what was generated before, or nothing having been generated, was seen to matter."""
        return self.differed(ProbeName.ORDER, ProbeName.FIRST)

    @property
    def cached(self) -> bool:
        """Whether some repeat came from a cache."""
        return any(one.cached is not None for one in self.seen if one.probe == ProbeName.REPEAT)

    @property
    def began(self) -> float:
        """When the first image was recorded, in seconds since 1970; 0 where none was."""
        return min((one.at for one in self.seen if one.at), default=0.0)

    def observations(self) -> ProbeObservations:
        """Return all that was seen."""
        omitted = self.environment.get("omitted")
        return ProbeObservations(
            key=self.trial.key,
            observations=tuple(self.seen),
            parameters=tuple(self._parameters),
            skipped=self.skipped,
            omitted=tuple(map(str, omitted)) if isinstance(omitted, (list, tuple)) else (),
            leads=self.leads,
            seeded=self.trial.recipe.request.seed is not None,
            seeds=tuple(recipe.request.seed for recipe in self.recipes if recipe.request.seed is not None),
            stopped=self.stopped,
        )

    def here(self, session: Session) -> None:
        """Generate in this process. Raises BudgetReachedError."""
        if not self.leads:
            # generated first, after the images of another trial; compared below
            first = self.generate(session, self.recipes[0])
        self._repeat(session)
        if not self.leads:
            self.note(ProbeName.ORDER, first, setting="another trial")
        if not self.supported:
            self.skipped |= dict.fromkeys(
                (ProbeName.ORDER, ProbeName.CONCURRENCY, ProbeName.BATCH), Reason(Code.SKIP_NOTHING)
            )
            self._without_seed(session)
            return
        self._seeds(session)
        if self.leads or self.differed(ProbeName.ORDER):
            self._order(session)
        if self.leads:
            self._far(session)
        self.seen = list(with_instant(self.seen))
        if self.leads:
            self._change(session)
        if (reason := self._unreported()) is not None:
            self.skipped |= dict.fromkeys((ProbeName.CONCURRENCY, ProbeName.BATCH), Reason(reason))
            return
        self._concurrency(session)
        self._batch(session)

    @property
    def first_is_odd(self) -> bool:
        """Whether only the first image differed: a fresh process shows whether that is always so."""
        own = self.fresh(ProbeName.REPEAT)
        return len(own) > 2 and not own[0].same and all(observation.same for observation in own[1:])

    def fresh(self, *probes: ProbeName) -> list[Observation]:
        return [observation for observation in self.seen if observation.probe in probes and observation.fresh]

    def differed(self, *probes: ProbeName) -> bool:
        return any(not observation.same for observation in self.fresh(*probes))

    def _unreported(self) -> Code | None:
        """Why differences under changed conditions would tell nothing; None when they would."""
        if not self.steady:
            return self.unsteady()
        return Code.SKIP_ORDER if self.differed(ProbeName.ORDER) else None

    def unsteady(self) -> Code:
        """Why repeats tell nothing."""
        return Code.SKIP_CACHED if self.cached else Code.SKIP_UNSTEADY

    def _repeat(self, session: Session) -> None:
        taken: list[Taken] = []
        for _ in range(self.count):
            taken.append(self.generate(session, self.recipes[0]))
            if len(taken) >= GIVEN_UP and all(one.problem for one in taken):
                break
        reference = reference_of(taken)
        if reference is not None:
            self.reference_images.references[0] = reference
            self.environment = reference.environment
        for one in taken:
            self.note(ProbeName.REPEAT, one)

    def _without_seed(self, session: Session) -> None:
        """Nothing came: does another seed work, or none at all?"""
        if len(self.recipes) < 2:
            return
        other = self.generate(session, self.recipes[1])
        self.note(ProbeName.SEED, other, 1, against=0)
        if other.problem and not other.refused:
            self.note(ProbeName.UNSEEDED, self.generate(session, with_seed(self.trial.recipe, None)), against=0)

    def _seeds(self, session: Session) -> None:
        for index, recipe in enumerate(self.recipes[1:], 1):
            taken = self.generate(session, recipe)
            self.note(ProbeName.SEED, taken, index, against=0)
            if taken.pixels and not taken.cached:
                self.reference_images.references[index] = taken

    def _order(self, session: Session) -> None:
        """Generate the trial again after another seed, and after another prompt."""
        own = self.recipes[0]
        if len(self.recipes) > 1:
            self.note(ProbeName.ORDER, self.generate(session, own), setting="another seed")
            self._order_again(session, self.recipes[-1], "another seed")
        between = other_prompt(self.trial, self.group)
        self.note(ProbeName.PROMPT, self.generate(session, between), against=0)
        self.note(ProbeName.ORDER, self.generate(session, own), setting="another prompt")
        self._order_again(session, between, "another prompt")
        others = [one for one in self.fresh(ProbeName.SEED) if not one.same]
        if self.leads and self.steady and len(self.recipes) > 1 and not others:
            for number in range(UNSEEN):
                unseen = with_prompt(own, f"{between.request.prompt}, {number + 1}")
                self.note(ProbeName.PROMPT, self.generate(session, unseen), against=0)

    def _order_again(self, session: Session, between: Recipe, setting: str) -> None:
        """Generate what differed again: after an image of its own, and in that order."""
        if not self.steady or self.seen[-1].same:
            return
        self.plain(session, [0])
        self.aside(session, between)
        self.note(ProbeName.ORDER, self.generate(session, self.recipes[0]), setting=setting, again=True)

    def _far(self, session: Session) -> None:
        """Generate seeds far from the own one, until one brings no image; where one shares its image, also nearer ones,
        until one does not."""
        own = self.trial.recipe.request.seed
        if own is None or not self.steady or all(one.same for one in self.fresh(ProbeName.SEED)):
            return
        sharing = set()
        for seed in far_seeds(own):
            taken = self._seed(session, seed)
            if taken.problem:
                break
            if taken.pixels == self.reference_images.references[0].pixels:
                sharing.add(seed - own)
        for step, nearer in NEARER.items():
            for closer in nearer if step in sharing else ():
                if self._seed(session, own + closer).pixels != self.reference_images.references[0].pixels:
                    break

    def _seed(self, session: Session, seed: int) -> Taken:
        """Generate one more seed."""
        self.recipes = (*self.recipes, with_seed(self.trial.recipe, seed))
        taken = self.generate(session, self.recipes[-1])
        self.note(ProbeName.SEED, taken, len(self.recipes) - 1, against=0)
        return taken

    def _change(self, session: Session) -> None:
        if not self.steady:
            return
        reference = self.reference_images.references[0]
        for change in changes_of(self.recipes[0], self.group.capabilities):
            seen = observation(change, self.recipes[0], reference, lambda recipe: self.aside(session, recipe))
            self._parameters.append(seen)

    def _concurrency(self, session: Session) -> None:
        if self.group.capabilities.concurrency < 2:
            self.skipped[ProbeName.CONCURRENCY] = Reason(Code.SKIP_ONE)
            return
        if odd := self._together(session, self._concurrent_indices()):
            self.plain(session, odd)
            self._together(session, self._concurrent_indices(), again=True)

    def _batch(self, session: Session) -> None:
        if not self.group.capabilities.batch:
            self.skipped[ProbeName.BATCH] = Reason(Code.SKIP_BATCH)
            return
        whole = self._concurrent_indices()
        differed: tuple[list[int], list[int]] | None = None
        for indices in (whole, whole[1::-1]):
            if odd := self._together(session, indices, batch=True):
                differed = differed or (indices, odd)
        if differed is not None:
            self.plain(session, differed[1])
            self._together(session, differed[0], batch=True, again=True)

    def _together(
        self, session: Session, indices: Sequence[int], *, batch: bool = False, again: bool = False
    ) -> list[int]:
        """Generate these recipes at the same time, or in one batch; gives those that differ, at most two of them."""
        trials = [self.numbered(self.recipes[index]) for index in indices]
        count = len(trials)
        probe, setting = (
            (ProbeName.BATCH, f"a batch of {count}") if batch else (ProbeName.CONCURRENCY, f"{count} at a time")
        )
        several = self.generator.several(session, trials, batch=count if batch else None)
        for index, taken in zip(indices, several, strict=True):
            self.note(probe, taken, index, setting, again=again)
        return list(dict.fromkeys(s.recipe for s in self.seen[-count:] if s.fresh and not s.same))[:2]

    def _concurrent_indices(self) -> list[int]:
        """Return the recipes that are generated together: all that have a reference, or one of them several times."""
        known = sorted(self.reference_images.references)
        return known if len(known) > 1 else known * CONCURRENT

    def plain(self, session: Session, recipes: Sequence[int]) -> None:
        """Generate these recipes once more as the references were generated: after an image of their own."""
        for index in recipes:
            self.aside(session, self.recipes[index])
            self.note(ProbeName.REPEAT, self.generate(session, self.recipes[index]), index, again=True)

    def generate(self, session: Session, recipe: Recipe) -> Taken:
        return self.generator.one(session, self.numbered(recipe))

    def aside(self, session: Session, recipe: Recipe) -> Taken:
        """Generate something that is compared with nothing; its time and bytes can still show a cache."""
        taken = self.generate(session, recipe)
        self.note(ProbeName.ASIDE, taken)
        return taken

    def numbered(self, recipe: Recipe) -> Trial:
        """Return the trial by a recipe, as its next repeat: a provider that answers each repeat once is not asked
        twice.
        """
        digest = recipe.digest
        self._generated[digest] += 1
        return replace(self.trial, recipe=recipe, attempt=Attempt(index=self._generated[digest] - 1))

    def note(
        self, probe: ProbeName, taken: Taken, recipe: int = 0, setting: str = "", *, against: int | None = None,
        again: bool = False,
    ) -> Observation:  # fmt: skip
        seen = self.reference_images.observation(probe, taken, recipe, setting, against=against, again=again)
        self.seen.append(seen)
        return seen
