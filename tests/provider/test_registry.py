"""Kinds of provider: those built in, those of installed packages, and those that cannot be loaded."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.provider import (
    BadOptionError,
    BrokenProviderError,
    Capabilities,
    UnknownKindError,
    adapter_of,
    capabilities_of,
    create,
    explain,
    registry,
)
from harness.suite import ProviderSpec

PACKAGE = """\
from harness.provider import Adapter, Capabilities, ProviderOptions

class Options(ProviderOptions):
    depth: int = 3
    \"\"\"How deep it looks.\"\"\"

    @property
    def capabilities(self):
        return Capabilities("best-effort")

def made(name, options, root):
    raise LookupError("these tests only list and describe it")

ADAPTER = Adapter("theirs", "a kind of a third party", made, Options)
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a distribution with these entry points, as a package manager would lay it out."""

    def install(points: str) -> None:
        (tmp_path / "their_images.py").write_text(PACKAGE)
        info = tmp_path / "their_images-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-images\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[image_harness.providers]\n{points}\n")
        monkeypatch.syspath_prepend(tmp_path)

    return install


def test_the_built_in_kinds() -> None:
    kinds = registry()
    assert list(kinds)[:4] == ["painter", "folder", "command", "python"]
    for kind in ("painter", "folder", "command", "python"):
        assert kinds[kind].origin == "built in"
        assert kinds[kind].adapter().kind == kind


def test_a_third_party_is_found(install: Callable[[str], None]) -> None:
    install("theirs = their_images:ADAPTER")
    assert registry()["theirs"].origin == "their-images"
    assert capabilities_of(ProviderSpec("mine", "theirs")) == Capabilities("best-effort")
    assert explain("theirs").summary == "a kind of a third party"
    options = explain("theirs").options
    assert list(options) == ["depth", "environment"]
    assert options["depth"] == "How deep it looks. Default: 3."
    with pytest.raises(BadOptionError) as caught:
        create("mine", "theirs", {"dept": 4, "depth": "4"}, Path())
    assert {problem.path for problem in caught.value.problems} == {("dept",), ("depth",)}


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no_such_module:ADAPTER", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("their_images:MISSING", "AttributeError"),
        ("their_images:made", "their_images:made is not a harness.provider.Adapter"),
    ],
)
def test_a_broken_third_party_is_reported_and_ends_nothing_else(
    install: Callable[[str], None], target: str, said: str
) -> None:
    install(f"theirs = {target}")
    with pytest.raises(BrokenProviderError) as caught:
        adapter_of("theirs")
    assert said in str(caught.value)
    assert "their-images" in str(caught.value)
    assert adapter_of("painter").kind == "painter"


def test_a_third_party_cannot_replace_a_built_in(install: Callable[[str], None]) -> None:
    install("painter = their_images:ADAPTER")
    kinds = registry()
    assert kinds["painter"].origin == "built in"
    assert kinds["painter (their-images)"].shadowed
    assert adapter_of("painter").kind == "painter"


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownKindError, match="there is no provider of kind `paintr`") as caught:
        create("mine", "paintr", {}, tmp_path)
    assert caught.value.hint == "did you mean `painter`?"
    with pytest.raises(UnknownKindError) as caught:
        capabilities_of(ProviderSpec("mine", "xyz"))
    assert caught.value.hint == f"known: {', '.join(sorted(registry()))}"
    assert "openrouter" in caught.value.hint


def test_capabilities_import_nothing_heavy() -> None:
    options: dict[str, dict[str, object]] = {
        "folder": {"folder": "."},
        "command": {"argv": ["true"]},
        "python": {"function": "json:dumps"},
        "diffusers": {"model": "m"},
        "openai-compatible": {"base_url": "http://127.0.0.1:1/v1"},
        "comfyui": {"workflow": "flow.json", "slots": {"prompt": "6.text"}},
        "replicate": {"model": "a/b"},
        "fal": {"model": "a/b"},
        "huggingface": {"model": "a/b", "vendor": "together"},
    }
    # a route is made of other providers of a suite
    kinds = {name: options.get(name, {}) for name, entry in registry().items() if entry.origin == "built in"}
    del kinds["route"]
    code = (
        "import json, sys\n"
        "from types import SimpleNamespace as Spec\n"
        "from harness.provider import capabilities_of, create\n"
        "from pathlib import Path\n"
        f"for kind, options in json.loads({json.dumps(json.dumps(kinds))}).items():\n"
        "    capabilities_of(Spec(name=kind, kind=kind, options=options))\n"
        "    if kind not in ('comfyui', 'diffusers'):\n"
        "        create('mine', kind, options, Path())\n"
        "heavy = {'numpy', 'PIL', 'scipy', 'skimage', 'httpx', 'pybase64', 'pyrate_limiter',\n"
        "         'rich', 'yaml', 'torch', 'diffusers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"
