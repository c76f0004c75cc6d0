"""``harness doctor`` finds what would stop a run, sends nothing, and shows no key."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import EXIT_FINDING, EXIT_OK
from tests.cli.conftest import Done

Project = Callable[..., Path]
Command = Callable[..., Done]
HOSTED = """\
suite: hosted
provider: paid
providers: {paid: {kind: openrouter, model: some/model, price: 0.01, api_key_env: DOCTOR_TEST_KEY}}
cases: [{id: one, prompt: a cat, seeds: [1], drift: {ssim: ">= 0.9"}}]
"""


def looked(harness: Command, code: int) -> dict[tuple[str, str], str]:
    done = harness("doctor", "--json")
    document = json.loads(done.out)
    assert (done.code, document["exit_code"]) == (code, code)
    return {(one["area"], one["name"]): one["state"] for one in document["checks"]}


def test_a_project_in_order(project: Project, harness: Command) -> None:
    project()
    Path("harness.toml").write_text("")
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert looked(harness, EXIT_OK)["repository", "merge driver"] == "warning"
    assert harness("baselines", "install").code == EXIT_OK
    states = looked(harness, EXIT_OK)
    for place in (
        ("installation", "Python"), ("project", "file"), ("project", "baselines"), ("project", "runs"),
        ("suites", "plan"), ("providers", "mine"), ("repository", "git"), ("repository", "merge driver"),
    ):  # fmt: skip
        assert states[place] == "ok", place
    assert not Path("reports").exists()
    text = harness("doctor")
    assert text.code == EXIT_OK
    assert "merge driver" in text.out


def test_a_key_is_looked_for_and_never_shown(
    project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    project()
    Path("suites/hosted.yaml").write_text(HOSTED)
    monkeypatch.delenv("DOCTOR_TEST_KEY", raising=False)
    assert looked(harness, EXIT_FINDING)["providers", "paid"] == "fault"
    monkeypatch.setenv("DOCTOR_TEST_KEY", "sk-secret-of-a-test")
    assert looked(harness, EXIT_OK)["providers", "paid"] == "ok"
    assert "sk-secret-of-a-test" not in harness("doctor").out


def test_what_is_broken_is_a_fault(project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    project()
    monkeypatch.setenv("HARNESS_KERNEL", "quantum")
    from harness.comparison.kernel import kernel

    kernel.cache_clear()
    try:
        assert looked(harness, EXIT_FINDING)["installation", "kernel"] == "fault"
    finally:
        monkeypatch.delenv("HARNESS_KERNEL")
        kernel.cache_clear()
    harness("run", "suites/small.yaml")
    harness("accept", "--reason", "first")
    image = next(Path("baselines").rglob("*.png"))
    image.write_bytes(image.read_bytes()[:-9])
    assert looked(harness, EXIT_FINDING)["project", "baselines"] == "fault"
    Path("suites/small.yaml").write_text("suite: [")
    assert looked(harness, EXIT_FINDING)["suites", "plan"] == "fault"
    Path("harness.toml").write_text("[")
    states = looked(harness, EXIT_FINDING)
    assert states["project", "file"] == "fault"
    assert ("suites", "plan") not in states


def test_an_extra_that_a_provider_needs(project: Project, harness: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.cli import doctor_checks

    project()
    Path("suites/local.yaml").write_text(
        "suite: local\nprovider: d\nproviders: {d: {kind: diffusers, model: weights}}\n"
        'cases: [{id: one, prompt: a cat, seeds: [1], drift: {ssim: ">= 0.9"}}]\n'
    )
    Path("suites/weights").mkdir()
    found = doctor_checks.missing_of("diffusers")
    expected = (EXIT_FINDING, "fault") if found else (EXIT_OK, "ok")
    assert looked(harness, expected[0])["providers", "d"] == expected[1]
    assert doctor_checks.missing_of("no-such-extra") == []
