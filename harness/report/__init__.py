"""Reporting the results of a run: terminal, HTML page, JUnit, Markdown, GitHub."""

from harness.report.bench_page import read_bench, write_bench_report
from harness.report.chance import chance_lines
from harness.report.commands import accept_command, next_command, resume_command
from harness.report.embed import SingleFileTooLargeError
from harness.report.files import ReportError
from harness.report.github import append_step_summary, write_annotations
from harness.report.tally import Tally
from harness.report.terminal import TerminalListener, print_summary
from harness.report.write import FORMATS, tally_of, write_report

__all__ = [
    "FORMATS",
    "ReportError",
    "SingleFileTooLargeError",
    "Tally",
    "TerminalListener",
    "accept_command",
    "append_step_summary",
    "chance_lines",
    "next_command",
    "print_summary",
    "read_bench",
    "resume_command",
    "tally_of",
    "write_annotations",
    "write_bench_report",
    "write_report",
]
