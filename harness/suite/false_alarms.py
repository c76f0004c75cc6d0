"""How many false alarms a suite may raise, shared out among its trials when it is planned."""

from dataclasses import replace

from harness.records import Policy, Rule
from harness.suite.plan import Case, Variant
from harness.vocabulary import RuleKind

FALSE_ALARMS = 0.05
"""The chance that a run of a whole suite calls a drift though nothing changed, where the suite states none."""
JUDGED_BY_CHANCE = frozenset({RuleKind.CALIBRATED, RuleKind.SET})
"""The rules whose verdict is a test with a chance of a false alarm."""


def with_alpha(cases: tuple[Case, ...], stated: float | None) -> tuple[Case, ...]:
    """Return the cases of a whole suite, each rule of chance with its share α/m of the suite's rate (Bonferroni).

    m counts the keys of the whole suite that are judged so: pytest, a shard and a single case all take the same share,
    and so come to the same verdict. A set also says how many images it has.
    """
    keys = sum(v.keys for case in cases for v in case.variants if _by_chance(v))
    if not keys:
        return cases
    share = (FALSE_ALARMS if stated is None else stated) / keys
    made: dict[tuple[Policy, int], Policy] = {}

    def shared(variant: Variant) -> Variant:
        if not _by_chance(variant):
            return variant
        known = (variant.policy, variant.samples)
        if known not in made:
            size = variant.samples if variant.is_set else None
            policy = variant.policy
            made[known] = replace(
                policy,
                drift=_with_share(policy.drift, share, size),
                per_profile=tuple(replace(one, drift=_with_share(one.drift, share)) for one in policy.per_profile),
            )
        return replace(variant, policy=made[known])

    return tuple(replace(case, variants=tuple(map(shared, case.variants))) for case in cases)


def _by_chance(variant: Variant) -> bool:
    rules = (variant.policy.drift, *(one.drift for one in variant.policy.per_profile))
    return variant.request.ask is None and any(rule.kind in JUDGED_BY_CHANCE for rule in rules)


def _with_share(rule: Rule, share: float, samples: int | None = None) -> Rule:
    return replace(rule, alpha=share, samples=samples) if rule.kind in JUDGED_BY_CHANCE else rule
