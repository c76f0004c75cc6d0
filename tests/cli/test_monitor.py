"""``harness monitor``: nights that are kept, alarms, bad state, and what is no evidence."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.ledger import Lock
from harness.study import NIGHTS_FILE

Harness = Callable[..., object]

FUNCTION = '''
from pathlib import Path
import numpy as np
from harness.errors import GenerationRefusedError

HERE = Path(__file__).parent


def generate(prompt, width, height):
    """Noise around a level; what ``mode`` says happens instead."""
    mode = (HERE / "mode").read_text()
    if mode == "refuse":
        raise GenerationRefusedError("mine", "not allowed")
    if mode == "fail":
        raise RuntimeError("down")
    calls = HERE / "calls"
    count = int(calls.read_text()) if calls.exists() else 0
    calls.write_text(str(count + 1))
    seed = {"cache": 0, "constant": 0}.get(mode, count)
    random = np.random.default_rng([seed, *prompt.encode()])
    level = 170 if mode == "changed" else 120
    flat = random.normal(level, 6, 3)
    noise = 0 if mode == "flat" else 20
    return np.clip(flat + random.normal(0, noise, (height, width, 3)), 0, 255).astype(np.uint8)
'''
SUITE = """
suite: hosted
provider: mine
providers: {mine: {kind: python, price: PRICE, function: "../generate.py:generate"}}
defaults: {size: 64x64, drift: set}
cases:
  - {id: one, prompt: one}
  - {id: two, prompt: two}
"""


@pytest.fixture
def nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harness: Harness) -> Callable[..., object]:
    """``nights(mode, more…)`` runs a night of a project whose provider behaves so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "hosted.yaml").write_text(SUITE.replace("PRICE", "0"))
    (tmp_path / "generate.py").write_text(FUNCTION)

    def night(mode: str, *more: str) -> object:
        (tmp_path / "mode").write_text(mode)
        return harness("monitor", "suites/hosted.yaml", "--reference", "6", "--images", "4", *more)

    return night


def reported(done: object) -> dict:
    return json.loads(done.out)["monitor"]


def state() -> Path:
    return Path("monitor/hosted") / NIGHTS_FILE


def test_a_change_raises_an_alarm_that_stays_until_it_is_accepted(
    nights: Callable[..., object], harness: Harness
) -> None:
    assert nights("steady").code == 0
    for _ in range(8):
        assert nights("steady").code == 0
    codes = [nights("changed").code for _ in range(5)]
    assert codes[-1] == 1
    done = nights("changed", "--json")
    alarm = reported(done)["streams"][0]
    assert alarm["alarm"] >= 10
    assert alarm["earliest"] <= 10 <= alarm["latest"]
    assert set(alarm["prompts"]) == {"hosted/one/base", "hosted/two/base"}
    page = max(Path("reports").glob("*-monitor-hosted-*/index.html"))
    assert "data:image/png;base64" in page.read_text()
    assert harness("monitor", "suites/hosted.yaml", "--accept").code == 2
    assert harness("monitor", "suites/hosted.yaml", "--accept", "--reason", "a new version").code == 0
    after = nights("changed", "--json")
    assert after.code == 0
    assert reported(after)["epoch"]["number"] == 2
    assert reported(after)["alpha"] == pytest.approx(0.01 / 6)
    assert not reported(after)["streams"]


