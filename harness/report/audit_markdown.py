"""An audit as Markdown, to be read in a pull request or a step summary."""

from typing import TextIO

from harness.records import Audit, AuditPrompt, CheckRow
from harness.report.audit_terminal import SIGNS, corrected_of, prompt_words, repeats, show_p
from harness.report.corrected import write_corrected
from harness.report.formatting import show_interval, show_price, show_time
from harness.report.markdown import escape
from harness.report.text import equivalence_line, go_line, headline, looks_line, sentence
from harness.report.words import plural, show_value
from harness.vocabulary import PromptOutcome

MOST = 200
"""Prompts that are listed; the page has them all."""


def write_audit_markdown(stream: TextIO, audit: Audit) -> None:
    """Write the summary: the sentence first, then arms, control, checks, tags and what changed."""
    put = stream.write
    put(
        f"## {escape(audit.a.label)} ↔ {escape(audit.b.label)}\n\n"
        f"**{escape(go_line(audit))}**\n\n{escape(headline(audit))}\n\n"
    )
    put("| | arm | repeats | images | refused | failed | median | p95 | each |\n")
    put("|---|---|---|--:|--:|--:|--:|--:|--:|\n")
    for name, arm in (("A", audit.a), ("B", audit.b)):
        cells = [name, escape(arm.label), repeats(arm), str(arm.images), str(arm.refused), str(arm.failed)]
        cells += [show_time(arm.seconds), show_time(arm.p95), show_price(arm.cost)]
        put(f"| {' | '.join(cells)} |\n")
    put("\n| | other pixels | visible | 95 % interval | score | SSIM | ΔE |\n|---|--:|--:|--:|--:|--:|--:|\n")
    for row in audit.relations:
        if not row.differ.n:
            put(f"| {row.name} | no control | – | – | – | – | – |\n")
            continue
        shown = [
            show_value(name, row.metrics[name]) if name in row.metrics else "–" for name in ("score", "ssim", "delta_e")
        ]
        counts = [f"{row.differ.count} of {row.differ.n}", f"{row.visible.count} of {row.visible.n}"]
        put(f"| {' | '.join([row.name, *counts, show_interval(row.visible), *shown])} |\n")
    if audit.checks:
        put("\n| checks | kept | lost | won | missed | undecided | p |\n|---|--:|--:|--:|--:|--:|--:|\n")
        for check in audit.checks:
            put(_check(check))
    write_corrected(stream, list(corrected_of(audit)))
    if audit.tags:
        put("\n| tag | changed | 95 % interval | visible | lost | won |\n|---|--:|--:|--:|--:|--:|\n")
        for tag in audit.tags:
            cells = [escape(tag.tag), f"{tag.changed.count} of {tag.changed.n}", show_interval(tag.changed)]
            cells += [f"{tag.visible.count} of {tag.visible.n}", str(tag.lost), str(tag.won)]
            put(f"| {' | '.join(cells)} |\n")
    shown_prompts = [prompt for prompt in audit.prompts if prompt.outcome != PromptOutcome.SAME]
    if shown_prompts:
        put("\n| | prompt | score | within | |\n|---|---|--:|--:|---|\n")
        for prompt in shown_prompts[:MOST]:
            put(_prompt(prompt))
    if len(shown_prompts) > MOST:
        put(f"\n{plural(len(shown_prompts) - MOST, 'more prompt')} in `index.html` beside this file.\n")
    put("".join(f"\n{escape(line)}.\n" for line in (equivalence_line(audit), looks_line(audit)) if line))
    put("".join(f"\n{escape(sentence(note))}.\n" for note in audit.notes))
    put(f"\n{plural(len(audit.prompts), 'prompt')}, audit {escape(audit.audit)}\n")


def _check(row: CheckRow) -> str:
    p = row.p if row.kind == "all" else row.adjusted
    shown = "–" if p is None or not row.won + row.lost else show_p(p)
    name = f"**{row.kind}**" if row.kind == "all" else escape(row.kind)
    return f"| {name} | {row.kept} | {row.lost} | {row.won} | {row.missed} | {row.undecided} | {escape(shown)} |\n"


def _prompt(prompt: AuditPrompt) -> str:
    name = prompt.case if prompt.variant == "base" else f"{prompt.case} {prompt.variant}"
    within = [value for value in (prompt.control_a, prompt.control_b) if value is not None]
    cells = [SIGNS[prompt.outcome], f"**{escape(name)}**"]
    cells += [
        "–" if prompt.score is None else escape(show_value("score", prompt.score)),
        escape(show_value("score", max(within))) if within else "–",
        escape(prompt_words(prompt)),
    ]
    return f"| {' | '.join(cells)} |\n"
