"""docs/providers.md says what the code does: its examples load, and its tables are the adapters' own."""

import re
from pathlib import Path

import pytest
import yaml

from harness.provider import adapter_of, explain

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parents[2] / "docs" / "providers.md"
BLOCK = re.compile(r"<!-- (?P<kind>[a-z0-9-]+) -->\n(?P<table>.*?)<!-- end -->", re.DOTALL)


def table(kind: str) -> str:
    """How a kind reads the common vocabulary, in Markdown; costs where a price is known."""
    told = explain(kind)
    priced = any(tier.cost for tier in told.vocabulary)
    head = f"| `{kind}` | | means |" + (" a picture |" if priced else "")
    lines = [head, "|---|---|---|" + ("---|" if priced else "")]
    for tier in told.vocabulary:
        cost = f" ${tier.cost:g} |" if tier.cost else " |"
        lines.append(f"| {tier.setting} | {tier.value} | {tier.meaning} |" + (cost if priced else ""))
    return "\n".join(lines) + "\n"


def test_every_table_is_the_adapters_own() -> None:
    found = {block["kind"]: block["table"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
    assert {"openrouter", "openai", "gemini", "openai-compatible"} <= set(found)
    for kind, text in found.items():
        assert text == table(kind), f"docs/providers.md: write between <!-- {kind} --> and <!-- end -->:\n{table(kind)}"


def test_every_example_loads() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    named = [entry for text in examples for entry in yaml.safe_load(text).get("providers", {}).values()]
    assert len(named) >= 5
    for entry in named:
        assert adapter_of(entry["kind"]).capabilities({key: v for key, v in entry.items() if key != "kind"})


def test_the_seeds_are_what_is_promised() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| `([^`]+)` \| (none|best-effort) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 6
    for kind, model, seed in rows:
        assert adapter_of(kind).capabilities({"model": model}).seed == seed
