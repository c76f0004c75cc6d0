"""``--set`` changes what is generated and never the key; what it cannot change it says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.suite import Lookup, Plan, load

SUITE = """\
suite: s
provider: painter
providers: {mine: {kind: command, promise: exact}}
defaults: {size: 256x256, quality: standard, seeds: [0, 1], settings: {arithmetic: exact}}
cases:
  - {id: a, prompt: x, quality: hd}
  - {id: b, prompt: y, matrix: {style: [flat, pastel]}}
"""


@pytest.mark.parametrize(
    ("set_", "field", "value"),
    [
        ({"quality": "draft"}, "quality", "draft"),
        ({"steps": "7"}, "steps", 7),
        ({"guidance": "2.5"}, "guidance", 2.5),
        ({"arithmetic": "float32"}, "arithmetic", "float32"),
        ({"settings.arithmetic": "float32"}, "arithmetic", "float32"),
    ],
)
def test_settings_change_and_keys_do_not(
    plan: Callable[..., Plan], promises: Lookup, set_: dict[str, str], field: str, value: object
) -> None:
    before = list(plan(SUITE, capabilities=promises).trials())
    after = list(plan(SUITE, capabilities=promises, overrides=set_).trials())
    assert [trial.key for trial in after] == [trial.key for trial in before]
    assert {trial.recipe.subject.settings[field] for trial in after} == {value}
    assert {trial.recipe.digest for trial in after}.isdisjoint(trial.recipe.digest for trial in before)


def test_request_model_and_provider(plan: Callable[..., Plan], promises: Lookup) -> None:
    overrides = {
        "size": "512x384",
        "model": "painter@1",
        "provider": "mine",
        "prompt": "z",
        "negative_prompt": "no",
        "timeout": "9",
    }
    text = SUITE.replace(", settings: {arithmetic: exact}", "")
    for trial in plan(text, capabilities=promises, overrides=overrides).trials():
        request, subject = trial.recipe.request, trial.recipe.subject
        assert (request.width, request.height, request.prompt, request.negative_prompt) == (512, 384, "z", "no")
        assert (subject.provider, subject.kind, subject.model) == ("mine", "command", "painter@1")
        assert trial.policy.timeout == 9.0


@pytest.mark.parametrize(
    ("set_", "message", "hint"),
    [
        ({"style": "flat"}, "`style` is a matrix key of suite `s`, part of the key", "choose among its variants"),
        ({"seed": "3"}, "`seed` is part of the key of a trial", "`seeds:`"),
        ({"seeds": "0..3"}, "`seeds` is part of the key of a trial", "`seeds:`"),
        ({"drift": "set"}, "`drift` is a rule of the suite", "edit the suite"),
        ({"quality": "dratf"}, '--set quality=dratf: `quality` cannot be "dratf"', "did you mean `draft`?"),
        ({"size": "big"}, '--set size=big: "big" is not a size', "256x256"),
        ({"size": "64x64", "aspect": "1:1"}, "both say how wide", "longer side"),
        ({"steps": "many"}, '--set steps=many: `steps` takes a whole number, not "many"', ""),
        ({"strength": "2"}, "strength is a number from 0 to 1", ""),
        ({"qualty": "hd"}, "--set qualty=hd: no provider of these suites knows `qualty`", "did you mean `quality`?"),
        ({"arithmetik": "x"}, "no provider of these suites knows `arithmetik`", "did you mean `arithmetic`?"),
        ({"arithmetic": "fp8"}, "--set arithmetic=fp8: `painter` has no arithmetic 'fp8'", "exact, float32"),
        ({"input_image": "x.png"}, "`input_image` can only be written in a suite", "edit the suite"),
        ({"argv": "x"}, "no provider of these suites knows `argv`", "settings.argv="),
        ({"provider": "nobody"}, "--set provider=nobody: unknown provider `nobody`", "known: "),
    ],
)
def test_what_cannot_be_set(
    write: Callable[..., Path], promises: Lookup, set_: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        load([write(SUITE)], capabilities=promises, overrides=set_)
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_a_loose_setting_goes_only_to_providers_that_know_it(plan: Callable[..., Plan], promises: Lookup) -> None:
    text = SUITE.replace("settings: {arithmetic: exact}", "timeout: 5")
    text += "  - {id: c, provider: mine, prompt: z}\n"
    trials = list(plan(text, capabilities=promises, overrides={"arithmetic": "float32"}).trials())
    assert {trial.key.case for trial in trials if "arithmetic" in trial.recipe.subject.settings} == {"a", "b"}


def test_another_provider_must_keep_the_promise_that_drift_needs(write: Callable[..., Path], promises: Lookup) -> None:
    text = SUITE.replace(", promise: exact", "").replace(", settings: {arithmetic: exact}", "")
    with pytest.raises(UsageError, match="--set provider=mine: case `a`: `drift` must be stated") as caught:
        load([write(text)], capabilities=promises, overrides={"provider": "mine"})
    assert "calibrated" in caught.value.hint
