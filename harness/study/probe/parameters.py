"""Settings that are changed to see whether the image follows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from harness.judge import ParameterObservation, unmet
from harness.provider import Capabilities
from harness.records import Reason, Recipe
from harness.study.probe.generate import Taken
from harness.vocabulary import Quality

WORDS = {"quality": (Quality.DRAFT, Quality.STANDARD, Quality.HD), "style": ()}
"""Settings that take a word, and the words of the common vocabulary."""
NUMBERS = {"guidance": (1.0, 4.0), "steps": (2, 16)}
"""Settings that take a number, and two that are far apart where the suite says none."""
MOST_SIDE = 512
"""Pixels of a side above which an image is probed at half its size, below at twice."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting to change: ``base`` the trial's own value (None: the provider's default), ``others`` what to try.

    Of ``enough`` the first is enough when it gives another image.
    """

    name: str
    base: Any
    others: tuple[Any, ...]
    enough: bool = False


def changes_of(recipe: Recipe, capabilities: Capabilities) -> Iterator[Change]:
    """Yield the settings that the provider says it honors and that can be changed.

    A provider that takes any setting (``*``) is held to those that the suite states.
    """
    settings = recipe.subject.settings
    stated = set(settings) if "*" in capabilities.honors else {*WORDS, *NUMBERS}
    for name in ("quality", "style", "guidance", "steps"):
        if name not in stated or not {name, "*"} & capabilities.honors:
            continue
        base = settings.get(name)
        if name in NUMBERS:
            yield Change(name, base, _numbers(name, base))
        elif others := tuple(w for w in capabilities.choices.get(name, WORDS[name]) if w != base)[:2]:
            yield Change(name, base, others, enough=True)
    request = recipe.request
    if "negative_prompt" in capabilities.honors and (request.negative_prompt or "*" not in capabilities.honors):
        # an image without any word of its own prompt is another one, or there is none
        yield Change("negative_prompt", request.negative_prompt, (", ".join(request.prompt.split()),))
    if "size" in capabilities.honors and request.input_image is None and request.mask is None:
        width, height = request.width, request.height
        large = max(width, height) >= MOST_SIDE
        other = (width // 2, height // 2) if large else (width * 2, height * 2)
        yield Change("size", f"{width}x{height}", (f"{other[0]}x{other[1]}",))


def changed(recipe: Recipe, name: str, value: Any) -> Recipe:
    """Return the recipe with another value of a setting or of the negative prompt; a size is ``WxH``."""
    if name == "negative_prompt":
        return replace(recipe, request=replace(recipe.request, negative_prompt=value))
    if name == "size":
        width, _, height = str(value).partition("x")
        return replace(recipe, request=replace(recipe.request, width=int(width), height=int(height)))
    return replace(recipe, subject=replace(recipe.subject, settings={**recipe.subject.settings, name: value}))


def observation(
    change: Change, recipe: Recipe, reference: Taken, generate: Callable[[Recipe], Taken]
) -> ParameterObservation:
    """Return the effect of a changed setting; ``generate`` generates a recipe."""
    values, pixels = [change.base], [reference.pixels]
    problem: tuple[Reason, ...] = ()
    stated: Reason | None = None
    for other in change.others:
        taken = generate(changed(recipe, change.name, other))
        values.append(other)
        pixels.append(taken.pixels)
        problem = problem or taken.problem
        stated = stated or _stated(taken, change.name)
        if change.enough and taken.pixels not in ("", reference.pixels):
            break
    return ParameterObservation(change.name, tuple(values), tuple(pixels), stated, problem)


def _numbers(name: str, base: Any) -> tuple[Any, ...]:
    if isinstance(base, bool) or not isinstance(base, (int, float)):
        return NUMBERS[name]
    if name == "steps":
        return (max(1, int(base) // 2), int(base) * 2) if base > 1 else (2, 4)
    return (base / 2, base * 1.5) if base else (1.0, 4.0)


def _stated(taken: Taken, name: str) -> Reason | None:
    """Return what the provider says of a setting that it did not take as it was."""
    for note in unmet(taken.environment, taken.trial.recipe.subject.provider):
        if note.data.get("name") == name or name in note.data.get("names", ()):
            return note
    return None
