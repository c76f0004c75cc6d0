"""Finding a project, reading its file, and what goes before what."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.suite import Origin, SuiteError, load, resolve_project
from harness.suite.project import BUILT_IN
from harness.suite.project_file import refuse_file_system_root
from harness.suite.resolution import settled

Write = Callable[..., Path]
LAYER = st.dictionaries(st.sampled_from(sorted(BUILT_IN)), st.integers())


@given(st.lists(LAYER, max_size=4))
def test_the_first_layer_that_says_a_setting_decides_it(said: list[Mapping[str, int]]) -> None:
    layers = [({**one}, {name: Origin(f"layer {index}") for name in one}) for index, one in enumerate(said)]
    settings, origins = settled(layers)
    assert settings.keys() == origins.keys() == BUILT_IN.keys()
    for name, built_in in BUILT_IN.items():
        first = next((index for index, one in enumerate(said) if name in one), None)
        assert settings[name] == (built_in if first is None else said[first][name])
        assert origins[name] == (Origin("default") if first is None else Origin(f"layer {first}"))


@given(st.sets(st.sampled_from(["flag", "environment", "file"])))
def test_flags_before_environment_before_file(tmp_path_factory: Any, said: set[str]) -> None:
    folder = tmp_path_factory.mktemp("layers")
    (folder / "harness.toml").write_text("budget = {run = 3}\n" if "file" in said else "")
    flags = {"budget.run": 1.0} if "flag" in said else {}
    environ = {"HARNESS_BUDGET": "2"} if "environment" in said else {}
    project = resolve_project(folder, flags=flags, environ=environ)
    order = [("flag", 1.0), ("environment", 2.0), ("file", 3.0)]
    expected = next((one for one in order if one[0] in said), ("default", None))
    assert (project.origins["budget.run"].layer, project.budget.run) == expected


def test_the_nearest_file_upwards_makes_the_root(write: Write, tmp_path: Path) -> None:
    write('[project]\nname = "x"\n[tool.harness]\nbaselines = "accepted"\n', "pyproject.toml")
    write("not = [toml", "inner/pyproject.toml")
    deep = write("", "inner/deep/x.txt").parent
    project = resolve_project(deep, environ={})
    assert (project.root, project.baselines) == (tmp_path, tmp_path / "accepted")
    assert str(project.origins["baselines"]).endswith("pyproject.toml:4")
    write("", "inner/harness.toml")
    assert resolve_project(deep, environ={}).root == tmp_path / "inner"


def test_two_files_in_one_folder_are_both_named(write: Write, tmp_path: Path) -> None:
    write("", "harness.toml")
    write("[tool.harness]\n", "pyproject.toml")
    with pytest.raises(SuiteError) as caught:
        resolve_project(tmp_path, environ={})
    assert "harness.toml" in str(caught.value)
    assert "pyproject.toml" in str(caught.value)
    assert caught.value.hint == "keep one of the two"


def test_the_root_of_a_file_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError) as caught:
        refuse_file_system_root(Path(tmp_path.anchor) / "harness.toml")
    assert caught.value.hint == "move the file into the folder of your project"
    refuse_file_system_root(tmp_path / "harness.toml")


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("suits = ['a']\n", 1, "unknown key `suits`", "did you mean `suites`?"),
        ("\n[budget]\nrum = 1\n", 3, "unknown key `rum`", "did you mean `run`?"),
        ("budget = {run = 1, monht = 2}\n", 1, "unknown key `monht`", "did you mean `month`?"),
        ("[defaults]\nqualty = 'hd'\n", 2, "unknown key `qualty`", "did you mean `quality`?"),
        ("[defaults]\nquality = 'hq'\n", 2, '`quality` cannot be "hq"', "known: draft, hd, standard"),
        ("[budget]\n# a comment\nrun = -1\n", 3, "`run` is at least 0, not -1", ""),
        ("[budget]\nmonth = nan\n", 2, "`month`", ""),
        ("[budget]\nrun = '2'\n", 2, "`run` takes a number", ""),
        ("suites = 'a'\n", 1, "`suites` takes a list", ""),
        ("suites = []\n", 1, "`suites` is empty", "list at least one"),
    ],
)
def test_a_bad_file_names_line_and_hint(write: Write, text: str, line: int, message: str, hint: str) -> None:
    path = write(text, "harness.toml")
    with pytest.raises(SuiteError) as caught:
        resolve_project(path.parent, environ={})
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.place.line == line
    assert hint in problem.hint


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "much"])
def test_a_bad_amount_names_its_variable(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_project(tmp_path, environ={"HARNESS_BUDGET_MONTH": text})
    assert "HARNESS_BUDGET_MONTH" in str(caught.value)
    assert "HARNESS_BUDGET_MONTH=2.50" in caught.value.hint
    with pytest.raises(UsageError, match="--budget"):
        resolve_project(tmp_path, flags={"budget.run": float(text) if text != "much" else text}, environ={})


def test_suites_that_match_nothing_are_complained_about_where_they_stand(write: Write) -> None:
    write("suite: a\nprovider: painter\ncases: [{id: a, prompt: a}]\n", "good/a.yaml")
    write("", "good/notes.txt")
    path = write('reports = "r"\nsuites = ["good/*", "bad/**/*.yaml", "gone.yaml"]\n', "harness.toml")
    with pytest.raises(SuiteError) as caught:
        resolve_project(path.parent, environ={}).suite_paths()
    assert [problem.place.line for problem in caught.value.problems] == [2, 2]
    assert "bad" in caught.value.problems[0].message
    path.write_text('suites = ["good/*"]\n')
    assert resolve_project(path.parent, environ={}).suite_paths() == (path.parent / "good/a.yaml",)


def test_defaults_lie_below_those_of_the_suite(write: Write) -> None:
    path = write('[defaults]\nprovider = "painter"\nquality = "draft"\nseeds = [3]\nsize = "64x64"\n', "harness.toml")
    project = resolve_project(path.parent, environ={})
    suite = write(
        "suite: a\ndefaults: {quality: hd}\ncases:\n  - {id: a, prompt: a}\n  - {id: b, prompt: b, seeds: 5}\n"
    )
    one, two = load([suite], project=project).trials()
    assert one.recipe.subject.settings["quality"] == "hd"
    assert (one.key.seed, two.key.seed, one.recipe.request.width) == (3, 5, 64)
