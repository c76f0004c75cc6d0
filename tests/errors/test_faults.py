import copy
import importlib.util
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from harness.errors import (
    EXIT_NO_IMAGE,
    EXIT_USAGE,
    GenerationError,
    GenerationTimeoutError,
    HarnessError,
    MissingExtraError,
    UsageError,
)
from harness.ledger import RunNotFoundError

pytestmark = pytest.mark.checkout

TOOL = Path(__file__).resolve().parents[2] / "tools" / "errors.py"


@pytest.fixture(scope="module")
def tool() -> Any:
    spec = importlib.util.spec_from_file_location("errors_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.import_everything()
    return module


@pytest.fixture
def faults(tool: Any) -> list[type[HarnessError]]:
    return [kind for _, kind in tool.errors() if kind is not HarnessError]


def test_the_tree_and_the_table_are_those_of_the_code(tool: Any) -> None:
    for path, content in tool.documents().items():
        assert path.read_text("utf-8") == content, "python tools/errors.py writes it"


def test_every_fault_has_a_code_of_its_own(faults: list[type[HarnessError]]) -> None:
    codes = [kind.code for kind in faults]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)
    assert GenerationTimeoutError.code == "generation-timeout"


def test_every_fault_says_when(faults: list[type[HarnessError]]) -> None:
    assert all("__doc__" in vars(kind) and vars(kind)["__doc__"] for kind in faults)
    assert not [kind for kind in faults if str(kind.__doc__).startswith(f"{kind.__name__}(")]


def test_every_fault_builds_its_own_message(faults: list[type[HarnessError]]) -> None:
    assert len(faults) > 30
    plain = [kind.__name__ for kind in faults if kind.__str__ is HarnessError.__str__ and not kind.__subclasses__()]
    assert not plain


def test_every_fault_ends_with_an_exit_code_of_the_table(faults: list[type[HarnessError]]) -> None:
    assert {kind.exit_code for kind in faults} <= {1, EXIT_USAGE, EXIT_NO_IMAGE}


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


def test_a_fault_is_copied_with_its_attributes() -> None:
    fault = RunNotFoundError(Path("reports"), name="x", near=("y",))
    for other in (copy.copy(fault), pickle.loads(pickle.dumps(fault))):
        assert (other.path, other.name, other.near, str(other)) == (fault.path, fault.name, fault.near, str(fault))
