"""The keys of a suite as a type checker knows them, for suites that are defined in Python; the model says what each
takes, and a test that none is missing here."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from harness.vocabulary import BackgroundKind, ImageFormat, InputFidelity, Level, Moderation, Quality

Scalars = Sequence[str | int | float | bool]
Limits = Mapping[str, str | bool]


class SharedFields(TypedDict, total=False):
    """What ``defaults`` and a case may both say."""

    provider: str
    model: str
    size: str | int
    aspect: str
    quality: Quality | str
    style: str
    background: BackgroundKind | str
    format: ImageFormat | str
    output_compression: int
    input_fidelity: InputFidelity | str
    moderation: Moderation | str
    partial_images: int
    n: int
    guidance: float
    steps: int
    negative_prompt: str
    settings: Mapping[str, Any]
    seeds: int | str | range | Sequence[int | str]
    samples: int
    drift: str | Limits
    warn: Limits
    ignore: Sequence[Mapping[str, Sequence[int]]]
    determinism: Level | str
    confirm: int
    profile: Sequence[str]
    fallback: Sequence[str | Sequence[str]]
    per_profile: Sequence[Mapping[str, Any]]
    timeout: float
    checks: str | Sequence[str | Mapping[str, Any]]
    viewer: str
    embedding: str


class CaseFields(SharedFields, total=False):
    """What a case may say beside its id and prompt."""

    tags: Sequence[str]
    input_image: str | os.PathLike[str]
    input_images: Sequence[str | os.PathLike[str]]
    mask: str | os.PathLike[str]
    strength: float
    matrix: Mapping[str, Scalars]
    ask: str
    answer: str


class SuiteFields(TypedDict, total=False):
    """What a suite may say beside its name and cases."""

    description: str
    environment: Mapping[str, str | int | float | bool]
    provider: str
    providers: Mapping[str, Mapping[str, Any]]
    viewers: Mapping[str, Mapping[str, Any]]
    servers: Mapping[str, Mapping[str, Any]]
    defaults: SharedFields
    matrix: Mapping[str, Scalars]
    false_alarms: float
    strict: bool
