"""Making images of a run the accepted ones."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from harness.baseline.change import Change, Signed
from harness.baseline.errors import NothingSelectedError, NotPinnedError, NotProvenError
from harness.baseline.log import Decision
from harness.baseline.manifest import Manifest, State
from harness.baseline.planning import Step, plan, plan_refusal
from harness.baseline.proof import Proof, Rerun, prove
from harness.baseline.selection import Selection, choose, refuse_undecidable
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.ledger import read_image
from harness.records import ImageRef, PackedList, TrialKey, TrialResult
from harness.vocabulary import Source, Unproven, Verdict

MEANWHILE = "was accepted already, and changed by another process meanwhile"


def accept(
    baselines: Baselines,
    run_folder: Path,
    selection: Selection,
    *,
    reason: str,
    who: str,
    unproven: bool = False,
    add: bool = False,
    rerun: Rerun | None = None,
    when: datetime | None = None,
) -> Sequence[Change]:
    """Accept the chosen images of a run; only their entries and files are written.

    An image replaces all that were accepted for its trial and profile; with ``add`` it is added to them
    (``.a2``). All repeats of a trial without a seed become its set. An image and recipe that are already accepted
    stay untouched. Each image must have been shown to repeat (:func:`harness.baseline.proof.prove`), unless
    ``unproven``; one that a test made must not have been shown to differ. Else nothing at all is accepted. Where every
    repeat was refused, the refusal is accepted: the trial is then fine when it is refused.

    Raises UsageError (no reason, no run of a suite), WritesRefusedError (``CI``), NothingSelectedError, NotPinnedError,
    NotProvenError, NameClashError, ManifestError, LockedError, and the ledger's faults (an image of the run is lost,
    the disk is full).
    """
    refuse_in_ci()
    record = refuse_undecidable(run_folder)
    signed = Signed.now(who, reason, when, record.run)
    chosen = choose(run_folder, selection)
    baselines.clear_cache()
    ready = prepare(
        baselines, run_folder, chosen, signed, by_tests=record.made_by_tests, add=add, unproven=unproven, rerun=rerun
    )
    changes = PackedList(Change)
    for suite in ready.suites:
        for change in _written(baselines, ready, suite):
            changes.append(change)
    return changes


def _written(baselines: Baselines, ready: "Ready", suite: str) -> Sequence[Change]:
    """Write what is accepted of one suite."""
    with changing(baselines, suite) as manifest:
        made = ready.made(baselines, manifest)
        if made.manifest is not manifest:
            commit(baselines, manifest, made.manifest, made.images, made.lines)
    return made.changes


@dataclass(frozen=True, slots=True)
class Made:
    """What decisions make of the manifest of a suite: the new one (the same object where nothing changes), what reads
    its new images, the lines of the log, and what happens to each trial."""

    manifest: Manifest
    images: Mapping[str, Callable[[], bytes]] = field(default_factory=dict)
    lines: Sequence[Decision] = ()
    changes: Sequence[Change] = ()


class RunImages(Mapping[str, Callable[[], bytes]]):
    """Image files of baselines, each with what reads it from a run."""

    def __init__(self, run_folder: Path) -> None:
        self._run_folder = run_folder
        self._images = PackedList(ImageRef)
        self._places: dict[str, int] = {}

    def add(self, file: str, image: ImageRef) -> None:
        """Name the image of the run that a file is to hold."""
        self._places[file] = len(self._images)
        self._images.append(image)

    def __getitem__(self, file: str) -> Callable[[], bytes]:
        return partial(read_image, self._run_folder, self._images[self._places[file]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@dataclass(frozen=True, slots=True)
class Ready:
    """Images of a run that can be accepted: all that is refused without the lock of their suites has been.

    ``chosen`` are read again for each use; ``proofs`` are by the trials of ``keys`` that change.
    """

    run_folder: Path
    chosen: Mapping[TrialKey, tuple[TrialResult, ...]]
    keys: Sequence[TrialKey]
    proofs: Mapping[TrialKey, str]
    signed: Signed
    add: bool

    @property
    def suites(self) -> list[str]:
        """The suites of the images."""
        return list(dict.fromkeys(key.suite for key in self.keys))

    def made(self, baselines: Baselines, manifest: Manifest) -> Made:
        """Return what accepting those of one suite makes of its manifest."""
        changes, lines = PackedList(Change), PackedList(Decision)
        images = RunImages(self.run_folder)
        action = "add" if self.add else "accept"

        def states() -> Iterator[State]:
            for key in (key for key in self.keys if key.suite == manifest.suite):
                every = self.chosen[key]
                step = _step(
                    baselines, manifest, _acceptable(every), self.signed, self.proofs.get(key, MEANWHILE),
                    _not_generated(every), add=self.add,
                )  # fmt: skip
                change = step.change
                changes.append(change)
                if change.action != "unchanged":
                    lines.append(self.signed.decision(action, key, change.old, change.new, proven=change.note))
                    for file, image in step.images.items():
                        images.add(file, image)
                    yield key, step.accepted, step.refused

        new = manifest.with_states(states())
        return Made(new if lines else manifest, images, lines, changes)


def prepare(
    baselines: Baselines,
    run_folder: Path,
    chosen: Mapping[TrialKey, tuple[TrialResult, ...]],
    signed: Signed,
    *,
    by_tests: bool,
    add: bool,
    unproven: bool,
    rerun: Rerun | None,
) -> Ready:
    """Return the chosen trials, ready to be accepted by what ``baselines`` holds; raises as :func:`accept`."""
    keys: list[TrialKey] = []
    refused: list[TrialKey] = []
    unpinned: dict[TrialKey, TrialResult] = {}
    for key, every in chosen.items():
        if not (results := _acceptable(every)):
            continue
        keys.append(key)
        subject = results[0].recipe.subject
        if results[0].image is None:
            refused.append(key)
        if subject.kind == "route" and not subject.settings.get("pin"):
            unpinned[key] = results[0]
    if not keys:
        raise NothingSelectedError(run_folder, f"none of the {len(chosen)} selected trials has an image or was refused")
    if add and refused:
        raise UsageError(f"a refusal is no image to keep others beside: {refused[0]}", "leave out --also")
    _refuse_unpinned(unpinned)
    rerun = None if unproven or by_tests else rerun
    proofs = _proofs(baselines, chosen, keys, signed, add=add, unproven=unproven, once=by_tests, rerun=rerun)
    return Ready(run_folder, chosen, keys, proofs, signed, add)


def _step(
    baselines: Baselines,
    manifest: Manifest,
    results: tuple[TrialResult, ...],
    signed: Signed,
    proven: str = "",
    missed: Mapping[str, int] | None = None,
    *,
    add: bool,
) -> Step:
    """Return what accepting ``results`` makes of what a manifest holds."""
    key = results[0].key
    if results[0].image is None:
        return plan_refusal(manifest.accepted(key), manifest.refused(key), results, signed, baselines.root)
    step = plan(baselines, manifest.accepted(key), results, signed, proven, missed, add=add)
    if add:
        return replace(step, refused=manifest.refused(key))
    if manifest.refused(key) is None:
        return step
    # an accepted image replaces the refusal
    return replace(step, change=replace(step.change, action="replaced"))


def _refuse_unpinned(unpinned: Mapping[TrialKey, TrialResult]) -> None:
    """Raise NotPinnedError for images of a route that names no single provider: they prove nothing of the next ones."""
    if unpinned:
        first = next(iter(unpinned.values()))
        route, generated = first.recipe.subject, first.environment.get("routed", "")
        own = [key for key, result in unpinned.items() if result.recipe.subject.provider == route.provider]
        raise NotPinnedError(own, route.provider, route.settings.get("over", ()), str(generated))


def _proofs(
    baselines: Baselines,
    chosen: Mapping[TrialKey, tuple[TrialResult, ...]],
    keys: Sequence[TrialKey],
    signed: Signed,
    *,
    add: bool,
    unproven: bool,
    once: bool,
    rerun: Rerun | None,
) -> dict[TrialKey, str]:
    """Return how each image that is not yet accepted was shown to repeat. All that can be refused is refused here,
    before anything is written: raises NotProvenError, NameClashError. ``once``: one generation is enough."""
    proofs: dict[TrialKey, str] = {}
    problems: list[tuple[TrialKey, str]] = []
    lacking: set[Unproven] = set()
    files: dict[str, dict[TrialKey, tuple[str, ...]]] = {}
    said: dict[str, str] = {}
    for key in keys:
        every = chosen[key]
        results = _acceptable(every)
        step = _step(baselines, baselines.manifest(key.suite), results, signed, add=add)
        if step.change.action == "unchanged":
            continue
        files.setdefault(key.suite, {})[key] = tuple(item.image.file for item in step.accepted)
        if results[0].image is None:
            continue
        proof = _missing(results, _not_generated(every)) or prove(results, rerun)
        if proof.problem and not (unproven or (once and proof.lacking != Unproven.EQUAL)):
            problems.append((key, proof.problem))
            lacking.add(proof.lacking)
        proven = proof.proven or f"unproven ({proof.problem}): {signed.reason}"
        # most are the same: each is held once
        proofs[key] = said.setdefault(proven, proven)
    if problems:
        raise NotProvenError(problems, len(keys), lacking.pop() if len(lacking) == 1 else Unproven.REPEAT)
    for suite, own in files.items():
        baselines.manifest(suite).refuse_files(own)
    return proofs


def _missing(results: tuple[TrialResult, ...], missed: Mapping[str, int] | None) -> Proof | None:
    """Return what is wrong with a set that was not generated whole; None for a whole one, and for other trials."""
    policy = results[0].policy
    samples = policy.drift.samples if policy is not None and results[0].is_set else None
    generated = len(results) + sum((missed or {}).values())
    if samples is None or generated >= samples:
        return None
    return Proof(problem=f"{generated} of the {samples} images of its set were generated", lacking=Unproven.SET)


def _acceptable(results: tuple[TrialResult, ...]) -> tuple[TrialResult, ...]:
    """Return those with an image; of a set only those that were each generated for themselves, now or when they were
    recorded: a cache says nothing of how they vary. All of them where each was refused."""
    if all(result.outcome.verdict == Verdict.REFUSED for result in results):
        return results
    return tuple(r for r in results if r.image is not None and (r.source != Source.CACHE or not r.is_set))


def _not_generated(results: tuple[TrialResult, ...]) -> dict[str, int] | None:
    """Return how many generations of a set failed and were refused; None for none and for other trials."""
    if not results[0].is_set:
        return None
    refused = sum(1 for result in results if result.outcome.verdict == Verdict.REFUSED)
    failed = sum(1 for result in results if result.image is None) - refused
    return {Verdict.FAILED: failed, Verdict.REFUSED: refused} if failed or refused else None
