"""What a recipe asks for and a provider leaves out: recorded, never silent."""

from collections.abc import Collection, Mapping
from typing import Any

from harness.records import Recipe
from harness.vocabulary import ANY_SETTING, ONLY_BY_NAME, is_neutral

Environment = dict[str, Any]


def omitted(
    recipe: Recipe,
    honors: Collection[str],
    own: Collection[str] = (),
    choices: Mapping[str, Collection[Any]] | None = None,
) -> list[str]:
    """Return the names of a recipe's fields and settings that are not honored, sorted.

    ``own`` are the adapter's own options, which the suite records among the settings of the subject; ``choices`` the
    values of a setting where they are few: any other value is not honored.
    """
    request = recipe.request
    fields = ("seed", "strength", "input_image", "input_images", "mask")
    asked = {name for name in fields if getattr(request, name) is not None}
    if request.negative_prompt:
        asked.add("negative_prompt")
    if request.ask is None:
        asked.add("size")
    if recipe.subject.model is not None and "model" not in own:
        asked.add("model")
    settings = recipe.subject.settings
    stated = {name for name, value in settings.items() if not is_neutral(name, value)} - set(own)
    unknown = (asked | (stated & ONLY_BY_NAME if ANY_SETTING in honors else stated)) - set(honors)
    allowed = choices or {}
    other = {name for name in stated & set(allowed) if settings[name] not in allowed[name]}
    return sorted(unknown | other)


def with_omissions(environment: Environment, left_out: list[str]) -> Environment:
    """Return the environment with what was left out, when something was."""
    return environment | {"omitted": left_out} if left_out else environment
