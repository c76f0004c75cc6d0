"""What accepting a trial's pictures would make of its entry; nothing is written here."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Accepted
from harness.baseline.names import folded, picture_file
from harness.records import FINE, InputPicture, PictureRef, Recipe, TrialKey, TrialResult, to_json


@dataclass(frozen=True, slots=True)
class Step:
    """The new entry of a trial; ``pictures`` maps its new files to the run's pictures."""

    change: Change
    accepted: tuple[Accepted, ...] = ()
    pictures: Mapping[str, PictureRef] = field(default_factory=dict)


def plan(
    root: Path,
    there: tuple[Accepted, ...],
    results: tuple[TrialResult, ...],
    signed: Signed,
    proven: str,
    *,
    add: bool,
    intact: Callable[[Accepted], bool],
    not_drawn: Mapping[str, int] | None = None,
) -> Step:
    """What accepting ``results`` (one trial's repeats with a picture) makes of what is accepted ``there``.

    ``intact`` tells whether an accepted picture's file is as it was accepted: one that is not is replaced. Of a set,
    ``not_drawn`` counts the drawings that gave no picture.
    """
    key = results[0].key
    results = results if key.seed is None else results[:1]
    profile = profile_of(results[0])
    same = tuple(item for item in there if to_json(item.profile) == profile)
    others = tuple(item for item in there if to_json(item.profile) != profile)
    old = tuple(item.picture for item in same)
    if _nothing_new(same, results, add=add) and (add or all(map(intact, same))):
        return Step(Change(key, "unchanged", old, old, "already accepted"))
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
                recipe=portable(result.recipe, root),
                who=signed.who,
                when=signed.when,
                why=signed.reason,
                run=signed.run,
                proven=proven,
                environment=result.environment,
                profile=profile,
                findings={f.check: f.outcome for f in result.findings} or None if key.seed is None else None,
                not_drawn=not_drawn if not pictures.keys() - {file} else None,
            )
        )
    action = "added" if add and same else "replaced" if same else "new"
    change = Change(key, action, old, tuple(item.picture for item in now), proven)
    return Step(change, (*others, *now), pictures)


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


def _ref(result: TrialResult) -> PictureRef:
    if result.picture is None:
        raise ValueError(f"{result.key} has no picture")
    return result.picture
