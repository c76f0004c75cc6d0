"""Every page that the harness writes or serves, made by its own commands in a temporary folder."""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from harness.report import write_report
from tests.cli import test_monitor
from tests.conftest import GENERATION, SUITE
from tests.report import test_arms, test_audit_page
from tests.review.conftest import CASES, harness, serving

PAINTED = """\
suite: painted
provider: painter
defaults: {size: 128x128, seeds: [0, 1]}
cases:
  - {id: circles, prompt: two red circles, tags: [count], checks: [{count: red circle, equals: 2}]}
  - {id: house, prompt: a small house, tags: [scenic]}
"""


class Shown(NamedTuple):
    """A page as it is looked at."""

    name: str
    address: str
    """With its ``#`` part."""
    keys: Sequence[str] = ()
    """Pressed when it is there."""
    presses: Sequence[str] = ()
    """Selectors that are clicked then."""


@contextlib.contextmanager
def pages(root: Path) -> Iterator[list[Shown]]:
    """Make every page below ``root``, which becomes the working folder, and serve the review page meanwhile."""
    with contextlib.chdir(root):
        shown = [*_runs(root), *_audit(), *_bench(root), *_monitor(root)]
        with _drifted(root / "drifted"), serving() as served:
            yield [*shown, _across(), *_review(served.address)]


def _runs(root: Path) -> list[Shown]:
    sample = _sample()
    run = sample.quickstart(root / "sampled")
    page = write_report(run.folder, baselines=run.baselines, formats=("html",))["html"].as_uri()
    drift, circles = (f"{page}#trial=quickstart/{case}/style=flat-s0" for case in ("night-house", "two-circles"))
    opened = ("#panel details:not([open]) > summary",)
    return [
        Shown("run", page),
        Shown("run, list", f"{page}#view=list&group=case"),
        Shown("run, checks", f"{page}#view=checks"),
        Shown("run, keys", page, ("?",)),
        Shown("run, marked", page, ("j", "a", "S")),
        Shown("detail", drift, ("n",), opened * 5),
        Shown("detail, heat map", circles, ("d",)),
        Shown("detail, overlay", drift, ("o",)),
        Shown("detail, slider", drift, ("w",)),
        Shown("detail, no image", f"{page}#trial=quickstart/sailboat/style=flat-s1"),
    ]


def _audit() -> list[Shown]:
    Path("generation.py").write_text(test_audit_page.GENERATION)
    Path("shapes.yaml").write_text(test_audit_page.SUITE)
    harness("audit", "shapes.yaml", "--b", "settings.arm=b")
    page = _latest("audit")
    return [
        Shown("audit", page),
        Shown("audit, prompt", f"{page}#prompt=shapes/two/base"),
        Shown("audit, heat map", f"{page}#prompt=shapes/faint/base", ("5",)),
        Shown("audit, refused", f"{page}#prompt=shapes/no/base"),
    ]


def _bench(root: Path) -> list[Shown]:
    Path("painted.yaml").write_text(PAINTED)
    harness("bench", "painted.yaml", "--quality", "draft", "--quality", "standard", "--repeats", "1")
    page, matrix = _latest("bench"), test_arms.benchmark(root / "matrix")
    return [
        Shown("bench", page),
        Shown("matrix", matrix, ("j", "ArrowRight", "m")),
        Shown("matrix, filtered", f"{matrix}#text=nothing+like+it"),
        Shown("matrix, arm", f"{matrix}#trial=case-007/base-s0&arm=1", ("m",)),
    ]


def _monitor(root: Path) -> list[Shown]:
    for folder in ("monitored", "monitored/suites"):
        (root / folder).mkdir()
    with contextlib.chdir(root / "monitored"):
        Path("suites/hosted.yaml").write_text(test_monitor.SUITE.replace("PRICE", "0"))
        Path("generate.py").write_text(test_monitor.FUNCTION)
        for mode in ("quiet", "quiet", "changed", "changed"):
            Path("mode").write_text(mode)
            harness("monitor", "suites/hosted.yaml", "--reference", "6", "--images", "4")
        return [Shown("monitor", _latest("monitor"))]


@contextlib.contextmanager
def _drifted(root: Path) -> Iterator[None]:
    """Work in a project whose latest run drifted."""
    (root / "suites").mkdir(parents=True)
    (root / "generation.py").write_text(GENERATION)
    (root / "suites" / "small.yaml").write_text(SUITE.format(cases=CASES, seeds="[0, 1]", defaults="", options=""))
    with contextlib.chdir(root):
        harness("run", "suites", "--env", "gpu=L40S")
        harness("accept", "--reason", "first")
        harness("run", "suites", "--set", "quality=draft", "--env", "gpu=L40S")
        yield


def _across() -> Shown:
    harness("run", "suites", "--env", "gpu=H100", "--reports", "reports/other")
    harness("report", "--across", "gpu", *map(str, sorted(file.parent for file in Path("reports").glob("**/run.json"))))
    return Shown("across", Path("reports/across.html").absolute().as_uri())


def _review(address: str) -> list[Shown]:
    page, _, token = address.partition("#")
    trial = f"{page}#{token}&trial=small/plain/base-s0"
    return [
        Shown("review", address),
        Shown("review, groups", address, ("g", "j")),
        Shown("review, trial", trial, ("d", "a")),
        Shown("review, submit", address, ("j", "a", "S")),
    ]


def _latest(kind: str) -> str:
    return max(Path("reports").glob(f"*-{kind}-*/index.html"), key=lambda path: path.parent.name).absolute().as_uri()


def _sample() -> ModuleType:
    """The module of sampled runs; its name lets dataclasses find it."""
    path = Path(test_arms.__file__).with_name("sample.py")
    spec = importlib.util.spec_from_file_location("report_sample", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
