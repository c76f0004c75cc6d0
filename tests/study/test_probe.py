"""Providers that really generate, each with one fault: the probe names it."""

import io
import json
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.baseline import (
    Baselines,
    NotProvenError,
    ProbesError,
    Selection,
    WritesRefusedError,
    accept,
    read_probes,
)
from harness.errors import UsageError
from harness.judge import ProbeReading
from harness.records import Reason
from harness.runner import RunOptions, execute, plan_of, rerun
from harness.study import ProbeOptions, ProbeReport, prepare_probe, run_probe, store_probed
from harness.suite import SuiteError
from harness.vocabulary import Code

SUBJECTS = Path(__file__).parent / "subjects"
SUITE = """\
suite: probed
provider: mine
providers:
  mine: {{{provider}}}
defaults: {{size: 32x32, seeds: [0]{defaults}}}
cases:
{cases}
"""
CASE = "  - {id: one, prompt: some waves}\n"
Probed = Callable[..., ProbeReport]


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """``suite(provider, cases=…, defaults=…)`` writes a suite beside the subjects, and stands there."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("SUBJECT_STATE", str(tmp_path))
    shutil.copytree(SUBJECTS, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)

    def write(provider: str, cases: str = CASE, defaults: str = ", drift: exact") -> Path:
        path = tmp_path / "probed.yaml"
        path.write_text(SUITE.format(provider=provider, cases=cases, defaults=defaults))
        return path

    return write


@pytest.fixture
def probed(suite: Callable[..., Path]) -> Probed:
    """``probed("gaussian")`` probes the function of that name; ``command=True`` the program."""

    def run(name: str, *, command: bool = False, more: str = "", trials: int = 3, **given: Any) -> ProbeReport:
        provider = _command(name) if command else f'kind: python, function: "generation.py:{name}", price: 0'
        return _probe(suite(provider + more, **given), trials=trials)

    return run


def _image() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.radial_gradient("L").resize((32, 32)).save(out, "PNG")
    return out.getvalue()


def _command(name: str) -> str:
    argv = json.dumps([sys.executable, "-I", "-S", "program.py", name, "{prompt}", "{seed}"])
    return f"kind: command, argv: {argv}, env: [SUBJECT_STATE], price: 0"


def _probe(path: Path, *, repeats: int = 6, trials: int = 3, **given: Any) -> ProbeReport:
    options = ProbeOptions(RunOptions((path,), **given), repeats, trials)
    (report,) = run_probe(prepare_probe(options), options)
    return report


def _readings(report: ProbeReport) -> dict[str, ProbeReading]:
    return {reading.probe: reading for reading in report.diagnosis.readings}


def _causes(report: ProbeReport) -> list[Code]:
    return [reason.code for reason in report.diagnosis.causes]


def _depends(report: ProbeReport) -> dict[str, Any]:
    """The data of the one thing that the images depend on, by all that was seen."""
    cause, rest = report.diagnosis.causes
    assert (cause.code, rest.code) == (Code.DEPENDS, Code.REST_EQUAL)
    return dict(cause.data)


def _differing(report: ProbeReport) -> set[str]:
    return {reading.probe for reading in report.diagnosis.readings if reading.outcome == "differs"}


def test_a_provider_that_repeats_under_every_probe(probed: Probed) -> None:
    report = probed("steady", more=", promise: exact", defaults=", quality: standard, determinism: pixels")
    diagnosis = report.diagnosis
    assert (diagnosis.level, diagnosis.elsewhere, diagnosis.seed.outcome) == ("bytes", "bytes", "honored")
    assert _causes(report) == [Code.STEADY]
    assert diagnosis.causes[0].data["level"] == "bytes"
    assert _differing(report) == set()
    assert (diagnosis.exact_here, report.broken) == (True, ())
    assert {p.name: p.outcome for p in diagnosis.parameters} == {"quality": "honored", "size": "honored"}
    assert [trial.modes for trial in diagnosis.trials] == [(12,)]
    assert (diagnosis.causes[0].data["repeats"], diagnosis.causes[0].data["missed"]) == (12, pytest.approx(0.9**12))


def test_a_program_that_ignores_its_seed(probed: Probed) -> None:
    report = probed("ignores_seed", command=True)
    assert report.diagnosis.seed.outcome == "ignored"
    assert report.diagnosis.seed.evidence == (Reason(Code.SEED_SAME, {"seeds": 3}),)
    assert report.diagnosis.level == "bytes"
    assert report.broken == (Reason(Code.PROMISE_SEED, {"outcome": "ignored"}),)
    assert _readings(report)["restart"].outcome == _readings(report)["threads"].outcome == "equal"
    assert _readings(report)["path"].why == (Reason(Code.SKIP_STEADY),)


def test_a_function_that_generates_another_image_every_time(probed: Probed) -> None:
    report = probed("rolls_dice")
    assert report.diagnosis.seed.outcome == "ignored"
    assert _causes(report) == [Code.SEED_IGNORED, Code.SEED_AS_FAR]
    assert not report.diagnosis.exact_here


def test_a_function_that_takes_no_seed(probed: Probed) -> None:
    report = probed("takes_no_seed", trials=1)
    assert report.diagnosis.seed.outcome == "ignored"
    assert report.diagnosis.seed.evidence == (Reason(Code.SEED_LEFT_OUT),)


def test_a_constant_image(probed: Probed) -> None:
    assert probed("constant", command=True).diagnosis.seed.outcome == "constant"


def test_two_modes(probed: Probed) -> None:
    """One call in six gives the other image: always the same one of six."""
    report = probed("two_modes", command=True)
    (trial,) = report.diagnosis.trials
    assert (trial.kind, len(trial.modes)) == ("several", 2)
    [cause] = report.diagnosis.causes
    assert (cause.code, cause.data["period"]) == (Code.PERIOD, 6)
    assert cause.data["p"] <= 0.005
    assert report.diagnosis.seed.outcome == "honored"
    assert trial.level == "none"


def test_a_rare_mode_is_not_put_down_to_what_was_changed(probed: Probed) -> None:
    """The odd image comes in the middle of another probe, and not when that is made again."""
    report = probed("rare_mode", trials=1)
    assert Code.DEPENDS not in _causes(report)
    assert _causes(report)[0] in (Code.UNSTEADY, Code.UNCLEAR)
    assert not report.diagnosis.exact_here


def test_gaussian_noise(probed: Probed) -> None:
    report = probed("gaussian", command=True)
    (trial,) = report.diagnosis.trials
    assert (trial.kind, len(trial.modes)) == ("continuous", sum(trial.modes))
    assert _causes(report) == [Code.CONTINUOUS]
    assert report.diagnosis.seed.outcome == "honored"


def test_a_state_that_leaks_into_the_next_image(probed: Probed) -> None:
    report = probed("leaks")
    assert "order" in _differing(report)
    assert report.diagnosis.causes[0].data["probe"] == "order"
    repeat = _readings(report)["repeat"]
    assert (repeat.outcome, repeat.images) == ("equal", 13)
    assert _differing(report) == {"order"}


def test_the_first_image_differs(probed: Probed) -> None:
    report = probed("first_differs")
    assert _differing(report) == {"first"}
    assert _depends(report)["probe"] == "first"
    assert [trial.modes for trial in report.diagnosis.trials] == [(11,)]


def test_an_image_that_depends_on_the_batch(
    suite: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "batching-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: batching\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[image_harness.providers]\nbatching = batching:ADAPTER\n")
    path = suite("kind: batching")
    monkeypatch.syspath_prepend(tmp_path)
    report = _probe(path)
    assert _differing(report) == {"batch"}
    assert (report.diagnosis.level, report.diagnosis.elsewhere) == ("bytes", "none")
    data = report.diagnosis.causes[0].data
    assert (data["probe"], data["differing"], data["images"]) == ("batch", 6, 6)
    assert report.broken == (Reason(Code.PROMISE_EXACT, {"level": "none"}),)
    assert report.diagnosis.exact_here


def test_a_function_that_is_not_safe_under_concurrency(probed: Probed) -> None:
    report = probed("unsafe", more=", concurrency: 4")
    assert _differing(report) == {"concurrency"}
    assert report.diagnosis.causes[0].data["probe"] == "concurrency"
    assert report.diagnosis.level == "none"


def test_an_image_that_depends_on_the_process(probed: Probed) -> None:
    report = probed("by_process")
    assert "restart" in _differing(report)
    assert "restart" in [cause.data.get("probe") for cause in report.diagnosis.causes]
    assert _readings(report)["threads"].why == (Reason(Code.SKIP_RESTART),)


def test_an_image_that_depends_on_threads(probed: Probed) -> None:
    report = probed("by_threads")
    assert _differing(report) == {"threads"}
    assert _depends(report)["probe"] == "threads"
    assert (report.diagnosis.level, report.diagnosis.exact_here) == ("bytes", True)


@pytest.mark.skipif("platform.machine().lower() not in ('x86_64', 'amd64')", reason="another processor cannot be had")
def test_an_image_that_depends_on_the_instruction_set(probed: Probed) -> None:
    report = probed("by_processor")
    assert _differing(report) == {"instructions"}
    data = _depends(report)
    assert (data["differing"], data["images"], data["settings"]) == (4, 8, ["without AVX"])


def test_other_bytes_of_equal_pixels(probed: Probed) -> None:
    report = probed("re_encodes", command=True)
    assert report.diagnosis.level == "pixels"
    assert _readings(report)["encoding"].outcome == "differs"
    assert _causes(report) == [Code.STEADY, Code.ENCODING]
    assert report.diagnosis.causes[0].data["level"] == "pixels"
    assert report.diagnosis.exact_here


def test_a_cache_that_forgot_the_seed(probed: Probed) -> None:
    """Known bytes, thirty times quicker than a fresh image."""
    for name, command in (("cached_without_seed", False), ("cached_on_disk", True)):
        report = probed(name, command=command, trials=1)
        assert report.diagnosis.seed.outcome == "cached", name
        assert [why.code for why in report.diagnosis.seed.evidence] == [Code.SEED_SAME_CACHED, Code.CACHE_INSTANT]
        assert Reason(Code.PROMISE_SEED, {"outcome": "cached"}) in report.broken


def test_a_cache_of_everything_is_never_counted_as_a_repeat(probed: Probed) -> None:
    report = probed("cached_by_everything", trials=1)
    (trial,) = report.diagnosis.trials
    assert trial.modes == (1,)
    assert trial.fresh < trial.generated
    assert trial.cached is not None
    assert trial.cached.code == Code.CACHE_INSTANT
    assert not report.diagnosis.exact_here
    assert report.diagnosis.seed.outcome in ("honored", "unknown")


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("reports_its_cache", Code.CACHE_HIT),
        ("zeroed_usage", Code.CACHE_USAGE),
    ],
)
def test_a_service_that_says_that_it_answers_from_a_cache(probed: Probed, name: str, evidence: Code) -> None:
    report = probed(name)
    (trial,) = report.diagnosis.trials
    assert (trial.level, trial.cached) == (None, Reason(evidence))
    assert [why.code for why in trial.problem] == [Code.PROBE_CACHED_ANSWERS, evidence]
    assert _causes(report)[0] == Code.INCONCLUSIVE


def test_seeds_that_are_rejected(probed: Probed) -> None:
    report = probed("rejects_seeds")
    assert report.diagnosis.seed.outcome == "rejected"
    assert report.diagnosis.seed.evidence[0].code == Code.SEED_REJECTED
    assert "unknown parameter: seed" in report.diagnosis.seed.evidence[1].data["problem"]
    assert not report.diagnosis.conclusive


def test_settings_that_are_clamped_or_ignored(probed: Probed) -> None:
    report = probed("clamps", defaults=", drift: exact, steps: 8, guidance: 2, style: flat, settings: {}")
    reported = {parameter.name: parameter for parameter in report.diagnosis.parameters}
    assert {name: one.outcome for name, one in reported.items()} == {
        "steps": "clamped",
        "guidance": "honored",
        "size": "ignored",
    }
    assert reported["steps"].evidence == (Reason(Code.SETTING_SAME, {"values": [8, 16]}),)
    assert Reason(Code.PROMISE_SETTING, {"name": "size", "outcome": "ignored"}) in report.broken


def test_images_of_mixed_sizes(probed: Probed) -> None:
    report = probed("odd_sizes", command=True)
    assert report.diagnosis.level == "none"
    assert (report.diagnosis.causes[0].code, report.diagnosis.causes[0].data["period"]) == (Code.PERIOD, 2)
    assert _readings(report)["repeat"].max_abs is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("refuses", Reason(Code.PROBE_REFUSED)),
        ("fails", Reason(Code.PROBE_FEW, {"images": 0, "count": 2})),
    ],
)
def test_nothing_could_be_generated(probed: Probed, name: str, problem: Reason) -> None:
    report = probed(name)
    assert report.missing
    assert report.diagnosis.level is None
    assert report.diagnosis.causes[:2] == (Reason(Code.INCONCLUSIVE), problem)
    assert report.stored == ()


def test_a_folder_proves_nothing_by_being_read_twice(suite: Callable[..., Path]) -> None:
    Path("made/one").mkdir(parents=True)
    Path("made/one/base-s0.png").write_bytes(_image())
    report = _probe(suite("kind: folder, folder: made"))
    assert report.diagnosis.level is None
    assert "a repeat would read the same file again" in report.diagnosis.causes[-1].data["problem"]
    assert report.stored == ()


def test_images_that_show_nothing_prove_nothing(probed: Probed) -> None:
    report = probed("shows_nothing")
    assert [cause.code for cause in report.diagnosis.causes] == [Code.BROKEN_IMAGES, Code.IMAGE_BLANK]
    assert report.diagnosis.causes[0].data["count"] == report.diagnosis.broken == report.generated
    assert (report.diagnosis.level, report.diagnosis.exact_here, report.stored) == (None, False, ())


def test_seeds_that_are_taken_modulo_a_number(probed: Probed) -> None:
    report = probed("few_seeds")
    lost, modulus, steady = report.diagnosis.causes
    assert (lost.code, lost.data["outcome"], steady.code) == (Code.SEED_LOST, "shared", Code.STEADY)
    assert (modulus.code, modulus.data["modulus"]) == (Code.SEED_MODULUS, 256)
    assert Reason(Code.PROMISE_SEED, {"outcome": "shared"}) in report.broken


TWO = CASE + "  - {id: two, prompt: forbidden waves}\n"


def test_the_prompt_of_another_case_is_no_mode(probed: Probed) -> None:
    """The first image of the second case comes after one of the first."""
    report = probed("leaks", cases=TWO)
    assert _differing(report) == {"order"}
    assert _depends(report)["probe"] == "order"
    assert [trial.kind for trial in report.diagnosis.trials] == ["one", "one"]


def test_a_refused_case_breaks_no_promise(probed: Probed) -> None:
    report = probed("refuses_one", cases=TWO)
    one, two = report.diagnosis.trials
    assert (one.level, two.level, two.refused, two.problem[0].code) == ("bytes", None, True, Code.PROBE_REFUSED)
    assert (report.broken, report.diagnosis.conclusive, report.diagnosis.exact_here) == ((), True, True)


def test_late_repeats_cover_the_time_that_was_asked(suite: Callable[..., Path]) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0')
    options = ProbeOptions(RunOptions((path,)), repeats=2, span=1.5)
    (report,) = run_probe(prepare_probe(options), options)
    # recorded to the millisecond
    assert report.diagnosis.causes[0].data["span"] >= 1.49


def test_a_provider_without_seeds(probed: Probed) -> None:
    report = probed("ignores_seed", more=", promise: none", defaults=", drift: set, samples: 3")
    assert report.diagnosis.seed.outcome == "not seeded"
    assert report.diagnosis.level == "bytes"
    assert report.broken == ()


def test_one_repeat_is_refused(suite: Callable[..., Path]) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0')
    with pytest.raises(UsageError) as fault:
        prepare_probe(ProbeOptions(RunOptions((path,)), repeats=1))
    assert "--repeats 2" in fault.value.hint


@pytest.mark.parametrize(("trials", "others", "left"), [(1, 2, 1), (2, 1, 0), (5, 0, 0)])
def test_what_is_not_probed_is_counted(suite: Callable[..., Path], trials: int, others: int, left: int) -> None:
    cases = PAINTED + "  - {id: hd, prompt: a blue square, quality: hd}\n"
    path = suite("kind: painter", cases, ", quality: draft")
    ((group, _),) = prepare_probe(ProbeOptions(RunOptions((path,)), 2, trials))
    assert (len(group.trials), group.others, group.left) == (3 - others, others, left)


def test_questions_alone_are_refused(suite: Callable[..., Path]) -> None:
    (Path.cwd() / "in.png").write_bytes(b"x")
    cases = '  - {id: what, input_image: in.png, ask: What is it?, answer: "2"}\n'
    path = suite('kind: python, function: "generation.py:steady", price: 0', cases=cases, defaults="")
    with pytest.raises(UsageError) as fault:
        prepare_probe(ProbeOptions(RunOptions((path,))))
    assert "ask" in str(fault.value)
    assert "--case" in fault.value.hint


def test_a_budget_ends_the_probe(probed: Probed, suite: Callable[..., Path]) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0.02')
    report = _probe(path, budget=0.1)
    assert (report.generated, report.cost) == (5, 0.1)
    assert report.ended == Reason(Code.PROBE_BUDGET)


def test_what_is_found_is_stored_and_decides_over_exact(suite: Callable[..., Path]) -> None:
    """A best-effort provider may say exact where a probe showed it, here and as it is."""
    path = suite('kind: python, function: "generation.py:steady", price: 0', defaults=", determinism: pixels")
    run = RunOptions((path,))
    with pytest.raises(SuiteError) as fault:
        plan_of(run)
    assert "promises of its seed: best-effort" in str(fault.value)
    assert "harness probe" in fault.value.hint
    report = _probe(path)
    (file,) = store_probed([report], run.baselines)
    assert file == Path("baselines/probed/probes.json")
    (stored,) = read_probes(run.baselines, "probed")
    assert (stored.level, stored.elsewhere, stored.repeats, stored.trials) == (
        "bytes",
        "bytes",
        6,
        ("probed/one/base-s0",),
    )
    assert plan_of(run).count() == 1
    before = file.read_bytes()
    store_probed([report], run.baselines)
    assert file.read_bytes() == before
    with pytest.raises(SuiteError, match="made with other settings"):
        plan_of(RunOptions((path,), overrides={"quality": "draft"}))
    generation = Path("generation.py")
    generation.write_text(generation.read_text() + "\n# a new version\n")
    with pytest.raises(SuiteError, match="its program or weights changed since it was probed"):
        plan_of(run)


def test_an_image_that_a_probe_showed_to_repeat_is_accepted_by_generating_it_again(suite: Callable[..., Path]) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0', defaults=", drift: exact")
    options = RunOptions((path,))
    (file,) = store_probed([_probe(path)], options.baselines)
    _, folder = execute(plan_of(options), options)
    stored, manifest = file.read_bytes(), Baselines(options.baselines)
    file.unlink()
    with pytest.raises(NotProvenError):
        accept(manifest, folder, Selection(), reason="right", who="me", rerun=rerun(folder))
    file.write_bytes(stored)
    (change,) = accept(manifest, folder, Selection(), reason="right", who="me", rerun=rerun(folder))
    assert str(change.key) == "probed/one/base-s0"


def test_a_probe_of_another_machine_lifts_nothing_unless_nothing_changed_the_image(
    suite: Callable[..., Path],
) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0')
    run = RunOptions((path,))
    (file,) = store_probed([_probe(path)], run.baselines)
    data = json.loads(file.read_text())
    data["probes"][0]["host"]["cpu"] = "another"
    assert data["probes"][0]["portable"] is True
    file.write_text(json.dumps(data))
    assert plan_of(run).count() == 1
    data["probes"][0]["portable"] = False
    file.write_text(json.dumps(data))
    with pytest.raises(SuiteError, match="was made on another machine"):
        plan_of(run)


def test_a_probe_refuses_what_it_contradicts(suite: Callable[..., Path]) -> None:
    path = suite(_command("two_modes") + ", promise: exact", defaults=", drift: exact, determinism: lsb")
    run = RunOptions((path,))
    assert plan_of(run).count() == 1
    report = _probe(path)
    assert len(report.broken) == 2
    store_probed([report], run.baselines)
    with pytest.raises(SuiteError) as fault:
        plan_of(run)
    reported = str(fault.value)
    assert "`drift: exact` is refused: a probe (" in reported
    assert "saw `mine` repeat to level none only" in reported
    assert "`determinism: lsb` is refused" in reported
    assert "^" in reported
    # probing again is still possible: that is how a mend is shown
    assert prepare_probe(ProbeOptions(run))


def test_nothing_is_stored_where_ci_is_set(suite: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    report = _probe(suite('kind: python, function: "generation.py:steady", price: 0'))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(WritesRefusedError):
        store_probed([report], Path("baselines"))
    assert not Path("baselines").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": 9, "suite": "probed", "probes": []}', '{"format": 1, "suite": "other", "probes": []}',
     '{"format": 1, "suite": "probed", "probes": [{"provider": 3}]}'],
)  # fmt: skip
def test_a_broken_file_of_probes_is_an_error_with_a_hint(suite: Callable[..., Path], text: str) -> None:
    path = suite('kind: python, function: "generation.py:steady", price: 0, promise: exact')
    file = Path("baselines/probed/probes.json")
    file.parent.mkdir(parents=True)
    file.write_text(text)
    with pytest.raises(ProbesError) as fault:
        plan_of(RunOptions((path,)))
    assert str(file) in str(fault.value)
    assert "probe again" in fault.value.hint


PAINTED = """\
  - {id: circles, prompt: two red circles to the left of a blue square}
  - {id: house, prompt: a red house and a green tree by the sea}
