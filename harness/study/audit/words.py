"""What an audit comes to, in words: the one sentence at its top, and the notes below it."""

from collections.abc import Iterator, Sequence

from harness.records import ArmRelation, Audit, Ratio, Share
from harness.study.audit.read import Prompt

FEW_CONTROLS = 10
"""Pairs of generations below which a reader is reported on how few the word `exact` rests."""
CLEARLY = 1.5
"""Too few prompts for an interval: a smaller factor is not worth a word."""


def sentences(audit: Audit) -> tuple[str, ...]:
    """What changed, how sure that is (may be empty), then checks, time and money as far as there is something."""
    said, how = _change(audit)
    return said[0].upper() + said[1:], how, *_more(audit)


def headline(parts: Sequence[str]) -> str:
    """The one sentence that a release manager needs."""
    said, how, *more = parts
    return "; ".join([f"{said} ({how})" if how else said, *more]) + "."


def arms_note(prompts: Sequence[Prompt]) -> Iterator[str]:
    """What of the two arms' recipes a reader must know."""
    pairs = [pair for prompt in prompts for pair in prompt.seeds]
    if pairs and all(a.recipe == b.recipe for a, b in pairs):
        yield "both arms ask for the same images: this is an audit of A against itself"
    other = sum(any(a.recipe.request.prompt != b.recipe.request.prompt for a, b in prompt.seeds) for prompt in prompts)
    if other:
        yield f"{_plural(other, 'prompt')} ask{'s' if other == 1 else ''} for something else in B than in A"


def cache_note(audit: Audit) -> Iterator[str]:
    """Images that nobody generated for this."""
    for name, arm in (("A", audit.a), ("B", audit.b)):
        if arm.not_generated:
            yield f"{_plural(arm.not_generated, 'image')} of {name} came from a cache or replay: they prove no repeat"


def control_note(audit: Audit) -> Iterator[str]:
    """Few repeats that agree are no proof that all would."""
    pairs = audit.a.controls + audit.b.controls
    if audit.method == "exact" and pairs < FEW_CONTROLS:
        yield f"that both arms repeat exactly rests on {_plural(pairs, 'pair')} of images; more --repeats are surer"


def show_p(p: float) -> str:
    """``p = .04``, never rounded to 0."""
    if p < 0.001:
        return "p < .001"
    text = f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    return f"p = {text[1:] if text.startswith('0') else text}"


def show_share(share: Share) -> str:
    """``78–100 %``: the interval."""
    if share.low is None or share.high is None:
        return "unknown"
    return f"{100 * share.low:.0f}–{100 * share.high:.0f} %"


def faster(ratio: Ratio) -> str:
    """``4.1× faster (95 % interval 3.9–4.3×)``; empty where too few prompts were timed to say so of so little."""
    quick = ratio.value < 1
    times = _times(_turn(ratio.value, quick))
    word = "faster" if quick else "slower"
    if ratio.low is None or ratio.high is None:
        return f"about {times}× {word}" if _turn(ratio.value, quick) >= CLEARLY else ""
    if ratio.low <= 1 <= ratio.high:
        return "no difference in time shown"
    low, high = sorted((_turn(ratio.low, quick), _turn(ratio.high, quick)))
    return f"{times}× {word} (95 % interval {_times(low)}–{_times(high)}×)"


def _change(audit: Audit) -> tuple[str, str]:
    changed, n = audit.changed, audit.changed.n
    if n == 0:
        return "nothing could be compared", f"of {_plural(len(audit.prompts), 'prompt')} none came in both arms"
    if audit.method == "noise":
        return _noisy(audit)
    visible = f", {audit.visible.count} of them visibly" if 0 < audit.visible.count < changed.count else ""
    visible = ", none of them visibly" if changed.count and not audit.visible.count else visible
    interval = f"95 % interval {show_share(changed)}"
    if audit.method == "exact":
        control = _row(audit, "A/A")
        beside = f"; A against itself: {control.differ.count} of {control.differ.n}" if control else ""
        return f"B changes {_count(changed)}{visible}", f"{interval}{beside}"
    if changed.count == 0:
        return f"B generates the same pixels as A in {_plural(n, 'prompt')}", "without a control arm"
    return f"B differs from A in {_count(changed)}{visible}", f"{interval}; no control arm: by noise or by change"


def _noisy(audit: Audit) -> tuple[str, str]:
    rates = ", ".join(f"{row.name} {row.visible.count} of {row.visible.n}" for row in audit.relations if row.visible.n)
    beside = f"visible differences: {rates}" if rates else "no pair to compare"
    changed = audit.changed
    if changed.count:
        return (
            f"B changes at least {_count(changed)} beyond the noise",
            f"95 % interval {show_share(changed)}; {beside}",
        )
    together = "" if audit.together is None else f"; all together {show_p(audit.together)}"
    if audit.differs:
        return f"B differs from A beyond the noise over all {changed.n} prompts, in none by itself", beside + together
    return f"no change beyond the noise is shown in {_plural(changed.n, 'prompt')}", beside + together


def _more(audit: Audit) -> Iterator[str]:
    if {audit.a.exact, audit.b.exact} == {True, False}:
        yield "A repeats exactly, B does not" if audit.a.exact else "B repeats exactly, A does not"
    refused = [sum(p.kind == "refused" and p.reason.startswith(arm) for p in audit.prompts) for arm in "AB"]
    for arm, count in zip("AB", refused, strict=True):
        if count:
            yield f"{_plural(count, 'prompt')} refused by {arm} alone"
    if audit.missing and audit.changed.n:
        yield f"{_plural(audit.missing, 'prompt')} not compared (no image)"
    if audit.inconclusive:
        yield f"{_plural(audit.inconclusive, 'prompt')} inconclusive"
    if audit.checks:
        row = audit.checks[0]
        if row.kept + row.missed + row.won + row.lost:
            p = "" if row.p is None or not row.won + row.lost else f" ({show_p(row.p)})"
            yield f"checks: {row.lost} lost, {row.won} won{p}"
    if audit.speed is not None and (said := faster(audit.speed)):
        yield said
    if audit.cost is not None and audit.cost.value != 1:
        cheap = audit.cost.value < 1
        yield f"{_times(_turn(audit.cost.value, cheap))}× {'cheaper' if cheap else 'dearer'}"
    if audit.stopped:
        yield f"not complete ({audit.stopped})"


def _count(share: Share) -> str:
    return f"{'none' if share.count == 0 else share.count} of {_plural(share.n, 'prompt')}"


def _row(audit: Audit, name: str) -> ArmRelation | None:
    return next((row for row in audit.relations if row.name == name and row.differ.n), None)


def _turn(value: float, quick: bool) -> float:
    return 1 / value if quick and value else value


def _times(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _plural(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"
