"""Evidence for the tests of the judge."""

from typing import Any

from harness.judge import Evidence, Reference
from harness.records import (
    Comparison,
    Limit,
    Measurement,
    Outcome,
    Policy,
    Recipe,
    Request,
    Rule,
    Subject,
    Trial,
    TrialKey,
)
from harness.vocabulary import Code


def recipe(prompt: str = "a red circle", seed: int = 0, **settings: Any) -> Recipe:
    return Recipe(Request(prompt, seed=seed), Subject("painter", "painter", "painter@2", settings))


def trial(rule: Rule | None = None, **changes: Any) -> Trial:
    settings = changes.pop("settings", {"quality": "standard"})
    policy = Policy(drift=rule or Rule(), **{k: changes.pop(k) for k in ("warn", "determinism") if k in changes})
    return Trial(TrialKey("s", "c", seed=0), changes.pop("recipe", recipe(**settings)), policy, **changes)


def panel(**values: Any) -> Comparison:
    return Comparison(
        {k: Measurement(absent=v) if isinstance(v, str) else Measurement(v) for k, v in values.items()},
    )


KNOWN = {"cpu": "AVX2"}
"""An environment of which something is known."""
SAME = panel(bytes_equal=True, pixels_equal=True, max_abs=0, changed=0.0, mae=0.0, ssim=1.0)
FAR = panel(bytes_equal=False, pixels_equal=False, max_abs=200, changed=0.3, mae=20.0, ssim=0.7, delta_e=9.0, phash=12)
NEAR = panel(
    bytes_equal=False, pixels_equal=False, max_abs=3, changed=0.01, mae=0.01, ssim=0.998, ssim_block_min=0.97,
    delta_e=0.2, delta_e_block_max=0.1, spectrum_peak=8.0, phash=0,
)  # fmt: skip


def reference(comparison: Comparison, environment: dict[str, Any] | None = None, **settings: Any) -> Reference:
    return Reference(recipe(**(settings or {"quality": "standard"})), environment or KNOWN, comparison)


def evidence(comparison: Comparison | None, rule: Rule | None = None, **changes: Any) -> Evidence:
    references = () if comparison is None else (reference(comparison),)
    trial_changes = {k: changes.pop(k) for k in ("warn", "determinism", "settings", "recipe") if k in changes}
    changes.setdefault("environment", KNOWN)
    trial_changes["answer"] = changes.pop("expected", None)
    return Evidence(trial(rule, **trial_changes), references=changes.pop("references", references), **changes)


def limits(*items: Limit) -> Rule:
    return Rule("limits", items)


def codes(outcome: Outcome) -> list[Code]:
    return [reason.code for reason in outcome.reasons]
