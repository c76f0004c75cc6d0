"""docs/providers.md says what the code does: its examples load; docs/providers is what the adapters declare."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml

from harness.provider import BadOptionError, Job, adapter_of, capabilities_of, create
from harness.records import Recipe, Request, Subject, TrialKey
from harness.suite import load, resolve_project
from tools.providers import FOLDER, pages

pytestmark = pytest.mark.checkout

PAGE = Path(__file__).resolve().parents[2] / "docs" / "providers.md"


def test_the_pages_of_the_kinds_are_those_that_are_declared() -> None:
    made = pages()
    assert {path.name for path in FOLDER.glob("*.md")} == set(made), "python tools/providers.py"
    for name, text in made.items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, f"docs/providers/{name}: python tools/providers.py"


def test_the_kind_that_is_shown_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "shown_kind.py"
    path.write_text(f"def fetch(*asked):\n    return repr(asked).encode()\n\n\n{program}", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("shown_kind", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "shown_kind", module)
    spec.loader.exec_module(module)
    adapter = module.ADAPTER
    provider = create("mine", "noise", {"url": "http://127.0.0.1:1"}, tmp_path, adapter)
    recipe = Recipe(Request("a fox", seed=3), Subject("mine", "noise"))
    assert provider.generate(Job(recipe, TrialKey("s", "c", seed=3))).data == b"('http://127.0.0.1:1', 'a fox', 3)"
    assert set(adapter.options.described()) == {"url", "level", "environment"}
    with pytest.raises(BadOptionError) as caught:
        adapter.capabilities({"levl": 3})
    assert {problem.path for problem in caught.value.problems} == {("url",), ("levl",)}


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
