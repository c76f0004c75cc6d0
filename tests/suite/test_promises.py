"""What a suite asks of a provider is compared with what the provider promises."""

from collections.abc import Callable
from pathlib import Path

import pytest

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
