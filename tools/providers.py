"""Write docs/providers: a page for each kind of provider, and what each does with every word, from the declarations."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from harness.provider import (
    HONORED,
    LEFT_OUT,
    REFUSED,
    BadOptionError,
    Capabilities,
    Explanation,
    Tier,
    built_in_options,
    explained,
)
from harness.vocabulary import MEANINGS, NEEDED_FIELDS

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "providers"
WRITTEN = "\n`tools/providers.py` writes this page.\n"
REQUESTS = {
    "input_image": "An image that guides the generation, or that a question is about.",
    "input_images": "More input images beside it.",
    "mask": "Where the image may change.",
    "strength": "How far the image may depart from the input image.",
    "ask": "A question about the input image.",
}
INDEX = """# Kinds of providers

Each page has how a kind reads the words of a suite, with its default model, and every option that it takes under
`providers:`. [Providers](../providers.md) is about what they share.

<!-- made: pages-beside -->
"""
WORDS = """
## What each does with a word

“yes”: honored by the default model; “–”: left out, recorded and reported, and refused with `strict: true`; “refused”:
when the suite is read; “in part”: by some models, endpoints or dialects, as the page of the kind says.
`harness providers --explain NAME` says it of a provider with its options and model.

"""


def pages() -> dict[str, str]:
    """Return the text of every page, by file name."""
    known = {kind: _explained(kind) for kind in built_in_options()}
    return {"README.md": _index(known), **{f"{kind}.md": _page(*what) for kind, what in known.items()}}


def _explained(kind: str) -> tuple[Explanation, Capabilities | None]:
    """Return how a kind reads the words, with its default options; of one that needs an address alone, with that."""
    explanation, can = explained(kind)
    if can is None:
        with suppress(BadOptionError):
            rows, can = explained(kind, options={"base_url": "http://127.0.0.1:8080/v1"})
            stated = {tier.setting for tier in explanation.vocabulary}
            more = (tier for tier in rows.vocabulary if tier.setting not in stated)
            return replace(explanation, vocabulary=(*explanation.vocabulary, *more)), can
    return explanation, can


def _index(known: dict[str, tuple[Explanation, Capabilities | None]]) -> str:
    rows = "".join(
        f"| [`{kind}`]({kind}.md) | {parsed.summary} | {can.seed if can else 'as its options say'} |\n"
        for kind, (parsed, can) in known.items()
    )
    words = [*MEANINGS, *NEEDED_FIELDS]
    declared = {kind: (parsed, can) for kind, (parsed, can) in known.items() if can is not None}
    others = ", ".join(f"`{kind}`" for kind in known if kind not in declared)
    head = f"{others}: as their options say.\n\n| | {' | '.join(declared)} |\n|---|{'---|' * len(declared)}\n"
    table = "".join(
        f"| `{word}` | {' | '.join(_treated(word, *what) for what in declared.values())} |\n" for word in words
    )
    meanings = "".join(f"| `{word}` | {meaning} |\n" for word, meaning in {**MEANINGS, **REQUESTS}.items())
    return (
        f"{INDEX}{WRITTEN}\n| kind | | a seed promises |\n|---|---|---|\n{rows}{WORDS}{head}{table}\n"
        f"| word | means |\n|---|---|\n{meanings}"
    )


def _treated(word: str, parsed: Explanation, can: Capabilities) -> str:
    rows = [tier for tier in parsed.vocabulary if tier.setting == word]
    if word in can.honors or any(tier.meaning == HONORED for tier in rows):
        return "yes"
    left = rows[0].meaning if rows else ""
    return "refused" if left == REFUSED else "–" if left == LEFT_OUT else "in part"


def _page(parsed: Explanation, can: Capabilities | None) -> str:
    parts = [f"# `{parsed.kind}`: {parsed.summary}\n{WRITTEN}"]
    if can is not None:
        price = "free" if can.price == 0 else f"${can.price:g} an image" if can.price else "see below"
        parts.append(f"\nSame seed, same image: {can.seed}. Price: {price}.\n")
    parts += [f"\n{note}\n" for note in parsed.notes]
    plain = (HONORED, LEFT_OUT, REFUSED)
    shown = [tier for tier in parsed.vocabulary if tier.meaning not in plain]
    parts.append("\n## Words of a suite\n")
    if shown:
        parts.append(_table(shown))
    for how in plain:
        if words := [f"`{tier.setting}`" for tier in parsed.vocabulary if tier.meaning == how]:
            parts.append(f"\n{how[0].upper()}{how[1:]}: {', '.join(words)}.\n")
    if can is None:
        parts.append("\nWhat else it honors depends on its options: `harness providers --explain NAME`.\n")
    rows = "".join(f"| `{name}` | {what.replace('|', '/')} |\n" for name, what in parsed.options.items())
    parts.append(f"\n## Options\n\n`null` means that an option is not set.\n\n| option | |\n|---|---|\n{rows}")
    return "".join(parts)


def _table(tiers: list[Tier]) -> str:
    priced = any(tier.cost for tier in tiers)
    head = "| word | value | means |" + (" an image |" if priced else "")
    lines = [head, "|---|---|---|" + ("---|" if priced else "")]
    for tier in tiers:
        cost = f" ${tier.cost:g} |" if tier.cost else " |"
        lines.append(f"| `{tier.setting}` | {tier.value} | {tier.meaning} |" + (cost if priced else ""))
    return "\n" + "\n".join(lines) + "\n"


def write() -> None:
    """Write the pages, and remove those of kinds that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
