"""Routes in suites: names become providers, and what cannot be used is reported where it stands."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UsageError
from harness.suite import Plan, ProviderSpec, SuiteError, load, resolve_project

Loaded = Callable[..., Plan]

SUITE = """\
suite: routed
provider: r
providers:
  mini: {{kind: command, argv: [generate], api_key_env: KEY, promise: exact, model: m-1}}
  worse: {{kind: command, argv: [other]}}
  r: {route}
{more}
defaults: {{size: 64x64}}
cases:
  - {{id: fox, prompt: a fox{case}}}
"""


@pytest.fixture
def loaded(write: Callable[..., Path], promises: Callable[[ProviderSpec], Any]) -> Loaded:
    """Load a suite with a route; a route promises here what its first provider promises."""

    def promised(spec: ProviderSpec) -> Any:
        if spec.kind != "route":
            return promises(spec)
        first = spec.options["members"][spec.options["over"][0]]
        return replace(promises(ProviderSpec("", first["kind"], first["options"])), honors=frozenset({"*"}))

    def loaded(route: str, *, case: str = "", more: str = "", config: str | None = None) -> Plan:
        path = write(SUITE.format(route=route, case=case, more=more))
        project = None if config is None else resolve_project(config=write(config, "harness.toml"))
        return load([path], project=project, capabilities=promised)

    return loaded


def test_the_names_become_what_they_stand_for(loaded: Loaded, tmp_path: Path) -> None:
    members = loaded("{kind: route, over: [mini, painter], pin: mini}").providers["r"].options["members"]
    assert list(members) == ["mini", "painter"]
    assert members["mini"] == {
        "kind": "command",
        "options": {"argv": ["generate"], "api_key_env": "KEY", "promise": "exact", "model": "m-1"},
        "root": str(tmp_path),
        "model": "m-1",
        "settings": {"argv": ["generate"]},
    }
    assert (members["painter"]["kind"], members["painter"]["options"]) == ("painter", {})


def test_the_subject_holds_what_shapes_an_image_and_no_folder(loaded: Loaded, tmp_path: Path) -> None:
    [trial] = loaded("{kind: route, over: [mini, worse]}", case=", drift: {ssim: '>= 0.9'}").trials()
    settings = trial.recipe.subject.settings
    assert settings == {
        "over": ["mini", "worse"],
        "members": {
            "mini": {"kind": "command", "model": "m-1", "settings": {"argv": ["generate"]}},
            "worse": {"kind": "command", "settings": {"argv": ["other"]}},
        },
    }
    assert str(tmp_path) not in repr(settings)


def test_of_a_pinned_route_only_the_pinned_provider_is_the_subject(loaded: Loaded) -> None:
    [trial] = loaded("{kind: route, over: [mini, worse], pin: mini}").trials()
    assert list(trial.recipe.subject.settings["members"]) == ["mini"]


def test_names_of_harness_toml_serve_too(loaded: Loaded) -> None:
    plan = loaded(
        "{kind: route, over: [shared, mini], pin: mini}",
        config='[providers.shared]\nkind = "command"\nargv = ["x"]\npromise = "exact"\n',
    )
    assert plan.providers["r"].options["members"]["shared"]["options"]["argv"] == ["x"]


@pytest.mark.parametrize(
    ("route", "message", "hint"),
    [
        ("{kind: route, over: [mini, @wors]}", "unknown provider `wors`", "did you mean `worse`?"),
        ("{kind: route, over: [mini, @folderr]}", "unknown provider `folderr`", "did you mean `folder`?"),
        ("{kind: route, over: [@r, mini]}", "`r` names itself", ""),
        ("{kind: route, over: [mini, worse, @mini]}", "`mini` is named twice", ""),
        ("{kind: route, over: [@t]}", "`t` is a route too", "name its providers here: r"),
        (
            "{kind: route, over: [@w]}",
            "`w` has `workers`, and a route generates in the process of the harness",
            "leave out `workers` of `w`, or name it without the route",
        ),
        ("{kind: route, members: {}, over: [mini]}", "provider `r`: unknown option `members`", "did you mean `over`?"),
    ],
)
def test_what_cannot_be_used_is_reported_where_it_stands(loaded: Loaded, route: str, message: str, hint: str) -> None:
    with pytest.raises(SuiteError) as caught:
        loaded(route.replace("@", ""), more="  t: {kind: route, over: [r]}\n  w: {kind: painter, workers: 2}")
    [problem] = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)
    column = f"  r: {route}".index("@") + 1 if "@" in route else 3
    assert (problem.place.line, problem.place.column) == (6, column)


def test_a_route_of_harness_toml_names_its_file(loaded: Loaded, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"harness\.toml:1: unknown provider `nobody`"):
        loaded(
            "{kind: command, argv: [x]}",
            case=", provider: shared",
            config='[providers.shared]\nkind = "route"\nover = ["nobody"]\n',
        )


@pytest.mark.parametrize("drift", ["", ", drift: exact", ", drift: calibrated"])
def test_a_route_that_is_not_pinned_has_no_baseline_to_hold_against(loaded: Loaded, drift: str) -> None:
    with pytest.raises(SuiteError, match="any of mini, worse may generate for the route `r`") as caught:
        loaded("{kind: route, over: [mini, worse]}", case=drift)
    assert caught.value.hint == "say `pin: mini` under providers.r, or name one of them in the case"


@pytest.mark.parametrize("drift", ["", ", drift: exact", ", drift: calibrated"])
def test_a_pinned_one_has(loaded: Loaded, drift: str) -> None:
    assert loaded("{kind: route, over: [mini, worse], pin: mini}", case=drift).count() == 1


def test_where_nothing_is_compared_with_one_image_it_needs_no_pin(loaded: Loaded) -> None:
    for case in (", drift: set", ", drift: {ssim: '>= 0.9'}"):
        assert loaded("{kind: route, over: [mini, worse]}", case=case).count() > 0
