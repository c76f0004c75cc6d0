"""After the first image nothing more is imported that judging and reporting need: it was imported before."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from harness.ledger import iter_results, read_run
from harness.vocabulary import Verdict

FUNCTION = '''
import sys
from pathlib import Path

from PIL import Image, ImageDraw

KNOWN = ("harness", "numpy", "scipy", "skimage", "PIL", "msgspec", "httpx", "pybase64")


class NoMore:
    """Lets nothing be imported any more, as where a package is taken away during a run."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in KNOWN:
            Path("refused").open("a").write(name + "\\n")
            raise ModuleNotFoundError(name)


def image(seed, repeat, width, height):
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    for x in range(8):
        pen.line((x * 8, 0, width - x * 5, height), fill=(x * 30, 255 - x * 20, (seed or 0) * 40 % 256))
    pen.ellipse((10, 10, 40 + repeat, 40), "red")
    if Path("other").exists():
        pen.ellipse((20, 30, 60, 60), "blue")
        sys.meta_path.insert(0, NoMore())
    return image
'''
SUITE = """\
suite: s
providers: {mine: {kind: python, promise: exact, price: 0, function: "generate.py:image"}}
defaults: {provider: mine, size: 64x64}
cases:
  - {id: exact, prompt: a, seeds: [0, 1], checks: [{present: red circle}]}
  - {id: limits, prompt: b, drift: {ssim: ">= 0.5"}, seeds: [0]}
  - {id: set, prompt: c, drift: set, samples: 6}
"""


def test_nothing_is_imported_after_the_first_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("generate.py").write_text(FUNCTION)
    Path("suite.yaml").write_text(SUITE)
    environment = {**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}

    def harness(*arguments: str) -> int:
        call = [sys.executable, "-m", "harness", *arguments]
        return subprocess.run(call, capture_output=True, env=environment, check=False).returncode

    assert harness("run", "suite.yaml") == 1
    assert harness("accept", "--unproven", "--reason", "first") == 0
    Path("other").touch()
    assert harness("run", "suite.yaml", "--json") == 1
    newest = max(Path("reports").glob("*/run.json")).parent
    assert read_run(newest).complete
    found = Counter(result.outcome.verdict for result in iter_results(newest))
    assert found[Verdict.FAILED] == 0
    assert found[Verdict.DRIFT] >= 3
    assert (newest / "index.html").is_file()
    refused = Path("refused").read_text().split() if Path("refused").exists() else []
    assert not refused, json.dumps(refused)


LOADED = """
import json, sys
from harness.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
open("loaded", "w").write(json.dumps(sorted(sys.modules)))
"""
LARGE = {"scipy", "skimage", "networkx", "imageio", "tifffile", "matplotlib", "torch"}
ROOMS = {f"harness.{room}" for room in ("judge", "ledger", "comparison", "painter", "store", "study", "gateway")}
SHOWN = {"numpy", "PIL", "pydantic", "httpx", "pytest", "msgspec", "yaml", "rich", "harness.errors.redaction", *ROOMS}
"""What a page of help needs nothing of."""
OTHERS = {
    "harness.image.decoding", "harness.records.audit", "harness.records.bench", "harness.records.monitor",
    "harness.vision.vlm", "harness.vision.ocr", "harness.vision.embedding", "harness.http.transport",
    "harness.baseline.store",
    "harness.generation.cache", "harness.generation.executor", "harness.provider.local.process",
}  # fmt: skip
"""What a suite without sets, noise floors and other viewers needs nothing of before it is run."""


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (("--help",), {*SHOWN, *LARGE}),
        (("--version",), {*SHOWN - {"harness.comparison"}, *LARGE}),
        (("run", "--dry-run", "checked.yaml"), {"numpy", "PIL", "httpx", "pytest", *ROOMS, *OTHERS, *LARGE}),
        (("run", "plain.yaml"), {"httpx", "pytest", *LARGE}),
    ],
    ids=["help", "version", "dry-run", "run"],
)
def test_a_large_dependency_is_imported_only_where_it_is_used(
    arguments: tuple[str, ...], never: set[str], tmp_path: Path
) -> None:
    head = "provider: painter\ndefaults: {size: 64x64, quality: draft}\n"
    (tmp_path / "plain.yaml").write_text(f"suite: plain\n{head}cases: [{{id: circle, prompt: a red circle}}]\n")
    checked = "{id: circle, prompt: a red circle, checks: [{present: red circle}], matrix: {style: [flat, outline]}}"
    (tmp_path / "checked.yaml").write_text(f"suite: checked\n{head}cases: [{checked}]\n")
    subprocess.run([sys.executable, "-c", LOADED, *arguments], cwd=tmp_path, capture_output=True, check=True)
    loaded = set(json.loads((tmp_path / "loaded").read_text()))
    assert "harness" in loaded
    assert sorted(never & loaded) == []
