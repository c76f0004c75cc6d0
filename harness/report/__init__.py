"""Reporting the results of a run: terminal, HTML page, JUnit, Markdown, GitHub."""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.report.across import distance_text, profile_text, write_across
    from harness.report.assets import asset
    from harness.report.audit import write_audit_report
    from harness.report.audit_terminal import print_audit
    from harness.report.bench import read_bench, write_bench_report
    from harness.report.code_quality import code_quality_report
    from harness.report.commands import accept_command, labeled, next_steps, resume_command
    from harness.report.comment import reported_run, with_image
    from harness.report.contact_sheet import write_contact_sheet
    from harness.report.corrected import corrected_table
    from harness.report.embed import SingleFileTooLargeError
    from harness.report.export import write_csv, write_rows
    from harness.report.files import ReportError, replacing
    from harness.report.formatting import about_cost, show_cost, show_interval, show_price, show_time
    from harness.report.github import append_step_summary, write_annotations
    from harness.report.monitor import write_monitor_report
    from harness.report.posting import host_of
    from harness.report.repeats import repeat_lines
    from harness.report.served import ServedPage, served_page
    from harness.report.summary import STYLES
    from harness.report.table_query import QUERY_COLUMNS, QueryAnswer, QueryError, query
    from harness.report.tally import Tally
    from harness.report.terminal import TerminalListener, print_summary, signs_for
    from harness.report.text import (
        BENCH_COLUMNS,
        FORMULAS,
        advice,
        alarm_line,
        because,
        bench_cells,
        bench_headline,
        chance_lines,
        corrected_rows,
        explained,
        go_line,
        headline,
        hint_of,
        missing_words,
        modes_words,
        monitor_headline,
        reading_words,
        repeat_shown,
        seed_words,
        sentence,
        show_evidence,
        stopped_words,
        stream_name,
    )
    from harness.report.words import SIGNS, one_line, plural, shown_path, sign
    from harness.report.write import FORMATS, tally_of, write_report

_HOMES = {
    "across": ("distance_text", "profile_text", "write_across"),
    "assets": ("asset",),
    "audit": ("write_audit_report",),
    "audit_terminal": ("print_audit",),
    "bench": ("read_bench", "write_bench_report"),
    "monitor": ("write_monitor_report",),
    "commands": ("accept_command", "labeled", "next_steps", "resume_command"),
    "code_quality": ("code_quality_report",),
    "comment": ("reported_run", "with_image"),
    "contact_sheet": ("write_contact_sheet",),
    "posting": ("host_of",),
    "embed": ("SingleFileTooLargeError",),
    "export": ("write_csv", "write_rows"),
    "corrected": ("corrected_table",),
    "files": ("ReportError", "replacing"),
    "formatting": ("about_cost", "show_cost", "show_interval", "show_price", "show_time"),
    "github": ("append_step_summary", "write_annotations"),
    "repeats": ("repeat_lines",),
    "served": ("ServedPage", "served_page"),
    "summary": ("STYLES",),
    "table_query": ("QUERY_COLUMNS", "QueryAnswer", "QueryError", "query"),
    "tally": ("Tally",),
    "terminal": ("TerminalListener", "print_summary", "signs_for"),
    "text": (
        "BENCH_COLUMNS",
        "FORMULAS",
        "advice",
        "because",
        "bench_cells",
        "bench_headline",
        "stream_name",
        "show_evidence",
        "monitor_headline",
        "alarm_line",
        "chance_lines",
        "corrected_rows",
        "explained",
        "go_line",
        "headline",
        "hint_of",
        "missing_words",
        "modes_words",
        "reading_words",
        "repeat_shown",
        "seed_words",
        "sentence",
        "stopped_words",
    ),
    "words": ("SIGNS", "one_line", "plural", "shown_path", "sign"),
    "write": ("FORMATS", "tally_of", "write_report"),
}

__all__ = [
    "BENCH_COLUMNS",
    "FORMATS",
    "FORMULAS",
    "QUERY_COLUMNS",
    "SIGNS",
    "STYLES",
    "QueryAnswer",
    "QueryError",
    "ReportError",
    "ServedPage",
    "SingleFileTooLargeError",
    "Tally",
    "TerminalListener",
    "about_cost",
    "accept_command",
    "advice",
    "alarm_line",
    "append_step_summary",
    "asset",
    "because",
    "bench_cells",
    "bench_headline",
    "chance_lines",
    "code_quality_report",
    "corrected_rows",
    "corrected_table",
    "distance_text",
    "explained",
    "go_line",
    "headline",
    "hint_of",
    "host_of",
    "labeled",
    "missing_words",
    "modes_words",
    "monitor_headline",
    "next_steps",
    "one_line",
    "plural",
    "print_audit",
    "print_summary",
    "profile_text",
    "query",
    "read_bench",
    "reading_words",
    "repeat_lines",
    "repeat_shown",
    "replacing",
    "reported_run",
    "resume_command",
    "seed_words",
    "sentence",
    "served_page",
    "show_cost",
    "show_evidence",
    "show_interval",
    "show_price",
    "show_time",
    "shown_path",
    "sign",
    "signs_for",
    "stopped_words",
    "stream_name",
    "tally_of",
    "with_image",
    "write_across",
    "write_annotations",
    "write_audit_report",
    "write_bench_report",
    "write_contact_sheet",
    "write_csv",
    "write_monitor_report",
    "write_report",
    "write_rows",
]

__getattr__ = lazy(__name__, _HOMES)
