"""The fixture ``image_harness``: images that a test makes, compared with their baselines."""

import inspect
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError, UsageError
from harness.image import ImageSource, each_source
from harness.provider import process_environment
from harness.pytest_plugin import CHECKS
from harness.pytest_plugin.attempts import note_attempt
from harness.pytest_plugin.check_run import CheckRun, Image
from harness.pytest_plugin.failure import failures_text
from harness.pytest_plugin.given import Given, given
from harness.pytest_plugin.names import key_of
from harness.pytest_plugin.repeating import TURN, first_turn
from harness.records import PROCESS, Recipe, Request, Subject, TrialKey, TrialResult

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage


class ImageHarness:
    """Given to a test by the fixture ``image_harness``."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._config = request.config
        self._names: dict[TrialKey, str] = {}
        self._turn = 0
        first_turn(request.node)

    def check(
        self,
        images: Any,
        name: str = "image",
        *,
        drift: str | Mapping[str, Any] = "exact",
        ignore: Sequence[Sequence[int]] = (),
        checks: Sequence[Mapping[str, Any]] = (),
        request: str | Mapping[str, Any] | None = None,
        subject: str | Mapping[str, Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        profile: str | Sequence[str] = (),
        seed: int | Sequence[int] | None = None,
        layout: str | None = None,
    ) -> list[TrialResult]:
        """Compare images with those accepted for this test and ``name``; the test fails when one is not fine.

        ``images`` is one image or several: encoded bytes, a path, a Pillow image; an array or tensor of any library
        (height × width, channels first or last, with or without a batch; uint8 levels or floats from 0 to 1); the
        output of a pipeline (``.images``, ``.image``, ``.frames``); a list of these; or a function that returns any of
        these: what differs, or is new, is then generated once more, and the failure says whether it repeats. Several
        images are ``name-0``, ``name-1`` …; all are checked before the test fails. ``layout`` (``"NHWC"``, ``"CHW"`` …)
        is needed where the shape of an array can be read in two ways.

        ``drift`` is ``exact``, limits as in a suite (``{"ssim": ">= 0.98"}``) or ``calibrated`` (by the noise floor
        that ``pytest --harness-repeats N`` stores); ``ignore`` boxes are (x, y, width, height) in pixels; ``checks``
        are those of a suite (``{"count": "red circle", "equals": 2}``).

        What is recorded, so that a difference can be explained: ``request`` (the prompt, or fields by name),
        ``subject`` (the model, or ``model`` and its settings), ``environment``. Each value of the environment
        that ``profile`` names has accepted images of its own. ``seed`` is part of the name; several images may have a
        seed each.

        Returns the results in the order of the images. Raises UsageError for a name that is used twice and for an
        argument that cannot be read, SuiteError for ``checks``, UnsupportedPixelsError for what is no image.
        """
        __tracebackhide__ = True
        turn = self._request.node.stash[TURN]
        if turn.number != self._turn:
            self._turn = turn.number
            self._names.clear()
        try:
            run = check_run(self._request.session)
            stated = given(
                drift,
                ignore,
                run.checks(json.dumps(list(checks), default=list)) if checks else (),
                request,
                subject,
                {PROCESS: process_environment(), **(environment or {})},
                profile,
            )
            seed = stated.request.get("seed", 0) if seed is None else seed
            results = self._results(run, images, name, stated, seed, layout)
        except HarnessError as error:
            if error.hint:
                error.add_note(f"→ {error.hint}")
            raise error.with_traceback(None) from None
        bad = [result for result in results if not run.passes(result)]
        attempt = 1 if turn.total > 1 else max(run.attempts[result.key] for result in results)
        note_attempt(self._request.node, attempt, passed=not bad)
        failed = turn.fail(results, bad)
        if failed and turn.last:
            pytest.fail(failures_text(failed, len(results), run.folder, run.baselines.root), pytrace=False)
        return results

    def generate(
        self,
        prompt: str,
        *,
        seed: int = 0,
        size: tuple[int, int] = (256, 256),
        provider: str = "painter",
        **settings: Any,
    ) -> "PilImage":
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
            generated = generator.generate(Job(recipe, key_of(self._request.node.nodeid, "generate", 0)))
        finally:
            generator.close()
        return Image.open(io.BytesIO(generated.data))

    def _results(
        self, run: CheckRun, images: Any, name: str, stated: Given, seed: int | Sequence[int], layout: str | None
    ) -> list[TrialResult]:
        generate = (lambda: _sources(images(), layout, name)) if callable(images) else None
        sources = _sources(images, layout, name) if generate is None else generate()
        keys = self._keys(run, name, len(sources), seed)
        found = [Image(key, source) for key, source in zip(keys, sources, strict=True)]
        return run.check(found, stated, generate, self._request.node.nodeid)

    def _keys(self, run: CheckRun, name: str, count: int, seed: int | Sequence[int]) -> list[TrialKey]:
        """Return the keys of the images of a call. Raises UsageError for one that is used already."""
        seeds = [int(one) for one in seed] if isinstance(seed, Iterable) else [int(seed)] * count
        if len(seeds) != count:
            raise UsageError(f"seed: {len(seeds)} seeds for {count} images", "give one seed, or one for each image")
        several = count > 1 and len(set(seeds)) < count
        names = [f"{name}-{index}" if several else name for index in range(count)]
        keys = []
        for own, one in zip(names, seeds, strict=True):
            key = run.keys.key(self._request.node.nodeid, own, one)
            if key in self._names:
                problem = f"two images of this test have the key {key}: '{self._names[key]}' and '{own}'"
                raise UsageError(problem, "give each its own name")
            self._names[key] = own
            keys.append(key)
        return keys


def check_run(session: pytest.Session) -> CheckRun:
    """Return the run of the images that the tests of this process check."""
    stash = session.config.stash
    run: CheckRun | None = stash.get(CHECKS, None)
    if run is None:
        run = stash[CHECKS] = CheckRun(session)
    return run


def _sources(images: Any, layout: str | None, name: str) -> list[ImageSource]:
    if inspect.isawaitable(images):
        if inspect.iscoroutine(images):
            images.close()
        raise UsageError("the images are still to be awaited", "await them: check(await generate(), ...)")
    return list(each_source(images, layout, name=name))
