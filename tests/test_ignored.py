"""Nothing is ignored in silence: whatever of each class is not known is refused, or stands in a record."""

import json
import os
import string
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from PIL import Image

import harness
from harness.baseline import NothingSelectedError, Selection, choose
from harness.cli.app import COMMANDS, cli
from harness.errors import HarnessWarning, UsageError
from harness.http import Reply
from harness.ledger import read_run
from harness.prompt import PromptError, interpret
from harness.prompt.lexer import lex
from harness.prompt.llm_answer import scene_of
from harness.prompt.text import tokenise
from harness.provider import BadOptionError, Job, built_in_options, capabilities_of, create, registry
from harness.provider.hosted.gemini import read_content
from harness.provider.local.interpreter_option import InterpreterOptions
from harness.provider.remote.chat import read_chat
from harness.provider.remote.images_api import read_images
from harness.provider.remote.parsed_reply import finished
from harness.provider.server.comfyui_replies import unread_of
from harness.records import Attempt, Recipe, Request, Subject, TrialKey
from harness.report import plural
from harness.suite import SuiteError, SuiteText, load, resolve_project
from harness.vocabulary import Code
from tests.provider.servers.chat import SCENE

NAMES = st.text(string.ascii_lowercase, min_size=5, max_size=12).map(lambda text: f"q{text}")
"""Words that nothing here is called."""
LEVELS = ["", "defaults", "cases", "providers", "checks", "profile", "drift", "settings", "matrix"]
"""Where in a suite an unknown name may stand; the first is its top."""
fast = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _fault(text: str) -> SuiteError:
    with pytest.raises(SuiteError) as caught:
        load([SuiteText(Path("suite.yaml"), text)], capabilities=capabilities_of)
    return caught.value


@fast
@given(
    NAMES, st.sampled_from(["", "defaults", "cases", "providers", "checks", "profile", "drift", "settings", "matrix"])
)
def test_a_key_of_a_suite(name: str, level: str) -> None:
    case: dict[str, Any] = {"id": "a", "prompt": "a star"}
    data: dict[str, Any] = {"suite": "s", "provider": "painter", "cases": [case]}
    match level:
        case "checks":
            case["checks"] = [{name: "a star"}]
        case "profile":
            case["profile"] = [name]
        case "cases":
            case[name] = 1
        case "providers":
            data["providers"] = {"unused": {"kind": "painter", name: 1}}
        case "drift" | "settings":
            case[level] = {name: "1"}
        case "matrix":
            data["matrix"] = {name: [1, 2]}
        case "":
            data[name] = 1
        case _:
            data[level] = {name: 1}
    (problem,) = _fault(json.dumps(data)).problems
    assert name in f"{problem.message} {problem.text}"
    assert problem.place.line == 1


@fast
@given(NAMES, st.sampled_from(["", "[budget]", "[defaults]"]))
def test_a_key_of_the_projects_file(tmp_path: Path, name: str, table: str) -> None:
    (tmp_path / "harness.toml").write_text(f"{table}\n{name} = 1\n")
    with pytest.raises(SuiteError) as caught:
        resolve_project(tmp_path, environ={})
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == (f"unknown key `{name}`", 2)


@fast
@given(NAMES, st.sampled_from([*sorted(built_in_options()), "interpreter"]))
def test_an_option_of_a_provider(name: str, kind: str) -> None:
    inside = {"interpreter": {"kind": "llm", "model": "m", "base_url": "http://127.0.0.1/v1", name: 1}}
    workflow = {"workflow": "workflow.json", "slots": {"prompt": "6.text"}} if kind == "comfyui" else {}
    given = inside if kind == "interpreter" else {**workflow, name: 1}
    with pytest.raises(BadOptionError) as caught:
        built_in_options()["painter" if kind == "interpreter" else kind].read("mine", given)
    assert any(problem.path[-1:] == (name,) for problem in caught.value.problems)
    assert name not in InterpreterOptions.model_fields


@fast
@given(NAMES)
def test_a_setting_on_the_command_line(name: str) -> None:
    text = SuiteText(Path("s.yaml"), "suite: s\nprovider: painter\ncases: [{id: a, prompt: a star}]\n")
    for key in (name, f"settings.{name}"):
        with pytest.raises(UsageError, match=name):
            load([text], capabilities=capabilities_of, overrides={key: "1"})


@fast
@given(NAMES)
def test_an_environment_variable(tmp_path: Path, name: str) -> None:
    with pytest.warns(HarnessWarning, match=f"HARNESS_{name.upper()} is not known"):
        resolve_project(tmp_path, environ={f"HARNESS_{name.upper()}": "1"})
    known = ("SUITES", "BASELINES", "REPORTS", "USER", "KERNEL")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve_project(tmp_path, environ={f"HARNESS_{one}": "x" for one in known} | {name.upper(): "1"})


