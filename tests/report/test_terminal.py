import io
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlparse

import pytest
from rich.console import Console

from harness.ledger import iter_results, read_run
from harness.records import Outcome, Reason, RunFinished, RunStarted, TrialFinished, TrialKey, TrialResult, TrialStarted
from harness.report import Tally, TerminalListener, print_summary, tally_of, write_report
from harness.report.summary import ROWS
from harness.report.terminal import progress_bar
from harness.vocabulary import Code


def console(width: int = 80, **options: Any) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=width, color_system=None, legacy_windows=False, **options), stream


def lines(stream: io.StringIO) -> str:
    """What was printed, without the spaces that fill lines up, and without the digests of this machine's PNGs."""
    text = re.sub(r"[0-9a-f]{64}|(?<=images/)[0-9a-f]{12}", lambda match: "d" * len(match[0]), stream.getvalue())
    return "\n".join(line.rstrip() for line in text.splitlines())


def drive(listener: TerminalListener, folder: Path) -> None:
    run = read_run(folder)
    listener(RunStarted(run, str(folder), planned=22))
    for done, result in enumerate(iter_results(folder), 1):
        listener(TrialStarted(result.key, result.attempt))
        listener(TrialFinished(result, done))
    listener(RunFinished(run, str(folder)))


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_at_the_end(folder: Path, width: int, snapshot: Any) -> None:
    target, stream = console(width)
    print_summary(target, read_run(folder), tally_of(iter_results(folder)), folder, report=folder / "index.html")
    assert lines(stream) == snapshot
    table = lines(stream).split("report: ")[0].splitlines()
    assert max(map(len, table)) <= width


def test_some_lines_say_how_far_it_is_where_there_is_no_terminal(folder: Path, snapshot: Any) -> None:
    target, stream = console()
    listener = TerminalListener(target)
    drive(listener, folder)
    assert lines(stream) == snapshot
    assert listener.tally.trials == 22


def test_a_run_without_findings_is_two_lines_and_its_counts(sample: ModuleType, tmp_path: Path, snapshot: Any) -> None:
    run = sample.RunFolder(tmp_path)
    for seed in range(3):
        sample.trial(run, "star-row", "identical", seed=seed)
    folder = run.write()
    target, stream = console()
    print_summary(target, read_run(folder), tally_of(iter_results(folder)), folder)
    assert lines(stream) == snapshot


def numbered(sample: ModuleType, run: Any, count: int, **data: Any) -> Iterator[TrialResult]:
    one = sample.trial(run, "sailboat", "failed")
    for seed in range(count):
        reason = Reason(Code.BEYOND, {"metric": "ssim", "value": 0.5, "min": 0.9, "max": None} | data)
        yield replace(one, key=replace(one.key, seed=seed), outcome=replace(one.outcome, reasons=(reason,)))


def test_findings_with_the_same_reason_are_one_group(sample: ModuleType, tmp_path: Path) -> None:
    run, tally = sample.RunFolder(tmp_path), Tally()
    for result in numbered(sample, run, 12):
        tally.add(result)
    assert [(group.count, len(group.named), group.vary) for group in tally.groups] == [(12, 3, False)]
    for result in numbered(sample, run, 5, value=0.25):
        tally.add(result)
    assert [(group.count, group.vary) for group in tally.groups] == [(17, True)], "they differ in numbers only"
    for result in numbered(sample, run, 2, metric="ssim_block_min"):
        tally.add(result)
    assert [group.count for group in tally.groups] == [17, 2]
    target, stream = console()
    print_summary(target, run.record, tally, run.folder)
    printed = [line for line in stream.getvalue().splitlines() if line.startswith("! failed")]
    assert len(printed) == 2
    assert stream.getvalue().count("/sailboat/") == 3 + 2


def test_the_end_of_a_run_does_not_depend_on_the_order_in_which_trials_finish(
    sample: ModuleType, tmp_path: Path
) -> None:
    run = sample.RunFolder(tmp_path)
    results = [
        replace(result, key=replace(result.key, case=case))
        for case, metric in (("fox", "ssim"), ("cat", "ssim"), ("dog", "phash"), ("ant", "phash"))
        for result in numbered(sample, run, 6, metric=metric)
    ]
    expected = None
    for seed in range(20):
        tally = Tally()
        for result in random.Random(seed).sample(results, len(results)):
            tally.add(result)
        target, stream = console()
        print_summary(target, run.record, tally, run.folder)
        shown = stream.getvalue()
        expected = expected or shown
        assert shown == expected
    assert [result.key.case for result in tally.findings] == ["ant"] * 3 + ["cat"] * 3
    assert [result.key.seed for result in tally.findings] == [0, 1, 2] * 2


