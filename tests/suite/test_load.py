"""A suite as a person writes it becomes the trials it means."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.records import Box, Limit, Rule
from harness.suite import Lookup, Plan, SuiteError, load, resolve_project

SUITE = """\
suite: quickstart
provider: painter
cases:
  - id: two-circles
    prompt: two red circles
"""

DESIGN = """\
# yaml-language-server: $schema=../harness/suite/schema.json
suite: quickstart
description: Two scenes that must not change.
provider: painter                  # a built-in, or a name under providers:
providers:
  mini: {kind: command, model: openai/gpt-5-image-mini, api_key_env: OPENROUTER_API_KEY, only: [openai]}
defaults: {size: 256x256, quality: standard, seeds: [0, 1], drift: exact, determinism: pixels}
matrix: {style: [flat, pastel]}    # each combination is a variant
cases:
  - id: two-circles
    prompt: two red circles to the left of a blue square, no green
    tags: [count, relation, negation]
    checks: [{count: red circle, equals: 2}, {left_of: [red circle, blue square]}, {absent: green}]
  - id: repaint
    prompt: the same scene at night
    input_image: inputs/house.png                   # image-guided generation
    drift: {ssim: ">= 0.98", phash: "<= 4"}   # or ranges
  - id: hosted
    provider: mini
    prompt: a watercolor fox
    drift: set                                # unseeded
    samples: 10
