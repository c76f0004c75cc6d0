"""One image that no decoder takes, or that cannot be examined, fails its own trial: everything around it goes on."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.ledger import iter_results, read_run
from harness.runner import examiner
from harness.vocabulary import Code, Verdict
from tests.provider.servers.base import Loopback, Received, reply
from tests.provider.servers.images import b64, painted
from tests.pytest_plugin.running import pytest_run

NO_PLTE = Path(__file__).parents[1] / "image" / "cases" / "palette-without-plte.png"
NAMES = ("a", "b", "c")
BAD = "b"
SUITE = """\
suite: odd
providers:
  mine: {provider}
defaults: {{provider: mine, size: 64x64, seeds: [0], drift: {{ssim: ">= 0.9"}}}}
cases:
  - {{id: a, prompt: image a}}
  - {{id: b, prompt: image b}}
  - {{id: c, prompt: image c}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder of images, one of them the palette image without a palette."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        (tmp_path / "images" / name).mkdir(parents=True)
        (tmp_path / "images" / name / "base-s0.png").write_bytes(NO_PLTE.read_bytes() if name == BAD else painted())
    suite(tmp_path, "{kind: folder, folder: images}")
    return tmp_path


def suite(folder: Path, provider: str) -> None:
    (folder / "suite.yaml").write_text(SUITE.format(provider=provider))


def ended(*arguments: str) -> int:
    """What a command ends with."""
    with pytest.raises(SystemExit) as exit_:
        main(list(arguments))
    return int(str(exit_.value.code))


def verdicts(folder: Path = Path("reports")) -> dict[str, Verdict]:
    """The verdicts of the newest run, by case."""
    newest = max(folder.glob("*/run.json"), key=lambda file: file.parent.name).parent
    assert read_run(newest).complete
    return {result.key.case: result.outcome.verdict for result in iter_results(newest)}


ONE_FAILED = {"a": Verdict.NEW, "b": Verdict.FAILED, "c": Verdict.NEW}


def test_a_run_and_its_resumption_go_on(here: Path) -> None:
    assert ended("run", "suite.yaml") == 1
    assert verdicts() == ONE_FAILED
    [run] = (here / "reports").iterdir()
    assert ended("run", "suite.yaml", "--resume", run.name) == 1
    assert ended("run", "suite.yaml", "--resume", run.name, "--rerun", "failed") == 1
    assert verdicts() == ONE_FAILED


def test_so_does_pytest(here: Path) -> None:
    done = pytest_run("suite.yaml")
    assert verdicts() == ONE_FAILED
    assert done.stdout.count("FAILED suite.yaml") == 3, "two are new"


def test_so_do_providers_over_http(here: Path) -> None:
    def answer(received: Received) -> Any:
        bad = received.json()["prompt"].endswith(BAD)
        return reply({"created": 1, "data": [{"b64_json": b64(NO_PLTE.read_bytes() if bad else painted())}]})

    with Loopback(answer) as server:
        suite(here, f'{{kind: openai-compatible, model: m, base_url: "{server.url}/v1", price: 0}}')
        assert ended("run", "suite.yaml") == 1
    assert verdicts() == ONE_FAILED


@pytest.mark.parametrize("kept", ["--cache", "--record"])
def test_so_do_cache_and_recording(here: Path, kept: str) -> None:
    for option in (kept, kept if kept == "--cache" else "--replay"):
        assert ended("run", "suite.yaml", option, str(here / "kept")) == 1
        assert verdicts() == ONE_FAILED


@pytest.mark.parametrize("side", ["old", "new"])
def test_folders_are_compared_to_the_end(here: Path, side: str) -> None:
    for folder in ("old", "new"):
        (here / folder).mkdir()
        for name in NAMES:
            data = NO_PLTE.read_bytes() if (name, folder) == (BAD, side) else painted()
            (here / folder / f"{name}.png").write_bytes(data)
    assert ended("compare", "old", "new") == 3
    assert Counter(verdicts().values()) == {Verdict.IDENTICAL: 2, Verdict.FAILED: 1}


def test_a_file_that_is_damaged_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(here / "images" / name / "base-s0.png") for name in ("a", BAD)]
    assert ended("compare", *files, "--json") == 2
    fault = json.loads(capsys.readouterr().out)["error"]
    assert fault["code"] == "corrupt-image"
    assert files[1] in fault["message"]


@pytest.mark.parametrize("error", [ZeroDivisionError("by a comparator"), MemoryError(), KeyError("x")])
def test_what_examining_an_image_raises_fails_its_trial(
    here: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = examiner.keep

    def keep(ledger: Any, image: Any, accepted: Any) -> Any:
        if image.data == NO_PLTE.read_bytes():
            raise error
        return describe(ledger, image, accepted)

    monkeypatch.setattr(examiner, "keep", keep)
    assert ended("run", "suite.yaml") == 1
    assert verdicts() == ONE_FAILED
    [run] = (here / "reports").iterdir()
    [failed] = [result for result in iter_results(run) if result.key.case == BAD]
    assert failed.outcome.reasons[0].code == Code.ERROR
    assert type(error).__name__ in failed.outcome.reasons[0].data["problem"]
