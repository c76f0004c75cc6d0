"""Changes of a server, run for run: what a drift is said to be, over HTTP and from a program."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from harness.baseline import Baselines, Selection, accept
from harness.image import encode_jpeg, encode_png
from harness.ledger import iter_results
from harness.records import TrialResult
from harness.report import because
from harness.report.text import hint_of
from harness.runner import Run, RunOptions, execute, plan_of, rerun
from harness.vocabulary import EXPLAINING, Code, Verdict
from tests.provider.servers.base import Act, Loopback, Received, reply
from tests.provider.servers.images import b64

SUITE = """\
suite: served
provider: server
providers:
  server: {{{provider}, price: {price}, concurrency: 1}}
defaults: {{size: 128x96, drift: {drift}{more}}}
cases:
  - {{id: cat, prompt: a cat, seeds: [6, 7, 8]}}
  - {{id: dog, prompt: a dog, seeds: [6]}}
"""
SERVER = 'kind: openai-compatible, base_url: "{url}/v1"'
PROGRAM = 'kind: python, function: "../client.py:generate", promise: exact'
CLIENT = """\
import base64, json, urllib.request


def generate(prompt, seed, width, height):
    body = json.dumps(dict(prompt=prompt, seed=seed, size=f"{{width}}x{{height}}")).encode()
    with urllib.request.urlopen(urllib.request.Request("{url}/v1/images/generations", body)) as reply:
        return base64.b64decode(json.load(reply)["data"][0]["b64_json"])