def test_ci_does_not_accept(nights: Callable[..., object], harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    nights("steady")
    monkeypatch.setenv("CI", "true")
    before = state().read_bytes()
    assert harness("monitor", "suites/hosted.yaml", "--accept", "--reason", "no").code == 2
    assert state().read_bytes() == before


def test_cached_answers_are_no_evidence(nights: Callable[..., object]) -> None:
    nights("steady")
    nights("cache")
    done = nights("cache", "--json")
    assert done.code == 3
    assert [note["code"] for note in reported(done)["notes"]] == ["monitor.cached"]
    assert all(image["p"] == {} for image in json.loads(done.out)["night"]["images"])


def test_a_model_that_always_gives_the_same_image_is_no_cache(nights: Callable[..., object]) -> None:
    for _ in range(4):
        done = nights("constant", "--json")
        assert done.code == 0
    assert not reported(done)["notes"]
    assert reported(done)["streams"]


def test_refusals_are_evidence_and_no_image_is_exit_3(nights: Callable[..., object]) -> None:
    for _ in range(8):
        nights("steady")
    codes = [nights("refuse").code for _ in range(5)]
    assert (codes[0], codes[-1]) == (3, 1)
    alarm = reported(nights("refuse", "--json"))["streams"][0]
    assert alarm["stream"] == "refusals"


def test_a_service_that_is_down_is_no_evidence(nights: Callable[..., object]) -> None:
    nights("steady")
    streams = reported(nights("steady", "--json"))["streams"]
    down = nights("fail", "--json")
    assert down.code == 3
    assert reported(down)["streams"] == streams


def test_a_budget_that_holds_nothing(nights: Callable[..., object]) -> None:
    suite = Path("suites/hosted.yaml")
    suite.write_text(SUITE.replace("PRICE", "0.04"))
    assert nights("steady", "--budget", "0").code == 3
    done = nights("steady", "--budget", "0.1", "--json")
    assert done.code == 0
    assert json.loads(done.out)["night"]["stopped"] == "budget"
    assert len(json.loads(done.out)["night"]["images"]) == 2


def test_a_torn_line_is_dropped_and_a_damaged_one_is_an_error(nights: Callable[..., object]) -> None:
    nights("steady")
    whole = state().read_bytes()
    state().write_bytes(whole + b'{"format":1,"night":{"num')
    assert nights("steady").code == 0
    assert len(state().read_bytes().splitlines()) == 3
    lines = state().read_bytes().splitlines(keepends=True)
    for bad in (b"{}\n", lines[1].replace(b'"number":1', b'"number":7'), b'{"format":9}\n', b"\xff\n"):
        state().write_bytes(lines[0] + bad + lines[2])
        done = nights("steady")
        assert done.code == 2
        assert "line 2" in done.err


def test_two_monitors_at_once(nights: Callable[..., object]) -> None:
    nights("steady")
    before = state().read_bytes()
    with Lock(Path("monitor/hosted")):
        assert nights("steady").code == 2
    assert state().read_bytes() == before


def test_prompts_that_changed_are_not_compared(nights: Callable[..., object]) -> None:
    nights("steady")
    suite = Path("suites/hosted.yaml")
    suite.write_text(suite.read_text().replace("prompt: two", "prompt: other"))
    done = nights("steady", "--json")
    assert [note["code"] for note in reported(done)["notes"]] == ["monitor.other-prompts"]
    assert {image["prompt"] for image in json.loads(done.out)["night"]["images"]} == {"hosted/one/base"}


def test_a_dry_run_writes_nothing(nights: Callable[..., object]) -> None:
    done = nights("steady", "--dry-run", "--json")
    assert json.loads(done.out)["images"] == 12
    assert not Path("monitor").exists()


def test_checks_are_counted(nights: Callable[..., object]) -> None:
    suite = Path("suites/hosted.yaml")
    suite.write_text(suite.read_text().replace("prompt: one", "prompt: one, checks: [{absent: star}, {present: star}]"))
    for _ in range(2):
        done = nights("flat", "--json")
    images = [one for one in json.loads(done.out)["night"]["images"] if one["prompt"] == "hosted/one/base"]
    assert images
    assert all(one["checks"] == [1, 2] and "checks" in one["p"] for one in images)


def test_options_without_effect_are_refused(nights: Callable[..., object], harness: Harness) -> None:
    nights("steady", "--alpha", "0.02")
    before = state().read_bytes()
    assert nights("steady", "--alpha", "0.05").code == 2
    assert nights("steady", "--reason", "why").code == 2
    assert harness("monitor", "suites/hosted.yaml", "--reference", "3").code == 2
    assert harness("monitor", "suites/hosted.yaml", "--accept", "--reason", "x", "--images", "3").code == 2
    assert state().read_bytes() == before
