"""What differs between the recipe and environment of an image and those of the accepted one."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from harness.records import PROCESS, WORKER, Difference, Recipe, to_json
from harness.vocabulary import Part

NOT_CAUSES = frozenset({"seconds", "request_id", "file", "reply", WORKER})
"""Environment entries that only name the occasion: never the reason of a change."""
STORY = frozenset({"interpretation", "scene", "layout", "batch"})
"""Records of how a provider came to an image: they follow from the recipe. A single value of such a name is what a
server or a user states, such as ``batch=4``."""


def differences(
    old: Recipe, old_environment: Mapping[str, Any], new: Recipe, new_environment: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Return all differences, request first, then subject, then environment; lists element by element.

    Input images count by digest. An entry that only one side has is a difference (one that is null counts as none),
    except those of the environment that are no causes.
    """
    found: list[Difference] = []
    if old != new:
        found += [Difference(Part.REQUEST, *item) for item in _walk(_request(old), _request(new))]
        found += [Difference(Part.SUBJECT, *item) for item in _walk(to_json(old.subject), to_json(new.subject))]
    return (*found, *environment_differences(old_environment, new_environment))


def causes(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of an environment that can be the reason of a change."""
    return {
        name: value
        for name, value in environment.items()
        if name not in NOT_CAUSES and not (name in STORY and isinstance(value, (Mapping, list, tuple)))
    }


def environment_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what differs between two environments, among what can be the reason of a change.

    What a process reports counts where both sides hold it, and of its packages those that both had imported: a package
    may be imported later than the image was made.
    """
    if old == new:
        return ()
    before, after = (to_json(causes(one)) for one in (old, new))
    walked = list(_walk(_without_process(before), _without_process(after)))
    if isinstance(before.get(PROCESS), dict) and isinstance(after.get(PROCESS), dict):
        packages = before[PROCESS].get("packages", {}).keys() & after[PROCESS].get("packages", {}).keys()
        old_process, new_process = (_of_packages(one[PROCESS], packages) for one in (before, after))
        walked += _walk(old_process, new_process, PROCESS)
    return tuple(Difference(Part.ENVIRONMENT, *item) for item in walked)


def _without_process(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in environment.items() if name != PROCESS}


def _of_packages(process: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    packages = {name: version for name, version in process.get("packages", {}).items() if name in names}
    return {**process, "packages": packages}


def _request(recipe: Recipe) -> dict[str, Any]:
    data: dict[str, Any] = to_json(recipe.request)
    single = {name: data[name]["digest"] for name in ("input_image", "mask") if name in data}
    several = {"input_images": [image["digest"] for image in data["input_images"]]} if "input_images" in data else {}
    return data | single | several


def _walk(old: Any, new: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _walk(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _elements(old, new, path)
    elif old != new:
        yield path, old, new


def _elements(old: Sequence[Any], new: Sequence[Any], path: str) -> list[tuple[str, Any, Any]]:
    """Return what was put in, taken out and changed, each under its place in the list that has it."""
    texts = [[json.dumps(item, sort_keys=True) for item in side] for side in (old, new)]
    found: list[tuple[str, Any, Any]] = []
    for tag, a, a_end, b, b_end in SequenceMatcher(None, texts[0], texts[1]).get_opcodes():
        for at in range(0 if tag == "equal" else max(a_end - a, b_end - b)):
            before, after = old[a + at : a_end][:1], new[b + at : b_end][:1]
            place = f"{path}[{b + at if after else a + at}]"
            found += _walk(before[0] if before else None, after[0] if after else None, place)
    # a null more or less has no place of its own
    return found or ([(path, old, new)] if len(old) != len(new) else [])
