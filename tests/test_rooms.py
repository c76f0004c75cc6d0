"""The import table of DESIGN.md, enforced: a room imports only the rooms it may."""

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[1]
HARNESS = ROOT / "harness"
ALWAYS = {"vocabulary", "errors", "records"}
"""Rooms that every other may import; each of them imports only those before it."""
BELOW = {"vocabulary": set(), "errors": {"vocabulary"}, "records": {"vocabulary", "errors"}}
MAY = {
    "vocabulary": set(),
    "errors": set(),
    "records": set(),
    "image": set(),
    "http": {"image"},
    "store": set(),
    "comparison": {"image"},
    "prompt": {"http"},
    "suite": {"prompt", "vision", "provider"},
    "painter": {"image", "prompt"},
    "vision": {"image", "prompt", "http"},
    "provider": {"image", "http", "painter", "prompt", "vision"},
    "generation": {"provider", "ledger", "image"},
    "ledger": {"image"},
    "baseline": {"image", "ledger", "store"},
    "judge": set(),
    "runner": {
        "suite",
        "prompt",
        "generation",
        "comparison",
        "vision",
        "ledger",
        "baseline",
        "judge",
        "provider",
        "image",
    },
    "study": {
        "runner",
        "judge",
        "suite",
        "provider",
        "generation",
        "image",
        "comparison",
        "vision",
        "ledger",
        "baseline",
    },
    "report": {"judge", "ledger", "image", "http"},
    "review": {"baseline", "report", "ledger", "image"},
    "gateway": {
        "generation",
        "provider",
        "runner",
        "suite",
        "vision",
        "prompt",
        "comparison",
        "ledger",
        "image",
        "http",
        "report",
    },
    "api": {"runner", "judge", "suite", "provider", "image", "comparison", "ledger", "baseline", "report"},
}
FACES = {"cli", "pytest_plugin"}
HEAVY = {"numpy", "PIL", "scipy", "skimage", "httpx", "pydantic", "rich", "imagehash", "yaml", "pywt", "click"}


def rooms() -> list[str]:
    # collected, though not run, where only the wheel is
    places = HARNESS.iterdir() if HARNESS.is_dir() else ()
    return sorted(p.name for p in places if p.is_dir() and (p / "__init__.py").exists())


def imported_rooms(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [
                f"{node.module}.{alias.name}" if node.module == "harness" else str(node.module) for alias in node.names
            ]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("harness.")}
    return found - {"__version__", "lazy", "scratch"}


def test_every_room_is_in_the_table() -> None:
    assert set(rooms()) <= set(MAY) | FACES


@pytest.mark.parametrize("room", [room for room in rooms() if room in MAY])
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    allowed = MAY[room] | {room} | BELOW.get(room, ALWAYS)
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (HARNESS / room).rglob("*.py")
        for name in imported_rooms(path) - allowed
    }
    assert not wrong


def test_nothing_imports_the_public_api() -> None:
    others = [path for room in rooms() if room != "api" for path in (HARNESS / room).rglob("*.py")]
    assert not [path for path in others if "api" in imported_rooms(path)]


@pytest.mark.parametrize("room", sorted(ALWAYS))
def test_the_words_need_only_the_standard_library(room: str) -> None:
    for path in (HARNESS / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {alias.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
        names |= {str(n.module).split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not names & HEAVY, path


def test_no_module_is_a_giant() -> None:
    long = {
        p.name: n
        for p in HARNESS.rglob("*.py")
        if "generated" not in p.parts and (n := len(p.read_text("utf-8").splitlines())) > 400
    }
    assert not long


def deep_imports(path: Path) -> list[str]:
    """Imports of a module inside another room, past its face."""
    room = path.relative_to(HARNESS).parts[0]
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("harness."):
            parts = node.module.split(".")
            if len(parts) > 2 and parts[1] != room:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {node.module}")
    return found


@pytest.mark.parametrize("room", rooms())
def test_another_room_is_imported_through_its_face(room: str) -> None:
    assert not [line for path in (HARNESS / room).rglob("*.py") for line in deep_imports(path)]


def calls_of(path: Path) -> set[str]:
    """What a module calls, as it is written."""
    return {
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    }


@pytest.mark.parametrize(
    ("call", "own", "only"),
    [("Ledger.create", "ledger", "generation/session.py"), ("create", "provider", "generation/executor.py")],
)
def test_runs_are_begun_and_providers_opened_in_one_module(call: str, own: str, only: str) -> None:
    paths = [path.relative_to(HARNESS) for path in HARNESS.rglob("*.py") if call in calls_of(path)]
    assert {path.as_posix() for path in paths if path.parts[0] != own} == {only}


def lazy_faces() -> list[Path]:
    return [path for path in HARNESS.rglob("__init__.py") if "lazy(__name__" in path.read_text("utf-8")]


@pytest.mark.parametrize("face", lazy_faces(), ids=lambda path: path.parent.name)
def test_the_names_of_a_face_that_loads_late_are_listed_alike(face: Path) -> None:
    tree = ast.parse(face.read_text("utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {
        (str(node.module), alias.name)
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    package = ".".join(face.relative_to(ROOT).parent.parts)
    homes = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict) and all(isinstance(value, ast.Tuple) for value in node.values)
    )
    listed = {(f"{package}.{home}", name) for home, names in ast.literal_eval(homes).items() for name in names}
    assert listed == seen
    at_once = {
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    names = next(
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert set(ast.literal_eval(names)) == {name for _, name in seen} | at_once - {"TYPE_CHECKING", "lazy"}
    # a module that is loaded becomes an attribute of its package, in place of the name
    assert not {name for home, name in seen if home.rpartition(".")[2] == name}
    assert not {name for _, name in seen} & {path.stem for path in face.parent.iterdir()}
