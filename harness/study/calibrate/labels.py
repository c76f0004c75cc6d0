"""Labeled checks: images of which it is known what a right judge answers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import UsageError, nearest
from harness.image import file_digest
from harness.records import Check, Recipe, Request, Subject, Trial, TrialKey, ViewerSpec, digest_of
from harness.suite import SuiteText, TreeError
from harness.vision import CheckError, Grammar, viewer_kind

LABELS = "labels"
"""The subject of the recipe of an image that is read from a file."""


@dataclass(frozen=True, slots=True)
class Label:
    """A check of an image, and whether it holds: whether a right judge passes it."""

    check: Check
    holds: bool


@dataclass(frozen=True, slots=True)
class LabeledImage:
    """An image, by the ``recipe`` that generates it or by its ``file``, with its labeled checks."""

    case: str
    recipe: Recipe
    labels: tuple[Label, ...]
    file: Path | None = None

    def trial(self, viewer: ViewerSpec, repeats: int) -> Trial:
        """Return the trial that asks the viewer each check ``repeats`` times, all of them once before any again."""
        checks = tuple(replace(label.check, by=viewer) for _ in range(repeats) for label in self.labels)
        return Trial(TrialKey("judge", self.case, seed=self.recipe.request.seed), self.recipe, checks=checks)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labeled images of a calibration; ``origin`` is ``painter`` or the file."""

    origin: str
    images: tuple[LabeledImage, ...] = field(default_factory=tuple)

    @property
    def digest(self) -> str:
        """What distinguishes them from others: a resumed calibration must have the same."""
        return digest_of([(one.case, one.recipe, one.labels) for one in self.images])


class _Entry(BaseModel):
    """One labeled check of a file of labels."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    image: str
    check: Mapping[str, Any]
    holds: bool


def read_labels(path: Path, viewer: ViewerSpec, kinds: Collection[str] = ()) -> Labels:
    """Return the labels in a YAML file: a list of ``{image: PATH, check: {…}, holds: true}``, paths relative to it.

    Raises SuiteError where it cannot be read, UsageError for an entry that is not right or that the viewer cannot
    answer. ``kinds``, where given, chooses kinds of checks.
    """
    text = SuiteText.of_file(path)
    try:
        entries = text.data()
    except TreeError as error:
        raise UsageError(f"{path}:{error.place.line}: {error.message}", error.hint or _FORM) from None
    if not isinstance(entries, list) or not entries:
        raise UsageError(f"{path}: is not a list of labeled checks", _FORM)
    grammar = viewer_kind(viewer.kind).grammar
    found: dict[Path, list[Label]] = {}
    for number, entry in enumerate(entries, 1):
        where = f"{path}: entry {number}"
        image, label = _label(where, entry, grammar, path.parent)
        if not kinds or grammar.kind_of(label.check) in kinds:
            found.setdefault(image, []).append(label)
    images = (_of_file(image, labels, number) for number, (image, labels) in enumerate(found.items(), 1))
    return Labels(str(path), tuple(images))


_FORM = "write one on each line: - {image: photos/1.png, check: {question: Is it red?, answer: yes}, holds: true}"


def _label(where: str, entry: Any, grammar: Grammar, folder: Path) -> tuple[Path, Label]:
    try:
        read = _Entry.model_validate(entry)
    except ValidationError as invalid:
        error = invalid.errors(include_url=False)[0]
        key = ".".join(map(str, error["loc"])) or "entry"
        unknown = error["type"] == "extra_forbidden"
        hint = nearest(key, _Entry.model_fields) if unknown else _FORM
        raise UsageError(f"{where}: `{key}`: {error['msg'].lower()}", hint) from None
    for key in {"name", "needs", "viewer"} & read.check.keys():
        raise UsageError(f"{where}: a labeled check has no `{key}`", "leave it out")
    try:
        check = grammar.parse(read.check)
    except CheckError as fault:
        raise UsageError(f"{where}: {fault.problem}", fault.hint or _FORM) from None
    image = folder / read.image
    if not image.is_file():
        raise UsageError(f"{where}: there is no image {image}", "paths start at the folder of the file of labels")
    return image, Label(check, read.holds)


def _of_file(image: Path, labels: list[Label], number: int) -> LabeledImage:
    digest = file_digest(image.read_bytes())
    recipe = Recipe(Request(""), Subject(LABELS, LABELS, None, {"image": digest}))
    return LabeledImage(f"{number:04}-{image.stem}", recipe, tuple(labels), image)
