"""What accepting a trial's images would make of its entry; nothing is written here."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Accepted, Refusal
from harness.baseline.names import folded, image_file
from harness.baseline.selection import image_of
from harness.baseline.store import Baselines
from harness.errors import UsageError
from harness.records import ImageRef, InputImage, Recipe, TrialKey, TrialResult, profile_of, to_json
from harness.vocabulary import FINE, Code


@dataclass(frozen=True, slots=True)
class Step:
    """What a trial is to come to, images or a refusal; ``images`` maps its new files to the run's images."""

    change: Change
    accepted: tuple[Accepted, ...] = ()
    images: Mapping[str, ImageRef] = field(default_factory=dict)
    refused: Refusal | None = None


def plan_refusal(
    existing: tuple[Accepted, ...],
    refused: Refusal | None,
    results: tuple[TrialResult, ...],
    signed: Signed,
    root: Path,
) -> Step:
    """Return what accepting the refusal of ``results`` (one trial's repeats, all refused) makes of the images
    ``existing`` and the refusal ``refused`` that are accepted."""
    first, old = results[0], tuple(item.image for item in existing)
    if not existing and refused is not None and refused.recipe.digest == first.recipe.digest:
        return Step(Change(first.key, "unchanged", note="already accepted"), refused=refused)
    proven = f"refused {len(results)} of {len(results)} times"
    problem = next((str(r.data["problem"]) for r in first.outcome.reasons if r.code == Code.GENERATION_REFUSED), "")
    signature = signed.who, signed.when, signed.reason, signed.run
    new = Refusal(portable(first.recipe, root), *signature, problem, proven)
    return Step(Change(first.key, "replaced" if existing or refused else "new", old, note=proven), refused=new)


def plan(
    baselines: Baselines,
    existing: tuple[Accepted, ...],
    results: tuple[TrialResult, ...],
    signed: Signed,
    proven: str = "",
    not_generated: Mapping[str, int] | None = None,
    *,
    add: bool,
) -> Step:
    """Return what accepting ``results`` (one trial's repeats with an image) makes of what is accepted ``existing``.

    An accepted image whose file is not as it was accepted is replaced. Of a set, ``not_generated`` counts the
    generations that gave no image. Raises UsageError for images without one known profile.
    """
    key = results[0].key
    results = results if key.seed is None else results[:1]
    profile = _one_profile(results)
    same = tuple(item for item in existing if to_json(item.profile) == profile)
    others = tuple(item for item in existing if to_json(item.profile) != profile)
    old = tuple(item.image for item in same)
    if _nothing_new(same, results, add=add) and (add or all(map(baselines.is_intact, same))):
        return Step(Change(key, "unchanged", old, old, "already accepted"))
    now = list(same) if add else []
    images: dict[str, ImageRef] = {}
    for result in results:
        if add and any(_is_same(item, result) for item in same):
            continue
        image = image_of(result)
        file = _free_name(key, profile, now, PurePosixPath(image.file).suffix)
        images[file] = image
        now.append(
            Accepted(
                image=dataclasses.replace(image, file=file),
                recipe=portable(result.recipe, baselines.root),
                who=signed.who,
                when=signed.when,
                why=signed.reason,
                run=signed.run,
                proven=proven,
                environment=result.environment,
                profile=profile,
                findings={f.check: f.outcome for f in result.findings} or None if key.seed is None else None,
                judges={f.check: f.judge for f in result.findings if f.judge} or None if key.seed is None else None,
                not_generated=not_generated if not images.keys() - {file} else None,
            )
        )
    action = "added" if add and same else "replaced" if same else "new"
    change = Change(key, action, old, tuple(item.image for item in now), proven)
    return Step(change, (*others, *now), images)


def _one_profile(results: tuple[TrialResult, ...]) -> dict[str, Any]:
    """Return the profile of a trial's images. Raises UsageError where a field of it is unknown, and where the images of
    a set have several."""
    key, profiles = results[0].key, [profile_of(one.policy, one.environment) for one in results]
    unknown = [name for name, value in profiles[0].items() if value is None]
    if unknown:
        hint = f"run it with --env {unknown[0]}=VALUE, then accept that run"
        raise UsageError(f"{key} has no profile: {', '.join(unknown)} of its environment is unknown", hint)
    if any(other != profiles[0] for other in profiles):
        raise UsageError(f"the images of {key} belong to several profiles", "run it again in one environment")
    return profiles[0]


def _nothing_new(same: tuple[Accepted, ...], results: tuple[TrialResult, ...], *, add: bool) -> bool:
    """Return whether these images are accepted already: each of them, and, unless they are added, no others."""
    if not all(any(_is_same(item, result) for item in same) for result in results):
        return False
    existing = Counter(item.image.pixel_digest for item in same)
    return add or existing == Counter(image_of(result).pixel_digest for result in results)


def _free_name(key: TrialKey, profile: Mapping[str, object], existing: Sequence[Accepted], suffix: str) -> str:
    taken = {folded(item.image.file) for item in existing}
    names = (image_file(key, profile, number, suffix) for number in count(len(existing)))
    return next(name for name in names if folded(name) not in taken)


def _is_same(item: Accepted, result: TrialResult) -> bool:
    """Return whether this image by this recipe is accepted already; bytes that differ by nothing but the encoder count
    as the same when the verdict found them fine."""
    image = image_of(result)
    equal = item.image.file_digest == image.file_digest or (
        item.image.pixel_digest == image.pixel_digest and result.outcome.verdict in FINE
    )
    return equal and item.recipe.digest == result.recipe.digest


def portable(recipe: Recipe, root: Path) -> Recipe:
    """Return the recipe with input images named as seen from the folder that holds the baselines: no path of a machine
    is kept. Their digests, by which recipes are compared, stay."""

    def near(image: InputImage | None) -> InputImage | None:
        if image is None or not Path(image.path).is_absolute():
            return image
        try:
            path = Path(image.path).resolve().relative_to(root.resolve().parent).as_posix()
        except ValueError:
            path = Path(image.path).name
        return dataclasses.replace(image, path=path)

    request = recipe.request
    request = dataclasses.replace(
        request,
        input_image=near(request.input_image),
        input_images=request.input_images and tuple(filter(None, map(near, request.input_images))),
        mask=near(request.mask),
    )
    return dataclasses.replace(recipe, request=request)
