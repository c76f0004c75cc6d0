"""``harness providers``."""

from typing import Any

import click

from harness.cli.options import json_option
from harness.cli.output import console, print_json

FIELDS = ("seed", "size", "negative_prompt", "image", "mask", "ask")
"""Request fields that the matrix shows one by one."""


@click.command(name="providers")
@click.option(
    "--explain", "kind", metavar="KIND", help="How one kind reads quality, size and style, with speed and cost."
)
@json_option
def command(kind: str | None, as_json: bool) -> None:
    """Show who can draw, and what each can do.

    With --explain the speed of each quality is measured now, on this machine.
    """
    if kind is not None:
        _explain(kind, as_json=as_json)
        return
    rows = [_row(name, entry) for name, entry in _registry().items()]
    if as_json:
        print_json({"providers": rows})
    else:
        _matrix(rows)


def _registry() -> dict[str, Any]:
    from harness.provider import registry

    return registry()


def _row(name: str, entry: Any) -> dict[str, Any]:
    from harness.errors import HarnessError

    row: dict[str, Any] = {"kind": name, "origin": entry.origin}
    if entry.shadowed:
        return row | {"problem": "a built-in kind has this name and is used instead"}
    try:
        adapter = entry.adapter()
    except HarnessError as error:
        return row | {"problem": str(error)}
    row["summary"] = adapter.summary
    try:
        can = adapter.capabilities({})
    except HarnessError as error:
        # some kinds promise nothing before they are configured
        return row | {"needs": str(error)}
    return row | {
        "seed": can.seed,
        "honours": sorted(can.honours),
        "price": can.price,
        "concurrency": can.concurrency,
        "batch": can.batch,
        "isolated": can.isolated,
    }


def _matrix(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("kind", "same seed, same picture", "price", *(field.replace("_", " ") for field in FIELDS), "from"):
        table.add_column(name)
    for row in rows:
        honours = row.get("honours", ())
        known = "seed" in row
        price = row.get("price")
        table.add_row(
            row["kind"],
            row.get("seed", "as configured") if "problem" not in row else "unusable",
            "–" if not known else "unknown" if price is None else "free" if price == 0 else f"${price:g}",
            *("–" if not known else "yes" if field in honours else "no" for field in FIELDS),
            row["origin"],
        )
    screen = console()
    screen.print(table)
    screen.print()
    width = max(len(row["kind"]) for row in rows)
    for row in rows:
        text = row.get("problem") or row.get("summary", "")
        screen.print(f"{row['kind']:<{width}}  {text}", markup=False, soft_wrap=True)
    screen.print("\nmore of one: harness providers --explain KIND", markup=False)


def _explain(kind: str, *, as_json: bool) -> None:
    from harness.provider import explain

    told = explain(kind, measure=True)
    if as_json:
        print_json(told)
        return
    from rich.table import Table

    screen = console()
    screen.print(f"{told.kind}: {told.summary}", markup=False, soft_wrap=True)
    if told.vocabulary:
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        for name, justify in (
            ("setting", "left"),
            ("value", "left"),
            ("means", "left"),
            ("seconds", "right"),
            ("cost", "right"),
        ):
            table.add_column(name, justify=justify)  # type: ignore[arg-type]
        for tier in told.vocabulary:
            seconds = "" if tier.seconds is None else f"{tier.seconds:.2f}"
            cost = "" if tier.cost is None else "free" if tier.cost == 0 else f"${tier.cost:g}"
            table.add_row(tier.setting, tier.value, tier.meaning, seconds, cost)
        screen.print()
        screen.print(table)
    if told.options:
        screen.print("\noptions under `providers:`", style="dim")
        width = max(map(len, told.options))
        for name, what in told.options.items():
            screen.print(f"  {name:<{width}}  {what}", markup=False, soft_wrap=True)
    for note in told.notes:
        screen.print(f"\n{note}", markup=False, soft_wrap=True)
