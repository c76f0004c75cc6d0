"""``harness providers``."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, refuse_unused
from harness.cli.output import console, print_json, say, table
from harness.cli.project import project_of
from harness.cli.providers_suite import planned, print_asked
from harness.records import to_json
from harness.vocabulary import REQUEST_FIELDS

if TYPE_CHECKING:
    from harness.provider import Asked

FIELDS = tuple(name for name in REQUEST_FIELDS if name not in ("prompt", "strength", "input_images"))
"""Request fields that the matrix shows one by one."""
HEADS = {"negative_prompt": "negative", "input_image": "input"}
NARROW = 90
"""Columns of a terminal below which the matrix is set closer."""


@click.command(
    name="providers",
    epilog=examples(
        "harness providers",
        "harness providers --explain painter",
        "harness providers --explain mini --suite suites/hosted.yaml",
    ),
)
@click.option(
    "--explain",
    "name",
    metavar="NAME",
    help="How a kind, or a provider of harness.toml, reads each word of a suite, with speed and cost.",
)
@click.option(
    "--suite",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --explain: NAME as this suite defines it, and how each word is treated that its cases ask for.",
)
@project_options
@json_option
def command(name: str | None, suite: Path | None, as_json: bool, **given: Any) -> None:
    """List providers and their capabilities.

    With --explain the speed of each quality is measured now, where it is generated on this machine.
    """
    if name is not None:
        project = project_of(given)
        named, asked = (project.providers, None) if suite is None else planned(suite, name, project)
        _explain(name, named, asked, as_json=as_json)
        return
    if suite is not None:
        refuse_unused("without --explain", "suite")
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
    from harness.provider import least_price

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
    least = least_price(name) if can.price is None else can.price
    ending = _endings(name, {})
    return row | _promises(can) | {"priced_by_recipe": adapter.priced_by_recipe, "price_from": least} | ending


def _endings(kind: str, options: Mapping[str, Any], spec: Any = None) -> dict[str, Any]:
    """Return the ends of the models that a provider calls by its options, those too that the listing of its service
    names where it is configured (``spec``), and the age of the table that prices it."""
    from harness.provider import PRICED_KINDS, adapter_of, ending_at, listed_endings_of, soon, table_age, table_date

    read = adapter_of(kind).options.read(kind, options)
    endings = [soon(ending_at(address, model)) for address, model in read.called()]
    endings += [] if spec is None else listed_endings_of(spec)
    found = [
        {name: str(getattr(one, name)) for name in ("model", "day", "replacement", "page")} | {"text": str(one)}
        for one in endings
        if one is not None
    ]
    table = {"price_table": {"date": str(table_date()), "days": table_age()}} if kind in PRICED_KINDS else {}
    return {"endings": found, **table} if found or table else {}


def _matrix(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    screen = console()
    plugged = any(row["origin"] != "built in" for row in rows)
    table = Table(box=None, pad_edge=False, padding=(0, 2 if screen.width >= NARROW else 1, 0, 0), header_style="dim")
    for name in ("kind", "same seed, same image", "price", *(HEADS.get(f, f) for f in FIELDS), *["from"] * plugged):
        table.add_column(name, no_wrap=name in ("kind", "price"))
    for row in rows:
        honors = row.get("honors", ())
        known = "seed" in row
        table.add_row(
            row["kind"],
            row.get("seed", "–") if "problem" not in row else "unusable",
            _price(row["price"], row["price_from"], by_model=row["priced_by_recipe"]) if known else "–",
            *("–" if not known else "yes" if field in honors else "no" for field in FIELDS),
            *[row["origin"]] * plugged,
        )
    screen.print(table)
    if any("needs" in row for row in rows):
        screen.print("–: as its options say", style="dim")
    screen.print()
    width = max(len(row["kind"]) for row in rows)
    for row in rows:
        _hang(screen, f"{row['kind']:<{width}}  ", row.get("problem") or row.get("summary", ""))
    for row in rows:
        for ending in row.get("endings", ()):
            _hang(screen, "", f"{row['kind']}: {ending['text']}")
    screen.print("\nmore of one: harness providers --explain NAME", markup=False)


MOST = 110
"""Longest line of running text: wider terminals read no better."""


def _explain(name: str, named: Mapping[str, Any], asked: list["Asked"] | None, *, as_json: bool) -> None:
    from harness.provider import explained, least_price, table_said, table_warning

    kind, options = _named(name, named)
    explanation, can = explained(kind, measure=True, options=options, name=name)
    least = None if can is None else can.price if can.price is not None else least_price(kind, options)
    known = {} if can is None else _endings(kind, options or {}, named.get(name))
    if as_json:
        promises = {} if can is None else {"promises": _promises(can) | {"price_from": least}}
        said = {} if asked is None else {"asked": to_json(asked)}
        print_json({"provider": name, **to_json(explanation), **promises, **known, **said})
        return
    screen = console()
    title = explanation.kind if name == explanation.kind else f"{name} ({explanation.kind})"
    _hang(screen, "", f"{title}: {explanation.summary}")
    if can is not None:
        # a bare kind shows what some of its models cost; a configured provider has one price, or an unknown one
        by_model = options is None and any(tier.cost for tier in explanation.vocabulary)
        screen.print(f"same seed, same image: {can.seed} · {_each(can.price, least, by_model=by_model)}", style="dim")
    for ending in known.get("endings", ()):
        _hang(screen, "", ending["text"])
    if asked is not None:
        print_asked(screen, asked)
        return
    if explanation.vocabulary:
        _vocabulary(screen, explanation.vocabulary)
    if explanation.options:
        screen.print("\noptions under `providers:`", style="dim")
        width = max(map(len, explanation.options))
        for option, what in explanation.options.items():
            _hang(screen, f"  {option:<{width}}  ", what)
    notes = list(explanation.notes)
    if "price_table" in known:
        notes += [f"Prices and ends of models: {table_said()}."]
        notes += filter(None, [table_warning()])
    for note in notes:
        screen.print()
        _hang(screen, "", note)


def _hang(screen: Any, head: str, text: str) -> None:
    """Print a text behind its head, each further line below the first."""
    width = max(min(screen.width, MOST) - len(head), 20)
    lines = wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    for index, line in enumerate(lines):
        say(screen, f"{head if index == 0 else ' ' * len(head)}{line}")


def _named(name: str, named: Mapping[str, Any]) -> tuple[str, Any]:
    """Return the kind and the options of a name; None for the options of a bare kind. Raises UnknownKindError."""
    from harness.provider import UnknownKindError

    if name in named:
        return named[name].kind, named[name].options
    kinds = _registry()
    if name not in kinds:
        raise UnknownKindError(name, {*named, *kinds})
    return name, None


def _promises(can: Any) -> dict[str, Any]:
    known = {} if can.reports is None else {"reports": sorted(can.reports)}
    return {**to_json(can), "honors": sorted(can.honors), "price": can.price, **known}


def _price(price: float | None, least: float | None, *, by_model: bool) -> str:
    """Return the price of every image; the least one where it depends on the recipe."""
    from harness.report import show_price

    if price is not None:
        return show_price(price)
    return f"from {show_price(least)}" if least is not None else "by model" if by_model else "unknown"


def _each(price: float | None, least: float | None, *, by_model: bool) -> str:
    shown = _price(price, least, by_model=by_model)
    return f"price {shown}" if shown in ("unknown", "by model") else shown if shown == "free" else f"{shown} an image"


def _vocabulary(screen: Any, tiers: Any) -> None:
    from harness.provider import HONORED, LEFT_OUT, REFUSED
    from harness.report import show_price

    plain = (HONORED, LEFT_OUT, REFUSED)
    shown = [tier for tier in tiers if tier.meaning not in plain]
    graded = any(tier.setting == "quality" for tier in shown)
    timed = any(tier.seconds is not None for tier in shown)
    priced = graded or any(tier.cost for tier in shown)
    # an empty column would take the space of the words
    listed = table("setting", "value", "means", right=["seconds"] * timed + ["cost"] * priced)
    before = ""
    for tier in shown:
        name = "" if tier.setting == before else tier.setting.replace("_", " ")
        seconds = [f"{tier.seconds:.2f}" if tier.seconds is not None else ""] if timed else []
        cost = [show_price(tier.cost) if tier.setting == "quality" or tier.cost else ""] if priced else []
        listed.add_row(name, tier.value, tier.meaning, *seconds, *cost)
        before = tier.setting
    if listed.row_count:
        screen.print()
        screen.print(listed)
    if graded and not timed:
        screen.print("\nspeed: not measured here; harness bench measures it, and every run records it", style="dim")
    explanation = {how: [tier.setting.replace("_", " ") for tier in tiers if tier.meaning == how] for how in plain}
    for how, words in explanation.items():
        if words:
            # one line a group: what needs no explanation takes little room
            screen.print()
            _hang(screen, "", f"{how}: {', '.join(words)}")
