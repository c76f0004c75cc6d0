"""From distances and decisions to the record of an audit: pure, but for the features of noisy images."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median

from harness.judge import corrected_rates, go, permutations_for, set_test, share_of_look, smallest_p
from harness.records import ARM_RELATIONS, ArmRelation, Audit, AuditArm, AuditPrompt, Reason, TagRow
from harness.study.audit.answer import equivalence_of, kinds_of
from harness.study.audit.checks import Tally, check_rows, incomparable_of, lost_of, prompts_p, tally_checks, won_of
from harness.study.audit.compare import ArmComparer, Compared, PromptDistances
from harness.study.audit.judge import (
    MIN_SET_IMAGES,
    PARTS,
    Decision,
    decide,
    exactness,
    mean_score,
    method_of,
)
from harness.study.audit.notes import notes_of
from harness.study.audit.read import Prompt, Sample
from harness.study.audit.speed import cost_ratio, seconds_of, speed_of, timed
from harness.study.figures import cost_of, percentile, share
from harness.vocabulary import EMBEDDING, AuditMethod, ChangeKind, Code, PairKind, PromptOutcome, Source, Verdict

MEDIANS = ("score", "ssim", "delta_e", "phash", EMBEDDING)
"""What is recorded of each relation."""
JUDGED = (PromptOutcome.CHANGED, PromptOutcome.SAME)
"""Outcomes of prompts that could be judged."""
SEEN = (PairKind.VISIBLE, PairKind.REFUSED)
"""Kinds of a change that a person sees."""


def summarize(
    audit: Audit, distances: Sequence[PromptDistances], comparer: ArmComparer, generated: Mapping[str, Sequence[Sample]]
) -> Audit:
    """Return the audit with everything that follows from its distances; ``audit`` brings arms, notes and the rest,
    ``generated`` all generations of each arm, also those without a counterpart in the other. Of an audit with several
    looks each has its part of the rate."""
    alpha = share_of_look(audit.alpha, audit.looks_planned or 1)
    exact = {arm: exactness([compared for one in distances for compared in one.within(arm)]) for arm in "ab"}
    method = method_of(exact["a"], exact["b"])
    noisy = tuple(arm for arm in "ab" if exact[arm] is False)
    together, problem, sets = _tested(distances, comparer, alpha) if method == AuditMethod.NOISE else (None, None, {})
    decisions = decide(distances, method, noisy, sets, alpha)
    tallies = [tally_checks(one.prompt) for one in distances]
    checks_p = prompts_p(tallies)
    proven = method == AuditMethod.NOISE and any(p is not None and p <= alpha / PARTS for p in (together, checks_p))
    alone = any(one.outcome == PromptOutcome.CHANGED for one in decisions)
    kinds = [
        kinds_of(one, decision, tally, together=proven and not alone)
        for one, decision, tally in zip(distances, decisions, tallies, strict=True)
    ]
    prompts = tuple(sorted(map(_prompt, distances, decisions, tallies, kinds), key=_most_changed))
    judged = [prompt for prompt in prompts if prompt.outcome in JUDGED]
    changed = [prompt for prompt in judged if prompt.outcome == PromptOutcome.CHANGED]
    a, b = (_arm(one, distances, arm, generated[arm], exact[arm]) for one, arm in ((audit.a, "a"), (audit.b, "b")))
    audit = replace(
        audit,
        a=a,
        b=b,
        method=method,
        changed=share(len(changed), len(judged)),
        visible=share(sum(prompt.kind in SEEN for prompt in changed), len(judged)),
        missing=sum(prompt.outcome == PromptOutcome.MISSING for prompt in prompts),
        inconclusive=sum(prompt.outcome == PromptOutcome.INCONCLUSIVE for prompt in prompts),
        differs=bool(changed) or proven,
        together=together,
        together_problem=problem,
        relations=tuple(_relation(name, distances) for name in ARM_RELATIONS),
        checks=check_rows(tallies),
        tags=_tags(prompts),
        speed=speed_of([one.prompt for one in distances]),
        cost=cost_ratio(a, b),
        prompts=prompts,
        equivalence=equivalence_of(distances, decisions, method, alpha, a_exact=exact["a"] is True),
    )
    answer = go(
        differs=audit.differs,
        equivalence=audit.equivalence,
        judged=audit.changed.n,
        unjudged=audit.missing + audit.inconclusive,
        complete=audit.complete,
    )
    audit = replace(audit, go=answer)
    others = incomparable_of(tallies)
    judged_otherwise = (Reason(Code.AUDIT_OTHER_JUDGE, {"count": others}),) if others else ()
    audit = replace(audit, notes=(*audit.notes, *judged_otherwise, *comparer.measuring.notes()))
    return replace(audit, notes=(*audit.notes, *notes_of(audit, [one.prompt for one in distances])))


def _tested(
    distances: Sequence[PromptDistances], comparer: ArmComparer, alpha: float
) -> tuple[float | None, Reason | None, dict[int, float | None]]:
    """Return all noisy prompts together, and by place the p-value of each that was generated as a set: as large a set
    as can show a change beside so many other prompts."""
    strata, sets = [], {}
    share = alpha / PARTS / max(1, sum(bool(one.all_across) for one in distances))
    for index, one in enumerate(distances):
        if not one.all_across:
            continue
        found = comparer.features(one.prompt)
        strata += found
        if _is_set(one.prompt) and found:
            [(a, b)] = found
            permutations = permutations_for(share, len(a) + len(b))
            if smallest_p(len(a), len(b), permutations) <= share:
                sets[index] = set_test(found, permutations=permutations).p
    test = set_test(strata)
    return test.p, test.problem, sets


def _is_set(prompt: Prompt) -> bool:
    return all(
        a.key.seed is None
        and all(sum(sample.image is not None for sample in s.samples) >= MIN_SET_IMAGES for s in (a, b))
        for a, b in prompt.seeds
    )


def _prompt(one: PromptDistances, decision: Decision, tally: Tally, kinds: tuple[ChangeKind, ...]) -> AuditPrompt:
    prompt = one.prompt
    return AuditPrompt(
        suite=prompt.suite,
        case=prompt.case,
        variant=prompt.variant,
        prompt=prompt.text,
        outcome=decision.outcome,
        kind=decision.kind,
        reasons=decision.reasons,
        tags=prompt.tags,
        score=mean_score(one.across or one.all_across),
        control_a=mean_score(one.within_a),
        control_b=mean_score(one.within_b),
        p=decision.p,
        adjusted=decision.adjusted,
        seconds_a=seconds_of(prompt.samples("a")),
        seconds_b=seconds_of(prompt.samples("b")),
        won=won_of(tally),
        lost=lost_of(tally),
        pairs=one.pairs,
        changes=kinds,
    )


def _most_changed(prompt: AuditPrompt) -> tuple[int, int, float, float, str]:
    """Sort changed prompts first, refused ones among them first, then by distance; ties by name."""
    outcome = list(PromptOutcome).index(prompt.outcome)
    kind = 0 if prompt.kind == PairKind.MISSING else -list(PairKind).index(prompt.kind)
    name = f"{prompt.suite}/{prompt.case}/{prompt.variant}"
    return outcome, kind, -(prompt.score or 0.0), prompt.adjusted or 0.0, name


def _relation(name: str, distances: Sequence[PromptDistances]) -> ArmRelation:
    sides = {"A/A": lambda one: one.within_a, "B/B": lambda one: one.within_b, "A/B": lambda one: one.across}
    compared = [found for one in distances if (found := sides[name](one))]
    return ArmRelation(
        name,
        share(sum(any(one.kind != PairKind.IDENTICAL for one in pairs) for pairs in compared), len(compared)),
        share(sum(any(one.kind == PairKind.VISIBLE for one in pairs) for pairs in compared), len(compared)),
        {key: median(values) for key in MEDIANS if (values := _values(compared, key))},
    )


def _values(compared: Sequence[Sequence[Compared]], name: str) -> list[float]:
    """Return each prompt's mean of a metric; prompts without it are left out."""
    found = []
    for pairs in compared:
        values = [one.score if name == "score" else one.metrics.get(name) for one in pairs]
        known = [value for value in values if value is not None]
        if known:
            found.append(sum(known) / len(known))
    return found


