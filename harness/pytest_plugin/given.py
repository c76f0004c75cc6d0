"""What a test says of an image it checks, as a trial: what was asked for, of whom, and by which rules it is judged."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import UsageError, nearest
from harness.records import PROCESS, Check, Policy, Recipe, Request, Subject, Trial, TrialKey, field_of, recordable
from harness.suite import Project, SuiteText, given_boxes, given_rule, load
from harness.vocabulary import Level, RuleKind

MADE_BY_TEST = "pytest"
"""Provider and kind of what a test made and says nothing of."""
REQUEST = ("prompt", "negative_prompt", "seed", "width", "height", "strength")
"""The fields of a request that a test can state."""


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call of ``check``, read; ``request`` holds the stated fields of the request by name."""

    policy: Policy
    checks: tuple[Check, ...]
    subject: Subject
    request: Mapping[str, Any]
    environment: Mapping[str, Any]
    notes: tuple[str, ...]

    def trial(self, key: TrialKey, size: tuple[int, int], alpha: float | None, *, again: bool) -> Trial:
        """Return the trial of one image of ``size`` (width, height). One that can be generated ``again``, and is
        judged by ``exact``, must repeat; ``alpha`` is the rate of one that is judged by its noise floor."""
        measured = {"prompt": str(key), "width": size[0], "height": size[1]}
        request = Request(**{**measured, **self.request, "seed": key.seed})
        policy = self.policy
        if policy.drift.kind == RuleKind.CALIBRATED:
            policy = replace(policy, drift=replace(policy.drift, alpha=alpha))
        elif policy.drift.kind == RuleKind.EXACT and again:
            policy = replace(policy, determinism=Level.PIXELS)
        return Trial(key, Recipe(request, self.subject), policy, checks=self.checks)


def given(
    drift: str | Mapping[str, Any],
    ignore: Sequence[Sequence[int]],
    checks: tuple[Check, ...],
    request: str | Mapping[str, Any] | None,
    subject: str | Mapping[str, Any] | None,
    environment: Mapping[str, Any],
    profile: str | Sequence[str],
) -> Given:
    """Read the arguments of a call of ``check``. Raises UsageError."""
    names = (profile,) if isinstance(profile, str) else tuple(profile)
    for name in names:
        if field_of(environment, name) is None:
            raise UsageError(
                f"profile: the environment has no `{name}`",
                nearest(name, {*environment, *environment.get(PROCESS, {})} - {PROCESS}),
            )
    policy = Policy(
        given_rule(drift, "drift", more=(RuleKind.CALIBRATED,)), ignore=given_boxes(ignore, "ignore"), profile=names
    )
    known_environment, notes = recordable(dict(environment), "environment")
    of_whom, more = recordable(_subject(subject), "subject")
    return Given(policy, checks, of_whom, _request(request), known_environment, (*notes, *more))


def given_checks(text: str, project: Project) -> tuple[Check, ...]:
    """Return the checks of a JSON list with their viewers, read as those of a case of a suite are. Raises SuiteError,
    MissingExtraError."""
    case = {"id": "image", "prompt": "an image", "checks": json.loads(text)}
    suite = SuiteText.of_data({"suite": "checks", "provider": "painter", "cases": [case]}, project.root)
    return load([suite], project=project).suites[0].cases[0].variants[0].checks


def _request(stated: str | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return what was asked for by name of the field: a text is a prompt."""
    if stated is None or isinstance(stated, str):
        return {} if stated is None else {"prompt": stated}
    for name in stated:
        if name not in REQUEST:
            hint = f"{nearest(name, REQUEST)}; settings of the model belong in `subject`"
            raise UsageError(f"request: unknown field `{name}`", hint)
    return dict(stated)


def _subject(stated: str | Mapping[str, Any] | None) -> Subject:
    """Return what generated the image: a model, or a mapping of ``model`` and its settings."""
    named = {"model": stated} if isinstance(stated, str) else dict(stated or {})
    model = named.pop("model", None)
    return Subject(MADE_BY_TEST, MADE_BY_TEST, None if model is None else str(model), named)
