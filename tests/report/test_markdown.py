import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.records import Outcome, Reason, TrialKey, TrialResult
from harness.report import append_step_summary, tally_of, write_report
from harness.report.github import write_annotations
from harness.report.markdown import STEP_SUMMARY_BYTES, MarkdownFile, escape
from harness.report.words import one_line
from harness.vocabulary import Code

GITHUB_LIKE = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def test_the_summary(folder: Path, snapshot: Any) -> None:
    path = write_report(folder, baselines=Path("baselines"), formats=("markdown",))["markdown"]
    assert path.read_text("utf-8") == snapshot


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_escaped_text_is_only_text(text: str) -> None:
    tokens = GITHUB_LIKE.parse(f"| a |\n|---|\n| x{escape(text)}x |\n")
    inline = [token for token in tokens if token.type == "inline"][1]
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}
    assert "".join(child.content for child in inline.children or []) == f"x{one_line(text)}x"


def many(one: TrialResult, count: int) -> Iterator[TrialResult]:
    why = Reason(Code.ERROR, {"problem": "the reason " * 40, "hint": ""})
    outcome = Outcome("drift", "finding", (why,))
    return (replace(one, outcome=outcome, key=replace(one.key, seed=seed)) for seed in range(count))


def test_a_large_run_is_cut_and_the_cut_is_stated(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "sailboat", "drift")
    file = MarkdownFile(run.folder, limit=20_000)
    for result in many(one, 300):
        file.add(result)
    text = file.write(run.record, tally_of(many(one, 300))).read_text("utf-8")
    listed = text.count("| ≠ drift |")
    assert 10 < listed < 300
    assert len(text.encode()) <= 20_000
    assert f"**{300 - listed} more findings not listed here**" in text
    assert "harness accept" in text


def test_in_a_job_the_commands_are_for_whoever_has_the_artifact(
    sample: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = sample.RunFolder(tmp_path)
    found = [sample.trial(run, "sailboat", "drift")]
    file = MarkdownFile(run.folder)
    assert run.record.run in file.write(run.record, tally_of(found)).read_text("utf-8").partition("Next:")[2]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "step.md")
    commands = file.write(run.record, tally_of(found)).read_text("utf-8").partition("Next:")[2]
    assert "harness review artifact.zip" in commands
    assert run.record.run not in commands
    assert run.folder.name not in commands


def test_the_step_summary_is_appended_to_and_never_over_the_limit(tmp_path: Path) -> None:
    summary, target = tmp_path / "summary.md", tmp_path / "step.md"
    summary.write_text("## a run\n" + "row é\n" * 1000, "utf-8")
    assert append_step_summary(summary, {}) is None
    environment = {"GITHUB_STEP_SUMMARY": str(target)}
    assert append_step_summary(summary, environment) == target
    assert append_step_summary(summary, environment) == target
    assert target.read_text("utf-8").count("## a run") == 2
    target.write_bytes(b"x" * (STEP_SUMMARY_BYTES - 1000))
    append_step_summary(summary, environment)
    text = target.read_text("utf-8")
    assert len(text.encode()) <= STEP_SUMMARY_BYTES
    assert "## a run\nrow é\n" in text
    assert text.endswith("**Cut here**: the summary of a step holds 1,048,576 bytes. The report has every trial.\n")


def test_annotations_are_ten_and_a_count(sample: ModuleType, tmp_path: Path, snapshot: Any) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "sailboat", "failed")
    results = [replace(one, key=replace(one.key, seed=seed)) for seed in range(12)]
    stream = io.StringIO()
    write_annotations(stream, run.record, tally_of([sample.trial(run, "star-row", "identical"), *results]))
    assert stream.getvalue() == snapshot


def test_no_text_ends_a_command_or_begins_another(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "sailboat", "failed")
    for text in sample.HOSTILE:
        stream = io.StringIO()
        outcome = Outcome("failed", "missing", sample.said(text))
        result = replace(one, key=TrialKey("a,b", f"c::d\n{text}"), outcome=outcome)
        write_annotations(stream, run.record, tally_of([result]))
        (line,) = stream.getvalue().splitlines()
        assert line.startswith("::error file=suites/quickstart.yaml,title=")
        properties = line.removeprefix("::error ").split("::")[0]
        assert properties.count(",") == 1
        assert properties.count(":") == 0
        line.encode()