"""
LIMITS = '{max_abs: "<= 0"}'


class Pipeline:
    """Generates smooth noise of prompt and seed, in the way that ``mode`` says."""

    def __init__(self) -> None:
        self.mode = ""
        self.calls = 0
        self.generated: set[tuple[str, int]] = set()

    def handle(self, received: Received) -> Act:
        body = received.json()
        self.calls += 1
        width, height = map(int, body["size"].split("x"))
        return reply(
            {"created": 1, "data": [{"b64_json": b64(self.image(body["prompt"], body["seed"], width, height))}]}
        )

    def image(self, prompt: str, seed: int, width: int, height: int) -> bytes:
        again = (prompt, seed) in self.generated
        self.generated.add((prompt, seed))
        seed += self.mode.startswith("seed + 1")
        random = np.random.default_rng([seed, *prompt.encode()])
        levels = gaussian_filter(random.normal(0, 1, (height, width, 3)), (4, 4, 0))
        pixels = np.asarray((levels - levels.min()) / np.ptp(levels) * 255, np.uint8)
        noise = random if self.mode == "other weights" or (self.mode == "flaky" and not again) else None
        noise = np.random.default_rng(self.calls) if self.mode == "unsteady" else noise
        if noise is not None:
            pixels = np.clip(pixels + noise.normal(0, 9, pixels.shape), 0, 255).astype(np.uint8)
        match self.mode:
            case "channels":
                pixels = pixels[..., ::-1]
            case "flip":
                pixels = pixels[:, ::-1]
            case "gamma":
                pixels = np.rint(255 * (pixels / 255.0) ** (1 / 2.2)).astype(np.uint8)
            case "crop":
                pixels = pixels[8:-8, 8:-8]
            case "tiles":
                pixels = pixels.astype(int)
                pixels[:, 63:65] += 15
                pixels = np.clip(pixels, 0, 255).astype(np.uint8)
            case "kernel":
                pixels = np.clip(pixels + random.integers(-1, 2, pixels.shape), 0, 255).astype(np.uint8)
            case "placeholder":
                pixels = np.broadcast_to(np.linspace(0, 255, width).astype(np.uint8)[None, :, None], pixels.shape)
            case "jpeg" | "seed + 1, jpeg":
                return encode_jpeg(pixels, quality=80)
        return encode_png(np.ascontiguousarray(pixels))


class Served:
    """A suite over a pipeline that is served."""

    def __init__(self, pipeline: Pipeline, url: str) -> None:
        self.pipeline, self.url = pipeline, url
        self.folder = Path()

    def write(self, drift: str = LIMITS, price: float = 0, more: str = "") -> None:
        """Write the suite; what must be exact is asked by a program, for the server promises nothing."""
        Path("suites").mkdir(exist_ok=True)
        Path("client.py").write_text(CLIENT.format(url=self.url))
        provider = PROGRAM if drift == "exact" else SERVER.format(url=self.url)
        text = SUITE.format(provider=provider, drift=drift, price=price, more=more)
        Path("suites/served.yaml").write_text(text)

    def accept(self) -> None:
        self.run()
        accept(Baselines("baselines"), self.folder, Selection(), reason="test", who="t", rerun=rerun(self.folder))
        self.pipeline.generated.clear()

    def run(self, **options: object) -> dict[str, TrialResult]:
        given = RunOptions((Path("suites/served.yaml"),), **options)  # type: ignore[arg-type]
        _, self.folder = execute(plan_of(given), given)
        return {str(one.key).removeprefix("served/"): one for one in iter_results(self.folder)}

    def count(self, mode: str, **options: object) -> tuple[dict[str, TrialResult], int]:
        """Run in a mode; the results and how many images were generated."""
        self.pipeline.mode, before = mode, self.pipeline.calls
        found = self.run(**options)
        return found, self.pipeline.calls - before


@contextmanager
def serving() -> Iterator[Served]:
    pipeline = Pipeline()
    with Loopback(pipeline.handle) as server:
        yield Served(pipeline, server.url)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.chdir(tmp_path)
    with serving() as made:
        yield made


def codes(result: TrialResult) -> list[Code]:
    return [reason.code for reason in result.outcome.reasons]


CHANGES = {
    "channels": Code.CHANGE_CHANNELS,
    "flip": Code.CHANGE_TURNED,
    "gamma": Code.CHANGE_GAMMA,
    "crop": Code.CHANGE_CROPPED,
    "tiles": Code.CHANGE_SEAMS,
    "kernel": Code.CHANGE_ROUNDING,
    "jpeg": Code.CHANGE_ENCODED,
    "seed + 1": Code.CHANGE_OTHER,
}


def test_each_change_of_a_server_is_named(served: Served) -> None:
    served.write()
    served.accept()
    for mode, code in CHANGES.items():
        results, _ = served.count(mode)
        assert results["cat/base-s7"].outcome.verdict in (Verdict.DRIFT, Verdict.INCOMPARABLE), mode
        assert codes(results["cat/base-s7"])[0] == code, mode
        assert "harness accept" not in hint_of(results["cat/base-s7"]), mode
    results, _ = served.count("seed + 1")
    assert results["cat/base-s7"].outcome.reasons[0].data == {
        "trial": "served/cat/base-s8", "seeds": [7, 8], "left": 0.0,
    }  # fmt: skip
    # no image was accepted for seed 9
    assert not set(codes(results["cat/base-s8"])) & EXPLAINING


def test_the_image_of_another_seed_is_found_by_its_hashes_too(served: Served) -> None:
    served.write()
    served.accept()
    results, _ = served.count("seed + 1, jpeg")
    [reason, *_] = results["cat/base-s6"].outcome.reasons
    assert (reason.code, reason.data["seeds"]) == (Code.CHANGE_OTHER, [6, 7])
    assert 0 < reason.data["left"] <= 3


def test_other_weights_have_no_name(served: Served) -> None:
    served.write()
    served.accept()
    results, generated = served.count("other weights")
    for result in results.values():
        assert codes(result) == [Code.REPEAT_SAME, Code.ENVIRONMENT_UNKNOWN, Code.SERVICE_CHANGED, Code.BEYOND]
    assert generated == 8


def test_another_size_is_no_other_request(served: Served) -> None:
    served.write()
    served.accept()
    results, _ = served.count("crop")
    assert codes(results["dog/base-s6"]) == [Code.CHANGE_CROPPED, Code.CHANGE_SIZE, Code.IMAGE_INCOMMENSURABLE]
    assert results["dog/base-s6"].outcome.reasons[1].data == {"asked": [128, 96], "size": [112, 80]}


def test_one_image_for_all_requests(served: Served) -> None:
    served.write()
    served.accept()
    results, _ = served.count("placeholder")
    named = [result for result in results.values() if codes(result)[0] == Code.CHANGE_CONSTANT]
    assert len(named) == 3


@pytest.mark.parametrize("drift", ["exact", LIMITS])
@pytest.mark.parametrize(
    ("mode", "code"),
    [("flaky", Code.REPEAT_ACCEPTED), ("unsteady", Code.REPEAT_OTHER), ("other weights", Code.REPEAT_SAME)],
)
def test_changed_or_flaky(served: Served, drift: str, mode: str, code: Code) -> None:
    served.write(drift=drift)
    served.accept()
    results, generated = served.count(mode)
    assert generated == 8, "each trial, and each again"
    for result in results.values():
        assert result.outcome.verdict == Verdict.DRIFT
        assert codes(result)[0] == code
        assert result.repeat is not None
        [again] = result.repeat.confirmations
        assert (served.folder / again.file).is_file()
        assert (Code.SERVICE_CHANGED in codes(result)) == (code == Code.REPEAT_SAME)
        assert because(result.outcome.reasons)


@pytest.mark.parametrize(
    ("more", "options"), [(", confirm: 0", {}), ("", {"repeats": 2}), ("", {"record": Path("tape")})]
)
def test_what_is_not_generated_again(served: Served, more: str, options: dict[str, object]) -> None:
    served.write(more=more)
    served.accept()
    results, generated = served.count("other weights", **options)
    assert generated == 4 * int(str(options.get("repeats", 1)))
    assert all(result.repeat is None and result.outcome.verdict == Verdict.DRIFT for result in results.values())


def test_more_confirmations_end_with_the_first_that_differs(served: Served) -> None:
    served.write(more=", confirm: 3")
    served.accept()
    _, generated = served.count("other weights")
    assert generated == 4 * (1 + 3)
    served.pipeline.generated.clear()
    _, generated = served.count("flaky")
    assert generated == 4 * 2


def test_a_cache_confirms_nothing(served: Served) -> None:
    served.write()
    served.accept()
    cache = Path("cache")
    first, generated = served.count("other weights", cache=cache)
    assert generated == 8, "the second image of each is no answer of the cache"
    second, generated = served.count("other weights", cache=cache)
    assert generated == 0
    assert all(result.repeat is not None for result in first.values())
    assert all(result.repeat is None for result in second.values())


@pytest.mark.parametrize(("budget", "again"), [(None, 0), (0.4, 0), (0.6, 2), (10, 4)])
def test_paid_images_are_confirmed_within_what_the_budget_leaves(
    served: Served, budget: float | None, again: int
) -> None:
    served.write(price=0.1)
    served.accept()
    results, generated = served.count("other weights", budget=budget)
    assert generated == 4 + again
    assert sum(result.repeat is not None for result in results.values()) == again


def test_a_kill_loses_no_drift_and_a_resumed_run_confirms_it(served: Served) -> None:
    served.write()
    served.accept()
    served.pipeline.mode = "other weights"
    given = RunOptions((Path("suites/served.yaml"),))
    plan = plan_of(given)
    with Run(plan, given) as run:
        # the generator is left when the first image is recorded, before its confirmation
        trial = next(plan.trials(1))
        [generation] = run.session.generate(iter([trial]))
        assert not list(run._taken(generation, partial(run.examiner.examine, generation)))
        folder = run.folder
    [recorded] = iter_results(folder)
    assert (recorded.outcome.verdict, codes(recorded)[0]) == (Verdict.DRIFT, Code.ENVIRONMENT_UNKNOWN)
    results, generated = served.count("other weights", resume=folder)
    assert generated == 1 + 2 * 3
    assert all(codes(result)[0] == Code.REPEAT_SAME for result in results.values())
    assert len(results) == 4
