"""What a recipe asks for and a provider leaves out: recorded, never silent."""

from collections.abc import Collection
from typing import Any

from harness.records import Recipe

Environment = dict[str, Any]


def omitted(recipe: Recipe, honours: Collection[str], own: Collection[str] = ()) -> list[str]:
    """The names of a recipe's fields and settings that are not honoured, sorted.

    ``own`` are the adapter's own options, which the suite records among the settings of the subject.
    """
    request = recipe.request
    asked = {name for name in ("seed", "strength", "image", "mask") if getattr(request, name) is not None}
    if request.negative_prompt:
        asked.add("negative_prompt")
    if request.ask is None:
        asked.add("size")
    if recipe.subject.model is not None and "model" not in own:
        asked.add("model")
    settings = set() if "*" in honours else set(recipe.subject.settings) - set(own)
    return sorted((asked | settings) - set(honours))


def with_omissions(environment: Environment, left_out: list[str]) -> Environment:
    """The environment with what was left out, when something was."""
    return environment | {"omitted": left_out} if left_out else environment
