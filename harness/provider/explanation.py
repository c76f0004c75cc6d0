"""How a provider reads the common vocabulary, word by word: what its adapter says, and what its promises mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.provider.errors import BadOptionError
from harness.provider.options import ProviderOptions, Tier
from harness.provider.protocol import Capabilities
from harness.provider.registry import adapter_of
from harness.records import Recipe, Request, Subject
from harness.vocabulary import ANY_SETTING, NEEDED_FIELDS, ONLY_BY_NAME, REQUEST_FIELDS, SUBJECT_FIELDS

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
class Explanation:
    """What ``harness providers --explain`` prints about a kind, as data. ``options`` are name → what it does."""

    kind: str
    summary: str
    options: Mapping[str, str] = field(default_factory=dict)
    vocabulary: tuple[Tier, ...] = ()
    notes: tuple[str, ...] = ()


def explain(kind: str, *, measure: bool = False) -> Explanation:
    """Return how a kind reads the common vocabulary; with ``measure`` the speed of each quality is measured now.

    Raises UnknownKindError or BrokenProviderError.
    """
    adapter = adapter_of(kind)
    options = adapter.options
    tiers = options.measured() if measure else options.vocabulary()
    return Explanation(adapter.kind, adapter.summary, options.described(), tiers, options.notes)


def explained(
    kind: str, *, measure: bool = False, options: Mapping[str, Any] | None = None, name: str = ""
) -> tuple[Explanation, Capabilities | None]:
    """Return how a kind with these options reads every word of the vocabulary, and what it promises.

    With ``measure`` the speed of each quality is measured now, where it can be; ``name`` is what the options are said
    of in a fault. Without options a kind that promises
    nothing before it is configured has None for its promises. Raises UnknownKindError, BrokenProviderError, or
    BadOptionError for options that cannot be used.
    """
    explanation = explain(kind, measure=measure)
    try:
        read = adapter_of(kind).options.read(name or kind, options or {})
    except BadOptionError:
        if options is not None:
            raise
        return explanation, None
    rows = tuple(_rows(explanation, read, stated=options is not None))
    return replace(explanation, vocabulary=rows), read.capabilities


def least_price(kind: str, options: Mapping[str, Any] | None = None) -> float | None:
    """US dollars for the cheapest image of a kind under these options (without any: of its own default model), over
    its qualities and the usual sizes; None where no price is known. Raises BadOptionError."""
    read = adapter_of(kind).options.read(kind, options or {})
    tiers = read.vocabulary()
    qualities: list[str | None] = [tier.value for tier in tiers if tier.setting == "quality"]
    prices = (_price(kind, read, quality, side) for quality in qualities or [None] for side in SIDES)
    return min((price for price in prices if price is not None), default=None)


def _rows(explanation: Explanation, options: ProviderOptions, *, stated: bool) -> Iterator[Tier]:
    can = options.capabilities
    words = [*VOCABULARY, *(tier.setting for tier in explanation.vocabulary if tier.setting not in VOCABULARY)]
    for word in dict.fromkeys(words):
        tiers = [tier for tier in explanation.vocabulary if tier.setting == word]
        honored = word in can.honors or (ANY_SETTING in can.honors and word not in ONLY_BY_NAME)
        if not honored and (stated or not tiers):
            yield Tier(word, "–", REFUSED if word in NEEDED_FIELDS else LEFT_OUT)
        elif not tiers:
            yield Tier(word, _values(can, word), HONORED)
        for tier in tiers if honored or not stated else ():
            yield _priced(explanation.kind, tier, options) if stated else tier


def _values(can: Capabilities, word: str) -> str:
    return " ".join(map(str, can.choices[word])) if word in can.choices else "any"


def _priced(kind: str, tier: Tier, options: ProviderOptions) -> Tier:
    """Return the tier with its price under the options; other words keep their own price only where it still holds."""
    if tier.setting != "quality" and tier.cost is None:
        return tier
    cost = _price(kind, options, tier.value if tier.setting == "quality" else None, SIDE)
    return replace(tier, cost=cost if tier.setting == "quality" or cost == tier.cost else None)


def _price(kind: str, options: ProviderOptions, quality: str | None, side: int) -> float | None:
    settings = {} if quality is None else {"quality": quality}
    subject = Subject(kind, kind, getattr(options, "model", None), settings)
    return options.price_for(Recipe(Request("two red circles", width=side, height=side), subject))
