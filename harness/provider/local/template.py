"""An argument list with placeholders, filled from a job; no shell ever sees it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.provider.protocol import Job
from harness.vocabulary import ANY_SETTING

Part = str | tuple[str, ...]
"""An argument, or a group of arguments that is left out when one of its placeholders has no value."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
_SIZE = frozenset({"width", "height"})


class NoValueError(Exception):
    """A placeholder outside a group has no value in this job."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Template:
    """Arguments with ``{placeholders}``; ``{{`` and ``}}`` are braces."""

    parts: tuple[Part, ...]

    @property
    def names(self) -> frozenset[str]:
        """Every placeholder in it."""
        return frozenset(match[1] for text in texts(self.parts) for match in _TOKEN.finditer(text) if match[1])

    @property
    def honors(self) -> frozenset[str]:
        """What of a recipe reaches the program: its placeholders by the names of request and settings."""
        named = {"size" if name in _SIZE else name for name in self.names} - {"out"}
        return frozenset({ANY_SETTING if name == "settings" else name for name in named})

    def fill(self, values: Mapping[str, str | None]) -> list[str]:
        """Return the arguments for these values. Raises NoValueError."""
        arguments: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                arguments.append(_fill(part, values))
                continue
            try:
                arguments += [_fill(text, values) for text in part]
            except NoValueError:
                continue
        return arguments


def parse_template(argv: Any) -> Template | None:
    """Return the template of a list of texts and lists of texts, None when it is no such list."""
    if not isinstance(argv, list) or not argv or not isinstance(argv[0], str) or not argv[0]:
        return None
    parts: list[Part] = []
    for item in argv:
        if isinstance(item, list) and item and all(isinstance(text, str) for text in item):
            parts.append(tuple(item))
        elif isinstance(item, (str, int, float)) and not isinstance(item, bool):
            parts.append(str(item))
        else:
            return None
    return Template(tuple(parts))


def values_of(job: Job) -> dict[str, Any]:
    """Return what a job asks for, by the names that programs and functions know; None where it has no such value."""
    request = job.recipe.request
    return {
        "prompt": request.prompt,
        "negative_prompt": request.negative_prompt,
        "seed": request.seed,
        "width": request.width,
        "height": request.height,
        "input_image": request.input_image and request.input_image.path,
        "input_images": request.input_images and [image.path for image in request.input_images],
        "mask": request.mask and request.mask.path,
        "strength": request.strength,
        "ask": request.ask,
        "model": job.recipe.subject.model,
        "repeat": job.attempt.index,
        "attempt": job.attempt.slug,
    }


def placeholders_of(job: Job, out: str, settings: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what the placeholders of a job stand for; None where the job has no such value."""
    values = {**settings, **values_of(job), "out": out, "settings": dict(settings)}
    return {name: _text(value) for name, value in values.items()}


def texts(parts: Sequence[Part]) -> list[str]:
    """Return every argument of a template, groups opened."""
    return [text for part in parts for text in ((part,) if isinstance(part, str) else part)]


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _fill(text: str, values: Mapping[str, str | None]) -> str:
    def one(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        value = values.get(match[1])
        if value is None:
            raise NoValueError(match[1])
        return value

    return _TOKEN.sub(one, text)
