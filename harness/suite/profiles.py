"""Profiles: the fields of the environment that choose a baseline, compared with those that are supplied."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.errors import nearest
from harness.suite.layers import Layer
from harness.suite.promises import Refusal
from harness.suite.provider_spec import ProviderSpec
from harness.vocabulary import MACHINE_FIELDS, RuleKind

if TYPE_CHECKING:
    from harness.provider import Capabilities

ANY = "any"
"""Among the profiles of ``fallback``: the one without fields."""


def fields_of(fallback: str | list[str]) -> tuple[str, ...]:
    """Return the fields of one profile of ``fallback``."""
    return () if fallback == ANY else (fallback,) if isinstance(fallback, str) else tuple(fallback)


def profile_refusals(spec: ProviderSpec, promise: "Capabilities | None", layer: Layer) -> Iterator[Refusal]:
    """Yield what is wrong with the profiles of a layer.

    A name that nothing supplies is refused, but for the usual ones: these may be stated on the machine that runs it.
    """
    own, chain, rules = layer.get("profile", ()), layer.get("fallback", ()), layer.get("per_profile", ())
    for key, given in (("fallback", chain), ("per_profile", rules)):
        if given and not own:
            yield Refusal(key, f"`{key}` goes with `profile`", "such as profile: [gpu]")
    if rules and (rule := layer.get("drift")) is not None and rule.kind == RuleKind.SET:
        yield Refusal("per_profile", "`per_profile` does not go with `drift: set`", "make it two cases")
    for rule in rules if own else ():
        for field in rule.when:
            if field.name not in own:
                yield Refusal("per_profile", f"`{field.name}` is no field of `profile`", nearest(field.name, own))
    supplied = None if promise is None else promise.reports
    if supplied is None:
        return
    for key, names in (("profile", own), ("fallback", [name for one in chain for name in fields_of(one)])):
        for name in names:
            if name in supplied or name in MACHINE_FIELDS:
                continue
            hint = f"{nearest(name, supplied | MACHINE_FIELDS)}; or state it: --env {name}=VALUE"
            yield Refusal(key, f"nothing supplies the field `{name}` for `{spec.name}`", hint)
