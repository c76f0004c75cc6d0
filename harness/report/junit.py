"""JUnit XML as GitLab and Jenkins read it: one test case a trial, nothing their schema does not know."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

from harness.judge import breaches
from harness.records import Comparison, RunRecord, TrialResult, canonical_json
from harness.report.commands import accept_command
from harness.report.files import append_rows, replacing
from harness.report.formatting import show_cost
from harness.report.image_paths import Images, Places
from harness.report.tally import Tally
from harness.report.text import because, chance_lines, hint_of, judge_line, passed_shown, sides, trial_notes
from harness.report.words import is_fine, key_name, run_title, show_limit, show_value
from harness.vocabulary import Source, Status, Verdict

SHOWN = ("candidate", "baseline", "heat map")
"""What the images of a trial are called."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitFile:
    """``junit.xml`` of a run; ``rows`` is a temporary file for its test cases."""

    def __init__(self, rows: TextIO, images: Images) -> None:
        self._rows, self._images = rows, images

    def add(self, result: TrialResult, places: Places) -> None:
        """Add the test case of a trial."""
        self._rows.write(_text(testcase(result, places, self._images)) + "\n")

    def write(self, run: RunRecord, tally: Tally) -> Path:
        """Write the file, the counts at its top. Raises ReportError."""
        head = {
            "name": run_title(run),
            "tests": str(tally.trials),
            "failures": str(tally.statuses[Status.FINDING]),
            "errors": str(tally.to_look_at - tally.statuses[Status.FINDING]),
            "time": f"{run.seconds or tally.seconds:.3f}",
        }
        suite = {**head, "skipped": str(tally.statuses[Status.IGNORED]), "timestamp": run.started[:19]}
        path = self._images.folder / "junit.xml"
        with replacing(path) as stream:
            stream.write("<?xml version='1.0' encoding='utf-8'?>\n")
            stream.write(_open_tag("testsuites", head) + "\n" + _open_tag("testsuite", suite) + "\n")
            stream.write(_text(_properties(run, tally)) + "\n")
            append_rows(self._rows, stream)
            stream.write("</testsuite>\n</testsuites>\n")
        return path


def testcase(result: TrialResult, places: Places, images: Images) -> ElementTree.Element:
    """One trial. Findings become ``failure``, missing images ``error``, ignored ones ``skipped``."""
    key, outcome = result.key, result.outcome
    name = key_name(key) + (f"#{result.attempt.index + 1}" if result.attempt.index else "")
    case = _element(
        "testcase", classname=f"{key.suite}.{key.case}", name=f"{key.case} {name}", time=f"{result.seconds:.3f}"
    )
    why = because(outcome.reasons)
    message = f"{outcome.verdict}: {why}" if why else outcome.verdict
    paths = [(what, place.shown) for what, place in zip(SHOWN, places, strict=True) if place is not None]
    lines = [*_facts(result), *(f"{what}: {path}" for what, path in paths)]
    if outcome.status == Status.IGNORED:
        case.append(_element("skipped", message=message))
    elif not is_fine(result):
        kind = "failure" if outcome.status == Status.FINDING else "error"
        codes = [outcome.verdict, *(reason.code for reason in outcome.reasons[:1])]
        fault = _element(kind, type=" ".join(codes), message=message)
        if result.recipe.subject.kind != "compare":
            hint = hint_of(result)
            lines += [f"hint: {hint}"] if hint else []
            lines += (
                [f"accept: {accept_command(images.folder, key, baselines=images.baselines)}"] if result.image else []
            )
        fault.text = _clean("\n".join([message, *lines]))
        case.append(fault)
    # GitLab shows the first attachment beside a failed test, Jenkins all of them.
    attached = [f"[[ATTACHMENT|{path}]]" for what, path in paths if what != "baseline" and not is_fine(result)]
    out = _element("system-out")
    out.text = _clean("\n".join([*(lines if is_fine(result) else []), *attached]))
    if out.text:
        case.append(out)
    return case


def _facts(result: TrialResult) -> Iterator[str]:
    outcome = result.outcome
    yield f"trial: {result.key}"
    yield f"verdict: {outcome.verdict}"
    yield f"source: {result.source}"
    # a line and no property: the schema has properties of a suite only, and a file that breaks it is refused whole
    if result.cost or (result.cost is None and result.source == Source.GENERATED):
        yield f"cost: {show_cost(result.cost)}"
    if outcome.determinism:
        yield f"determinism: {outcome.determinism}"
    for warning in trial_notes(result):
        yield f"note: {warning}"
    for reason in outcome.reasons:
        yield f"reason: {reason.code} {canonical_json(reason.data)}"
    for finding in result.findings:
        name = f"{finding.name} " if finding.name else ""
        yield f"check {name}{finding.check}: {finding.outcome}{f', saw {finding.seen}' if finding.seen else ''}"
        if line := judge_line(finding, result.finished):
            yield line
    if outcome.verdict == Verdict.IDENTICAL and is_fine(result):
        return
    limits = result.policy.drift.limits if result.policy else ()
    panel = result.comparison or Comparison()
    broken = {breach.data["metric"] for breach in breaches(panel, limits)}
    for name, measurement in panel.measurements.items():
        if measurement.value is None:
            shown = f"not measured: {measurement.absent}"
        else:
            shown = show_value(name, measurement.value)
        asked = [
            f"limit {show_limit(limit)}{', not met' if name in broken else ''}"
            for limit in limits
            if limit.metric == name
        ]
        yield f"{name}: {shown}{f' ({asked[0]})' if asked else ''}"
    yield from chance_lines(result)
    for difference in result.differences:
        yield f"differs: {difference.part}.{difference.path}: {' → '.join(sides(difference.before, difference.after))}"


def _properties(run: RunRecord, tally: Tally) -> ElementTree.Element:
    """Of the run. ``cost`` is what it took in US dollars; where that of some images is not known there is none, but
    what the others took (``cost.known``) and how many these are (``cost.unpriced``)."""
    element = _element("properties")
    facts: dict[str, object] = {
        "run": run.run,
        "suites": " ".join(run.suites),
        "version": run.version,
        "shard": run.shard,
        "cost": None if tally.cost is None or tally.unpriced else _plain(tally.cost),
        "cost.known": None if tally.cost is None or not tally.unpriced else _plain(tally.cost),
        "cost.unpriced": tally.unpriced or None,
    }
    facts |= {f"check.{label}": passed_shown(count) for label, count in tally.checks.items()}
    facts |= {f"environment.{name}": value for name, value in run.environment.items() if isinstance(value, (str, int))}
    for name, value in facts.items():
        if value is not None:
            element.append(_element("property", name=name, value=str(value)))
    return element


def _plain(dollars: float) -> str:
    """Return a number for programs, never with an exponent."""
    return f"{dollars:.6f}".rstrip("0").rstrip(".")


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, {name: _clean(value) for name, value in attributes.items()})


def _text(element: ElementTree.Element) -> str:
    return ElementTree.tostring(element, encoding="unicode")


def _open_tag(tag: str, attributes: dict[str, str]) -> str:
    return _text(_element(tag, **attributes)).removesuffix(" />") + ">"


def _clean(text: str) -> str:
    """XML 1.0 has no form for most control characters and lone surrogates: they become U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)
