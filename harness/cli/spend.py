"""``harness history --spend``: what the runs of a project cost, by month and provider."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from harness.cli.output import console, print_json, say, table

if TYPE_CHECKING:
    from harness.ledger import ProviderSpend
    from harness.suite import Project


def show_spend(project: "Project", *, as_json: bool) -> int:
    """Print the spend of each month, the latest last, removed runs included."""
    from harness.ledger import month_of, spending

    faults: list[Exception] = []
    months: dict[str, dict[str, ProviderSpend]] = {}
    for run in spending(project.reports, faults.append):
        month = months.setdefault(run.month, {})
        for provider, spent in run.providers.items():
            month[provider] = month[provider] + spent if provider in month else spent
    now, limit = month_of(datetime.now(UTC)), project.budget.month
    used = sum(spent.counted for spent in months.get(now, {}).values())
    rows = [(month, name, spent) for month in sorted(months) for name, spent in sorted(months[month].items())]
    if as_json:
        left = None if limit is None else max(0.0, round(limit - used, 9))
        this = {"month": now, "budget": limit, "left": left}
        print_json({"months": [_json(*row) for row in rows], "now": this, "unreadable": list(map(str, faults))})
        return 0
    _print_table(rows)
    screen = console()
    if limit is not None:
        line = f"{now} (UTC): ${used:,.2f} of ${limit:,.2f} ({project.origins['budget.month']})"
        say(screen, line)
    for fault in faults:
        say(screen, f"not read: {fault}", "yellow")
    return 0


def _json(month: str, provider: str, spent: "ProviderSpend") -> dict[str, Any]:
    cost = None if spent.unknown else round(spent.cost, 6)
    return {
        "month": month,
        "provider": provider,
        "cost": cost,
        "known": spent.cost,
        "possibly_billed": spent.possible,
        "unknown": spent.unknown,
    }


def _print_table(rows: "list[tuple[str, str, ProviderSpend]]") -> None:
    from harness.report import one_line, plural, show_cost

    screen = console()
    if not rows:
        screen.print("no run has cost anything")
        return
    listed = table("month (UTC)", "provider", right=("cost", "possibly billed"))
    listed.add_column("unknown")
    for month, provider, spent in rows:
        possible = show_cost(spent.possible) if spent.possible else ""
        unknown = f"{plural(spent.unknown, 'call')} of unknown cost" if spent.unknown else ""
        listed.add_row(month, one_line(provider), show_cost(spent.cost), possible, unknown)
    screen.print(listed)
