"""Every suite that is shipped or shown loads, and keeps to the schema."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from harness.provider import capabilities_of
from harness.suite import load, schema
from harness.suite.tree import read_tree

SUITES = Path(__file__).resolve().parents[2] / "suites"


def shown(page: Path) -> list[str]:
    """The YAML examples of a page."""
    return re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


SHOWN = shown(SUITES / "README.md")


@pytest.mark.parametrize("path", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_suites(path: Path) -> None:
    tree = read_tree(path.read_text(encoding="utf-8"))
    assert tree is not None
    jsonschema.validate(tree.plain(), schema(), jsonschema.Draft202012Validator)
    plan = load([path], capabilities=capabilities_of)
    assert plan.count() == sum(1 for _ in plan.trials()) > 0


def test_the_quickstart_is_small_and_exact() -> None:
    plan = load([SUITES / "quickstart.yaml"], capabilities=capabilities_of)
    assert list(plan.providers) == ["painter"]
    assert plan.count() == 11
    assert {trial.policy.drift.kind for trial in plan.trials()} == {"exact"}


@pytest.mark.parametrize("text", SHOWN, ids=lambda text: text.split()[1])
def test_suites_shown_in_the_readme(write: Callable[..., Path], text: str) -> None:
    tree = read_tree(text)
    assert tree is not None
    jsonschema.validate(tree.plain(), schema(), jsonschema.Draft202012Validator)
    assert load([write(text)], capabilities=capabilities_of).count() >= 1


@pytest.mark.checkout
def test_suites_shown_on_other_pages(write: Callable[..., Path], tmp_path: Path) -> None:
    pages = (SUITES.parent / "README.md", *sorted((SUITES.parent / "docs").glob("*.md")))
    whole = [text for page in pages for text in shown(page) if text.startswith("suite:")]
    assert whole
    shutil.copytree(SUITES / "inputs", tmp_path / "inputs")
    for text in whole:
        tree = read_tree(text)
        assert tree is not None
        jsonschema.validate(tree.plain(), schema(), jsonschema.Draft202012Validator)
        assert load([write(text)], capabilities=capabilities_of).count() >= 1


def test_the_readme_names_every_key() -> None:
    reported = set(re.findall(r"`([a-z_]+)`", (SUITES / "README.md").read_text(encoding="utf-8")))
    made = schema()
    keys = set(made["properties"]) | set(made["$defs"]["CaseEntry"]["properties"])
    assert keys - reported <= {"cases"}
