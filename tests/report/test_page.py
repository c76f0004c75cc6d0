import ast
import base64
import gc
import hashlib
import html
import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import harness.report
from harness.errors import UsageError
from harness.image import file_digest
from harness.ledger import iter_results
from harness.records import Difference, TrialResult
from harness.report import ReportError, SingleFileTooLargeError, across, because, monitor, write, write_report
from harness.report.audit import SCRIPTS as AUDIT_SCRIPTS
from harness.report.audit import STYLES as AUDIT_STYLES
from harness.report.bench import SCRIPTS as BENCH_SCRIPTS
from harness.report.bench import STYLES as BENCH_STYLES
from harness.report.data_script import DataScript, js_string
from harness.report.embed import Embedded, PixelScripts
from harness.report.page import SCRIPTS, STYLES
from harness.report.tally import MOST_GROUPS
from harness.vocabulary import Part

LINE = re.compile(r'report\("(\w+)",(\'.*\')\);')


def calls(text: str) -> list[tuple[str, Any]]:
    """The calls of a data script. Its string literals are also Python's."""
    found = []
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match, line[:200]
        found.append((match[1], json.loads(ast.literal_eval(match[2]))))
    return found


def rows(text: str) -> list[dict[str, Any]]:
    """The trials of a data script as the page reads them."""
    shared: list[Any] = []
    trials: list[dict[str, Any]] = []
    head: dict[str, Any] = {}
    for name, value in calls(text):
        if name == "head":
            head = value
        elif name == "share":
            shared += value
        elif name == "rows":
            for cells in value:
                trial = dict(zip(head["columns"], cells, strict=True))
                trials.append({n: shared[v] if n in head["shared"] else v for n, v in trial.items()})
        elif name == "end":
            assert value["trials"] == len(trials)
    return trials


@given(st.text(max_size=60))
def test_a_string_of_the_data_is_exactly_itself_and_only_a_string(text: str) -> None:
    literal = js_string(json.dumps({"a": text}))
    assert json.loads(ast.literal_eval(literal)) == {"a": text}
    assert literal.isascii()
    assert not re.search(r"[<>\n\r]", literal)


def test_the_data_has_every_trial(folder: Path) -> None:
    write_report(folder, baselines=Path("baselines"))
    trials = rows((folder / "data.js").read_text("ascii"))
    results = list(iter_results(folder))
    assert [(t["case"], t["seed"], t["verdict"], t["reason"]) for t in trials] == [
        (r.key.case, r.key.seed, r.outcome.verdict, because(r.outcome.reasons)) for r in results
    ]
    for trial in trials:
        for image in (trial["image"], trial["baseline"]):
            assert image is None or (folder / image[0]).is_file()
        assert trial["heat"] is None or (folder / trial["heat"]).is_file()


def test_values_that_repeat_are_written_once_and_forgotten_in_time(tmp_path: Path) -> None:
    with (tmp_path / "data.js").open("w") as stream:
        script = DataScript(stream)
        numbers = [script.share("same") for _ in range(5)] + [script.share("other")]
        script.row(numbers)
        script.flush()
    assert calls((tmp_path / "data.js").read_text()) == [("share", ["same", "other"]), ("rows", [[0, 0, 0, 0, 0, 1]])]


def test_texts_are_shared_like_their_json(tmp_path: Path) -> None:
    values = [("a", None), (("a", "b"), ("c",)), (), None, ["a", 1], '"', ("a",)]
    values += [(("a", "b"),), {"a": 1, "b": [2]}, {"a": True, "b": [2]}]
    texts: list[dict[str, Any]] = [{"a": "b"}, {}, {"a": ("b", "c"), "d": None}, {"d": None, "a": ("b", "c")}]
    with (tmp_path / "data.js").open("w") as stream:
        script = DataScript(stream)
        for _ in range(2):
            numbers = [*map(script.share, values), *map(script.share_texts, texts)]
            assert numbers == [*range(len(values) + len(texts))]
        script.flush()
    assert calls((tmp_path / "data.js").read_text()) == [("share", json.loads(json.dumps([*values, *texts])))]