def test_more_groups_than_rows_are_counted(sample: ModuleType, tmp_path: Path) -> None:
    run, tally = sample.RunFolder(tmp_path), Tally(most=40)
    for metric in map(str, range(100)):
        for result in numbered(sample, run, 1, metric=f"m{metric}"):
            tally.add(result)
    assert len(tally.findings) == 40
    target, stream = console()
    print_summary(target, run.record, tally, run.folder)
    assert stream.getvalue().count("! failed") == ROWS
    assert f"{100 - ROWS} more findings" in stream.getvalue()


def test_words_that_were_not_understood_stand_in_every_form(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "star-row", "identical")
    story = {"interpretation": {"steps": [], "unknown": ["flumph", 3]}}
    run.results[:] = [replace(one, environment={**one.environment, **story})]
    folder = run.write()
    tally = Tally()
    written = write_report(folder, baselines=run.baselines, tally=tally)
    target, stream = console()
    print_summary(target, read_run(folder), tally, folder)
    head, *rows = (folder / "data.js").read_text("utf-8").splitlines()
    forms = [stream.getvalue(), head, "".join(rows)]
    forms += [written[name].read_text("utf-8") for name in ("markdown", "junit")]
    assert ["flumph" in form for form in forms] == [True] * 5


def test_a_terminal_opens_the_image_of_a_finding(folder: Path) -> None:
    stream = io.StringIO()
    target = Console(file=stream, width=120, force_terminal=True, color_system="standard", legacy_windows=False)
    print_summary(target, read_run(folder), tally_of(iter_results(folder)), folder)
    opened = [
        Path(unquote(urlparse(link).path)) for link in re.findall(r"\x1b]8;[^;]*;(file:[^\x1b]+)", stream.getvalue())
    ]
    assert opened
    assert all(path.is_file() for path in opened)


def test_the_bar_shows_the_counts(folder: Path, snapshot: Any) -> None:
    target, stream = console(100, force_terminal=True)
    tally = tally_of(iter_results(folder))
    bar = progress_bar(target, tally, {"cuda:0": 2, "cuda:1": 1})
    clock = [12.0]
    bar.get_time = lambda: clock[0]
    bar.add_task("quickstart", total=44, completed=22)
    clock[0] = 24.0
    target.print(bar.get_renderable())
    assert lines(stream) == snapshot


def test_the_bar_is_taken_down_and_no_finding_is_printed_twice(folder: Path) -> None:
    target, stream = console(force_terminal=True, force_interactive=True)
    with TerminalListener(target) as listener:
        drive(listener, folder)
    assert "subject changed" not in stream.getvalue()
    assert stream.getvalue().count("\x1b[?25h") == 1, "the cursor is shown again"


def test_no_color_is_honored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        stream = io.StringIO()
        target = Console(file=stream, width=80, force_terminal=True, color_system="standard", legacy_windows=False)
        print_summary(target, read_run(folder), tally_of(iter_results(folder)), folder)
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[33m" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[33m" not in printed()


def test_signs_that_the_terminal_cannot_print_are_replaced(folder: Path) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", errors="strict")
    target = Console(file=stream, width=80, color_system=None, legacy_windows=False)
    tally = tally_of(result for result in iter_results(folder) if result.outcome.verdict == "broken")
    print_summary(target, read_run(folder), tally, folder)
    stream.flush()
    assert "x broken" in raw.getvalue().decode("cp1252")


def test_text_of_others_moves_no_cursor_and_is_no_markup(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    target, stream = console()
    listener = TerminalListener(target)
    tally = Tally()
    for text in sample.HOSTILE:
        outcome = Outcome("drift", "finding", sample.said(f"{text}!"))
        result = replace(sample.trial(run, "sailboat", "failed"), outcome=outcome, key=TrialKey("s", text, "base", 0))
        listener(TrialFinished(result, 1))
        tally.add(result)
    print_summary(target, run.record, tally, run.folder)
    printed = stream.getvalue()
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "\u202e" not in printed
    assert "[red]markup[/red]" in printed
    printed.encode()


def test_images_not_generated_anew_are_reported(sample: ModuleType, tmp_path: Path) -> None:
    run = sample.RunFolder(tmp_path)
    one = sample.trial(run, "star-row", "identical")
    target, stream = console()
    print_summary(target, run.record, tally_of([replace(one, source="cache"), one]), run.folder)
    assert "1 not generated again" in stream.getvalue()
