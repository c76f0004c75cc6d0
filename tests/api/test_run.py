"""``harness.run``, suites in Python, baselines: through the one runner, with the errors of the command line."""

import io
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
import yaml
from PIL import Image as Pillow

import harness
from harness.baseline import NotProvenError, WritesRefusedError
from harness.errors import EXIT_FINDING, EXIT_NO_IMAGE, EXIT_OK, GenerationError, UsageError
from harness.ledger import RunNotFoundError
from harness.records import TrialFinished
from harness.suite import CaseFields, SuiteError, SuiteFields, load
from harness.suite.model import CaseEntry, SuiteEntry
from harness.vocabulary import Source, Status, Verdict

CASES = [harness.Case("one", "a red circle", seeds=range(2)), harness.Case("two", "a blue square", tags=["square"])]


class Noise:
    """Images made of the seed; ``shift`` makes other ones, ``price`` is what each costs."""

    name = kind = "noise"

    def __init__(self, shift: int = 0, price: float | None = 0.0, problem: str = "") -> None:
        self.shift, self.problem, self.closed, self.calls = shift, problem, 0, 0
        honors = frozenset({"prompt", "seed", "size"})
        self.capabilities = harness.Capabilities(seed=harness.SeedPromise.EXACT, honors=honors, price=price)

    def generate(self, job: harness.Job) -> harness.Output:
        self.calls += 1
        if self.problem:
            raise GenerationError(self.name, self.problem)
        seed = (job.recipe.request.seed or 0) + self.shift
        file = io.BytesIO()
        pixels = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
        Pillow.fromarray(pixels.repeat(8, axis=0).repeat(8, axis=1)).save(file, "PNG")
        return harness.Output(file.getvalue(), cost=self.capabilities.price)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "GITHUB_ACTIONS", "HARNESS_BASELINES", "HARNESS_REPORTS", "HARNESS_SUITES", "HARNESS_BUDGET"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def suite() -> harness.Suite:
    return harness.Suite("shapes", CASES, provider="painter", defaults={"size": "32x32"})


def test_a_run_is_accepted_and_then_proven(suite: harness.Suite) -> None:
    first = harness.run(suite, provider=Noise())
    assert (first.verdicts, first.exit_code, first.ok) == ({Verdict.NEW: 3}, EXIT_FINDING, False)
    assert len(first.accept("right")) == 3
    second = harness.run(suite, provider=Noise())
    assert (second.exit_code, second.ok) == (EXIT_OK, True)
    assert {result.source for result in second.results} == {Source.GENERATED}
    third = harness.run(suite, provider=Noise(shift=5))
    assert third.verdicts == {Verdict.DRIFT: 3}
    assert third.report().is_file()


def test_a_provider_of_ones_own_is_lent_and_proves_itself(suite: harness.Suite) -> None:
    mine = Noise()
    run = harness.run(suite, provider=mine)
    assert (mine.calls, mine.closed) == (3, 0)
    run.accept("right")
    assert (mine.calls, mine.closed) == (6, 0)  # each was generated again, to show that it repeats
    assert all(decision.proven for decision in harness.Baselines().log("shapes"))


def test_a_command_cannot_generate_what_python_defined(suite: harness.Suite) -> None:
    run = harness.run(suite, provider=Noise())
    with pytest.raises(NotProvenError):
        harness.Baselines().accept(run.folder, "right")
    assert harness.Baselines().accept(run.folder, "right", unproven=True)


def test_images_of_a_provider_of_ones_own_are_never_cached(suite: harness.Suite) -> None:
    mine = Noise()
    for _ in range(2):
        harness.run(suite, provider=mine, cache="cache")
    assert mine.calls == 6


def test_what_becomes_of_one_image_is_its_result(suite: harness.Suite) -> None:
    run = harness.run(suite, provider=Noise(problem="out of paint"))
    assert (run.exit_code, run.verdicts) == (EXIT_NO_IMAGE, {Verdict.FAILED: 3})
    assert run.image(run.results[0]) is None
    html = run._repr_html_()
    assert "out of paint" in html
    again = harness.run(suite, provider=Noise(), resume=run, rerun=[Verdict.FAILED])
    assert again.folder == run.folder
    assert again.verdicts == {Verdict.NEW: 3}


