"""Routes: a provider that is an ordered list of others by name. The names are replaced by their providers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import HarnessError, nearest
from harness.records import Rule, Subject, to_json
from harness.suite.promises import Refusal
from harness.suite.provider_spec import ProviderSpec
from harness.vocabulary import RuleKind

ROUTE = "route"
"""The kind whose ``over`` names other providers."""
BASELINE_RULES = (RuleKind.EXACT, RuleKind.CALIBRATED)
"""Rules that compare an image with one that the same provider generated."""


@dataclass(eq=False, repr=False)
class RouteError(HarnessError):
    """Something wrong with entry ``index`` of a route's ``over``; None is the route as a whole."""

    index: int | None
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return self.problem


def expanded(
    spec: ProviderSpec,
    find: Callable[[str], ProviderSpec],
    check: Callable[[ProviderSpec], None],
    subject: Callable[[ProviderSpec], Subject],
) -> ProviderSpec:
    """Return a route with the providers it names under ``members``; another provider as it is.

    ``find`` gives the provider of a name, ``check`` raises a HarnessError for one that cannot be used (its attribute
    ``known`` holds the names of kinds when there is no such kind), ``subject`` returns what of it shapes an image.
    Raises RouteError. What is no list of names is left to the adapter to refuse.
    """
    over = spec.options.get("over")
    if spec.kind != ROUTE or not isinstance(over, list) or not all(isinstance(name, str) for name in over):
        return spec
    if "members" in spec.options:
        raise RouteError(None, f"provider `{spec.name}`: unknown option `members`", "did you mean `over`?")
    members: dict[str, Any] = {}
    for index, name in enumerate(over):
        if name == spec.name:
            raise RouteError(index, f"`{name}` names itself")
        if name in members:
            raise RouteError(index, f"`{name}` is named twice")
        member = find(name)
        if member.kind == ROUTE:
            raise RouteError(index, f"`{name}` is a route too", f"name its providers here: {_names(member)}")
        if member.options.get("workers") is not None:
            problem = f"`{name}` has `workers`, and a route generates in the process of the harness"
            raise RouteError(index, problem, f"leave out `workers` of `{name}`, or name it without the route")
        try:
            check(member)
        except HarnessError as fault:
            raise RouteError(index, *_unusable(name, fault)) from fault
        shown = to_json(subject(member))
        members[name] = {
            "kind": member.kind,
            "options": dict(member.options),
            "root": member.root,
            "model": shown.get("model"),
            "settings": shown.get("settings", {}),
        }
    return replace(spec, options={**spec.options, "members": members})


def shown(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a route as part of its subject: what shapes the image of those that may generate, no
    folders.
    """
    members = {
        name: {key: member[key] for key in ("kind", "model", "settings") if member[key] is not None}
        for name, member in options.get("members", {}).items()
        if options.get("pin") in (None, name)
    }
    return {**options, "members": members}


def unpinned_refusal(spec: ProviderSpec, rule: Rule, *, stated: bool) -> Refusal | None:
    """Why a route that is not pinned cannot be judged by this rule; None where it can be."""
    over = spec.options.get("over")
    if spec.kind != ROUTE or rule.kind not in BASELINE_RULES or not over or spec.options.get("pin"):
        return None
    what = f"`drift: {rule.kind}` is refused" if stated else "`drift` must be stated"
    message = f"{what}: any of {', '.join(over)} may generate for the route `{spec.name}`"
    return Refusal(
        "drift", message, f"say `pin: {over[0]}` under providers.{spec.name}, or name one of them in the case"
    )


def _names(route: ProviderSpec) -> str:
    over = route.options.get("over")
    return ", ".join(map(str, over)) if isinstance(over, list) else "it has none"


def _unusable(name: str, fault: HarnessError) -> tuple[str, str]:
    known = getattr(fault, "known", None)
    if known is None:
        return f"`{name}` cannot be used: {fault}", fault.hint
    return f"unknown provider `{name}`", nearest(name, known)
