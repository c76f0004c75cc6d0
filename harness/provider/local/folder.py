"""``folder``: images that were made elsewhere, found by a pattern. How a closed tool is tested."""

import glob
import os
import re
import time
from pathlib import Path

from pydantic import Field, field_validator

from harness.errors import FieldError, GenerationError
from harness.image import SUFFIXES
from harness.provider.adapter import Adapter
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.local.base import Local
from harness.provider.options import Concurrency, Price, ProgramOptions, Promise, Text
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import FIRST, AttemptKind, Recipe
from harness.vocabulary import ANY_SETTING, SeedPromise

PLACEHOLDERS = ("suite", "case", "variant", "seed", "repeat")
NAMED = 3
"""Most matches that an error names."""

_REQUEST = ("negative_prompt", "seed", "size", "model", "quality", "style", "guidance", "steps", "background", "format")
"""Whoever made the images was asked for these; the file does not show it."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class FolderOptions(ProgramOptions):
    """Options of a folder of images."""

    notes = (
        f"Without an ending the pattern finds {', '.join(SUFFIXES)}; two matches are an error.",
        "Settings are recorded as asked; a file cannot tell whether they were honored.",
    )

    folder: Text = Field(examples=["images"])
    """The folder of the images, relative to the folder of the suite."""
    pattern: Text = "{case}/{variant}-s{seed}"
    """Name of an image in it, with {suite} {case} {variant} {seed} {repeat}, * and **."""
    promise: Promise = SeedPromise.NONE
    """What its seed promises: none, best-effort, exact-per-environment or exact."""
    price: Price = 0.0
    """US dollars for an image."""
    concurrency: Concurrency = 4
    """How many images at a time."""

    @field_validator("pattern")
    @classmethod
    def _inside(cls, pattern: str) -> str:
        for placeholder in _PLACEHOLDER.findall(pattern):
            if placeholder not in PLACEHOLDERS:
                known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
                raise FieldError(f"`pattern` has an unknown {{{placeholder}}}", f"known: {known}")
        parts = Path(pattern.replace("\\", "/")).parts
        if ".." in parts or Path(pattern).is_absolute() or pattern.startswith(("/", "\\", "~")):
            raise FieldError(f"`pattern` leads outside the folder: {pattern}", "write it relative to `folder`")
        return pattern

    @property
    def capabilities(self) -> Capabilities:
        honors = frozenset({"prompt", ANY_SETTING, *_REQUEST})
        reports = frozenset({"file"})
        return Capabilities(self.promise, honors, self.price, self.concurrency, keyed=True, reports=reports)

    def identity_of(self, recipe: Recipe, root: Path) -> None:
        """Files are as near as a cache, and may be others tomorrow: never kept."""


class Folder(Local[FolderOptions]):
    """Images of a folder; nothing outside it is ever read."""

    kind = "folder"

    def __init__(self, name: str, options: FolderOptions, root: Path) -> None:
        super().__init__(name, options, root)
        self.root = root / options.folder
        self._resolved = self.root.resolve()
        self._taken: set[str] = set()
        if not self.root.is_dir():
            problem = OptionProblem(f"there is no folder {self.root}", "make it, or correct `folder`", ("folder",))
            raise BadOptionError(name, problem)

    def generate(self, job: Job) -> Output:
        """Return the one image that the pattern finds. Raises GenerationError when there is none, or more than one."""
        from harness.image import ImageError, read_bytes

        begun = time.perf_counter()
        if job.recipe.request.ask is not None:
            raise GenerationError(self.name, "a folder of images answers no questions", "name another provider")
        if job.attempt != FIRST and "{repeat}" not in self.options.pattern:
            hint = "put {repeat} into `pattern` and keep one file a repeat"
            raise GenerationError(self.name, "a repeat would read the same file again, which proves nothing", hint)
        path = self._find(job)
        try:
            data = read_bytes(path)
        except ImageError as fault:
            raise GenerationError(self.name, str(fault), fault.hint) from None
        file = path.relative_to(self.root).as_posix()
        self._taken.add(os.path.normcase(file))
        return Output(data, {"file": file}, time.perf_counter() - begun, self.options.price)

    def unused(self) -> str:
        """Return a note on the images of the folder that no job asked for; empty for none."""
        # as texts, folder by folder: there may be 100,000 of them
        files = (
            (Path(folder).relative_to(self.root) / name).as_posix()
            for folder, _, names in os.walk(self.root)
            for name in names
            if name.lower().endswith(SUFFIXES)
        )
        left = sorted(file for file in files if os.path.normcase(file) not in self._taken)
        more = ", …" if len(left) > NAMED else ""
        count = "1 image" if len(left) == 1 else f"{len(left)} images"
        return f"{self.name}: no trial asks for {count}: {', '.join(left[:NAMED])}{more}" if left else ""

    def _find(self, job: Job) -> Path:
        shown = self._filled(job, escape=False)
        named = shown.lower().endswith(SUFFIXES) or self.options.pattern.endswith("*")
        endings = ("",) if named else SUFFIXES
        matches = [match for ending in endings for match in self._files(job, shown, ending)]
        if not matches:
            tried = f"{shown}{{{','.join(SUFFIXES)}}}" if len(endings) > 1 else shown
            hint = f"looked in {self.root}; images are named by `pattern`"
            raise GenerationError(self.name, f"no image matches {tried}", hint)
        if len(matches) > 1:
            names = ", ".join(match.relative_to(self.root).as_posix() for match in matches[:NAMED])
            more = f" and {len(matches) - NAMED} more" if len(matches) > NAMED else ""
            raise GenerationError(self.name, f"{shown} matches {names}{more}", "make `pattern` match one file")
        if not matches[0].resolve().is_relative_to(self._resolved):
            raise GenerationError(self.name, f"{matches[0]} leads outside the folder", "copy the image into the folder")
        return matches[0]

    def _files(self, job: Job, shown: str, ending: str) -> list[Path]:
        """Return the files that the pattern matches with an ending; one without wildcards is looked for by its name."""
        if glob.has_magic(self.options.pattern):
            found = sorted(self.root.glob(self._filled(job, escape=True) + ending))
        else:
            found = [self.root / (shown + ending)]
        return [path for path in found if path.is_file()]

    def _filled(self, job: Job, *, escape: bool) -> str:
        key = job.key
        if key.seed is None and "{seed}" in self.options.pattern:
            hint = "use {repeat} for unseeded images"
            raise GenerationError(self.name, "the pattern names {seed}, and this trial has none", hint)
        values = {name: str(getattr(key, name)) for name in ("suite", "case", "variant", "seed")}
        values["repeat"] = (
            str(job.attempt.index) if job.attempt.kind is not AttemptKind.CONFIRMATION else job.attempt.slug
        )
        return _PLACEHOLDER.sub(
            lambda match: glob.escape(values[match[1]]) if escape else values[match[1]], self.options.pattern
        )


ADAPTER = Adapter("folder", "images made elsewhere, found by a pattern", Folder, FolderOptions)
