"""What a suite asks for, trial by trial, with the rules it is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.records.attempt import FIRST, Attempt
from harness.records.identity import Recipe, Request, TrialKey
from harness.vocabulary import Level, RuleKind


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, origin top left."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Limit:
    """Bounds on one metric of the panel, both inclusive; None is open. ``max`` below 1 of an ssim range catches a
    tolerance grown too loose."""

    metric: str
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """How drift is decided. ``limits`` go with the kind of that name.

    ``alpha`` is the chance of a false alarm that one trial (``calibrated``) or one set of images (``set``) may have:
    the suite's, divided by the number of its keys that are judged so, fixed when the suite is planned. ``samples`` is
    the number of images of a set.
    """

    kind: RuleKind = RuleKind.EXACT
    limits: tuple[Limit, ...] = ()
    alpha: float | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """An assertion on what an image shows: ``kind`` (count, color, left_of …) and its arguments as written."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a case is judged.

    ``determinism`` is the promised level (``bytes`` … ``none``) or None; ``warn`` limits mark a benign trial;
    ``ignore`` boxes are left out of every metric; ``profile`` names the parts of the environment that have
    baselines of their own; ``timeout`` in seconds.
    """

    drift: Rule = field(default_factory=Rule)
    warn: tuple[Limit, ...] = ()
    ignore: tuple[Box, ...] = ()
    determinism: Level | None = None
    profile: tuple[str, ...] = ()
    timeout: float = 300.0


def judged_as_set(policy: Policy | None, request: Request) -> bool:
    """Whether a trial is one image of a set that is judged as a whole.

    The rule alone does not say it: an ``ask`` takes ``drift: set`` from the defaults, and its answer is judged alone.
    The seed says nothing more: a case without one may have another rule. Without a policy nothing is judged as a set.
    """
    return policy is not None and policy.drift.kind == RuleKind.SET and request.ask is None


@dataclass(frozen=True, slots=True)
class Trial:
    """Case × variant × seed, and the attempt: one image, or one answer for an ``ask`` case.

    ``where`` is ``file:line`` of the case in its suite, for messages. ``answer`` is the expected one.
    """

    key: TrialKey
    recipe: Recipe
    policy: Policy = field(default_factory=Policy)
    attempt: Attempt = FIRST
    checks: tuple[Check, ...] = ()
    tags: tuple[str, ...] = ()
    answer: str | None = None
    where: str = ""

    @property
    def is_set(self) -> bool:
        """Whether it is one image of a set that is judged as a whole."""
        return judged_as_set(self.policy, self.recipe.request)
