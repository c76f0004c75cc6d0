"""``image_harness.check``: what it takes, what it makes of it, beside which plugins it works."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.baseline import Baselines
from harness.ledger import find_run, iter_attempts, iter_results, read_image
from harness.records import TrialResult
from harness.vocabulary import Code
from tests.pytest_plugin.running import pytest_run

Project = Callable[..., Path]

KINDS = ("png", "jpeg", "path", "text", "pillow", "grey", "uint8", "float", "first", "batch", "tensor", "list",
         "output", "function")  # fmt: skip
OUTCOMES = ("equal", "different", "new", "nan")
PIXELS = ("float", "first", "batch", "tensor")
"""The kinds that can hold NaN."""

TABLE = """
import io, os
import numpy as np
import pytest
from pathlib import Path
from types import SimpleNamespace
from PIL import Image
from tests.image.test_arrays import Tensor

SECOND = os.environ["IMAGES"] == "second"

def levels(changed):
    y, x = np.mgrid[0:40, 0:48]
    image = np.stack([y * 5, x * 4, 128 + 0 * x], axis=2)
    image[8:20, 8:20] = (0, 200, 40) if changed else (200, 0, 40)
    return image.astype(np.uint8)

def encoded(image, kind):
    out = io.BytesIO()
    Image.fromarray(image).save(out, kind)
    return out.getvalue()

def given(kind, image, nan, folder):
    path = folder / "image.png"
    path.write_bytes(encoded(image, "PNG"))
    floats = (image / 255).astype(np.float32)
    if nan:
        floats[3, 3] = np.nan
    first = np.ascontiguousarray(floats.transpose(2, 0, 1))
    return {
        "png": encoded(image, "PNG"), "jpeg": encoded(image, "JPEG"), "path": path, "text": str(path),
        "pillow": Image.fromarray(image), "grey": image[:, :, 0], "uint8": image, "float": floats, "first": first,
        "batch": first[None], "tensor": Tensor(first[None]), "list": [image], "output": SimpleNamespace(images=[image]),
        "function": lambda: image,
    }[kind]

@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("kind", KINDS)
def test_table(image_harness, kind, outcome, tmp_path):
    if not SECOND and outcome in ("new", "nan") or outcome == "nan" and kind not in PIXELS:
        return
    image = levels(SECOND and outcome == "different")
    image_harness.check(given(kind, image, outcome == "nan", tmp_path))
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, TrialResult]]:
    """The results of every kind and outcome, of two workers, after the images of the first run were accepted."""
    folder = tmp_path_factory.mktemp("table")
    words = f"KINDS, OUTCOMES, PIXELS = {KINDS}, {OUTCOMES}, {PIXELS}\n"
    (folder / "test_t.py").write_text(words + TABLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GIT_AUTHOR_NAME", "Test Person")
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=os.pathsep)
        for name in ("CI", "GITHUB_ACTIONS"):
            patch.delenv(name, raising=False)
        done = pytest_run("-n", "2", "--harness-update=missing", IMAGES="first")
        assert done.returncode == 0, done.stdout
        done = pytest_run("-n", "2", IMAGES="second")
        failed = 2 * len(KINDS) + len(PIXELS)
        assert f"{failed} failed" in done.stdout, done.stdout
        run = find_run(folder / "reports", "latest")
        for result in iter_results(run):
            if result.image is not None:
                read_image(run, result.image)
        yield {result.key.case.removeprefix("test_table-"): result for result in iter_results(run)}


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_image_has_each_outcome(table: dict[str, TrialResult], kind: str, outcome: str) -> None:
    if outcome == "nan" and kind not in PIXELS:
        assert f"{kind}-{outcome}" not in table
        return
    result = table[f"{kind}-{outcome}"]
    verdict = {"equal": "identical", "different": "drift", "new": "new", "nan": "failed"}[outcome]
    assert result.outcome.verdict == verdict
    assert (result.image is None) == (outcome == "nan")
    again = "pixels" if kind == "function" and outcome in ("different", "new") else None
    assert result.outcome.determinism in (again, "bytes" if again else None)
    assert (result.comparison is not None and result.comparison.heat_map is not None) == (outcome == "different")