def test_a_stored_run_is_what_it_was_when_it_was_made(suite: harness.Suite, tmp_path: Path) -> None:
    made = harness.run(suite, provider=Noise(), baselines="elsewhere")
    for name in ("latest", made.folder.name, made.folder, tmp_path / made.folder):
        stored = harness.load_run(name)
        assert (stored.record, stored.results, stored.verdicts) == (made.record, made.results, made.verdicts)
        assert (stored.exit_code, stored.ok, repr(stored)) == (EXIT_FINDING, False, repr(made))
        images = [run.image(run.results[0]) for run in (stored, made)]
        assert np.array_equal(*(image.pixels for image in images if image is not None))
        assert (stored.plan, stored.baselines.root) == (None, Path("elsewhere"))
    stored = harness.load_run()
    assert stored._repr_html_() == made._repr_html_()
    assert stored.report().is_file()
    assert len(stored.accept("right", unproven=True)) == 3
    assert len(harness.Baselines("elsewhere").trials()) == 3
    assert harness.load_run(baselines="other").baselines.root == Path("other")


def test_a_stored_run_that_is_not_there(suite: harness.Suite) -> None:
    with pytest.raises(RunNotFoundError):
        harness.load_run()
    made = harness.run(suite, provider=Noise())
    with pytest.raises(RunNotFoundError) as caught:
        harness.load_run(made.folder.name[:-1] + "?")
    assert made.folder.name in caught.value.hint
    with pytest.raises(RunNotFoundError):
        harness.load_run(reports="elsewhere")


@pytest.mark.parametrize("name", ["latest", "name", "folder", "run"])
def test_a_run_is_resumed_by_the_words_of_the_command_line(suite: harness.Suite, name: str) -> None:
    begun = harness.run(suite, provider=Noise(price=0.02), budget=0.05)
    assert not begun.record.complete
    resume = {"name": begun.folder.name, "folder": begun.folder, "run": begun}.get(name, name)
    other = harness.Suite("other", CASES, provider="painter", defaults={"size": "32x32"})
    harness.run(other, provider=Noise(price=0.02), budget=0.01)
    ended = harness.run(suite, provider=Noise(price=0.02), budget=1, resume=resume)
    assert (ended.folder, ended.verdicts) == (begun.folder, {Verdict.NEW: 3})
    ended.report()
    with pytest.raises(UsageError):
        harness.run(suite, provider=Noise(price=0.02), budget=1, resume="latest")
    with pytest.raises(RunNotFoundError):
        harness.run(suite, provider=Noise(), resume="nowhere")


def test_nothing_that_costs_is_generated_unless_it_is_allowed(suite: harness.Suite) -> None:
    for price in (0.02, None):
        paid = Noise(price=price)
        with pytest.raises(UsageError) as caught:
            harness.run(suite, provider=paid)
        assert "budget=" in caught.value.hint
        assert paid.calls == 0
    paid = Noise(price=0.02)
    run = harness.run(suite, provider=paid, budget=0.05)
    assert paid.calls == 2  # the third would be above
    assert run.record.cost == pytest.approx(0.04)
    assert not run.ok


def test_a_chosen_part_of_a_suite(suite: harness.Suite) -> None:
    events: list[Any] = []
    run = harness.run(suite, provider=Noise(), tags=["square"], repeats=2, listeners=[events.append])
    assert [str(result.key) for result in run.results] == ["shapes/two/base-s0"] * 2
    assert sum(isinstance(event, TrialFinished) for event in events) == 2
    assert harness.run(suite, provider=Noise(), cases=["one"]).record.totals == {"new": 2}


def test_a_file_and_a_folder_run_as_on_the_command_line(suite: harness.Suite, tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "shapes.yaml").write_text(suite.source.text)
    for given in ("suites/shapes.yaml", Path("suites"), ["suites"], harness.load_suite("suites/shapes.yaml"), ()):
        run = harness.run(given, provider="painter", settings={"quality": "draft"}, cases=["two"])
        assert len(run.results) == 1
        assert run.results[0].recipe.subject.settings["quality"] == "draft"
    assert run.record.suites == ("suites",)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"suites": "nowhere.yaml"}, SuiteError),
        ({"suites": ()}, UsageError),
        ({"provider": 3}, UsageError),
        ({"provider": "paintre"}, UsageError),
        ({"settings": {"seed": 3}}, UsageError),
        ({"cases": ["nothing"]}, UsageError),
        ({"budget": -1}, UsageError),
        ({"repeats": 0}, UsageError),
    ],
    ids=range(8),
)
def test_a_wrong_argument_is_an_error_with_a_hint(
    suite: harness.Suite, arguments: dict[str, Any], error: type[harness.errors.HarnessError]
) -> None:
    with pytest.raises(error) as caught:
        harness.run(**{"suites": suite, **arguments})
    assert caught.value.hint
    assert not list(Path().glob("reports/*/run.json"))


