"""Making pictures of a run the accepted ones."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath

from harness.baseline.commit import changing, commit, refuse_in_ci
from harness.baseline.entry import Accepted
from harness.baseline.faults import NothingSelected, NotProven
from harness.baseline.log import Decision
from harness.baseline.names import entry_name, folded, picture_file
from harness.baseline.proof import Redraw, prove
from harness.baseline.selection import Selection, choose
from harness.baseline.store import Baselines
from harness.errors import UsageFault
from harness.ledger import read_picture, read_run
from harness.records import FINE, InputPicture, PictureRef, Recipe, TrialKey, TrialResult, to_json


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one trial. ``action`` is ``new`` | ``replaced`` | ``added`` | ``unchanged`` | ``removed`` |
    ``rejected`` | ``ignored`` | ``lifted``; ``old`` and ``new`` are its pictures before and after; ``note`` says how
    stability was shown, or why nothing changed."""

    key: TrialKey
    action: str
    old: tuple[PictureRef, ...] = ()
    new: tuple[PictureRef, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Signed:
    """Who decides, when, why and over which run."""

    who: str
    when: str
    reason: str
    run: str


def accept(
    baselines: Baselines,
    run_folder: Path,
    selection: Selection,
    *,
    reason: str,
    who: str,
    unproven: bool = False,
    add: bool = False,
    redraw: Redraw | None = None,
    when: datetime | None = None,
) -> list[Change]:
    """Accept the chosen pictures of a run; only their entries and files are written.

    A picture takes the place of all that were accepted for its trial and profile; with ``add`` it stands beside them
    (``.a2``). All repeats of a trial without a seed become its set. A picture and recipe that are already accepted
    stay untouched. Each picture must have been shown to repeat (:func:`harness.baseline.proof.prove`), unless
    ``unproven``; when one was not, nothing at all is accepted.

    Raises UsageFault (no reason), WritesRefused (``CI``), NothingSelected, NotProven, NameClash, ManifestFault,
    Locked, and the ledger's faults (a picture of the run is lost, the disk is full).
    """
    refuse_in_ci()
    signed = _Signed(who, stamp(when), need_reason(reason), read_run(run_folder).run)
    chosen = choose(run_folder, selection)
    candidates = {key: tuple(r for r in results if r.picture is not None) for key, results in chosen.items()}
    candidates = {key: results for key, results in candidates.items() if results}
    if not candidates:
        raise NothingSelected(run_folder, f"none of the {len(chosen)} trials meant has a picture")
    proofs = _proofs(baselines, candidates, signed, add=add, unproven=unproven, redraw=redraw)
    changes: list[Change] = []
    for suite in dict.fromkeys(key.suite for key in candidates):
        own = {key: results for key, results in candidates.items() if key.suite == suite}
        with changing(baselines, suite) as manifest:
            plan = {
                key: _step(baselines, manifest.accepted(key), results, signed, proofs.get(key, ""), add=add)
                for key, results in own.items()
            }
            changed = {key: step for key, step in plan.items() if step.change.action != "unchanged"}
            if changed:
                new = manifest.changed({key: step.accepted for key, step in changed.items()})
                pictures = {
                    file: partial(read_picture, run_folder, picture)
                    for step in changed.values()
                    for file, picture in step.pictures.items()
                }
                decisions = [_decision(step.change, signed, add=add) for step in changed.values()]
                commit(baselines, manifest, new, pictures, decisions)
            changes += (step.change for step in plan.values())
    return changes


def _proofs(
    baselines: Baselines,
    candidates: Mapping[TrialKey, tuple[TrialResult, ...]],
    signed: _Signed,
    *,
    add: bool,
    unproven: bool,
    redraw: Redraw | None,
) -> dict[TrialKey, str]:
    """How each picture that is not yet accepted was shown to repeat, before anything is written. Raises NotProven."""
    proofs: dict[TrialKey, str] = {}
    problems: list[tuple[TrialKey, str]] = []
    baselines.forget()
    for key, results in candidates.items():
        there = baselines.manifest(key.suite).accepted(key)
        if _step(baselines, there, results, signed, "", add=add).change.action == "unchanged":
            continue
        proof = prove(results, None if unproven else redraw)
        if proof.problem and not unproven:
            problems.append((key, proof.problem))
        proofs[key] = proof.proven or f"unproven ({proof.problem}): {signed.reason}"
    if problems:
        raise NotProven(problems, len(candidates))
    return proofs


@dataclass(frozen=True, slots=True)
class _Step:
    """The new entry of a trial; ``pictures`` maps its new files to the run's pictures."""

    change: Change
    accepted: tuple[Accepted, ...] = ()
    pictures: Mapping[str, PictureRef] = field(default_factory=dict)


def _step(
    baselines: Baselines,
    there: tuple[Accepted, ...],
    results: tuple[TrialResult, ...],
    signed: _Signed,
    proven: str,
    *,
    add: bool,
) -> _Step:
    key = results[0].key
    results = results if key.seed is None else results[:1]
    profile = profile_of(results[0])
    same = tuple(item for item in there if to_json(item.profile) == profile)
    others = tuple(item for item in there if to_json(item.profile) != profile)
    old = tuple(item.picture for item in same)
    if _nothing_new(same, results, add=add):
        return _Step(Change(key, "unchanged", old, old, "already accepted"))
    now = list(same) if add else []
    pictures: dict[str, PictureRef] = {}
    for result in results:
        if add and any(_is_same(item, result) for item in same):
            continue
        picture = _ref(result)
        file = _free_name(key, profile, now, PurePosixPath(picture.file).suffix)
        pictures[file] = picture
        now.append(
            Accepted(
                picture=dataclasses.replace(picture, file=file),
                recipe=portable(result.recipe, baselines.root),
                who=signed.who,
                when=signed.when,
                why=signed.reason,
                run=signed.run,
                proven=proven,
                environment=result.environment,
                profile=profile,
            )
        )
    action = "added" if add and same else "replaced" if same else "new"
    change = Change(key, action, old, tuple(item.picture for item in now), proven)
    return _Step(change, (*others, *now), pictures)


def _nothing_new(same: tuple[Accepted, ...], results: tuple[TrialResult, ...], *, add: bool) -> bool:
    """Whether these pictures are accepted already: each of them, and, unless they are added, no others."""
    if not all(any(_is_same(item, result) for item in same) for result in results):
        return False
    there = Counter(item.picture.pixel_digest for item in same)
    return add or there == Counter(_ref(result).pixel_digest for result in results)


def _free_name(key: TrialKey, profile: Mapping[str, object], there: Sequence[Accepted], suffix: str) -> str:
    taken = {folded(item.picture.file) for item in there}
    names = (picture_file(key, profile, number, suffix) for number in count(len(there)))
    return next(name for name in names if folded(name) not in taken)


def _is_same(item: Accepted, result: TrialResult) -> bool:
    """Whether this picture by this recipe is accepted already; bytes that differ by nothing but the encoder count as
    the same when the verdict found them fine."""
    picture = _ref(result)
    equal = item.picture.file_digest == picture.file_digest or (
        item.picture.pixel_digest == picture.pixel_digest and result.outcome.verdict in FINE
    )
    return equal and item.recipe.digest == result.recipe.digest


def _decision(change: Change, signed: _Signed, *, add: bool) -> Decision:
    return Decision(
        when=signed.when,
        who=signed.who,
        action="add" if add else "accept",
        trial=entry_name(change.key),
        reason=signed.reason,
        old=digests(change.old),
        new=digests(change.new),
        run=signed.run,
        proven=change.note,
    )


def profile_of(result: TrialResult) -> dict[str, object]:
    """The part of a result's environment that has baselines of its own, as its suite says; empty for none."""
    names = () if result.policy is None else result.policy.profile
    profile: dict[str, object] = to_json({name: result.environment.get(name) for name in names})
    return profile


def portable(recipe: Recipe, root: Path) -> Recipe:
    """The recipe with input pictures named as seen from the folder that holds the baselines: no path of a machine is
    kept. Their digests, by which recipes are compared, stay."""

    def near(picture: InputPicture | None) -> InputPicture | None:
        if picture is None or not Path(picture.path).is_absolute():
            return picture
        try:
            path = Path(picture.path).resolve().relative_to(root.resolve().parent).as_posix()
        except ValueError:
            path = Path(picture.path).name
        return dataclasses.replace(picture, path=path)

    request = dataclasses.replace(recipe.request, image=near(recipe.request.image), mask=near(recipe.request.mask))
    return dataclasses.replace(recipe, request=request)


def digests(pictures: tuple[PictureRef, ...]) -> dict[str, str]:
    """File to pixel digest, as the log holds it."""
    return {picture.file: picture.pixel_digest for picture in pictures}


def need_reason(reason: str) -> str:
    """The reason, trimmed. Raises UsageFault when there is none."""
    if not reason.strip():
        raise UsageFault("a decision needs a reason", "say why: --reason 'text'")
    return reason.strip()


def stamp(when: datetime | None) -> str:
    """An ISO 8601 UTC time, to the second."""
    return (when or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ref(result: TrialResult) -> PictureRef:
    if result.picture is None:
        raise ValueError(f"{result.key} has no picture")
    return result.picture