@settings(fast, max_examples=60)
@given(st.sampled_from(sorted(COMMANDS)), NAMES)
def test_an_option_of_a_command(command: str, name: str) -> None:
    done = CliRunner().invoke(cli, [command, f"--{name}"])
    assert (done.exit_code, f"--{name}" in done.output) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        "run --effect 2", "run --rerun failed", "audit RUN RUN --repeats 3", "audit RUN RUN --set quality=hd",
        "audit RUN RUN --dry-run", "compare FILE FILE --single-file", "compare FILE FILE --reports x",
        "compare DIR DIR --heat-map x.png", "compare DIR DIR --baselines x", "history --spend a-case",
        "history --spend --runs", "prune --reason x", "ignore --undo --owner me --reason x",
        "interpret circle --model m", "interpret circle --live", "interpret circle --reports x",
    ],
)  # fmt: skip
def test_an_option_that_has_no_effect(words: str, tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "image.png")
    there = {"FILE": str(tmp_path / "image.png"), "DIR": str(tmp_path)}
    with pytest.raises(click.UsageError, match="has no effect"):
        cli.main([there.get(word, word) for word in words.split()], standalone_mode=False)


REPLIES: dict[str, tuple[Callable[[Any], Any], dict[str, Any], str]] = {
    "chat": (read_chat, {"id": "1", "choices": [{"message": {"content": "x"}}]}, "choices"),
    "images": (read_images, {"data": [{"b64_json": "eA=="}]}, "data"),
    "gemini": (read_content, {"candidates": [{"finishReason": "STOP"}]}, "candidates"),
}


@fast
@given(NAMES, st.sampled_from(sorted(REPLIES)), st.booleans())
def test_a_field_of_a_reply(name: str, kind: str, inside: bool) -> None:
    read, document, rows = REPLIES[kind]
    row = document[rows][0]
    changed = {**row, "message": {**row["message"], name: 1}} if "message" in row else {**row, name: 1}
    document = {**document, rows: [changed]} if inside else {**document, name: 1}
    (unread,) = read(document).occasion["unread"]
    assert unread.rpartition(".")[2] == name


@fast
@given(NAMES, st.booleans())
def test_a_field_of_a_finished_job(name: str, inside: bool) -> None:
    entry: dict[str, Any] = {"prompt": [], "outputs": {"9": {"images": []}}, "status": {}}
    assert unread_of(entry) == []
    (entry["outputs"]["9"] if inside else entry)[name] = []
    assert unread_of(entry) == [f"outputs.9.{name}" if inside else name]


@fast
@given(NAMES, st.booleans())
def test_a_field_of_a_chat_models_scene(name: str, inside: bool) -> None:
    scene = json.loads(json.dumps(SCENE))
    (scene["things"][0] if inside else scene)[name] = 1
    assert f"`{'things.' if inside else ''}{name}`" in scene_of(json.dumps(scene)).steps[-1].effect


@settings(fast, max_examples=200)
@given(NAMES, st.data())
def test_a_word_of_a_prompt(word: str, data: st.DataObject) -> None:
    assume([one.kind for one in lex(tokenise(word), word)] == ["unknown"])
    prompt = data.draw(
        st.sampled_from(
            [
                "two red circles to the left of a blue square, no green",
                "a circle and a square, all blue except the square",
                "a large star above two houses between trees at sunset",
                "the second of three circles is red, the others are blue",
                "replace the circle with a square. a circle",
                "every star is small; two stars next to a house",
            ]
        )
    ).split()
    prompt.insert(data.draw(st.integers(0, len(prompt))), word)
    try:
        assert word in " ".join(interpret(" ".join(prompt)).unknown)
    except PromptError:
        return


@fast
@given(NAMES)
def test_an_argument_in_python(name: str) -> None:
    case = harness.Case("a", "a star")
    with pytest.raises(SuiteError, match=f"unknown key `{name}`"):
        harness.Suite("s", [case], **{name: 1})  # type: ignore[misc]
    with pytest.raises(SuiteError, match=f"unknown key `{name}`"):
        harness.Suite("s", [harness.Case("a", "a star", **{name: 1})])  # type: ignore[misc]
    for function in (harness.run, harness.compare, harness.Baselines("x").accept):
        with pytest.raises(TypeError, match=name):
            function("x", "y", **{name: 1})  # type: ignore[operator]
    with pytest.raises(UsageError, match="given twice"):
        harness.Suite("s", [case], suite=name)  # type: ignore[call-arg]