def test_python_and_yaml_make_the_same_plan(tmp_path: Path) -> None:
    data = {
        "suite": "shapes",
        "provider": "painter",
        "defaults": {"size": "64x32", "drift": {"ssim": ">= 0.9"}, "ignore": [{"box": [0, 0, 4, 4]}]},
        "matrix": {"style": ["flat", "outline"]},
        "cases": [
            {"id": "a", "prompt": "ein Kreis\u2028\x85\U0001f600 \\ \"q\"", "seeds": "0..4", "tags": ["x", "1"]},
            {"id": "b", "prompt": "no", "checks": [{"count": "red circle", "equals": 2}], "guidance": 1e-07},
        ],
    }  # fmt: skip
    (tmp_path / "shapes.yaml").write_text(yaml.safe_dump(data, allow_unicode=False), "utf-8")
    cases = [harness.Case(**{**data["cases"][0], "seeds": range(5)}), data["cases"][1]]
    own = harness.Suite("shapes", cases, **{key: data[key] for key in ("provider", "defaults", "matrix")})
    plans = [load([own.source]), load([Path("shapes.yaml")])]
    one, other = ([replace(trial, where="") for trial in plan.trials()] for plan in plans)
    assert one == other
    assert len(one) == 12


def test_a_mistake_is_the_complaint_of_a_file(tmp_path: Path) -> None:
    wrong: dict[str, Any] = {"sead": 3, "size": "big", "drift": {"ssmi": ">= 1"}}
    with pytest.raises(SuiteError) as own:
        harness.Suite("shapes", [harness.Case("a", "red", **wrong)], provider="painter")
    data = {"suite": "shapes", "cases": [{"id": "a", "prompt": "red", **wrong}]}
    (tmp_path / "shapes.yaml").write_text(json.dumps(data))
    with pytest.raises(SuiteError) as read:
        harness.load_suite("shapes.yaml")
    assert [problem.message for problem in own.value.problems] == [p.message for p in read.value.problems]
    assert all(problem.place.line and problem.quote for problem in own.value.problems)
    with pytest.raises(UsageError):
        harness.Suite("shapes", [harness.Case("a", "red", settings={"x": object()})], provider="painter")


def test_inputs_start_at_the_folder_of_the_suite(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Pillow.new("RGB", (8, 8)).save(tmp_path / "in" / "house.png")
    case = harness.Case("a", "the same", input_image=Path("house.png"))
    assert harness.Suite("s", [case], provider="painter", folder=tmp_path / "in").cases[0].data["input_image"]
    with pytest.raises(SuiteError):
        harness.Suite("s", [case], provider="painter")


def test_a_type_checker_knows_every_key_of_the_model() -> None:
    assert set(get_type_hints(CaseFields)) == set(CaseEntry.model_fields) - {"id", "prompt"}
    assert set(get_type_hints(SuiteFields)) == set(SuiteEntry.model_fields) - {"suite", "cases"}


def test_decisions_over_a_run(suite: harness.Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    run = harness.run(suite, provider=Noise())
    baselines = harness.Baselines("baselines")
    baselines.accept(run, "right", cases=["one"], who="Ann")
    keys = baselines.trials()
    assert [str(key) for key in keys] == ["shapes/one/base-s0", "shapes/one/base-s1"]
    assert (baselines.suites(), baselines.verify()) == (["shapes"], [])
    baselines.reject(run, "the square is not blue", cases=["two"])
    baselines.ignore(run, "later", cases=["two"], owner="Ann", until=date.today() + timedelta(3))
    assert [d.action for d in baselines.log("shapes")] == ["accept", "accept", "reject", "ignore"]
    again = harness.run(suite, provider=Noise())
    assert again.ok
    assert again.record.statuses == {Status.OK: 2, Status.IGNORED: 1}
    (Path("baselines") / baselines.images(keys[0])[0].name).write_bytes(b"")
    assert len(baselines.verify()) == 1
    monkeypatch.setenv("CI", "true")
    with pytest.raises(WritesRefusedError):
        run.accept("right")


def test_the_html_of_a_run_shows_its_findings_and_runs_nothing(suite: harness.Suite) -> None:
    harness.run(suite, provider=Noise()).accept("right")
    html = harness.run(suite, provider=Noise(shift=9))._repr_html_()
    assert html.count("data:image/png;base64,") == 9  # accepted, new and heat map of each
    assert "shapes/two/base-s0" in html
    run = harness.run(suite, provider=Noise(problem="<script>alert(1)</script>"))
    assert "<script" not in run._repr_html_()