"""


def test_the_painter_is_exact_under_every_probe(suite: Callable[..., Path]) -> None:
    path = suite("kind: painter", PAINTED, ", drift: exact, quality: draft, steps: 2")
    report = _probe(path, repeats=2, trials=1, overrides={"size": "64x64"})
    assert (report.promise, report.diagnosis.level, report.diagnosis.elsewhere) == ("exact", "bytes", "bytes")
    assert (report.diagnosis.seed.outcome, report.broken) == ("honored", ())
    assert _causes(report) == [Code.STEADY]
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    controls = {"hash", "path", "clock"}
    readings = report.diagnosis.readings
    unlike = {one.probe for one in readings if one.outcome != "equal" and one.probe not in controls}
    assert unlike == (set() if x86 else {"instructions"})
    outcomes = {parameter.name: parameter.outcome for parameter in report.diagnosis.parameters}
    assert outcomes.pop("negative_prompt") == "unknown", "what is asked for and forbidden is a contradiction"
    assert set(outcomes.values()) == {"honored"}


def test_the_painter_in_float32_depends_on_batch_or_instruction_set(suite: Callable[..., Path]) -> None:
    path = suite("kind: painter", PAINTED, ", drift: exact, quality: draft, style: flat")
    report = _probe(path, repeats=2, trials=2, overrides={"arithmetic": "float32", "size": "64x64"})
    assert (report.promise, report.diagnosis.level, report.diagnosis.elsewhere) == (
        "exact-per-environment",
        "bytes",
        "lsb",
    )
    assert report.broken == ()
    assert _differing(report) <= {"batch", "instructions"}
    assert report.diagnosis.causes[0].data["probe"] in ("batch", "instructions")
    assert _causes(report)[-1] == Code.REST_EQUAL
