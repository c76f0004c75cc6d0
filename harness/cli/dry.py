"""``harness run --dry-run``: what would be drawn, and what it would cost."""

from typing import Any

from harness.cli.output import console, print_json


def dry_run(plan: Any, options: Any, *, as_json: bool) -> int:
    """Count the trials by provider and add up the known prices; nothing is drawn, no trial is kept in memory."""
    from harness.provider import capabilities_of

    prices = {name: capabilities_of(spec).price for name, spec in plan.providers.items()}
    counts = dict.fromkeys(plan.providers, 0)
    for suite in plan.suites:
        for case in suite.cases:
            for variant in case.variants:
                counts[variant.subject.provider] += variant.keys * variant.samples * options.repeats
    if plan.shard is not None:
        counts = dict.fromkeys(plan.providers, 0)
        for trial in plan.trials(options.repeats):
            counts[trial.recipe.subject.provider] += 1
    rows = [
        {"provider": name, "kind": plan.providers[name].kind, "trials": count, "price": prices[name]}
        for name, count in counts.items()
    ]
    cost = None if any(row["price"] is None for row in rows) else sum(r["trials"] * r["price"] for r in rows)
    if as_json:
        print_json(
            {"trials": sum(counts.values()), "cost": cost, "providers": rows, "suites": [s.name for s in plan.suites]}
        )
        return 0
    _table(rows, sum(counts.values()), cost)
    return 0


def _table(rows: list[dict[str, Any]], trials: int, cost: float | None) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name, justify in (
        ("provider", "left"),
        ("kind", "left"),
        ("trials", "right"),
        ("each", "right"),
        ("cost", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        price = row["price"]
        total = "unknown" if price is None else _money(price * row["trials"])
        each = "unknown" if price is None else _money(price)
        table.add_row(row["provider"], row["kind"], f"{row['trials']:,}", each, total)
    screen = console()
    screen.print(table)
    known = "cost unknown" if cost is None else "free" if cost == 0 else f"about {_money(cost)}"
    screen.print(f"\n{trials:,} trials, {known}; nothing was drawn", markup=False)


def _money(dollars: float) -> str:
    return "free" if dollars == 0 else f"${dollars:,.4f}".rstrip("0").rstrip(".") if dollars < 1 else f"${dollars:,.2f}"