@fast
@given(NAMES)
def test_a_name_that_chooses_nothing(name: str) -> None:
    plan = load([SuiteText(Path("s.yaml"), "suite: s\nprovider: mine\ncases: [{id: a, prompt: x, tags: [t]}]\n")])
    assert plan.select(cases=["a"], tags=["t"]).count() == 1
    for chosen in ({"cases": ["a", name]}, {"tags": ["t", name]}):
        with pytest.raises(UsageError, match=name):
            plan.select(**chosen)


@fast
@given(st.integers(2, 9))
def test_images_beside_the_first(count: int) -> None:
    parsed = read_images({"data": [{"b64_json": "eA=="}] * count})
    recipe = Recipe(Request("x"), Subject("mine", "openai"))
    output = finished(parsed, Reply(200, {}, b"{}", "http://127.0.0.1/"), recipe, data=b"x")
    assert output.notes == (f"the reply holds {count} images: the first is taken",)


def _job(**settings: Any) -> Job:
    recipe = Recipe(Request("x", seed=0), Subject("mine", "command", None, settings))
    return Job(recipe, TrialKey("s", "c", "base", 0), Attempt())


def test_what_a_program_writes_beside_its_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "image.png")
    script = "cp image.png {out}; cp image.png $(dirname {out})/second.png"
    monkeypatch.delenv("NOT_SET_HERE", raising=False)
    mine = create("mine", "command", {"argv": ["sh", "-c", script], "env": ["NOT_SET_HERE"], "price": 0}, tmp_path)
    notes = mine.generate(_job()).notes
    mine.close()
    assert notes == ("the program also wrote 'second.png', which is not read", "env: NOT_SET_HERE is not set")


@fast
@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_images_of_a_folder_that_no_trial_asks_for(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    root = tmp_path_factory.mktemp("folder")
    (root / "images").mkdir()
    for name in ("a", *names):
        Image.new("RGB", (4, 4)).save(root / "images" / f"{name}.png")
    (root / "s.yaml").write_text(
        "suite: s\nprovider: made\n"
        "providers: {made: {kind: folder, folder: images, pattern: '{case}', promise: exact}}\n"
        "cases: [{id: a, prompt: x, size: 4}]\n"
    )
    run = harness.run(root / "s.yaml", reports=root / "reports", baselines=root / "baselines")
    (note,) = read_run(run.folder).notes or ()
    assert f"no trial asks for {plural(len(names), 'image')}: {sorted(names)[0]}.png" in note


@fast
@given(NAMES)
def test_a_note_and_a_profile_of_a_provider(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.mktemp("function")
    Image.new("RGB", (4, 4)).save(root / "image.png")
    (root / "f.py").write_text(
        "from pathlib import Path\nfrom harness.provider import Output\n"
        f"def make():\n    return Output(Path({str(root / 'image.png')!r}).read_bytes(), notes=({name!r},))\n"
    )
    (root / "s.yaml").write_text(
        "suite: s\nprovider: made\nproviders: {made: {kind: python, function: 'f.py:make', price: 0, promise: exact}}\n"
        f"cases: [{{id: a, prompt: x, size: 4, profile: [{name}]}}]\n"
    )
    run = harness.run(root / "s.yaml", reports=root / "reports", baselines=root / "baselines")
    (result,) = run.results
    assert result.notes == (name,)
    assert [(one.code, one.data) for one in result.outcome.reasons] == [(Code.PROFILE_UNKNOWN, {"fields": [name]})]
    for selection in (Selection(cases=("a", name)), Selection(suites=frozenset({"s", name}))):
        with pytest.raises(NothingSelectedError, match=name):
            choose(run.folder, selection)


@pytest.mark.parametrize("what", ["folder", "nothing", "pipe"])
def test_an_entry_of_a_folder_of_suites(tmp_path: Path, what: str) -> None:
    suites, other = tmp_path / "suites", tmp_path / "other"
    for folder in (suites, other):
        folder.mkdir()
        (folder / "a.yaml").write_text("suite: s\nprovider: mine\ncases: [{id: a, prompt: x}]\n")
    if what == "pipe":
        os.mkfifo(suites / "b.yaml")
    else:
        (suites / "b.yaml").symlink_to(other if what == "folder" else tmp_path / "gone")
    with pytest.raises(SuiteError, match=r"b\.yaml: is no file"):
        load([suites])
    (suites / "b.yaml").unlink()
    (suites / "c.yaml").symlink_to(suites / "a.yaml")
    assert load([suites]).count() == 1


@fast
@given(NAMES)
def test_a_group_of_entry_points(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("site")
    info = folder / "their_images-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-images\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[image_harness.{name}]\nx = their_images:X\n")
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(folder)
    with pytest.warns(HarnessWarning, match=f"image_harness.{name} is not known"):
        registry()
    patch.undo()
