import importlib
import pkgutil

import pytest

import harness
from harness.errors import (
    EXIT_NO_IMAGE,
    EXIT_USAGE,
    GenerationError,
    GenerationTimeoutError,
    HarnessError,
    MissingExtraError,
    UsageError,
)

EXTRAS = ("torch", "diffusers")
"""What a module may need that only an extra brings: such a module has no faults of its own."""


def every_fault() -> list[type[HarnessError]]:
    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if module.name.endswith(("__main__", ".worker")):
            continue
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            if error.name not in EXTRAS:
                raise
    found, left = [], [HarnessError]
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        found.append(kind)
    return [kind for kind in found if kind.__module__.startswith("harness.") and kind is not HarnessError]


def test_every_fault_builds_its_own_message() -> None:
    faults = every_fault()
    assert len(faults) > 30
    plain = [kind.__name__ for kind in faults if kind.__str__ is HarnessError.__str__ and not kind.__subclasses__()]
    assert not plain


def test_every_fault_ends_with_an_exit_code_of_the_table() -> None:
    assert {kind.exit_code for kind in every_fault()} <= {1, EXIT_USAGE, EXIT_NO_IMAGE}


def test_messages_are_built_from_attributes() -> None:
    fault = GenerationError("mini", "server error 500", "try again later", possibly_billed=True)
    assert (str(fault), fault.hint, fault.possibly_billed) == (
        "mini: server error 500 (possibly billed)", "try again later", True,
    )  # fmt: skip
    assert str(GenerationTimeoutError("mini", 2.5)) == "mini: no image within 2.5 s"
    assert "image-harness[diffusers]" in MissingExtraError("generation with diffusers", "diffusers").hint
    assert str(UsageError("no suite is named", "name one")) == "no suite is named"


@pytest.mark.parametrize("fault", [GenerationError("a", "b"), UsageError("a"), MissingExtraError("a", "b")])
def test_a_fault_is_one_line(fault: HarnessError) -> None:
    assert "\n" not in str(fault)
