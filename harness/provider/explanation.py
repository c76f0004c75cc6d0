"""How a provider reads the common vocabulary, word by word: what its adapter tells, and what its promises come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.errors import BadOptionError
from harness.provider.protocol import Capabilities
from harness.provider.registry import adapter_of, price_of
from harness.records import Recipe, Request, Subject
from harness.vocabulary import ANY_SETTING, NEEDED_FIELDS, REQUEST_FIELDS, SUBJECT_FIELDS

VOCABULARY = (*SUBJECT_FIELDS, *(name for name in REQUEST_FIELDS if name != "prompt"))
"""Every word of a suite that an adapter may honor, in the order they are reported."""
LEFT_OUT = "left out and recorded, refused with `strict: true`"
REFUSED = "refused when a suite is read"
HONORED = "honored as it is"
SIDE = 1024
"""Pixels of each side of the image that a cost is reported for."""
SIDES = (256, 512, SIDE)
"""Those among which the least price is looked for."""


@dataclass(frozen=True, slots=True)
class _KindOptions:
    kind: str
    options: Mapping[str, Any]


def explained(
    kind: str, *, measure: bool = False, options: Mapping[str, Any] | None = None
) -> tuple[Explanation, Capabilities | None]:
    """How a kind with these options reads every word of the vocabulary, and what it promises.

    With ``measure`` the speed of each quality is measured now, where it can be. Without options a kind that promises
    nothing before it is configured has None for its promises. Raises UnknownKindError, BrokenProviderError, or
    BadOptionError for options that cannot be used.
    """
    adapter = adapter_of(kind)
    explanation = adapter.explain(measure)
    try:
        can = adapter.capabilities(options or {})
    except BadOptionError:
        if options is not None:
            raise
        return explanation, None
    return replace(explanation, vocabulary=tuple(_rows(adapter, explanation, can, options))), can


def least_price(explanation: Explanation, options: Mapping[str, Any] | None = None) -> float | None:
    """US dollars for the cheapest image of a kind under these options (without any: of its own default model), over
    its qualities and the usual sizes; None where no price is known. Raises BadOptionError."""
    spec = _KindOptions(explanation.kind, options or {})
    qualities: list[str | None] = [tier.value for tier in explanation.vocabulary if tier.setting == "quality"]
    recipes = (_recipe(spec, quality, side) for quality in qualities or [None] for side in SIDES)
    return min((price for price in (price_of(spec, recipe) for recipe in recipes) if price is not None), default=None)


def _rows(
    adapter: Adapter, explanation: Explanation, can: Capabilities, options: Mapping[str, Any] | None
) -> Iterator[Tier]:
    words = [*VOCABULARY, *(tier.setting for tier in explanation.vocabulary if tier.setting not in VOCABULARY)]
    for word in dict.fromkeys(words):
        tiers = [tier for tier in explanation.vocabulary if tier.setting == word]
        honored = word in can.honors or (ANY_SETTING in can.honors and word not in NEEDED_FIELDS)
        if not honored and (options is not None or not tiers):
            yield Tier(word, "–", REFUSED if word in NEEDED_FIELDS else LEFT_OUT)
        elif not tiers:
            yield Tier(word, _values(can, word), HONORED)
        for tier in tiers if honored or options is None else ():
            yield _priced(adapter, tier, options)


def _values(can: Capabilities, word: str) -> str:
    return " ".join(map(str, can.choices[word])) if word in can.choices else "any"


def _priced(adapter: Adapter, tier: Tier, options: Mapping[str, Any] | None) -> Tier:
    """The tier with its price under the options; one that is no quality has its own only where that still holds."""
    if options is None or (tier.setting != "quality" and tier.cost is None):
        return tier
    spec = _KindOptions(adapter.kind, options)
    cost = price_of(spec, _recipe(spec, tier.value if tier.setting == "quality" else None, SIDE))
    return replace(tier, cost=cost if tier.setting == "quality" or cost == tier.cost else None)


def _recipe(spec: _KindOptions, quality: str | None, side: int) -> Recipe:
    model = spec.options.get("model")
    settings = {} if quality is None else {"quality": quality}
    subject = Subject(spec.kind, spec.kind, model if isinstance(model, str) else None, settings)
    return Recipe(Request("two red circles", width=side, height=side), subject)
