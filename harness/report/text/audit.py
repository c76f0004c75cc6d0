"""An audit in words: its headline, and the outcome of its prompts."""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.records import ArmRelation, Audit, AuditPrompt, Ratio, Share
from harness.report.formatting import show_interval
from harness.report.words import plural
from harness.vocabulary import AuditMethod, Code

CLEARLY = 1.5
"""Too few prompts for an interval: a smaller factor is not worth a word."""


def audit_sentences(audit: Audit) -> tuple[str, ...]:
    """Return what changed, how sure that is (may be empty), then checks, time and money where there are any."""
    change, how = _change(audit)
    return change[0].upper() + change[1:], how, *_more(audit)


def headline(audit: Audit) -> str:
    """Return the one sentence that a release manager needs."""
    change, how, *more = audit_sentences(audit)
    return "; ".join([f"{change} ({how})" if how else change, *more]) + "."


def show_p(p: float) -> str:
    """``p = .04``, never rounded to 0."""
    if p < 0.001:
        return "p < .001"
    text = f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    return f"p = {text[1:] if text.startswith('0') else text}"


def faster(ratio: Ratio) -> str:
    """``4.1× faster (95 % interval 3.9–4.3×)``; empty where too few prompts were timed to say so of so little."""
    text = how_much_faster(ratio)
    if ratio.low is None or ratio.high is None or ratio.low <= 1 <= ratio.high:
        return text
    low, high = sorted((_turn(ratio.low, ratio.value < 1), _turn(ratio.high, ratio.value < 1)))
    return f"{text} (95 % interval {_times(low)}–{_times(high)}×)"


def how_much_faster(ratio: Ratio) -> str:
    """``4.1× faster``; ``about`` where too few prompts were timed for an interval; empty where it is little."""
    quick = ratio.value < 1
    times = f"{_times(_turn(ratio.value, quick))}× {'faster' if quick else 'slower'}"
    if ratio.low is None or ratio.high is None:
        return f"about {times}" if _turn(ratio.value, quick) >= CLEARLY else ""
    return "no difference in time shown" if ratio.low <= 1 <= ratio.high else times


def _change(audit: Audit) -> tuple[str, str]:
    changed, n = audit.changed, audit.changed.n
    if n == 0:
        return "nothing could be compared", f"none of {plural(len(audit.prompts), 'prompt')} has images in both arms"
    if audit.method == AuditMethod.NOISE:
        return _noisy(audit)
    visible = f", {audit.visible.count} of them visibly" if 0 < audit.visible.count < changed.count else ""
    visible = ", none of them visibly" if changed.count and not audit.visible.count else visible
    interval = f"95 % interval {show_interval(changed)}"
    if audit.method == AuditMethod.EXACT:
        control = _row(audit, "A/A")
        beside = f"; A against itself: {control.differ.count} of {control.differ.n}" if control else ""
        return f"B changes {_count(changed)}{visible}", f"{interval}{beside}"
    if changed.count == 0:
        return f"B generates the same pixels as A in {plural(n, 'prompt')}", "without a control arm"
    return (
        f"B differs from A in {_count(changed)}{visible}",
        f"{interval}; no control arm: noise cannot be excluded",
    )


def _noisy(audit: Audit) -> tuple[str, str]:
    rates = ", ".join(f"{row.name} {row.visible.count} of {row.visible.n}" for row in audit.relations if row.visible.n)
    beside = f"visible differences: {rates}" if rates else "no pair to compare"
    changed = audit.changed
    if changed.count:
        return (
            f"B changes at least {_count(changed)} beyond the noise",
            f"95 % interval {show_interval(changed)}; {beside}",
        )
    together = "" if audit.together is None else f"; all together {show_p(audit.together)}"
    if audit.differs:
        return (
            f"B differs from A beyond the noise over all {changed.n} prompts, but in none alone",
            beside + together,
        )
    return f"no change beyond the noise is shown in {plural(changed.n, 'prompt')}", beside + together


