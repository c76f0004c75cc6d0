"""From a request to the recipes of its images, with what the provider will not honor."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.gateway.catalog import Model
from harness.gateway.errors import InvalidRequestError, NotHonoredError, UnsupportedError
from harness.gateway.records import ImageRequest
from harness.image import DEFAULT_LIMITS
from harness.records import Policy, Recipe, Request, Trial, TrialKey, encode_json
from harness.suite import refusals, subject_of
from harness.vocabulary import ANY_SETTING, NEEDED_FIELDS, ONLY_BY_NAME, RANGES, SUBJECT_FIELDS, Operation, is_neutral

SUITE = "serve"
"""The suite that served images are recorded under."""
GREATEST_SEED = 2**53 - 1
"""JSON numbers above it are rounded by JavaScript clients, and so are not the seed that was meant."""
MOST_IMAGES = 10
"""Of one request."""
MOST_TEXT = 200_000
"""Characters of a prompt, and bytes of all settings as JSON: they are recorded with each image."""
NUMBERS: dict[str, tuple[type, ...]] = {"steps": (int,), "guidance": (int, float), **dict.fromkeys(RANGES, (int,))}
"""The settings of the common vocabulary that are numbers; the others are text."""
WORDS_OF: dict[tuple[type, ...], str] = {(int,): "an integer", (int, float): "a number", (str,): "text"}
"""What a value of these types is called."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a request comes to: a recipe for each image, and the fields that will not be honored."""

    recipes: tuple[Recipe, ...]
    not_honored: tuple[str, ...] = ()


def prepare(request: ImageRequest, model: Model) -> Prepared:
    """Return the recipes of a request.

    Raises InvalidRequestError for what no provider could do, UnsupportedError for what this one cannot, and with
    ``strict`` NotHonoredError.
    """
    _check(request)
    left_out = tuple(sorted(_left_out(request, model)))
    if request.strict and left_out:
        raise NotHonoredError(
            f"`{model.id}` does not honor {', '.join(left_out)}", "leave it out, or do not ask for strict", left_out[0]
        )
    honored = {name: value for name, value in request.settings.items() if name not in left_out}
    layer = _layer(replace(request, settings=honored), model)
    for refusal in refusals(model.provider, model.capabilities, layer, _given(request), strict=False):
        kind = UnsupportedError if refusal.field in NEEDED_FIELDS else InvalidRequestError
        raise kind(refusal.message, refusal.hint, refusal.field)
    subject = subject_of(model.provider, layer)
    width, height = request.size or (Request("").width, Request("").height)
    asks = request.operation is Operation.ASK
    recipes = tuple(
        Recipe(
            Request(
                "" if asks else request.prompt,
                request.negative_prompt,
                None if request.seed is None else request.seed + index,
                width,
                height,
                request.input_image,
                request.mask,
                request.strength,
                request.prompt if asks else None,
            ),
            subject,
        )
        for index in range(request.n)
    )
    return Prepared(recipes, left_out)


def seeds_of(request: ImageRequest, model: Model, default: int | None = None) -> tuple[int | None, ...]:
    """Return the seed of each image of a request.

    A provider whose images repeat would make one image of all requests without a seed: those get ``default``, or random
    ones where it is None; the reply reports them. To other providers none is sent.
    """
    if request.seed is not None:
        return tuple(request.seed + index for index in range(request.n))
    repeats = "seed" in model.capabilities.honors and model.capabilities.seed.exact_here
    if repeats and request.operation is not Operation.ASK:
        if default is not None:
            return tuple(default + index for index in range(request.n))
        return tuple(secrets.randbelow(GREATEST_SEED + 1) for _ in range(request.n))
    return (None,) * request.n


def trial_of(recipe: Recipe, variant: str, timeout: float) -> Trial:
    """Return the trial of a recipe. Its case is the first words of the prompt with digits of the recipe's digest (the
    seed apart), so that it is the same whenever the same is asked for; ``variant`` tells calls apart."""
    return Trial(
        TrialKey(SUITE, case_of(recipe), variant, recipe.request.seed), recipe, Policy(timeout=timeout), where=SUITE
    )


