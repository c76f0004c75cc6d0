"""Making pictures of a run the accepted ones."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from harness.baseline.change import Change, Signed, digests, need_reason
from harness.baseline.entry import Accepted
from harness.baseline.faults import NothingSelected, NotPinned, NotProven
from harness.baseline.log import Decision
from harness.baseline.names import entry_name
from harness.baseline.planning import Step, plan
from harness.baseline.proof import Proof, Redraw, prove
from harness.baseline.selection import Selection, choose
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageFault
from harness.ledger import read_picture, read_run, timestamp
from harness.records import TrialKey, TrialResult

MEANWHILE = "was accepted already, and changed by another process meanwhile"


def accept(
    baselines: Baselines,
    run_folder: Path,
    selection: Selection,
    *,
    reason: str,
    who: str,
    unproven: bool = False,
    add: bool = False,
    redraw: Redraw | None = None,
    when: datetime | None = None,
) -> list[Change]:
    """Accept the chosen pictures of a run; only their entries and files are written.

    A picture takes the place of all that were accepted for its trial and profile; with ``add`` it stands beside them
    (``.a2``). All repeats of a trial without a seed become its set. A picture and recipe that are already accepted
    stay untouched. Each picture must have been shown to repeat (:func:`harness.baseline.proof.prove`), unless
    ``unproven``; when one was not, nothing at all is accepted.

    Raises UsageFault (no reason, no run of a suite), WritesRefused (``CI``), NothingSelected, NotPinned, NotProven,
    NameClash, ManifestFault, Locked, and the ledger's faults (a picture of the run is lost, the disk is full).
    """
    refuse_in_ci()
    record = read_run(run_folder)
    if study := record.arguments.get("study"):
        problem = f"{run_folder} holds what harness {study} drew, some of it by other recipes than the suite's"
        raise UsageFault(problem, "accept pictures of a run: harness run SUITE")
    signed = Signed(who, timestamp(when), need_reason(reason), record.run)
    chosen = choose(run_folder, selection)
    candidates = {key: _acceptable(results) for key, results in chosen.items()}
    candidates = {key: results for key, results in candidates.items() if results}
    if not candidates:
        raise NothingSelected(run_folder, f"none of the {len(chosen)} trials meant has a picture")
    _refuse_unpinned(candidates)
    missed = {key: _not_drawn(chosen[key]) for key in candidates}
    proofs = _proofs(baselines, candidates, missed, signed, add=add, unproven=unproven, redraw=redraw)
    changes: list[Change] = []
    for suite in dict.fromkeys(key.suite for key in candidates):
        own = {key: results for key, results in candidates.items() if key.suite == suite}
        with changing(baselines, suite) as manifest:
            steps = {
                key: _planned(
                    baselines, manifest.accepted(key), results, signed, proofs.get(key, MEANWHILE), missed[key], add=add
                )
                for key, results in own.items()
            }
            changed = {key: step for key, step in steps.items() if step.change.action != "unchanged"}
            if changed:
                new = manifest.changed({key: step.accepted for key, step in changed.items()})
                pictures = {
                    file: partial(read_picture, run_folder, picture)
                    for step in changed.values()
                    for file, picture in step.pictures.items()
                }
                decisions = [_decision(step.change, signed, add=add) for step in changed.values()]
                commit(baselines, manifest, new, pictures, decisions)
            changes += (step.change for step in steps.values())
    return changes


def _refuse_unpinned(candidates: Mapping[TrialKey, tuple[TrialResult, ...]]) -> None:
    """Raise NotPinned for pictures of a route that names no single provider: they prove nothing of the next ones."""
    routes = {key: results[0].recipe.subject for key, results in candidates.items()}
    unpinned = [key for key, subject in routes.items() if subject.kind == "route" and not subject.settings.get("pin")]
    if unpinned:
        route = routes[unpinned[0]]
        own = [key for key in unpinned if routes[key].provider == route.provider]
        drawn = candidates[own[0]][0].environment.get("routed", "")
        raise NotPinned(own, route.provider, route.settings.get("over", ()), str(drawn))


def _proofs(
    baselines: Baselines,
    candidates: Mapping[TrialKey, tuple[TrialResult, ...]],
    missed: Mapping[TrialKey, Mapping[str, int] | None],
    signed: Signed,
    *,
    add: bool,
    unproven: bool,
    redraw: Redraw | None,
) -> dict[TrialKey, str]:
    """How each picture that is not yet accepted was shown to repeat. All that can be refused is refused here, before
    anything is written: raises NotProven, NameClash."""
    proofs: dict[TrialKey, str] = {}
    problems: list[tuple[TrialKey, str]] = []
    baselines.forget()
    entries: dict[str, dict[TrialKey, tuple[Accepted, ...]]] = {}
    for key, results in candidates.items():
        there = baselines.manifest(key.suite).accepted(key)
        step = _planned(baselines, there, results, signed, "", add=add)
        if step.change.action == "unchanged":
            continue
        entries.setdefault(key.suite, {})[key] = step.accepted
        proof = _missing(results, missed[key]) or prove(results, None if unproven else redraw)
        if proof.problem and not unproven:
            problems.append((key, proof.problem))
        proofs[key] = proof.proven or f"unproven ({proof.problem}): {signed.reason}"
    if problems:
        raise NotProven(problems, len(candidates))
    for suite, changed in entries.items():
        baselines.manifest(suite).changed(changed)
    return proofs


def _planned(
    baselines: Baselines,
    there: tuple[Accepted, ...],
    results: tuple[TrialResult, ...],
    signed: Signed,
    proven: str,
    not_drawn: Mapping[str, int] | None = None,
    *,
    add: bool,
) -> Step:
    intact = baselines.is_intact
    return plan(baselines.root, there, results, signed, proven, add=add, intact=intact, not_drawn=not_drawn)


def _missing(results: tuple[TrialResult, ...], missed: Mapping[str, int] | None) -> Proof | None:
    """What is wrong with a set that was not drawn whole; None for a whole one, and for other trials."""
    policy = results[0].policy
    wanted = policy.drift.samples if policy is not None and _is_set(results[0]) else None
    drawn = len(results) + sum((missed or {}).values())
    if wanted is None or drawn >= wanted:
        return None
    return Proof(problem=f"{drawn} of the {wanted} pictures of its set were drawn")


def _is_set(result: TrialResult) -> bool:
    return result.key.seed is None and result.policy is not None and result.policy.drift.kind == "set"


def _acceptable(results: tuple[TrialResult, ...]) -> tuple[TrialResult, ...]:
    """Those with a picture; of a set only those that were each drawn for themselves, now or when they were recorded: a
    cache says nothing of how they vary."""
    return tuple(r for r in results if r.picture is not None and (r.source != "cache" or not _is_set(r)))


def _not_drawn(results: tuple[TrialResult, ...]) -> dict[str, int] | None:
    """How many drawings of a set were refused and how many failed; None where none was, and for other trials."""
    if not _is_set(results[0]):
        return None
    refused = sum(1 for result in results if result.outcome.verdict == "refused")
    failed = sum(1 for result in results if result.picture is None) - refused
    return {"failed": failed, "refused": refused} if failed or refused else None


def _decision(change: Change, signed: Signed, *, add: bool) -> Decision:
    return Decision(
        when=signed.when,
        who=signed.who,
        action="add" if add else "accept",
        trial=entry_name(change.key),
        reason=signed.reason,
        old=digests(change.old),
        new=digests(change.new),
        run=signed.run,
        proven=change.note,
    )