def _more(audit: Audit) -> Iterator[str]:
    if {audit.a.exact, audit.b.exact} == {True, False}:
        yield "A repeats exactly, B does not" if audit.a.exact else "B repeats exactly, A does not"
    refused = [sum(_refused(prompt, arm) for prompt in audit.prompts) for arm in "AB"]
    for arm, count in zip("AB", refused, strict=True):
        if count:
            yield f"{plural(count, 'prompt')} refused by {arm} alone"
    if audit.missing and audit.changed.n:
        yield f"{plural(audit.missing, 'prompt')} not compared (no image)"
    if audit.inconclusive:
        yield f"{plural(audit.inconclusive, 'prompt')} inconclusive"
    if audit.checks:
        row = audit.checks[0]
        if row.kept + row.missed + row.won + row.lost:
            p = "" if row.p is None or not row.won + row.lost else f" ({show_p(row.p)})"
            yield f"checks: {row.lost} lost, {row.won} won{p}"
    if audit.speed is not None and (speed := faster(audit.speed)):
        yield speed
    if audit.cost is not None and audit.cost.value != 1:
        cheap = audit.cost.value < 1
        yield f"{_times(_turn(audit.cost.value, cheap))}× {'cheaper' if cheap else 'more expensive'}"
    if audit.stopped:
        yield f"not complete ({audit.stopped})"


def _refused(prompt: AuditPrompt, arm: str) -> bool:
    return any(reason.code == Code.AUDIT_REFUSED and reason.data["arm"] == arm for reason in prompt.reasons)


def _count(share: Share) -> str:
    return f"{'none' if share.count == 0 else share.count} of {plural(share.n, 'prompt')}"


def _row(audit: Audit, name: str) -> ArmRelation | None:
    return next((row for row in audit.relations if row.name == name and row.differ.n), None)


def _turn(value: float, quick: bool) -> float:
    return 1 / value if quick and value else value


def _times(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _count_of(count: Any, one: str) -> str:
    return plural(count, one) if isinstance(count, int) else f"{count} {one}s"


def _other_words(count: Any) -> str:
    return f"{_count_of(count, 'prompt')} {'asks' if count == 1 else 'ask'} for something else in B than in A"


TEMPLATES: Mapping[str, Any] = {
    Code.AUDIT_SAME: "the same pixels",
    Code.AUDIT_VISIBLE: "visibly different images",
    Code.AUDIT_SLIGHT: "different pixels, a slight difference",
    Code.AUDIT_PIXELS: "different pixels",
    Code.AUDIT_UNMEASURED: "{absent:text}",
    Code.AUDIT_ANSWERS: "the answers differ",
    Code.AUDIT_LOST: "an image of the run is lost",
    Code.AUDIT_OTHER_JUDGE: "{count} checks were answered by another judge in B than in A: they are undecided",
    Code.AUDIT_NO_VIEWER: "viewer {viewer} measured no embedding distance: {problem:text}",
    Code.AUDIT_NO_CONTROL: "no control to compare it with",
    Code.AUDIT_NO_DISTANCE: "no distance within an arm to compare it with",
    Code.AUDIT_SIZES: "size {before} → {after}",
    Code.AUDIT_BEYOND: "farther apart than repeats of one arm (p = {p:.2g})",
    Code.AUDIT_WITHIN: "no farther apart than repeats of one arm (p = {p:.2g})",
    Code.AUDIT_LACKS: "{arm} lacks {missing} of {count:images}",
    Code.AUDIT_REFUSED: "{arm} refuses it ({count} of {count}), {other} generates it:",
    Code.AUDIT_WITHOUT: lambda arm, verdict: f"{arm}: {verdict or 'not generated'}:",
    Code.AUDIT_UNPAIRED: "the generated images are not of the same repeats",
    Code.AUDIT_ITSELF: "both arms ask for the same images: this is an audit of A against itself",
    Code.AUDIT_OTHER_WORDS: _other_words,
    Code.AUDIT_CACHED: "{count:images} of {arm} came from a cache or replay: they prove no repeat",
    Code.AUDIT_FEW: lambda pairs:
        f"that both arms repeat exactly rests on {_count_of(pairs, 'pair')} of images; more --repeats are surer",
    Code.AUDIT_ONLY_IN: "only in {arm}: {trials:list}{more:more}",
    Code.AUDIT_AT_ONCE: "times were taken with up to {count} images being generated at once",
    Code.AUDIT_BILLED: "{count} calls were cut off before their image was recorded: they may have been billed",
    Code.AUDIT_SAME_RUN: "A and B are the same run: its repeats are compared with each other",
    Code.AUDIT_ENVIRONMENTS: "the runs were made in different environments: {differences:differences}{more:more}",
    Code.AUDIT_INCOMPLETE: "run {arm} is not complete",
}  # fmt: skip