def case_of(recipe: Recipe) -> str:
    """Return the name of the case of a recipe: equal for equal recipes that differ in the seed only."""
    request, subject = recipe.request, recipe.subject
    text = request.ask or request.prompt
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    unseeded = Recipe(replace(request, seed=None), subject)
    return f"{words or 'image'}-{unseeded.digest[:8]}"


def _check(request: ImageRequest) -> None:
    if not request.prompt.strip():
        raise InvalidRequestError("the prompt is empty", "say what the image is to show", "prompt")
    for name in ("prompt", "negative_prompt"):
        if len(getattr(request, name)) > MOST_TEXT:
            raise InvalidRequestError(f"{name} is too long", f"at most {MOST_TEXT:,} characters", name)
    if len(encode_json(request.settings)) > MOST_TEXT:
        raise InvalidRequestError("the settings are too long", f"at most {MOST_TEXT:,} bytes as JSON", "settings")
    if not 1 <= request.n <= MOST_IMAGES:
        raise InvalidRequestError(f"n is {request.n}", f"from 1 to {MOST_IMAGES}", "n")
    if request.seed is not None and not 0 <= request.seed <= GREATEST_SEED - request.n + 1:
        hint = "from 0 to 2^53 - 1: greater numbers are rounded by clients that read JSON numbers as doubles"
        raise InvalidRequestError(f"seed {request.seed} is out of range", hint, "seed")
    if request.size is not None and request.size[0] * request.size[1] > DEFAULT_LIMITS.pixels:
        hint = f"at most {DEFAULT_LIMITS.pixels:,} pixels"
        raise InvalidRequestError("the size is {}x{}".format(*request.size), hint, "size")
    if request.operation is Operation.EDIT and request.input_image is None:
        raise InvalidRequestError("an edit needs an image", "send it as `image`", "image")
    if request.mask is not None and request.input_image is None:
        raise InvalidRequestError("a mask needs an image", "send it as `image`", "mask")
    for name, value in request.settings.items():
        kinds = NUMBERS.get(name, (str,) if name in SUBJECT_FIELDS else (object,))
        if value is not None and (not isinstance(value, kinds) or (name in NUMBERS and isinstance(value, bool))):
            raise InvalidRequestError(f"{name} is {type(value).__name__}", f"send {WORDS_OF[kinds]}", name)


def _layer(request: ImageRequest, model: Model) -> dict[str, object]:
    settings = {name: value for name, value in request.settings.items() if value is not None}
    layer: dict[str, object] = {name: settings.pop(name) for name in SUBJECT_FIELDS if name in settings}
    if request.quality is not None:
        layer["quality"] = request.quality.value
    if settings:
        layer["settings"] = settings
    if model.model is not None:
        layer["model"] = model.model
    return layer


def _given(request: ImageRequest) -> dict[str, object]:
    asks = request.prompt if request.operation is Operation.ASK else None
    fields = {name: getattr(request, name, None) for name in NEEDED_FIELDS}
    return fields | {"ask": asks}


def _left_out(request: ImageRequest, model: Model) -> Iterator[str]:
    """Yield what was asked for and the provider does not honor; what its reply adds is reported with the image."""
    can = model.capabilities
    asked = {
        "seed": request.seed is not None,
        "size": request.size is not None and request.operation is not Operation.ASK,
        "negative_prompt": bool(request.negative_prompt),
        "quality": request.quality is not None,
    } | {name: not is_neutral(name, value) for name, value in request.settings.items()}
    for name, is_asked in asked.items():
        value = request.settings.get(name)
        unknown = name not in can.honors and (ANY_SETTING not in can.honors or name in ONLY_BY_NAME)
        other = name in can.choices and not is_neutral(name, value) and value not in can.choices[name]
        if is_asked and (unknown or other):
            yield name
