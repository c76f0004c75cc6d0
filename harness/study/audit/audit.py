"""``audit``: two arms, each prompt's change beside its own within-arm distance.

:func:`audit_suite` generates both arms interleaved (A1 B1 A2 B2 …), :func:`audit_runs` takes two runs that are there.
Both write ``audit.json`` into a folder of its own; the page and the summary are made of that.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Any

from harness import __version__
from harness.errors import UsageError
from harness.judge import differences, first
from harness.ledger import (
    AUDIT_FILE,
    PAGE_FILE,
    find_audit,
    iter_results,
    make_folder,
    possibly_billed,
    read_audit,
    read_run,
    run_name,
    timestamp,
    write_audit,
)
from harness.provider import capabilities_of
from harness.records import Audit, AuditArm, Difference, Look, Reason, Recipe, Request, Subject, TrialKey, ViewerSpec
from harness.runner import run_environment
from harness.study.audit.arms import Arms, AuditSpec, plan_audit
from harness.study.audit.compare import ArmComparer
from harness.study.audit.generate import AuditOptions, Progress, generate_arms
from harness.study.audit.judge import ALPHA
from harness.study.audit.notes import FEW_CONTROLS
from harness.study.audit.read import ArmSamples, Prompt, prompts_of, read_arm
from harness.study.audit.summary import summarize
from harness.vocabulary import AuditMethod, Code, Go, Part

Arm = Mapping[TrialKey, ArmSamples]
"""What an arm generated, by key."""
REPORTED = 4
"""Most differences between two stored runs that are named."""


def audit_suite(spec: AuditSpec, options: AuditOptions, progress: Progress | None = None) -> tuple[Audit, Path]:
    """Generate both arms and judge them; returns the audit and its folder.

    Raises SuiteError, UsageError (nothing is generated then), and what ledger and providers raise.
    """
    arms = plan_audit(spec)
    begun = monotonic()
    if options.resume is None:
        a_arm = AuditArm(_settings(spec.a, spec.b), "a", settings=spec.a)
        b_arm = AuditArm(_settings(spec.b, spec.a), "b", settings=spec.b)
        audit, folder = _begin(options.reports, spec.recorded_suites, (a_arm, b_arm), spec.recorded())
        audit = replace(audit, planned=arms.count("a") + arms.count("b"))
        if spec.until_decided:
            audit = replace(audit, looks_planned=len(spec.looks))
        write_audit(folder, audit)
    else:
        audit, folder = _taken_up(spec, options.resume), options.resume
    comparer = ArmComparer(folder, folder / "a", folder / "b", _viewers(arms))
    looks: list[Look] = []
    while True:
        repeats = spec.looks[len(looks)]
        stopped = generate_arms(folder, spec, arms.at(repeats), options, progress, audit.planned)
        notes, prompts, generated = _read(folder, arms, repeats)
        looked = replace(audit, notes=tuple(notes), complete=stopped is None, stopped=stopped, looks=tuple(looks))
        looked = _finished(looked, prompts, generated, comparer, begun)
        if not spec.until_decided:
            return looked, folder
        looks.append(_look(looked, repeats))
        looked = replace(looked, looks=tuple(looks))
        write_audit(folder, looked)
        if stopped is not None or len(looks) == len(spec.looks) or is_decided(looked):
            return looked, folder


def is_decided(audit: Audit) -> bool:
    """Return whether an audit needs no further look. That arms repeat exactly must rest on FEW_CONTROLS pairs."""
    sure = audit.method != AuditMethod.EXACT or audit.a.controls + audit.b.controls >= FEW_CONTROLS
    return audit.go != Go.UNDECIDED and sure


def _look(audit: Audit, repeats: int) -> Look:
    p = None if audit.equivalence is None else audit.equivalence.p
    return Look(repeats, audit.a.images + audit.b.images, audit.go, audit.together, p)


def _read(folder: Path, arms: Arms, repeats: int) -> tuple[list[Reason], list[Prompt], tuple[Arm, Arm]]:
    """Return what a reader must know, the prompts, and what each arm generated, up to a number of repeats."""
    a, b = read_arm(folder / "a", repeats), read_arm(folder / "b", repeats)
    prompts, notes = prompts_of(a, b) if set(a) & set(b) else ([], [])
    together = max((capabilities_of(spec).concurrency for spec in arms.providers.values()), default=1)
    if together > 1:
        notes.append(Reason(Code.AUDIT_AT_ONCE, {"count": together}))
    notes += _environments(_server(folder / "a"), _server(folder / "b"))
    billed = len(possibly_billed(folder / "a")) + len(possibly_billed(folder / "b"))
    if billed:
        notes.append(Reason(Code.AUDIT_BILLED, {"count": billed}))
    return notes, prompts, (a, b)


def audit_runs(
    a: Path, b: Path, reports: Path, viewers: Mapping[str, ViewerSpec] = MappingProxyType({})
) -> tuple[Audit, Path]:
    """Judge two stored runs, with the repeats and samples that they hold; returns the audit and its folder. ``viewers``
    are those of the project, which may measure.

    Raises UsageError where they have no trial in common, and what the ledger raises for files that are not a run's.
    """
    begun = monotonic()
    records = read_run(a), read_run(b)
    generated = read_arm(a), read_arm(b)
    prompts, notes = prompts_of(*generated)
    if a.resolve() == b.resolve():
        notes.append(Reason(Code.AUDIT_SAME_RUN))
    notes += _environments(records[0].environment, records[1].environment)
    notes += [
        Reason(Code.AUDIT_INCOMPLETE, {"arm": name})
        for name, one in zip("AB", records, strict=True)
        if not one.complete
    ]
    labels = _labels(prompts, records[0].run, records[1].run)
    sides = AuditArm(labels[0], str(a), _subjects(prompts, 0)), AuditArm(labels[1], str(b), _subjects(prompts, 1))
    audit, folder = _begin(reports, records[0].suites, sides, {"runs": [str(a), str(b)]})
    audit = replace(audit, notes=tuple(notes), complete=True)
    return _finished(audit, prompts, generated, ArmComparer(folder, a.resolve(), b.resolve(), viewers), begun), folder


def unfinished_audit(reports: Path, name: str, spec: AuditSpec) -> Path:
    """Return the folder of the audit to resume: the named one, or for ``latest`` the newest unfinished one that asks
    for the same. Raises UsageError when there is none."""
    if name != "latest":
        folder = find_audit(reports, name)
        if folder is None:
            raise UsageError(f"there is no audit '{name}' in {reports}", "name its folder, or say --resume alone")
        return folder
    for path in sorted(reports.glob(f"*/{AUDIT_FILE}"), reverse=True):
        try:
            audit = read_audit(path.parent)
        except UsageError:
            # one that cannot be read is not the one to go on with
            continue
        ended = audit.complete and (path.parent / PAGE_FILE).exists()
        if not ended and audit.suites == spec.recorded_suites and audit.arguments == spec.recorded():
            return path.parent
    raise UsageError(f"no unfinished audit of these arms in {reports}", "leave out --resume to begin a new one")


def _viewers(arms: Arms) -> dict[str, ViewerSpec]:
    """Return the viewers that measure in either arm."""
    chosen = (variant.policy.embedding for plan in (arms.a, arms.b) for variant in plan.variants())
    return {viewer.name: viewer for viewer in chosen if viewer is not None}


def _begin(
    reports: Path, suites: tuple[str, ...], arms: tuple[AuditArm, AuditArm], arguments: Mapping[str, Any]
) -> tuple[Audit, Path]:
    """Return a new audit, and its folder."""
    make_folder(reports)
    stem = Path(suites[0].replace("\\", "/")).stem if suites else "runs"
    folder = None
    while folder is None:
        named = reports / run_name((f"audit-{stem}", *suites[1:]))
        with suppress(FileExistsError):
            named.mkdir()
            folder = named
    audit = Audit(
        audit=folder.name,
        version=__version__,
        started=timestamp(),
        suites=suites,
        a=arms[0],
        b=arms[1],
        alpha=ALPHA,
        arguments=arguments,
        environment=run_environment(),
    )
    return audit, folder


def _taken_up(spec: AuditSpec, folder: Path) -> Audit:
    audit = read_audit(folder)
    if audit.suites != spec.recorded_suites or audit.arguments != spec.recorded():
        raise UsageError(f"{folder} is an audit of other arms", "repeat its arguments, or leave out --resume")
    return replace(audit, prompts=(), notes=(), stopped=None)


def _finished(
    audit: Audit, prompts: Sequence[Prompt], generated: tuple[Arm, Arm], comparer: ArmComparer, begun: float
) -> Audit:
    if not audit.a.subjects:
        a, b = (replace(arm, subjects=_subjects(prompts, i)) for i, arm in enumerate((audit.a, audit.b)))
        audit = replace(audit, a=a, b=b)
    every = {
        name: [sample for one in arm.values() for sample in one.samples]
        for name, arm in zip("ab", generated, strict=True)
    }
    audit = summarize(audit, list(comparer.look(prompts)), comparer, every)
    audit = replace(audit, seconds=round(audit.seconds + monotonic() - begun, 3))
    write_audit(comparer.folder, audit)
    return audit


def _settings(pairs: Mapping[str, str], other: Mapping[str, str]) -> str:
    """Return the settings of an arm in which it differs from the other; all of them where it does not."""
    own = {key: value for key, value in pairs.items() if other.get(key) != value}
    shown = own if own or pairs != other else pairs
    texts = (f"{key.removeprefix('settings.')}={value}" for key, value in shown.items())
    return ", ".join(texts) or "as the suite says"


def _subjects(prompts: Sequence[Prompt], side: int) -> tuple[str, ...]:
    """Return what generated, in words, each once: provider, model, settings."""
    words = []
    for prompt in prompts:
        for pair in prompt.seeds:
            subject = pair[side].recipe.subject
            parts = [subject.provider, *([subject.model] if subject.model else [])]
            words.append(" ".join([*parts, *(f"{key}={value}" for key, value in sorted(subject.settings.items()))]))
    return tuple(dict.fromkeys(words))


def _labels(prompts: Sequence[Prompt], a: str, b: str) -> tuple[str, str]:
    """Return how to name two stored runs: by the settings in which they differ, else by their names."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for prompt in prompts:
        for one, two in prompt.seeds:
            for difference in _differing(one, two):
                name = difference.path.removeprefix("settings.")
                sides = found.setdefault(name, (set(), set()))
                sides[0].add(_said(name, difference.before))
                sides[1].add(_said(name, difference.after))
    if not found or len(found) > REPORTED or any(len(side) > 1 for sides in found.values() for side in sides):
        return a, b
    first, second = (", ".join(next(iter(sides[i])) for sides in found.values()) for i in (0, 1))
    return first, second


def _said(name: str, value: object) -> str:
    return f"{name}={value}" if isinstance(value, (str, int, float)) else f"no {name}"


def _differing(one: ArmSamples, two: ArmSamples) -> list[Difference]:
    return [found for found in differences(one.recipe, {}, two.recipe, {}) if found.part == Part.SUBJECT]


def _server(folder: Path) -> dict[str, Any]:
    """Return what is recorded of the server that the harness started for an arm."""
    found = (result.environment for result in iter_results(folder) if "server" in result.environment)
    environment = next(found, {})
    return {name: environment[name] for name in ("server",) if name in environment}


def _environments(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Reason]:
    nothing = Recipe(Request(""), Subject("", ""))
    found = differences(nothing, a, nothing, b)
    return [Reason(Code.AUDIT_ENVIRONMENTS, first(found))] if found else []
