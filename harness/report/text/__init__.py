"""Every sentence about an outcome, made from its codes and data; nowhere else is one made."""

from harness.report.text.audit import audit_sentences, headline
from harness.report.text.audit_go import equivalence_line, go_line, kinds_shown, looks_line
from harness.report.text.bench import (
    BENCH_COLUMNS,
    bench_cells,
    bench_facts,
    bench_headline,
    bench_method,
    missing_words,
    show_share,
    stopped_words,
)
from harness.report.text.chance_rows import chance_lines, floor_shown, pooled_lines, run_shown, set_shown
from harness.report.text.corrected import CORRECTED_COLUMNS, CORRECTED_METHOD, corrected_rows
from harness.report.text.evidence import answered_by, box_words, checks_passed, evidence_shown, passed_shown
from harness.report.text.explanation import FORMULAS, Explained, agrees, explained
from harness.report.text.forms import differing_name, shown_difference, sides
from harness.report.text.hints import hint_for, hint_of
from harness.report.text.judges import judge_line, quality_shown
from harness.report.text.monitor import alarm_line, monitor_headline, monitor_method, show_evidence, stream_name
from harness.report.text.notes import not_understood, repeat_shown, repeats_shown, trial_notes, words_shown
from harness.report.text.probe import seed_words
from harness.report.text.probe_lines import advice, modes_words, reading_words
from harness.report.text.sentences import because, sentence

__all__ = [
    "BENCH_COLUMNS",
    "CORRECTED_COLUMNS",
    "CORRECTED_METHOD",
    "FORMULAS",
    "Explained",
    "advice",
    "agrees",
    "alarm_line",
    "answered_by",
    "audit_sentences",
    "because",
    "bench_cells",
    "bench_facts",
    "bench_headline",
    "bench_method",
    "box_words",
    "chance_lines",
    "checks_passed",
    "corrected_rows",
    "differing_name",
    "equivalence_line",
    "evidence_shown",
    "explained",
    "floor_shown",
    "go_line",
    "headline",
    "hint_for",
    "hint_of",
    "judge_line",
    "kinds_shown",
    "looks_line",
    "missing_words",
    "modes_words",
    "monitor_headline",
    "monitor_method",
    "not_understood",
    "passed_shown",
    "pooled_lines",
    "quality_shown",
    "reading_words",
    "repeat_shown",
    "repeats_shown",
    "run_shown",
    "seed_words",
    "sentence",
    "set_shown",
    "show_evidence",
    "show_share",
    "shown_difference",
    "sides",
    "stopped_words",
    "stream_name",
    "trial_notes",
    "words_shown",
]
