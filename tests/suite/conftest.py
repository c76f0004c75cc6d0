"""Suites written to a folder and loaded, and promises of providers made up for the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.suite import Plan, ProviderSpec, SuiteError, load
from harness.vocabulary import SeedPromise


@dataclass(frozen=True)
class Promised:
    seed: SeedPromise = SeedPromise.EXACT
    honors: frozenset[str] = frozenset({"*"})
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    reports: frozenset[str] | None = None


class NoSuchKind(HarnessError):
    known = ("painter", "folder", "command")

    def __str__(self) -> str:
        return "there is no such kind"


PAINTER = Promised(
    SeedPromise.EXACT,
    frozenset(
        {"prompt", "negative_prompt", "seed", "size", "quality", "style", "guidance", "steps", "input_image", "mask",
         "strength", "model", "arithmetic"}
    ),
    {"style": ("flat", "outline", "pastel"), "arithmetic": ("exact", "float32")},
)  # fmt: skip


def _promises(spec: ProviderSpec) -> Promised:
    """The painter promises everything, `command` what its option says, any other kind is unknown."""
    if spec.kind == "painter":
        return PAINTER
    if spec.kind == "command":
        return Promised(SeedPromise(spec.options.get("promise", "none")), frozenset({"prompt", "size"}))
    raise NoSuchKind


@pytest.fixture
def promises() -> Callable[[ProviderSpec], Promised]:
    return _promises


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, name: str = "suite.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def plan(write: Callable[..., Path]) -> Callable[..., Plan]:
    def plan(text: str, **options: Any) -> Plan:
        return load([write(text)], **options)

    return plan


@pytest.fixture
def fault(write: Callable[..., Path]) -> Callable[..., SuiteError]:
    """The fault that loading a text raises."""

    def fault(text: str, **options: Any) -> SuiteError:
        with pytest.raises(SuiteError) as caught:
            load([write(text)], **options)
        return caught.value

    return fault
