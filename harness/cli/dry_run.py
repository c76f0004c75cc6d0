"""``harness run --dry-run``: what would be generated, and what it would cost."""

from typing import Any

from harness.cli.output import console, print_json, say, table
from harness.errors import warn
from harness.records import to_json
from harness.report import about_cost, plural, show_price


def dry_run(plan: Any, options: Any, *, effect: float, as_json: bool) -> int:
    """Count the trials by provider, add up the prices of their recipes, and say what their sets can show; nothing is
    generated."""
    from harness.generation import cost_of
    from harness.provider import PRICED_KINDS, listed_endings_of, table_age, table_date, table_said
    from harness.runner import confirming_at_most, estimate, set_powers

    rows = estimate(plan, options)
    powers, more = set_powers(plan, options, effect), confirming_at_most(plan, options)
    trials = sum(row.trials for row in rows)
    cost = cost_of(rows)
    listed = [
        f"provider `{name}`: {ending}" for name, spec in plan.providers.items() for ending in listed_endings_of(spec)
    ]
    for note in listed:
        warn(note)
    priced = any(row.subject.kind in PRICED_KINDS and row.most for row in rows)
    age = {"price_table": {"date": str(table_date()), "days": table_age()}} if priced else {}
    if as_json:
        providers = [
            {
                "provider": row.provider,
                "kind": row.subject.kind,
                "trials": row.trials,
                "price": row.least if row.least == row.most else [row.least, row.most],
                "cost": row.cost,
                "unknown": row.unknown,
                **({"answers": row.answers} if row.answers else {}),
            }
            for row in rows
        ]
        suites = [suite.name for suite in plan.suites]
        counted = {
            "trials": trials,
            "cost": cost,
            "confirmations": to_json(more),
            "warnings": [*plan.warnings, *listed],
            **age,
        }
        print_json({**counted, "providers": providers, "suites": suites, "sets": powers})
        return 0
    _print_table(rows)
    generated = f"{plural(trials, 'trial')}, {_total(rows, cost)}{_confirming(more)}"
    say(console(), f"\n{generated}; nothing was generated")
    if priced:
        say(console(), f"prices: {table_said()}")
    for power in powers:
        say(console(), _power(power))
    return 0


def _confirming(more: Any) -> str:
    """Return the part about confirmations: a drift from a noise floor is generated again first."""
    if not more.most:
        return ""
    return f"; up to {more.most:,} more for confirmations{'' if more.cost == 0 else f', {about_cost(more.cost)}'}"


def _power(found: Any) -> str:
    sets = f"{found.keys:,} sets" if found.keys > 1 else "1 set"
    images = plural(found.generated, "image")
    message = f"{sets} of {images} against {found.accepted:,}, false-alarm rate {found.alpha:.2g}: "
    if not found.power and not found.needed:
        return f"{message}no number of images would show anything; state a higher `false_alarms:`"
    if not found.power and found.needed and found.needed > min(found.generated, found.accepted):
        return f"{message}too few to show anything; {found.needed} in each are needed"
    message += f"a change of {found.effect:g} standard deviations is found with power {found.power:.2f}"
    if found.checks_power is not None:
        message += f", a check's pass-rate fallen from 90 % to 60 % with {found.checks_power:.2f}"
    return message


def _print_table(rows: list[Any]) -> None:
    listed = table("provider", "kind", right=("trials", "each", "cost"))
    for row in rows:
        listed.add_row(
            row.provider, row.subject.kind, f"{row.trials or row.answers:,}", _each(row), show_price(row.cost)
        )
    console().print(listed)


def _each(row: Any) -> str:
    if row.least is None:
        return "unknown"
    known = show_price(row.least) if row.least == row.most else f"{show_price(row.least)} … {show_price(row.most)}"
    return f"{known}, {row.unknown:,} unknown" if row.unknown else known


def _total(rows: list[Any], cost: float | None) -> str:
    if cost is not None:
        return about_cost(cost)
    names = ", ".join(row.provider for row in rows if row.unknown)
    known = sum(row.cost for row in rows if row.cost is not None)
    return f"{f'{about_cost(known)} and ' if known else ''}an unknown cost of {names}"
