"""``folder``: images that were made elsewhere, found by a pattern. How a closed tool is tested."""

import glob
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.image import DEFAULT_LIMITS
from harness.provider.adapter import Adapter, Explanation
from harness.provider.errors import BadOptionError
from harness.provider.options import Options
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import FIRST, AttemptKind, Recipe
from harness.vocabulary import ANY_SETTING, PROGRAM_OPTIONS, SeedPromise

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
"""Endings that are tried when a pattern has none of them."""
PLACEHOLDERS = ("suite", "case", "variant", "seed", "repeat")
DEFAULT_PATTERN = "{case}/{variant}-s{seed}"
NAMED = 3
"""Most matches that an error names."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class _Settings:
    folder: str
    pattern: str
    promise: SeedPromise
    price: float
    concurrency: int


class Folder:
    """Images of a folder. ``root`` is the folder itself; nothing outside it is ever read."""

    kind = "folder"

    def __init__(self, name: str, root: Path, settings: _Settings) -> None:
        self.name = name
        self._root, self._resolved = root, root.resolve()
        self._settings = settings
        self.capabilities = _capabilities_of(settings)

    def generate(self, job: Job) -> Output:
        """The one image that the pattern finds. Raises GenerationError when there is none, or more than one."""
        begun = time.perf_counter()
        if job.recipe.request.ask is not None:
            raise GenerationError(self.name, "a folder of images answers no questions", "name another provider")
        if job.attempt != FIRST and "{repeat}" not in self._settings.pattern:
            hint = "put {repeat} into `pattern` and keep one file a repeat"
            raise GenerationError(self.name, "a repeat would read the same file again, which proves nothing", hint)
        path = self._find(job)
        try:
            size = path.stat().st_size
            if size > DEFAULT_LIMITS.bytes:
                problem = f"{path} is larger than {DEFAULT_LIMITS.bytes:,} bytes"
                raise GenerationError(self.name, problem, "keep a smaller image")
            data = path.read_bytes()
        except OSError as fault:
            raise GenerationError(self.name, f"{path} cannot be read: {fault.strerror or fault}") from None
        environment = {"file": path.relative_to(self._root).as_posix()}
        return Output(data, environment, time.perf_counter() - begun, self._settings.price)

    def close(self) -> None:
        """Nothing is held open."""

    def _find(self, job: Job) -> Path:
        """The match of the pattern for a job."""
        shown = self._filled(job, escape=False)
        named = shown.lower().endswith(SUFFIXES) or self._settings.pattern.endswith("*")
        endings = ("",) if named else SUFFIXES
        matches = [match for ending in endings for match in self._files(job, shown, ending)]
        if not matches:
            tried = f"{shown}{{{','.join(SUFFIXES)}}}" if len(endings) > 1 else shown
            hint = f"looked in {self._root}; images are named by `pattern`"
            raise GenerationError(self.name, f"no image matches {tried}", hint)
        if len(matches) > 1:
            names = ", ".join(match.relative_to(self._root).as_posix() for match in matches[:NAMED])
            more = f" and {len(matches) - NAMED} more" if len(matches) > NAMED else ""
            raise GenerationError(self.name, f"{shown} matches {names}{more}", "make `pattern` match one file")
        if not matches[0].resolve().is_relative_to(self._resolved):
            raise GenerationError(self.name, f"{matches[0]} leads outside the folder", "copy the image into the folder")
        return matches[0]

    def _files(self, job: Job, shown: str, ending: str) -> list[Path]:
        """The files that the pattern matches with an ending; one without wildcards is looked for by its name."""
        if glob.has_magic(self._settings.pattern):
            found = sorted(self._root.glob(self._filled(job, escape=True) + ending))
        else:
            found = [self._root / (shown + ending)]
        return [path for path in found if path.is_file()]

    def _filled(self, job: Job, *, escape: bool) -> str:
        key = job.key
        if key.seed is None and "{seed}" in self._settings.pattern:
            hint = "use {repeat} for unseeded images"
            raise GenerationError(self.name, "the pattern names {seed}, and this trial has none", hint)
        values = {name: str(getattr(key, name)) for name in ("suite", "case", "variant", "seed")}
        values["repeat"] = (
            str(job.attempt.index) if job.attempt.kind is not AttemptKind.CONFIRMATION else job.attempt.slug
        )
        return _PLACEHOLDER.sub(
            lambda match: glob.escape(values[match[1]]) if escape else values[match[1]], self._settings.pattern
        )


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    settings = _Settings(
        folder=reader.needed("folder", "name the folder of the images, such as `folder: images`"),
        pattern=reader.text("pattern", DEFAULT_PATTERN) or DEFAULT_PATTERN,
        promise=reader.promise(SeedPromise.NONE),
        price=reader.number("price", 0.0) or 0.0,
        concurrency=reader.concurrency(4),
    )
    reader.done()
    for placeholder in _PLACEHOLDER.findall(settings.pattern):
        if placeholder not in PLACEHOLDERS:
            known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
            raise BadOptionError(name, f"`pattern` has an unknown {{{placeholder}}}", f"known: {known}")
    parts = Path(settings.pattern.replace("\\", "/")).parts
    if ".." in parts or Path(settings.pattern).is_absolute() or settings.pattern.startswith(("/", "\\", "~")):
        raise BadOptionError(
            name, f"`pattern` leads outside the folder: {settings.pattern}", "write it relative to `folder`"
        )
    return settings


def _capabilities_of(settings: _Settings) -> Capabilities:
    return Capabilities(
        seed=settings.promise,
        honors=frozenset({"prompt", ANY_SETTING, *_REQUEST}),
        price=settings.price,
        concurrency=settings.concurrency,
    )


_REQUEST = ("negative_prompt", "seed", "size", "model", "quality", "style", "guidance", "steps", "background", "format")
"""Whoever made the images was asked for these; a file cannot tell."""


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("folder", options))


def _create(name: str, options: Mapping[str, Any], root: Path) -> Folder:
    settings = _settings(name, options)
    folder = root / settings.folder
    if not folder.is_dir():
        raise BadOptionError(name, f"there is no folder {folder}", "make it, or correct `folder`")
    return Folder(name, folder, settings)


def _explain(_measure: bool) -> Explanation:
    options = {
        "folder": "the folder of the images, from the folder of the suite",
        "pattern": f"name of an image in it, with {{{'} {'.join(PLACEHOLDERS)}}}, * and **; default {DEFAULT_PATTERN}",
    }
    notes = (
        f"Without an ending the pattern finds {', '.join(SUFFIXES)}; two matches are an error.",
        "Settings are recorded as asked; a file cannot tell whether they were honored.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, {**options, **PROGRAM_OPTIONS}, (), notes)


def _identity(_options: Mapping[str, Any], _recipe: Recipe, _root: Path) -> None:
    """Files are as near as a cache, and may be others tomorrow: never kept."""


ADAPTER = Adapter(
    "folder", "images made elsewhere, found by a pattern", _capabilities, _create, _explain, identity=_identity
)
