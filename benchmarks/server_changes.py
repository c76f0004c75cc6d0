"""What the harness says about each change of an inference server: verdict, cause, next step, and whether it is right.

``python -m benchmarks.server_changes`` writes ``reports/benchmarks/server-changes.md``. A small pipeline in numpy
(``small_pipeline.py``) generates 20 seeds of one prompt behind an HTTP server on 127.0.0.1, and in tests that use the
fixture ``image_harness``; its images are accepted, then each change is made in turn, under ``exact`` and under limits.
"""

import argparse
import base64
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.small_pipeline import CHANGES, NOTHING, SEEDS, Change, generated, reported
from harness.baseline import Baselines, Selection, accept
from harness.ledger import find_run, iter_results
from harness.records import Reason, TrialResult
from harness.report import because
from harness.report.text import hint_of
from harness.runner import RunOptions, execute, plan_of, rerun
from harness.vocabulary import CHANGES as CHANGE_CODES
from harness.vocabulary import Code

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "reports" / "benchmarks" / "server-changes.md"
PROMPT, WIDTH, HEIGHT = "a cat", 128, 96
RULES: Mapping[str, Any] = {"exact": "exact", "limits": {"ssim_block_min": ">= 0.90", "delta_e": "<= 2"}}
NAMING = CHANGE_CODES | {
    Code.REQUEST_CHANGED, Code.SUBJECT_CHANGED, Code.ENVIRONMENT_CHANGED, Code.IMAGE_BLANK,
}  # fmt: skip
"""The reasons that name a cause."""
ALSO = {Code.CHANGE_CROPPED: {Code.CHANGE_SIZE}, Code.CHANGE_ENCODED: {Code.CHANGE_FORMAT}}
"""What is true beside a cause."""


@dataclass(frozen=True)
class Row:
    """What was said about one change: of the images that are not identical, how many got the right cause named, a
    wrong one, none; reasons and next step are those of the most frequent first reason."""

    front: str
    change: Change
    rule: str
    verdicts: Mapping[str, int]
    named: int
    wrong: int
    unnamed: int
    reasons: str
    hint: str

    @property
    def judged(self) -> str:
        """Return what the row shows, in one or two words."""
        if self.wrong:
            return f"**wrong: {self.wrong}**"
        if not self.named and not self.unnamed:
            return "within the limits" if "benign" in self.verdicts else "no image differs"
        if self.change.cause == NOTHING:
            return "nothing named, rightly"
        return f"right: {self.named} of {self.named + self.unnamed}"


class Server:
    """Serves the pipeline as an OpenAI-compatible server; ``change`` is what it has changed."""

    def __init__(self) -> None:
        self.change = CHANGES[0]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                data = image(outer.change, body)
                sent = json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(sent)))
                self.send_header("x-env", json.dumps(dict(reported(outer.change))))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name of the standard library
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["Server"]:
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


def image(change: Change, body: Mapping[str, Any]) -> bytes:
    """Return the image for the body of a request."""
    width, height = map(int, body["size"].split("x"))
    stated = {"steps": body.get("num_inference_steps", 12), "spacing": body.get("spacing", "leading")}
    return made(CHANGES.index(change), body["seed"], width, height, json.dumps(stated))


@cache
def made(number: int, seed: int, width: int, height: int, settings: str) -> bytes:
    """Return the image of a seed after the change of this number."""
    return generated(CHANGES[number], PROMPT, seed, width, height, json.loads(settings))


def suite(url: str, rule: str, change: Change) -> str:
    """Return the suite that a maintainer writes; ``change`` may state other settings."""
    settings = {"steps": 12, "spacing": "leading", **change.settings}
    steps = settings.pop("steps")
    return json.dumps(
        {
            "suite": f"served-{rule}",
            "provider": "server",
            "providers": {
                "server": {
                    "kind": "openai-compatible", "base_url": f"{url}/v1", "promise": "exact-per-environment",
                    "passes": ["spacing"], "environment_from": {"header": "x-env"},
                }
            },
            "defaults": {"size": f"{WIDTH}x{HEIGHT}", "drift": RULES[rule], "steps": steps, "settings": settings},
            "cases": [{"id": "cat", "prompt": PROMPT, "seeds": list(SEEDS)}],
        }
    )  # fmt: skip


def over_http(folder: Path, changes: Sequence[Change], rules: Iterable[str] = RULES) -> Iterator[Row]:
    """Run the suite against the server with each change."""
    server = Server()
    with server.serving():
        for rule in rules:
            runs = _run(server, folder, rule, CHANGES[0])
            accept(Baselines(folder / "baselines"), runs, Selection(), reason="first", who="b", rerun=rerun(runs))
            for change in changes:
                yield row("server", change, rule, list(iter_results(_run(server, folder, rule, change))))


def _run(server: Server, folder: Path, rule: str, change: Change) -> Path:
    server.change = change
    file = folder / f"{rule}.yaml"
    file.write_text(suite(server.url, rule, change))
    given = RunOptions((file,), reports=folder / "reports", baselines=folder / "baselines")
    _, run = execute(plan_of(given), given)
    return run


REQUEST = {"prompt": PROMPT, "width": WIDTH, "height": HEIGHT}
TEST = """
import json, os
from benchmarks.server_changes import CHANGES, RULES, SEEDS, fixture_images
from benchmarks.small_pipeline import reported

def test_cat(image_harness):
    change = CHANGES[{number} if os.environ["CHANGED"] else 0]
    settings = {{"steps": 12, "spacing": "leading"}} | change.settings
    image_harness.check(
        lambda: fixture_images(change, settings), "cat", seed=SEEDS, request={REQUEST}, drift=RULES["{rule}"],
        subject={{"model": "small", **settings}}, environment=dict(reported(change)),
    )
"""


