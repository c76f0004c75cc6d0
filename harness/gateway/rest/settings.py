"""What a request says of its images: common words, and further settings, of which some change nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from harness.gateway.catalog import Model
from harness.gateway.errors import InvalidRequestError
from harness.gateway.inputs import size_of_input
from harness.gateway.records import ImageRequest
from harness.gateway.rest.fields import quality_of
from harness.records import digest_of
from harness.vocabulary import ANY_SETTING, NEUTRAL, REQUEST_FIELDS, SUBJECT_FIELDS, ImageFormat

NATIVE = {"num_inference_steps": "steps", "guidance_scale": "guidance"}
"""Names of other servers that speak OpenAI's images API, and what they are called here."""
VENDOR_STYLES = ("vivid", "natural")
"""Styles of dall-e-3, which applications send to any model."""
LONGEST_NAME = 100


class ImageWords(Protocol):
    """The fields that every API has."""

    negative_prompt: str | None
    quality: Any
    output_format: Any
    output_compression: int | None


def configured(
    request: ImageRequest, words: ImageWords, size: tuple[int, int] | None, settings: Mapping[str, Any], model: Model
) -> ImageRequest:
    """Return a request with what is said of its images; without a ``size`` an edit has that of its input image."""
    if size is None and request.input_image is not None and "size" in model.capabilities.honors:
        size = size_of_input(request.input_image)
    return replace(
        request,
        size=size,
        negative_prompt=words.negative_prompt or "",
        quality=quality_of(words.quality),
        settings=settings,
        output_format=None if words.output_format is None else ImageFormat(words.output_format),
        output_compression=words.output_compression,
    )


def settings_of(given: Mapping[str, Any], words: ImageWords, model: Model) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that go to the provider, and the names of the fields that change nothing.

    ``given`` are the further fields of a request as they came. Raises InvalidRequestError for a value that cannot be
    stored.
    """
    settings: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in given.items():
        if value is None or value == NEUTRAL:
            continue
        word = NATIVE.get(name, name)
        if word in settings or not _is_read(word, value, model):
            ignored.append(_printable(name))
        else:
            _check(_printable(name), value)
            settings[word] = value
    if words.output_compression is not None and words.output_format not in ("jpeg", "webp"):
        ignored.append("output_compression")
    return settings, ignored


def _is_read(word: str, value: Any, model: Model) -> bool:
    """Return whether a field is a setting of the provider, or a common one whose omission is recorded."""
    can = model.capabilities
    if word == "style" and value in VENDOR_STYLES and value not in can.choices.get(word, (value,)):
        return False
    if word in SUBJECT_FIELDS:
        return True
    return word not in (*REQUEST_FIELDS, "model") and (word in can.honors or ANY_SETTING in can.honors)


def _check(name: str, value: Any) -> None:
    try:
        digest_of(value)
    except (ValueError, RecursionError) as fault:
        raise InvalidRequestError(f"{name} has a value that JSON cannot hold", "", name) from fault


def _printable(name: str) -> str:
    """Return the name of a field as it can be stored and sent: a client may name it by anything."""
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()
