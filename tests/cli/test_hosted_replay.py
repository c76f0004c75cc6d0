"""A suite against a hosted system: recorded once with a key, replayed in CI with neither network nor key."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.ledger import find_run, iter_results, read_run
from harness.records import Reason
from harness.vocabulary import Code
from tests.provider.servers.openrouter import KEY, OpenRouter

Harness = Callable[..., Any]

SUITE = """\
suite: mini
provider: mini
providers:
  mini: {{kind: openrouter, base_url: "{url}", api_key_env: MINI_TEST_KEY, only: [openai]}}
defaults: {{size: 64x64, quality: draft}}
cases:
  - {{id: circles, prompt: two red circles, drift: set, samples: 6}}
  - {{id: house, prompt: a house, style: flat, drift: {{ssim: ">= 0.1"}}}}
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenRouter]:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.setenv("MINI_TEST_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    with OpenRouter(seeded=False) as running:
        Path("mini.yaml").write_text(SUITE.format(url=running.base_url))
        yield running


def results() -> dict[tuple[str, int], Any]:
    return {
        (str(result.key), result.attempt.index): result for result in iter_results(find_run(Path("reports"), "latest"))
    }


def test_a_paid_suite_in_ci(server: OpenRouter, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness("run", "--live", "mini.yaml", "--record", "tape")
    assert harness("accept", "--verdict", "new", "--unproven", "--reason", "first").code == 0
    first, asked = results(), len(server.requests)
    assert len(first) == asked == 7
    assert all(result.cost for result in first.values())
    assert first["mini/house/base", 0].outcome.warnings == (
        Reason(Code.LEFT_OUT, {"provider": "mini", "names": ["style"]}),
    )

    server.__exit__(None, None, None)
    monkeypatch.delenv("MINI_TEST_KEY")
    monkeypatch.setenv("CI", "true")
    elsewhere = "http://127.0.0.1:9/api/v1"
    Path("mini.yaml").write_text(SUITE.format(url=elsewhere).replace("MINI_TEST_KEY", "ANOTHER_KEY"))
    replayed = harness("run", "mini.yaml", "--replay", "tape")
    again = results()
    assert again.keys() == first.keys()
    for key, result in again.items():
        assert (result.source, result.cost) == ("replay", 0.0)
        assert result.image == first[key].image
        assert result.outcome.determinism is None
    assert {result.outcome.verdict for result in again.values()} <= {"identical", "benign"}
    assert replayed.code == 0, replayed.out
    moved = f"7 exchanges were recorded at {server.base_url} and replayed for {elsewhere}"
    assert moved in (read_run(find_run(Path("reports"), "latest")).notes or ())
    assert "mini does not honor style (1 trial)" in replayed.out
    everything = [path for folder in ("tape", "reports", "baselines") for path in Path(folder).rglob("*")]
    assert not [path for path in everything if path.is_file() and KEY.encode() in path.read_bytes()]
