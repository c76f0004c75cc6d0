"""What a suite asks of its providers, held against what they promise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.suite.config import ProviderSpec
from harness.suite.layers import SUBJECT_FIELDS, Layer
from harness.suite.problem import nearest


class Promise(Protocol):
    """What the suite needs to know of a provider; ``harness.provider.Capabilities`` is one.

    ``honours`` may hold ``*``: any setting. ``choices`` lists the values of a setting where they are few.
    """

    @property
    def seed(self) -> str: ...
    @property
    def honours(self) -> frozenset[str]: ...
    @property
    def choices(self) -> Mapping[str, tuple[Any, ...]]: ...


Lookup = Callable[[ProviderSpec], Promise]
"""From a provider to its promise. Raises a HarnessError when there is no such kind or its options are wrong; one
that has an attribute ``known`` (names of kinds) serves the hint."""

REQUEST_WORDS = frozenset({"prompt", "seed", "size", "image", "mask", "ask", "*"})
_NEEDED = ("image", "mask", "strength", "ask")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a provider cannot be asked: the field it is about, and why."""

    field: str
    message: str
    hint: str = ""


def repeats_exactly(promise: Promise) -> bool:
    """Whether the seed promise allows ``drift: exact``."""
    return promise.seed.startswith("exact")


def exact_refusal(spec: ProviderSpec, promise: Promise, *, stated: bool) -> Refusal:
    """Why ``drift: exact`` (stated, or by default) is refused."""
    what = "`drift: exact` is refused" if stated else "`drift` must be said"
    hint = 'say `drift: calibrated`, `drift: set` (unseeded), or limits such as {ssim: ">= 0.98"}'
    return Refusal("drift", f"{what}: `{spec.name}` promises of its seed: {promise.seed}", hint)


def refusals(
    spec: ProviderSpec, promise: Promise, layer: Layer, asked: Mapping[str, Any], *, strict: bool
) -> Iterator[Refusal]:
    """What of a layer and of a case's ``image``, ``mask``, ``strength`` and ``ask`` the provider cannot take."""
    honours = promise.honours
    for name in _NEEDED:
        if asked.get(name) is not None and name not in honours:
            yield Refusal(name, f"`{spec.name}` takes no `{name}`", _takes(honours))
    if "*" not in honours:
        known = honours - REQUEST_WORDS
        for name in layer.get("settings", {}):
            if name not in honours and name not in SUBJECT_FIELDS:
                yield Refusal(name, f"`{spec.name}` knows no setting `{name}`", nearest(name, known))
        for name in (*SUBJECT_FIELDS, "negative_prompt", "size", "aspect") if strict else ():
            if name in layer and ("size" if name == "aspect" else name) not in honours:
                hint = "take it out, or say `strict: false` to have the omission recorded"
                yield Refusal(name, f"`{spec.name}` does not honour `{name}`", hint)
    for name, allowed in promise.choices.items():
        value = layer.get(name, layer.get("settings", {}).get(name))
        if value is not None and value not in allowed:
            yield Refusal(name, f"`{spec.name}` has no {name} {value!r:.60}", nearest(str(value), map(str, allowed)))


def _takes(honours: frozenset[str]) -> str:
    return f"it takes {', '.join(sorted(honours - {'*'}))}" if honours else ""