def _arm(
    arm: AuditArm, distances: Sequence[PromptDistances], name: str, samples: Sequence[Sample], exact: bool | None
) -> AuditArm:
    paired = [sample for one in distances for sample in one.prompt.samples(name)]
    seconds = timed(paired)
    cost, spent = cost_of([sample.cost for sample in samples if sample.has_image])
    return replace(
        arm,
        images=sum(sample.has_image for sample in samples),
        refused=sum(sample.refused for sample in samples),
        failed=sum(not sample.has_image and not sample.refused for sample in samples),
        broken=sum(sample.verdict == Verdict.BROKEN for sample in samples),
        not_generated=sum(sample.has_image and sample.source != Source.GENERATED for sample in samples),
        exact=exact,
        controls=sum(len(one.within(name)) for one in distances),
        timed=len(seconds),
        seconds=seconds_of(paired),
        p95=percentile(seconds, 95) if seconds else None,
        cost=cost,
        spent=spent,
        corrected=corrected_rates(finding for sample in _distinct(paired) for finding in sample.findings),
    )


def _distinct(samples: Iterable[Sample]) -> Iterable[Sample]:
    """Return the samples with an image, equal images once: a repeat that is the same says nothing more."""
    return {one.image.pixel_digest: one for one in samples if one.image is not None}.values()


def _tags(prompts: Iterable[AuditPrompt]) -> tuple[TagRow, ...]:
    by_tag: dict[str, list[AuditPrompt]] = {}
    for prompt in prompts:
        for tag in prompt.tags:
            by_tag.setdefault(tag, []).append(prompt)
    return tuple(sorted((_tag(tag, found) for tag, found in by_tag.items()), key=_by_share))


def _tag(tag: str, prompts: Sequence[AuditPrompt]) -> TagRow:
    judged = [prompt for prompt in prompts if prompt.outcome in JUDGED]
    changed = [prompt for prompt in judged if prompt.outcome == PromptOutcome.CHANGED]
    scores = [prompt.score for prompt in prompts if prompt.score is not None]
    return TagRow(
        tag,
        share(len(changed), len(judged)),
        share(sum(prompt.kind in SEEN for prompt in changed), len(judged)),
        median(scores) if scores else None,
        sum(prompt.won for prompt in prompts),
        sum(prompt.lost for prompt in prompts),
    )


def _by_share(row: TagRow) -> tuple[float, float, str]:
    n = row.changed.n or 1
    return -row.changed.count / n, -(row.score or 0.0), row.tag