"""


@pytest.fixture
def design(write: Callable[..., Path]) -> Path:
    image = write("", "inputs/house.png")
    image.write_bytes(b"not opened, only digested")
    return write(DESIGN)


def test_the_suite_of_the_blueprint(design: Path, promises: Lookup) -> None:
    plan = load([design], capabilities=promises)
    trials = list(plan.trials())

    assert plan.count() == len(trials) == 4 + 4 + 20
    first = trials[0]
    assert str(first.key) == "quickstart/two-circles/style=flat-s0"
    assert first.recipe.subject.settings == {"quality": "standard", "style": "flat"}
    assert first.recipe.request.prompt.startswith("two red circles")
    assert (first.recipe.request.width, first.recipe.request.height) == (256, 256)
    assert first.policy.determinism == "pixels"
    assert [check.kind for check in first.checks] == ["count", "left_of", "absent"]
    assert first.checks[0].args == {"count": "red circle", "equals": 2}
    assert first.tags == ("count", "relation", "negation")
    assert first.where == f"{design}:10"
    repaint = trials[4]
    assert repaint.policy.drift == Rule("limits", (Limit("ssim", 0.98, None), Limit("phash", None, 4.0)))
    assert repaint.recipe.request.input_image is not None
    assert repaint.recipe.request.input_image.path == (design.parent / "inputs/house.png").as_posix()
    assert len(repaint.recipe.request.input_image.digest) == 64
    hosted = trials[-1]
    assert (hosted.key.seed, hosted.attempt.index) == (None, 9)
    assert hosted.recipe.subject.model == "openai/gpt-5-image-mini"
    assert hosted.recipe.subject.settings == {"only": ["openai"], "quality": "standard", "style": "pastel"}


def test_only_used_providers_are_named(plan: Callable[..., Plan]) -> None:
    text = SUITE + "providers:\n  spare: {kind: command}\n"
    assert list(plan(text).providers) == ["painter"]


def test_without_a_matrix_the_variant_is_base(plan: Callable[..., Plan]) -> None:
    assert [str(key) for key in plan(SUITE).keys()] == ["quickstart/two-circles/base-s0"]  # noqa: SIM118


def test_a_case_wins_over_defaults_and_settings_are_merged(plan: Callable[..., Plan]) -> None:
    text = SUITE + "    quality: hd\n    settings: {b: 3, c: [1, null]}\n"
    text += "defaults: {quality: draft, steps: 9, guidance: 2, settings: {a: 1, b: 2}}\n"
    (trial,) = plan(text).trials()
    assert trial.recipe.subject.settings == {
        "quality": "hd", "steps": 9, "guidance": 2.0, "a": 1, "b": 3, "c": [1, None],
    }  # fmt: skip


def test_how_a_case_is_judged(plan: Callable[..., Plan]) -> None:
    text = SUITE + (
        '    drift: {ssim: "0.98..0.999", max_abs: "== 0", pixels_equal: true}\n    warn: {ssim: ">= 0.99"}\n'
        "    ignore: [{box: [1, 2, 3, 4]}]\n    determinism: lsb\n    profile: [gpu, torch]\n    timeout: 12.5\n"
    )
    (trial,) = plan(text).trials()
    assert trial.policy.drift.limits == (
        Limit("ssim", 0.98, 0.999), Limit("max_abs", 0.0, 0.0), Limit("pixels_equal", 1.0, 1.0),
    )  # fmt: skip
    assert trial.policy.warn == (Limit("ssim", 0.99, None),)
    assert trial.policy.ignore == (Box(1, 2, 3, 4),)
    assert (trial.policy.determinism, trial.policy.profile, trial.policy.timeout) == ("lsb", ("gpu", "torch"), 12.5)


@pytest.mark.parametrize(
    ("words", "sides"),
    [
        ("size: 512x320", (512, 320)),
        ("size: 128", (128, 128)),
        ("aspect: 16:9", (256, 144)),
        ("{size: 1024, aspect: 9:16}", (576, 1024)),
        ('size: "64 × 64"', (64, 64)),
    ],
)
def test_sizes(plan: Callable[..., Plan], words: str, sides: tuple[int, int]) -> None:
    inner = words.strip("{}")
    (trial,) = plan(SUITE + f"defaults: {{{inner}}}\n").trials()
    assert (trial.recipe.request.width, trial.recipe.request.height) == sides


@pytest.mark.parametrize(
    ("defaults", "case", "sides"),
    [
        ("size: 512x512", "aspect: 16:9", (512, 288)),
        ("aspect: 16:9", "size: 512x512", (512, 512)),
        ("aspect: 16:9", "size: 512", (512, 288)),
    ],
)
def test_size_and_aspect_are_one_thing(
    plan: Callable[..., Plan], defaults: str, case: str, sides: tuple[int, int]
) -> None:
    (trial,) = plan(SUITE + f"    {case}\ndefaults: {{{defaults}}}\n").trials()
    assert (trial.recipe.request.width, trial.recipe.request.height) == sides


def test_a_case_has_a_matrix_of_its_own(plan: Callable[..., Plan]) -> None:
    text = SUITE + "    matrix: {quality: [draft, hd], steps: [4, 8]}\n  - {id: b, prompt: x, matrix: {}}\n"
    text += "matrix: {style: [flat]}\n"
    names = [key.variant for key in plan(text).keys()]  # noqa: SIM118
    assert names == [
        "quality=draft,steps=4", "quality=draft,steps=8", "quality=hd,steps=4", "quality=hd,steps=8", "base",
    ]  # fmt: skip


def test_a_matrix_may_vary_the_provider(plan: Callable[..., Plan], promises: Lookup) -> None:
    text = SUITE.replace("provider: painter\n", "") + "matrix: {provider: [painter, mine]}\n"
    text += "providers: {mine: {kind: command, promise: exact}}\n"
    trials = list(plan(text, capabilities=promises).trials())
    assert [trial.recipe.subject.kind for trial in trials] == ["painter", "command"]
    assert "promise" not in trials[1].recipe.subject.settings


def test_repeats_are_innermost_and_multiply_sets(plan: Callable[..., Plan]) -> None:
    two = plan(SUITE + "defaults: {seeds: [5, 6]}\n")
    assert [(trial.key.seed, trial.attempt.index) for trial in two.trials(2)] == [(5, 0), (5, 1), (6, 0), (6, 1)]
    assert two.count(2) == 4
    unseeded = plan(SUITE + "    drift: set\n    samples: 3\n")
    assert [trial.attempt.index for trial in unseeded.trials(2)] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(UsageError, match="0 repeats"):
        two.count(0)


def test_a_question_is_one_trial(plan: Callable[..., Plan], write: Callable[..., Path]) -> None:
    write("x", "house.png")
    text = (
        "suite: a\nprovider: mine\nproviders: {mine: {kind: command}}\ndefaults: {seeds: [1, 2]}\n"
        'cases: [{id: q, input_image: house.png, ask: "How many?", answer: "2"}, {id: b, prompt: x}]\n'
    )
    trial, *_ = plan(text).trials()
    assert (trial.recipe.request.ask, trial.answer, trial.key.seed) == ("How many?", "2", None)


def test_a_folder_holds_all_suites_in_it(write: Callable[..., Path]) -> None:
    for name in ("b.yaml", "a.yml", "more/c.yaml", ".hidden/d.yaml", "notes.txt"):
        write(SUITE.replace("quickstart", Path(name).stem), name)
    folder = write("", "notes.txt").parent
    assert [suite.name for suite in load([folder]).suites] == ["a", "b", "c"]
    assert [suite.name for suite in load([folder / "more", folder / "more/c.yaml"]).suites] == ["c"]


def test_two_suites_of_one_name_are_refused(write: Callable[..., Path]) -> None:
    first, second = write(SUITE, "a.yaml"), write(SUITE.replace("quickstart", "QuickStart"), "b.yaml")
    with pytest.raises(SuiteError, match=r"differs only in case from `quickstart` in .*a\.yaml"):
        load([first, second])


def test_one_name_of_a_provider_means_one_thing(write: Callable[..., Path]) -> None:
    with_provider = SUITE + "providers: {painter: {kind: painter, arithmetic: float32}}\n"
    first = write(with_provider, "a.yaml")
    second = write(SUITE.replace("quickstart", "other"), "b.yaml")
    with pytest.raises(SuiteError, match="provider `painter` means something else in"):
        load([first, second])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "none.yaml", "no such suite"),
        (lambda folder: folder / "no" / "none.yaml", "no such suite"),
        (lambda folder: folder, "holds no suite"),
    ],
)
def test_what_is_not_there(tmp_path: Path, make: Callable[[Path], Path], said: str) -> None:
    with pytest.raises(SuiteError, match=said) as caught:
        load([make(tmp_path)])
    assert caught.value.hint


def test_a_near_file_is_named(write: Callable[..., Path]) -> None:
    path = write(SUITE, "quickstart.yaml")
    with pytest.raises(SuiteError) as caught:
        load([path.with_name("quikstart.yaml")])
    assert caught.value.hint == "did you mean `quickstart.yaml`?"


def test_shared_providers_of_harness_toml(write: Callable[..., Path], promises: Lookup) -> None:
    config = write('[providers.mine]\nkind = "command"\nargv = ["generate"]\npromise = "exact"\n', "harness.toml")
    suite = write(SUITE.replace("provider: painter", "provider: mine"), "suites/a.yaml")
    plan = load([suite], project=resolve_project(config=config), capabilities=promises)
    spec = plan.providers["mine"]
    assert (spec.kind, spec.options["argv"], spec.root) == ("command", ["generate"], str(config.parent))
    (trial,) = plan.trials()
    assert trial.recipe.subject.settings == {"argv": ["generate"]}


def test_a_thousand_variants_share_their_rules(plan: Callable[..., Plan]) -> None:
    trials = list(plan(SUITE + "defaults: {seeds: 0..99}\nmatrix: {steps: [1, 2, 3]}\n").trials())
    assert len({id(trial.policy) for trial in trials}) == 1
    assert len({id(trial.recipe.subject) for trial in trials}) == 3


def test_no_suite_is_a_usage_fault() -> None:
    with pytest.raises(UsageError, match="no suite is named"):
        load([])
