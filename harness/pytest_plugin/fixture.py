"""The fixture ``image_harness``: images that a test makes, compared with their baselines."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness import __version__
from harness.errors import UsageError
from harness.pytest_plugin import CHECKS
from harness.pytest_plugin.attempts import next_attempt, note_attempt
from harness.pytest_plugin.failure import failure_text
from harness.pytest_plugin.settings import UPDATES, project_of
from harness.records import (
    MADE_BY_TESTS,
    PROCESS,
    Box,
    Policy,
    Recipe,
    Request,
    Rule,
    RunRecord,
    Subject,
    Trial,
    TrialKey,
    TrialResult,
)
from harness.vocabulary import Status

if TYPE_CHECKING:
    from PIL.Image import Image


class ImageHarness:
    """Given to a test by the fixture ``image_harness``."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._config = request.config
        self._names: set[str] = set()

    def check(
        self,
        image: Any,
        name: str = "image",
        *,
        drift: str | Mapping[str, str] = "exact",
        ignore: Sequence[tuple[int, int, int, int]] = (),
    ) -> TrialResult:
        """Compare an image with the one accepted for this test and ``name``; the test fails when it is not fine.

        ``image`` is encoded bytes, a path, a PIL image or a uint8 array (height × width × 3 or 4). ``drift`` is
        ``exact`` or limits as in a suite (``{"ssim": ">= 0.98"}``); ``ignore`` boxes are (x, y, width, height) in
        pixels.
        Raises UsageError when a name is used twice in one test, and for a rule or a box that is none;
        UnsupportedPixelsError for an image of another kind.
        """
        from harness.suite import given_boxes, given_rule

        if name in self._names:
            raise UsageError(f"two images of this test are called '{name}'", "give each its own name")
        self._names.add(name)
        run = self._config.stash.get(CHECKS, None)
        if run is None:
            run = self._config.stash[CHECKS] = CheckRun(self._config)
        key, node = self._key(name), self._request.node
        attempt = run.attempt(key, node.nodeid)
        rule, boxes = given_rule(drift, "drift"), given_boxes(ignore, "ignore")
        result = run.check(key, encoded(image), rule, boxes, attempt)
        passed = result.outcome.status != Status.FINDING or result.outcome.verdict in run.update
        note_attempt(node, attempt, passed=passed)
        if not passed:
            pytest.fail(failure_text(result, run.folder, run.baselines), pytrace=False)
        return result

    def generate(
        self,
        prompt: str,
        *,
        seed: int = 0,
        size: tuple[int, int] = (256, 256),
        provider: str = "painter",
        **settings: Any,
    ) -> "Image":
        """Generate a prompt with a provider that needs no configuration and costs nothing; returns it as a PIL image.

        ``settings`` are the provider's own (``quality``, ``style``, ``model`` …). Raises GenerationError, and
        UsageError for a provider that may cost money.
        """
        from PIL import Image

        from harness.generation import open_provider
        from harness.provider import Job, price_of
        from harness.suite import ProviderSpec

        named = ProviderSpec(provider, provider, root=str(self._config.rootpath))
        recipe = Recipe(
            Request(prompt, seed=seed, width=size[0], height=size[1]),
            Subject(provider, provider, settings.pop("model", None), settings),
        )
        if price_of(named, recipe) != 0:
            raise UsageError(f"{provider} may cost money", "name it in a suite: what it generates has a budget there")
        generator = open_provider(named)
        try:
            generated = generator.generate(Job(recipe, self._key("generate")))
        finally:
            generator.close()
        return Image.open(io.BytesIO(generated.data))

    def _key(self, name: str) -> TrialKey:
        module, _, test = self._request.node.nodeid.partition("::")
        return TrialKey(_slug(module.removesuffix(".py")), _slug(test), _slug(name), 0)


class CheckRun:
    """The run that the checked images of one process belong to."""

    def __init__(self, config: pytest.Config) -> None:
        from harness.baseline import Baselines
        from harness.generation import open_ledger
        from harness.ledger import timestamp
        from harness.runner import Examiner, run_environment

        worker, project = getattr(config, "workerinput", None), project_of(config)
        self.baselines = project.baselines
        self.update = UPDATES[config.getoption("harness_update")]
        record = RunRecord(
            run="",
            suites=MADE_BY_TESTS,
            started=timestamp(),
            version=__version__,
            environment=run_environment(),
            baselines=str(self.baselines),
        )
        self.ledger = open_ledger(record, Path(worker["harness_parts"]) if worker else project.reports)
        self.examiner = Examiner(self.ledger, Baselines(self.baselines))
        self.folder = Path(worker["harness_checks"]) if worker else self.ledger.folder
        self._checked: dict[TrialKey, tuple[str, int]] = {}

    def attempt(self, key: TrialKey, test: str) -> int:
        """Return which attempt of a test at an image this is. Raises UsageError when the image is another test's."""
        owner, before = self._checked.get(key, (test, 0))
        if owner != test:
            raise UsageError(f"{key}: {owner} and {test} have the same name there", "rename one of the tests")
        self._checked[key] = test, before + 1
        return before + 1

    def check(self, key: TrialKey, data: bytes, drift: Rule, ignore: tuple[Box, ...], attempt: int) -> TrialResult:
        """Judge and record one image."""
        from harness.generation import Generated
        from harness.image import read_header
        from harness.provider import Output, process_environment

        header = read_header(data)
        request = Request(str(key), seed=key.seed, width=header.width, height=header.height)
        trial = Trial(key, Recipe(request, Subject("pytest", "pytest")), Policy(drift=drift, ignore=ignore))
        trial = next_attempt(trial, attempt)
        output = Output(data, {PROCESS: process_environment()}, cost=0.0)
        return self.ledger.append(self.examiner.examine(Generated(trial, output, 0.0)))

    def finish(self, session: pytest.Session) -> None:
        """Close the run; in a single process also write its report and accept what was asked for."""
        from dataclasses import replace

        from harness.pytest_plugin.ending import end_run

        self.ledger.finish(replace(self.ledger.record, complete=True))
        self.ledger.close()
        if not hasattr(session.config, "workerinput"):
            end_run(session, self.ledger.folder)


def encoded(image: Any) -> bytes:
    """Return the bytes of an image of any type that ``check`` takes; pixels are encoded as PNG."""
    if isinstance(image, (bytes, bytearray, memoryview)):
        return bytes(image)
    if isinstance(image, (str, Path)):
        return Path(image).read_bytes()
    from harness.image import encode_png, read_image_source

    return encode_png(read_image_source(image)[0].pixels)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9=._-]+", "-", text).strip("-.") or "image"
