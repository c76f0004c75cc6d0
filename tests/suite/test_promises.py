"""What a suite asks of a provider is compared with what the provider promises."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.provider import capabilities_of
from harness.suite import Lookup, Plan, SuiteError

MINE = "suite: s\nprovider: mine\nproviders: {mine: {kind: command, promise: %s}}\ncases:\n  - id: a\n    prompt: x\n"
PAINTER = "suite: s\nprovider: painter\ncases:\n  - id: a\n    prompt: x\n"


@pytest.mark.parametrize("promise", ["exact", "exact-per-environment"])
def test_exact_is_the_default_where_it_is_promised(plan: Callable[..., Plan], promises: Lookup, promise: str) -> None:
    (trial,) = plan(MINE % promise, capabilities=promises).trials()
    assert (trial.policy.drift.kind, trial.key.seed) == ("exact", 0)


@pytest.mark.parametrize("promise", ["best-effort", "none"])
def test_elsewhere_drift_must_be_said(
    fault: Callable[..., SuiteError], plan: Callable[..., Plan], promises: Lookup, promise: str
) -> None:
    (silent,) = fault(MINE % promise, capabilities=promises).problems
    assert silent.message == f"`drift` must be stated: `mine` promises of its seed: {promise}"
    assert (silent.place.line, silent.place.column) == (5, 9)
    (stated,) = fault(MINE % promise + "    drift: exact\n", capabilities=promises).problems
    assert stated.message.startswith("`drift: exact` is refused")
    assert (stated.place.line, stated.place.column) == (7, 12)
    assert "set" in stated.hint
    assert "calibrated" in stated.hint
    for rule in ("calibrated", "set", "{ssim: '>= 0.9'}"):
        assert plan(MINE % promise + f"    drift: {rule}\n", capabilities=promises).count() >= 1


def test_a_provider_without_seed_is_not_seeded_unless_asked(plan: Callable[..., Plan], promises: Lookup) -> None:
    text = MINE % "none" + "    drift: calibrated\n"
    assert [key.seed for key in plan(text, capabilities=promises).keys()] == [None]  # noqa: SIM118
    assert [key.seed for key in plan(text + "    seeds: [4]\n", capabilities=promises).keys()] == [4]  # noqa: SIM118


@pytest.mark.parametrize(
    ("more", "message", "hint", "place"),
    [
        ("    style: flatt\n", "`painter` has no style 'flatt'", "did you mean `flat`?", (6, 12)),
        ("    settings: {arithmetc: exact}\n", "knows no setting `arithmetc`", "did you mean `arithmetic`?", (6, 27)),
        ("    matrix: {stile: [flat]}\n", "knows no setting `stile`", "did you mean `style`?", (6, 21)),
        ("defaults: {settings: {arithmetic: fp8}}\n", "has no arithmetic 'fp8'", "float32", (6, 35)),
    ],
)
def test_settings_a_provider_does_not_know(
    fault: Callable[..., SuiteError],
    promises: Lookup,
    more: str,
    message: str,
    hint: str,
    place: tuple[int, int],
) -> None:
    (problem,) = fault(PAINTER + more, capabilities=promises).problems
    assert message in problem.message
    assert hint in problem.hint
    assert (problem.place.line, problem.place.column) == place


def test_an_image_goes_only_to_a_provider_that_takes_one(
    fault: Callable[..., SuiteError], write: Callable[..., Path], promises: Lookup
) -> None:
    write("x", "in.png")
    (problem,) = fault(MINE % "exact" + "    input_image: in.png\n", capabilities=promises).problems
    assert problem.message == "`mine` takes no `input_image`"
    question = MINE % "exact" + "  - {id: b, input_image: in.png, ask: how many?, answer: '1'}\n"
    assert {found.message for found in fault(question, capabilities=promises).problems} == {
        "`mine` takes no `input_image`", "`mine` takes no `ask`",
    }  # fmt: skip


def test_strict_refuses_what_would_be_left_out(
    fault: Callable[..., SuiteError], plan: Callable[..., Plan], promises: Lookup
) -> None:
    text = MINE % "exact" + "    quality: hd\n"
    assert plan(text, capabilities=promises).count() == 1
    (problem,) = fault(text + "strict: true\n", capabilities=promises).problems
    assert problem.message == "`mine` does not honor `quality`"
    assert (problem.place.line, problem.place.column) == (7, 14)


@pytest.mark.parametrize("prompt", ["a cat sitting on a red square", "a red circle next to a cat", "dogs"])
def test_strict_refuses_a_thing_that_the_painter_does_not_know(
    fault: Callable[..., SuiteError], plan: Callable[..., Plan], prompt: str
) -> None:
    text = PAINTER.replace("prompt: x", f"prompt: {prompt}")
    assert plan(text, capabilities=capabilities_of).count() == 1
    (problem,) = fault(text + "strict: true\n", capabilities=capabilities_of).problems
    assert (problem.place.line, problem.place.column) == (5, 13)
    assert "strict: false" in problem.hint
    with pytest.raises(UsageError, match=f"--set prompt={prompt}"):
        plan(PAINTER.replace("prompt: x", "prompt: a star") + "strict: true\n", overrides={"prompt": prompt})


def test_strict_leaves_adjectives_and_other_readers_alone(plan: Callable[..., Plan]) -> None:
    text = PAINTER.replace("prompt: x", "prompt: a shiny red circle") + "strict: true\n"
    assert plan(text, capabilities=capabilities_of).count() == 1
    model = "{kind: llm, model: m, base_url: 'http://127.0.0.1:1/v1'}"
    text = MINE.replace("kind: command, promise: %s", f"kind: painter, interpreter: {model}") + "strict: true\n"
    assert plan(text).count() == 1


@pytest.mark.parametrize(
    ("defaults", "more", "key", "place"),
    [
        ("drift: set", "    seeds: [1]\n", "unseeded", (7, 5)),
        ("drift: calibrated", "    samples: 3\n", "samples", (7, 5)),
        ("drift: exact, samples: 3", "", "samples", (3, 26)),
    ],
)
def test_seeds_and_samples_that_the_rule_does_not_use(
    fault: Callable[..., SuiteError], defaults: str, more: str, key: str, place: tuple[int, int]
) -> None:
    text = f"suite: s\nprovider: painter\ndefaults: {{{defaults}}}\ncases:\n  - id: a\n    prompt: x\n{more}"
    (problem,) = fault(text).problems
    assert key in problem.message
    assert (problem.place.line, problem.place.column) == place


@pytest.mark.parametrize(
    "key", ["prompt: x", "checks: [{absent: green}]", "drift: exact", "size: 64", "profile: [cpu]"]
)
def test_what_only_an_image_can_use_is_refused_of_a_question(
    fault: Callable[..., SuiteError], write: Callable[..., Path], key: str
) -> None:
    write("x", "in.png")
    text = "suite: s\nprovider: mine\nproviders: {mine: {kind: command}}\ncases:\n"
    (problem,) = fault(f"{text}  - {{id: a, ask: how many?, answer: '1', input_image: in.png, {key}}}\n").problems
    assert problem.message == f"`{key.partition(':')[0]}` does not go with `ask`"