def run_in(project: Path, text: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    (project / "test_it.py").write_text(text)
    return pytest_run("test_it.py", *arguments, **more)


def results(folder: Path) -> dict[str, TrialResult]:
    return {str(result.key): result for result in iter_results(find_run(folder / "reports", "latest"))}


SEVERAL = """
import numpy as np
RED, BLUE = np.zeros((2, 20, 24, 3), np.uint8)
RED[4:9, 4:9] = (200, 0, 0)
BLUE[4:9, 4:9] = (0, 0, 200)
NAN = RED / 255
NAN[0, 0, 0] = np.nan
"""


def test_of_several_images_all_are_checked_and_one_failure_lists_those_that_are_not_fine(project: Project) -> None:
    folder = project()
    body = "def test_fox(image_harness):\n    image_harness.check({}, 'fox'{})\n"
    done = run_in(folder, SEVERAL + body.format("[RED, BLUE, RED, RED]", ""), "--harness-update=missing")
    assert done.returncode == 0, done.stdout
    # sizes may differ, and an image that cannot be read hides no other
    done = run_in(folder, SEVERAL + body.format("[BLUE, BLUE, NAN, RED[:10]]", ""))
    assert "1 failed" in done.stdout
    assert {key: result.outcome.verdict for key, result in results(folder).items()} == {
        "test_it/test_fox/fox-0-s0": "drift",
        "test_it/test_fox/fox-1-s0": "identical",
        "test_it/test_fox/fox-2-s0": "failed",
        "test_it/test_fox/fox-3-s0": "incomparable",
    }
    assert "3 of 4 images are not fine" in done.stdout
    # the size of an image is no request of a test that states none
    reasons = results(folder)["test_it/test_fox/fox-3-s0"].outcome.reasons
    assert reasons[-1].code == Code.IMAGE_INCOMMENSURABLE
    assert all(reason.code != Code.REQUEST_CHANGED for reason in reasons)
    done = run_in(folder, SEVERAL + body.format("[BLUE, RED[:10]]", ", seed=[7, 8], request={'prompt': 'a fox'}"))
    found = results(folder)
    assert set(found) == {"test_it/test_fox/fox-s7", "test_it/test_fox/fox-s8"}
    request = found["test_it/test_fox/fox-s8"].recipe.request
    assert (request.prompt, request.seed, request.width, request.height) == ("a fox", 8, 24, 10)


STATED = (
    SEVERAL
    + """
import pytest
def test_stated(image_harness):
    image_harness.check(RED, "fox", request="a fox", subject={"model": "m", "steps": STEPS}, seed=3,
                        environment={"gpu": GPU, "when": object}, profile="gpu",
                        checks=[{"absent": "green"}])
@pytest.mark.parametrize("wrong", [{"request": {"promt": "x"}}, {"profile": ["gpus"], "environment": {"gpu": 1}},
                                   {"drift": "set"}, {"seed": [1, 2]}, {"layout": "WH"}, {"checks": [{"cuont": 1}]}])
def test_wrong(image_harness, wrong):
    from harness.errors import HarnessError
    with pytest.raises(HarnessError) as caught:
        image_harness.check(RED, **wrong)
    assert caught.value.hint or wrong.get("checks")
"""
)


def test_what_a_test_states_is_recorded_and_compared(project: Project) -> None:
    folder = project()
    done = run_in(folder, "STEPS, GPU = 4, 'a'\n" + STATED, "--harness-update=missing")
    assert done.returncode == 0, done.stdout
    [result] = results(folder).values()
    assert str(result.key) == "test_it/test_stated/fox-s3"
    assert (result.recipe.subject.model, dict(result.recipe.subject.settings)) == ("m", {"steps": 4})
    assert [finding.outcome for finding in result.findings] == ["pass"]
    assert any("environment.when" in note for note in result.notes or ())
    run_in(folder, "STEPS, GPU = 5, 'a'\n" + STATED)
    [result] = results(folder).values()
    assert result.outcome.verdict == "identical"
    assert [(one.part, one.path) for one in result.differences] == [("subject", "settings.steps")]
    # another value of the profile has no image of its own yet; a renamed one neither
    run_in(folder, "STEPS, GPU = 4, 'b'\n" + STATED)
    [result] = results(folder).values()
    assert [(result.outcome.verdict, result.outcome.reasons[0].code)] == [("new", "baseline.other-profile")]
    run_in(folder, ("STEPS, GPU = 4, 'a'\n" + STATED).replace('"gpu"', '"device"'))
    [result] = results(folder).values()
    assert [(result.outcome.verdict, result.outcome.reasons[0].code)] == [("new", "baseline.other-profile")]


AGAIN = (
    SEVERAL
    + """
import itertools
turn = itertools.count()
def test_changed(image_harness):
    image_harness.check(lambda: BLUE if CHANGED else RED, "fox")
def test_flaky(image_harness):
    image_harness.check(lambda: BLUE if CHANGED and next(turn) == 0 else RED, "fox")
"""
)


def test_what_differs_is_generated_again_and_is_flaky_or_changed(project: Project) -> None:
    folder = project()
    done = run_in(folder, "CHANGED = False\n" + AGAIN, "--harness-update=missing")
    assert done.returncode == 0, done.stdout
    manifest = Baselines(folder / "baselines").manifest("test_it")
    assert all("repeats in its run" in item.proven for key in manifest.trials() for item in manifest.accepted(key))
    done = run_in(folder, "CHANGED = True\n" + AGAIN)
    assert "2 failed" in done.stdout
    found = results(folder)
    changed, flaky = found["test_it/test_changed/fox-s0"], found["test_it/test_flaky/fox-s0"]
    assert (changed.outcome.verdict, changed.outcome.determinism) == ("drift", "bytes")
    assert (flaky.outcome.verdict, flaky.outcome.determinism) == ("drift", "none")
    assert "determinism.broken" not in [reason.code for reason in changed.outcome.reasons]
    assert "determinism.broken" in [reason.code for reason in flaky.outcome.reasons]
    assert "does not repeat" in done.stdout
    assert "changed: generated again" in done.stdout


def test_a_new_image_that_does_not_repeat_is_not_accepted(project: Project) -> None:
    folder = project()
    text = SEVERAL + "def test_flaky(image_harness):\n    image_harness.check(iter([RED, BLUE]).__next__, 'fox')\n"
    done = run_in(folder, text, "--harness-update=missing")
    assert "1 failed" in done.stdout
    assert not (folder / "baselines").exists()
    accept = [sys.executable, "-m", "harness", "accept", "latest", "--reason", "looked at it"]
    refused = subprocess.run(accept, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "--unproven" in refused.stderr
    assert subprocess.run([*accept, "--unproven"], capture_output=True, check=False).returncode == 0


def test_what_repeats_is_accepted_and_what_does_not_is_named(project: Project) -> None:
    folder = project()
    text = (
        SEVERAL
        + "def test_flaky(image_harness):\n    image_harness.check(iter([RED, BLUE]).__next__, 'fox')\n"
        + "def test_steady(image_harness):\n    image_harness.check(lambda: RED, 'fox')\n"
    )
    done = run_in(folder, text, "--harness-update=missing")
    assert done.returncode == 1
    assert [str(key) for key in Baselines(folder / "baselines").manifest("test_it").trials()] == [
        "test_it/test_steady/fox-s0"
    ]
    assert "not accepted test_it/test_flaky/fox-s0" in done.stdout
    assert "--unproven" in done.stdout


NOISY = """
import numpy as np
random = np.random.default_rng(SEED)
def noisy():
    y, x = np.mgrid[0:48, 0:48]
    image = np.stack([y * 5, x * 5, 128 + 0 * x], axis=2) + SHIFT
    return np.clip(np.rint(image + random.normal(0, 3, image.shape)), 0, 255).astype(np.uint8)
def test_noisy(image_harness):
    image_harness.check(noisy, "fox", drift="calibrated")
"""


def test_repeats_store_a_noise_floor_that_later_runs_are_judged_by(project: Project) -> None:
    folder = project()
    assert run_in(folder, "SEED, SHIFT = 1, 0" + NOISY, "--harness-update=missing").returncode == 0
    done = run_in(folder, "SEED, SHIFT = 2, 0" + NOISY, "--harness-repeats", "8")
    assert done.returncode == 0, done.stdout
    key = next(iter(results(folder).values())).key
    [item] = Baselines(folder / "baselines").manifest("test_it").accepted(key)
    assert item.noise_floor is not None
    assert item.noise_floor["n"] == 8
    assert json.loads((folder / "baselines/test_it/log.jsonl").read_text().splitlines()[-1])["action"] == "calibrate"
    done = run_in(folder, "SEED, SHIFT = 3, 0" + NOISY)
    assert done.returncode == 0, done.stdout
    done = run_in(folder, "SEED, SHIFT = 4, 40" + NOISY)
    assert "1 failed" in done.stdout
    [result] = results(folder).values()
    assert result.outcome.verdict == "drift"
    assert result.floor is not None
    assert len(result.floor.confirmations) == 2


PLUGINS = """
import asyncio, os, random, unittest
import numpy as np
import pytest
from PIL import Image

def image(*color):
    image = np.zeros((20, 24, 3), np.uint8)
    image[4:12, 4:12] = color
    return image

class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _harness(self, image_harness):
        self.harness = image_harness
    def test_unit(self):
        self.harness.check(image(200, 0, 0))
    def test_other(self):
        self.harness.check(image(0, 200, 0))

async def generate():
    await asyncio.sleep(0)
    return image(0, 0, 200)

@pytest.mark.asyncio
async def test_async(image_harness):
    image_harness.check(await generate())

@pytest.mark.asyncio
async def test_awaited(image_harness):
    from harness.errors import UsageError
    with pytest.raises(UsageError):
        image_harness.check(generate)

executions = 0
def test_unstable(image_harness):
    global executions
    executions += 1
    image_harness.check(image(9, 200 if executions == 2 or "FIRST" in os.environ else 7, 9))

@pytest.mark.parametrize("what", ["a fox, red", "a fox red"])
def test_alike(image_harness, what):
    image_harness.check(image(len(what) * 8, 0, 90))
"""
WITH = [word for name in ("asyncio", "randomly") if find_spec(f"pytest_{name}") for word in ("-p", name)]


@pytest.mark.skipif(
    not all(find_spec(f"pytest_{name}") for name in ("asyncio", "randomly", "rerunfailures")),
    reason="needs pytest-asyncio, pytest-randomly and pytest-rerunfailures",
)
def test_it_works_beside_reruns_workers_random_order_unittest_and_asyncio(project: Project) -> None:
    folder = project()
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    options = [*WITH, "-n", "2", "--reruns", "1"]
    done = run_in(folder, PLUGINS, *options, "--harness-update=missing", FIRST="1")
    assert done.returncode == 0, done.stdout
    assert "7 passed" in done.stdout
    done = run_in(folder, PLUGINS, *options)
    assert done.returncode == 0, done.stdout
    assert re.search(r"7 passed, 1 rerun", done.stdout), done.stdout
    assert "unstable: test_it.py::test_unstable passed on attempt 2" in done.stdout
    run = find_run(folder / "reports", "latest")
    assert {result.outcome.verdict for result in iter_results(run)} == {"identical"}
    assert len(list(iter_attempts(run))) == 7  # six images, one of them twice
    # repeated bodies, of all kinds of tests
    done = run_in(folder, PLUGINS, *WITH, "-k", "not unstable", "--harness-repeats", "2")
    assert done.returncode == 0, done.stdout
    assert len(list(iter_attempts(find_run(folder / "reports", "latest")))) == 10