def fixture_images(change: Change, settings: Mapping[str, Any]) -> list[Any]:
    """Return what a pipeline under test returns for all seeds."""
    return [made(CHANGES.index(change), seed, WIDTH, HEIGHT, json.dumps(dict(settings))) for seed in SEEDS]


def in_tests(folder: Path, changes: Sequence[Change], rules: Iterable[str] = RULES) -> Iterator[Row]:
    """Run a test module for each change and rule, first with nothing changed, then with the change."""
    modules = {}
    for rule in rules:
        for change in changes:
            number = CHANGES.index(change)
            modules[f"test_{rule}_{number}"] = (change, rule)
            (folder / f"test_{rule}_{number}.py").write_text(TEST.format(number=number, rule=rule, REQUEST=REQUEST))
    _pytest(folder, "", "--harness-update=missing")
    _pytest(folder, "yes")
    found: dict[str, list[TrialResult]] = {}
    for result in iter_results(find_run(folder / "reports", "latest")):
        found.setdefault(result.key.suite, []).append(result)
    for module, (change, rule) in modules.items():
        yield row("fixture", change, rule, found[module])


def _pytest(folder: Path, changed: str, *more: str) -> None:
    environment = os.environ | {"CHANGED": changed, "CI": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "image_harness", "--tb=no", *more]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != bool(changed):
        raise SystemExit(done.stdout[-3000:] + done.stderr)


def row(front: str, change: Change, rule: str, results: Sequence[TrialResult]) -> Row:
    """Count what was said about the images of one change."""
    assert len(results) == len(SEEDS)
    verdicts = Counter(str(result.outcome.verdict) for result in results)
    bad = [result for result in results if str(result.outcome.verdict) not in ("identical", "benign")]
    said = [judged(change, result.outcome.reasons) for result in bad]
    counts = Counter(said)
    first = Counter(result.outcome.reasons[0].code for result in bad).most_common(1)
    typical = next((result for result in bad if first and result.outcome.reasons[0].code == first[0][0]), None)
    if counts["wrong"]:
        typical = bad[said.index("wrong")]
    return Row(
        front, change, rule, verdicts, counts["right"], counts["wrong"], counts["none"],
        because(typical.outcome.reasons) if typical else "",
        (hint_of(typical) or "–") if typical else "",
    )  # fmt: skip


def judged(change: Change, reasons: Sequence[Reason]) -> str:
    """Return whether reasons name the cause of a change: right, wrong, or none."""
    true = {change.cause, *ALSO.get(Code(change.cause), ())} if change.cause != NOTHING else set()
    # that levels differ by 2 at most is an observation: it is false of nothing that makes so little
    named = [one for one in reasons if one.code in NAMING and one.code != Code.CHANGE_ROUNDING]
    if any(one.code not in true for one in named):
        return "wrong"
    paths = [item["path"] for one in named for item in one.data.get("differences", ())]
    if change.path and named and paths != [change.path]:
        return "wrong"
    return "right" if any(one.code == change.cause for one in named) else "none"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [*over_http(folder, CHANGES)]
        tests = folder / "tests"
        tests.mkdir()
        rows += in_tests(tests, CHANGES)
    RESULTS.write_text(page(rows))
    print(RESULTS.read_text())


def page(rows: Sequence[Row]) -> str:
    """Return the page, in Markdown."""
    made_on = f"{datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, Python {platform.python_version()})"
    head = ("change", "where", "rule", "verdicts", "cause", "reasons of most", "next step")
    table = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    order = {change.name: number for number, change in enumerate(CHANGES)}
    for one in sorted(rows, key=lambda row: (order[row.change.name], row.front != "server")):
        verdicts = ", ".join(f"{count} {name}" for name, count in sorted(one.verdicts.items()))
        cells = (one.change.name, one.front, one.rule, verdicts, one.judged, one.reasons, one.hint)
        table.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    wrong = sum(one.wrong for one in rows)
    knowable = [one for one in rows if one.change.cause != NOTHING]
    right, none = sum(one.named for one in knowable), sum(one.unnamed for one in knowable)
    return f"""# What is said about changes of a server

Made by `python -m benchmarks.server_changes` on {made_on}. {INTRODUCTION}

{wrong} causes are named wrong. Of {right + none} images that fail for a cause that can be known, {right} have it named.

{chr(10).join(table)}
"""


INTRODUCTION = f"""A pipeline in numpy (`benchmarks/small_pipeline.py`; random
weights, its images show nothing) generates {len(SEEDS)} seeds of one prompt at {WIDTH} × {HEIGHT}: behind a server on
127.0.0.1 that reports its environment in a header, and in a test that states subject and environment
(`image_harness.check`). Limits are {", ".join(f"`{name} {limit}`" for name, limit in RULES["limits"].items())}.
Threads, CPU level, batch and attention in blocks sum products in another order, as a stand-in; float16, steps, spacing
and weights are real. "Nothing named, rightly": the change is not reported and leaves no trace that could name it.
That no level differs by more than 2 (`change.rounding`) is an
observation and counts as no cause. After "seed + 1" nothing was accepted for the seed behind the last: that image stays
unnamed."""


if __name__ == "__main__":
    main()
