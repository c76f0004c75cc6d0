"""docs/providers.md says what the code does: its examples load, and its tables are the adapters' own."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from harness.provider import BadOptionError, Job, adapter_of, built_in_options, capabilities_of, create, explain
from harness.records import Recipe, Request, Subject, TrialKey
from harness.suite import load, resolve_project

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parents[2] / "docs" / "providers.md"
BLOCK = re.compile(r"<!-- (?P<kind>[a-z0-9-]+) -->\n(?P<table>.*?)<!-- end -->", re.DOTALL)


def table(kind: str) -> str:
    """How a kind reads the common vocabulary, in Markdown; costs where a price is known."""
    parsed = explain(kind)
    priced = any(tier.cost for tier in parsed.vocabulary)
    head = f"| `{kind}` | | means |" + (" an image |" if priced else "")
    lines = [head, "|---|---|---|" + ("---|" if priced else "")]
    for tier in parsed.vocabulary:
        cost = f" ${tier.cost:g} |" if tier.cost else " |"
        lines.append(f"| {tier.setting} | {tier.value} | {tier.meaning} |" + (cost if priced else ""))
    return "\n".join(lines) + "\n"


def option_tables() -> str:
    """The options of every built-in kind, in Markdown."""
    parts = []
    for kind in built_in_options():
        parsed = explain(kind)
        rows = "".join(f"| `{name}` | {what.replace('|', '/')} |\n" for name, what in parsed.options.items())
        parts.append(f"\n`{kind}`: {parsed.summary}\n\n| option | |\n|---|---|\n{rows}")
    return "".join(parts) + "\n"


def test_the_options_are_those_of_the_records() -> None:
    shown = PAGE.read_text(encoding="utf-8").partition("<!-- every option -->\n")[2].partition("<!-- end -->")[0]
    assert shown == option_tables(), f"docs/providers.md: write below <!-- every option -->:\n{option_tables()}"


def test_the_kind_that_is_shown_works(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "shown_kind.py"
    path.write_text(f"def fetch(*asked):\n    return repr(asked).encode()\n\n\n{program}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shown_kind", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    adapter = module.ADAPTER
    provider = create("mine", "noise", {"url": "http://127.0.0.1:1"}, tmp_path, adapter)
    recipe = Recipe(Request("a fox", seed=3), Subject("mine", "noise"))
    assert provider.generate(Job(recipe, TrialKey("s", "c", seed=3))).data == b"('http://127.0.0.1:1', 'a fox', 3)"
    assert set(adapter.options.described()) == {"url", "level", "environment"}
    with pytest.raises(BadOptionError) as caught:
        adapter.capabilities({"levl": 3})
    assert {problem.path for problem in caught.value.problems} == {("url",), ("levl",)}


def test_every_table_is_the_adapters_own() -> None:
    found = {block["kind"]: block["table"] for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
    assert {"openrouter", "openai", "gemini", "openai-compatible"} <= set(found)
    for kind, text in found.items():
        assert text == table(kind), f"docs/providers.md: write between <!-- {kind} --> and <!-- end -->:\n{table(kind)}"


def test_every_example_loads() -> None:
    pages = "".join(
        page.read_text(encoding="utf-8") for page in (PAGE, PAGE.with_name("vendors.md"), PAGE.parents[1] / "README.md")
    )
    examples = re.findall(r"```yaml\n(.*?)```", pages, re.DOTALL)
    named = [entry for text in examples for entry in yaml.safe_load(text).get("providers", {}).values()]
    assert len(named) >= 10
    for entry in named:
        assert adapter_of(entry["kind"]).capabilities({key: v for key, v in entry.items() if key != "kind"})


def test_the_route_that_is_shown_loads(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    others = "".join(f'\n[providers.{name}]\nkind = "openrouter"\n' for name in ("mini", "backup"))
    (tmp_path / "harness.toml").write_text(shown + others, encoding="utf-8")
    suite = "suite: routed\nprovider: generated\ncases: [{id: fox, prompt: a fox, drift: set, samples: 4}]\n"
    (tmp_path / "routed.yaml").write_text(suite, encoding="utf-8")
    plan = load([tmp_path / "routed.yaml"], project=resolve_project(tmp_path), capabilities=capabilities_of)
    assert plan.providers["generated"].kind == "route"


def test_the_seeds_are_what_is_promised() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| `([^`]+)` \| (none|best-effort) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 6
    for kind, model, seed in rows:
        assert adapter_of(kind).capabilities({"model": model}).seed == seed
