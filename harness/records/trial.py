"""What a suite asks for, trial by trial, with the rules it is judged by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.records.attempt import FIRST, Attempt
from harness.records.codec import to_json
from harness.records.environment import field_of
from harness.records.identity import Recipe, Request, TrialKey
from harness.records.types import Count, Pixels, Probability, Seconds
from harness.vocabulary import Level, RuleKind


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, origin top left."""

    x: Count
    """Left edge."""
    y: Count
    """Upper edge."""
    width: Pixels
    """Pixels."""
    height: Pixels
    """Pixels."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Bounds on one metric of the panel, both inclusive."""

    metric: str
    """Its name."""
    min: float | None = None
    """None is open."""
    max: float | None = None
    """None is open. Below 1 for an ssim it catches a tolerance grown too loose."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How drift is decided."""

    kind: RuleKind = RuleKind.EXACT
    """Which rule."""
    limits: tuple[Limit, ...] = ()
    """Those of the kind ``limits``."""
    alpha: Probability | None = None
    """The chance of a false alarm that one trial (``calibrated``) or one set of images (``set``) may have: the suite's,
    divided by the number of its keys that are judged so, fixed when the suite is planned."""
    samples: Count | None = None
    """The number of images of a set."""


@dataclass(frozen=True, slots=True)
class ViewerSpec:
    """A viewer as a suite or a project defines it: what answers checks."""

    name: str
    """What the suite calls it."""
    kind: str
    """``shapes``, ``ocr``, ``vlm`` …"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Its options as written, paths as they are reached from the working folder."""

    def __hash__(self) -> int:
        return hash((self.name, self.kind))


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion on what an image shows."""

    kind: str
    """``count``, ``color``, ``text``, ``question`` …"""
    args: Mapping[str, Any] = field(default_factory=dict)
    """Its arguments as written."""
    name: str | None = None
    """What ``needs`` of another check calls it."""
    needs: tuple[str, ...] = ()
    """The names of the checks that must pass before this one counts."""
    viewer: str | None = None
    """The name of the viewer that the check itself chooses."""
    paired: bool = False
    """Whether it passes where the image is answered like the accepted one."""
    by: ViewerSpec | None = None
    """The viewer that answers it; None: the built-in viewer of shapes."""
    viewers: tuple[ViewerSpec, ...] = ()
    """Those of an ``auto`` check: of what is derived, each is answered by the first that can."""
    derived: bool = False
    """Whether it was derived from the prompt."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of an environment."""

    name: str
    """Its name."""
    value: Any
    """A plain JSON value."""


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """A rule for images of one profile, in place of the case's own."""

    when: tuple[FieldValue, ...]
    """The fields that the profile has, all of them."""
    drift: Rule
    """What is a drift there."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a case is judged."""

    drift: Rule = field(default_factory=Rule)
    """What is a drift."""
    warn: tuple[Limit, ...] = ()
    """Limits that mark a benign trial."""
    ignore: tuple[Box, ...] = ()
    """Left out of every metric."""
    determinism: Level | None = None
    """The promised level, or None."""
    profile: tuple[str, ...] = ()
    """The fields of the environment that have baselines of their own."""
    fallback: tuple[tuple[str, ...], ...] = ()
    """Less specific profiles by their fields, in the order in which they are looked for where nothing was accepted for
    the own one; without fields: what was accepted for any environment."""
    per_profile: tuple[ProfileRule, ...] = ()
    """Rules of single profiles; the first that fits is taken in place of ``drift``."""
    confirm: Count = 1
    """How often a drift under ``exact`` or limits is generated again, to see whether it repeats."""
    timeout: Seconds = 300.0
    """For one image, in seconds."""
    embedding: ViewerSpec | None = None
    """The viewer that measures the metric ``embedding``; None: it is not measured."""


def profile_of(policy: Policy | None, environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an image's environment that choose its baseline, as its suite says; empty for none, and None
    for a field that is unknown."""
    return _fields(() if policy is None else policy.profile, environment)


def profiles_of(policy: Policy | None, environment: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the profiles for which an image's baseline is looked for, the most specific first. Nothing where a field of
    the own one is unknown; a less specific one with an unknown field is left out."""
    own = profile_of(policy, environment)
    if None in own.values():
        return
    yield own
    for names in () if policy is None else policy.fallback:
        profile = _fields(names, environment)
        if None not in profile.values():
            yield profile


def for_profile(policy: Policy, environment: Mapping[str, Any]) -> Policy:
    """Return the policy of an image with this environment: with the rule of its profile, where it has one of its
    own."""
    for rule in policy.per_profile:
        if all(field_of(environment, field.name) == field.value for field in rule.when):
            return replace(policy, drift=rule.drift)
    return policy


def _fields(names: tuple[str, ...], environment: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = to_json({name: field_of(environment, name) for name in names})
    return fields


def judged_as_set(policy: Policy | None, request: Request) -> bool:
    """Return whether a trial is one image of a set that is judged as a whole.

    The rule alone does not say it: an ``ask`` takes ``drift: set`` from the defaults, and its answer is judged alone.
    The seed says nothing more: a case without one may have another rule. Without a policy nothing is judged as a set.
    """
    return policy is not None and policy.drift.kind == RuleKind.SET and request.ask is None


@dataclass(frozen=True, slots=True)
class Trial:
    """Case × variant × seed, and the attempt: one image, or one answer for an ``ask`` case."""

    key: TrialKey
    """Its address."""
    recipe: Recipe
    """What is generated."""
    policy: Policy = field(default_factory=Policy)
    """How it is judged."""
    attempt: Attempt = FIRST
    """Which generation of it."""
    checks: tuple[Check, ...] = ()
    """What the image must show."""
    tags: tuple[str, ...] = ()
    """Words to choose and to group trials by."""
    answer: str | None = None
    """The expected one."""
    where: str = ""
    """``file:line`` of the case in its suite, for messages."""
    unchecked: tuple[str, ...] = ()
    """The words of the prompt about which no check could be derived; empty where none was to be."""

    @property
    def is_set(self) -> bool:
        """Whether it is one image of a set that is judged as a whole."""
        return judged_as_set(self.policy, self.recipe.request)