def test_what_was_noted_of_a_trial_is_on_the_page(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    result = sample.trial(run, "night-house", "drift")
    run.results[-1] = replace(result, notes=("cost: inf is no price",))
    write_report(run.write(), baselines=run.baselines, formats=("html",))
    assert rows((run.folder / "data.js").read_text())[0]["warnings"] == [
        *result.outcome.warnings,
        "cost: inf is no price",
    ]


def test_a_difference_that_recipe_and_environment_state_is_shown_once(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    result = sample.trial(run, "night-house", "drift")
    steps = Difference(Part.SUBJECT, "settings.steps", 4, 8)
    same, other = Difference(Part.ENVIRONMENT, "steps", 4, 8), Difference(Part.ENVIRONMENT, "steps", 4, 9)
    run.results[-1] = replace(result, differences=(steps, same, other))
    write_report(run.write(), baselines=run.baselines, formats=("html",))
    [shown] = rows((run.folder / "data.js").read_text())
    assert shown["differences"] == [["steps", "4", "8"], ["steps", "4", "9"]]


def test_where_an_accepted_image_is_found(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    copied = sample.trial(run, "night-house", "drift")
    linked = sample.trial(run, "day-house", "drift")
    (run.folder / f"images/{linked.baseline.file_digest}.png").unlink()
    equal = sample.trial(run, "star-row", "identical")
    run.results[-1] = replace(equal, baseline=replace(equal.baseline, file_digest="0" * 64))
    shutil.rmtree(run.baselines / "quickstart/star-row")
    lost = sample.trial(run, "sailboat", "drift")
    (run.folder / f"images/{lost.baseline.file_digest}.png").unlink()
    shutil.rmtree(run.baselines / "quickstart/sailboat")
    write_report(run.write(), baselines=run.baselines, formats=("html",))
    addresses = [trial["baseline"][0] for trial in rows((run.folder / "data.js").read_text())]
    assert addresses == [
        f"images/{copied.baseline.file_digest}.png",
        "../../baselines/quickstart/day-house/style%3Dflat-s0.png",
        equal.image.file,
        None,
    ]


def test_every_inline_block_is_allowed_by_its_digest_and_no_other(folder: Path) -> None:
    for single in (False, True):
        page = write_report(folder, baselines=Path("baselines"), single_file=single)["html"].read_text("utf-8")
        match = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
        assert match
        policy = html.unescape(match[1])
        allowed = set(re.findall(r"'sha256-([^']+)'", policy))
        blocks = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.S)
        assert len(blocks) == (3 if single else 2)
        digests = {base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() for block in blocks}
        assert digests == allowed
        assert "default-src 'none'" in policy
        assert not re.search(r"https?:|unsafe|\*", policy)


def test_the_page_asks_no_network_and_parses_no_markup() -> None:
    root = Path(harness.report.__file__).parent / "html"
    others = (*AUDIT_STYLES, *AUDIT_SCRIPTS, *BENCH_STYLES, *BENCH_SCRIPTS)
    newer = (*across.STYLES, *monitor.STYLES, *monitor.SCRIPTS)
    files = {name: (root / name).read_text("utf-8") for name in (*STYLES, *SCRIPTS, *others, *newer, "index.html")}
    for name, text in files.items():
        assert not re.search(r"https?://(?!www\.w3\.org)", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), name
        assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|@import", text), name
    # the status page of the gateway shares the look of the reports
    # one script talks to the server that serves the page: it is in no page that is a file
    assert {path.name for path in root.iterdir()} == {*files, "status.css", "review.js"}, "every file is used"


@pytest.mark.parametrize("scripts", [(*SCRIPTS, "review.js"), AUDIT_SCRIPTS, BENCH_SCRIPTS, monitor.SCRIPTS])
def test_the_scripts_of_a_page_define_no_name_twice(scripts: tuple[str, ...]) -> None:
    root = Path(harness.report.__file__).parent / "html"
    text = "\n".join((root / name).read_text("utf-8") for name in scripts)
    names = re.findall(r"^(?:async )?(?:function\*?|const|let) (\w+)", text, re.MULTILINE)
    assert len(names) > 30
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_a_single_file_needs_nothing_beside_it(folder: Path) -> None:
    made = write_report(folder, baselines=Path("baselines"), single_file=True, formats=("html",))
    text = made["html"].read_text("utf-8")
    assert not (folder / "data.js").exists()
    data = re.findall(r"<script>\n(report\(.*?)</script>", text, re.S)
    assert len(data) == 1
    embedded = [value[0] for name, value in calls(data[0]) if name == "embed"]
    assert len(embedded) == len(set(embedded))
    for trial in rows(data[0]):
        for image in (trial["image"], trial["baseline"]):
            assert image is None or image[4] in embedded
        assert trial["heat"] is None or trial["heat"] in embedded


def test_a_single_file_has_a_limit(tmp_path: Path, sample: ModuleType) -> None:
    image = tmp_path / "a.png"
    image.write_bytes(b"x" * 3000)
    with (tmp_path / "data.js").open("w") as stream:
        embedded = Embedded(DataScript(stream), tmp_path, limit=6000)
        assert embedded.add("a", image, made=True)
        assert embedded.add("a", image, made=True), "an image that is in counts once"
        assert not embedded.add("0" * 16, image), "it is another file than the digest says"
        with pytest.raises(SingleFileTooLargeError) as fault:
            embedded.add("b", image, made=True)
    assert "do not fit a single file" in str(fault.value)
    assert "--single-file" in fault.value.hint


def test_pixel_scripts_have_a_limit(tmp_path: Path) -> None:
    digests = {}
    for name in "abc":
        (tmp_path / f"{name}.png").write_bytes(name.encode() * 3000)
        digests[name] = file_digest(name.encode() * 3000)[:16]
    scripts = PixelScripts(tmp_path, limit=9000)
    assert not scripts.add("0" * 16, tmp_path / "a.png"), "it is another file than the digest says"
    assert [scripts.add(digests[name], tmp_path / f"{name}.png") for name in "aab"] == [True, True, True]
    assert not scripts.add(digests["c"], tmp_path / "c.png")
    assert not scripts.add("d", None)
    assert {path.stem for path in (tmp_path / "pixels").iterdir()} == {digests["a"], digests["b"]}


def test_a_pixel_script_that_is_as_it_should_be_is_left(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"pixels")
    digest, script = file_digest(b"pixels")[:16], tmp_path / "pixels" / f"{file_digest(b'pixels')[:16]}.js"
    assert PixelScripts(tmp_path).add(digest, tmp_path / "a.png")
    written, made = script.read_bytes(), script.stat().st_ino
    os.utime(script, ns=(1, 1))
    assert PixelScripts(tmp_path).add(digest, tmp_path / "a.png")
    assert (script.stat().st_ino, script.stat().st_mtime_ns) == (made, 1)
    victim = tmp_path / "victim"
    for spoil in (lambda: script.write_bytes(b"other"), lambda: (script.unlink(), script.symlink_to(victim))):
        spoil()
        victim.write_bytes(written)
        assert PixelScripts(tmp_path).add(digest, tmp_path / "a.png")
        assert not script.is_symlink()
        assert script.read_bytes() == written


def test_a_title_is_text(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    run.record = replace(run.record, suites=("</title><script>alert(1)</script>{{script}}.yaml",))
    page = write_report(run.write(), baselines=run.baselines)["html"].read_text("utf-8")
    title = re.search(r"<title>(.*?)</title>", page)
    assert title
    assert (
        html.unescape(title[1]) == "title><script>alert(1)<" + "script>{{script}} · image-harness"
        or "<" not in title[1]
    )
    assert len(re.findall(r"<script", page)) == 2


def test_an_unknown_format_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="unknown report format 'pdf'"):
        write_report(folder, baselines=Path("baselines"), formats=("pdf",))


def test_a_file_that_cannot_be_written_is_one_clear_fault(folder: Path) -> None:
    (folder / "summary.md").mkdir()
    with pytest.raises(ReportError) as fault:
        write_report(folder, baselines=Path("baselines"), formats=("markdown",))
    assert str(fault.value).startswith(f"{folder}/summary.md: the report could not be written: ")
    assert "no trial is lost" in fault.value.hint
    assert not list(folder.glob(".*.tmp")), "nothing is left behind"


def test_no_more_results_are_held_than_are_shown_one_by_one(
    sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "night-house", "drift")
    run.results = [replace(one, key=replace(one.key, seed=seed)) for seed in range(1200)]
    run.write()
    run.results = []
    held: list[int] = []

    def counted(folder: Path) -> Iterator[TrialResult]:
        for number, result in enumerate(iter_results(folder)):
            if number == 1100:
                held.append(sum(isinstance(thing, TrialResult) for thing in gc.get_objects()))
            yield result

    monkeypatch.setattr(write, "iter_results", counted)
    write_report(run.folder, baselines=run.baselines)
    assert len(held) == 1, "read once for all formats"
    assert max(held) < MOST_GROUPS + 20
