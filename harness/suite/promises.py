"""What a suite asks of its providers, compared with what they promise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import nearest
from harness.records import Subject
from harness.suite.layers import Layer
from harness.suite.provider_spec import ProviderSpec
from harness.vocabulary import ANY_SETTING, NEEDED_FIELDS, REQUEST_FIELDS, SUBJECT_FIELDS, Level, is_neutral

if TYPE_CHECKING:
    from harness.provider import Capabilities

Lookup = Callable[[ProviderSpec], "Capabilities"]
"""From a provider to its promise. Raises a HarnessError when there is no such kind or its options are wrong; one
that has an attribute ``known`` (names of kinds) serves the hint."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What a stored probe showed of a provider with its settings, here.

    ``level`` is the determinism seen in this environment, None where no probe holds here, for the reason in ``note``;
    ``when`` is the day of the probe.
    """

    level: Level | None
    when: str = ""
    note: str = ""

    def repeats(self, level: Level) -> bool:
        """Return whether it repeated at least to this level."""
        return self.level is not None and self.level.at_least(level)

    def contradicts(self, level: Level) -> bool:
        """Return whether it was seen not to repeat to this level."""
        return self.level is not None and not self.repeats(level)


Shown = Callable[[str, ProviderSpec, Subject], Showing | None]
"""From suite, provider and subject to what a stored probe showed; None where nothing is stored."""

NEGOTIABLE = frozenset({"background", "format", "input_fidelity", "moderation", "partial_images", "n"})
"""Settings whose values a provider may not have: an omission that is recorded, unless the suite is strict."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a provider cannot be asked: the field it is about, and why."""

    field: str
    message: str
    hint: str = ""


OTHER_RULES = (
    "say `drift: calibrated`, `drift: set` (unseeded), or limits such as "
    '{delta_e: "<= 2.5", delta_e_block_max: "<= 1.5"}'
)


def exact_refusal(
    spec: ProviderSpec, promise: "Capabilities", shown: Showing | None, *, stated: bool
) -> Refusal | None:
    """Why ``drift: exact`` (stated, or by default) is refused; None where it is not.

    What a probe showed here overrides what the provider promises.
    """
    what = "`drift: exact` is refused" if stated else "`drift` must be stated"
    if shown is not None and shown.contradicts(Level.PIXELS):
        return Refusal("drift", f"{what}: {_seen(spec, shown)}", f"{OTHER_RULES}; after a fix: harness probe")
    if promise.seed.exact_here or (shown is not None and shown.repeats(Level.PIXELS)):
        return None
    note = f"; {shown.note}" if shown is not None and shown.note else ""
    hint = f"{OTHER_RULES}; or show that it repeats: harness probe"
    return Refusal("drift", f"{what}: `{spec.name}` promises of its seed: {promise.seed}{note}", hint)


def determinism_refusal(spec: ProviderSpec, promised: Level | None, shown: Showing | None) -> Refusal | None:
    """Why a promised ``determinism:`` is refused: a probe showed less. None where it is not."""
    if promised is None or shown is None or not shown.contradicts(promised):
        return None
    message = f"`determinism: {promised}` is refused: {_seen(spec, shown)}"
    return Refusal("determinism", message, f"say `determinism: {shown.level}`; or fix it, and then: harness probe")


def _seen(spec: ProviderSpec, shown: Showing) -> str:
    return f"a probe ({shown.when}) saw `{spec.name}` repeat to level {shown.level} only"


def refusals(
    spec: ProviderSpec, promise: "Capabilities", layer: Layer, asked: Mapping[str, Any], *, strict: bool
) -> Iterator[Refusal]:
    """Yield what of a layer the provider cannot take, and of what a case needs (``input_image``, ``mask`` …)."""
    honors = promise.honors
    takes = f"it takes {', '.join(sorted(honors - {ANY_SETTING}))}" if honors else ""
    for name in NEEDED_FIELDS:
        if asked.get(name) is not None and name not in honors:
            yield Refusal(name, f"`{spec.name}` takes no `{name}`", takes)
    if ANY_SETTING not in honors:
        known = honors.difference(REQUEST_FIELDS)
        for name in layer.get("settings", {}):
            if name not in honors and name not in SUBJECT_FIELDS:
                yield Refusal(name, f"`{spec.name}` knows no setting `{name}`", nearest(name, known))
        for name in _STRICT if strict else ():
            if name in layer and not is_neutral(name, layer[name]) and _HONORED.get(name, name) not in honors:
                yield Refusal(name, f"`{spec.name}` does not honor `{name}`", RECORD)
    for name, allowed in promise.choices.items():
        value = layer.get(name, layer.get("settings", {}).get(name))
        if value is None or value in allowed or (name in NEGOTIABLE and (is_neutral(name, value) or not strict)):
            continue
        hint = RECORD if name in NEGOTIABLE else nearest(str(value), map(str, allowed))
        yield Refusal(name, f"`{spec.name}` has no {name} {value!r:.60}", hint)


_STRICT = (*SUBJECT_FIELDS, "negative_prompt", "size", "aspect", "seeds")
_HONORED = {"aspect": "size", "seeds": "seed"}
"""What a field of a suite is called among what a provider honors."""
RECORD = "take it out, or say `strict: false` to have the omission recorded"
