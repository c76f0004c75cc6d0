"""The answer of an audit in one line that can be quoted: go, no-go or undecided, and on what it rests."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import exp
from typing import Any

from harness.records import Audit, Equivalence
from harness.report.text.audit import show_p
from harness.report.words import one_line, plural
from harness.vocabulary import ChangeKind, Code, Go, PairKind, Stop

WORDS = {Go.GO: "GO", Go.NO_GO: "NO-GO", Go.UNDECIDED: "UNDECIDED"}
NAMED = 3
"""Most tags that are named."""


def go_line(audit: Audit) -> str:
    """Return the line: ``NO-GO: B changes 6 of 6 prompts, all visibly (layout 4, color 2).``"""
    made = {Go.GO: _go, Go.NO_GO: _no_go, Go.UNDECIDED: _undecided}[audit.go](audit)
    return f"{WORDS[audit.go]}: {made}."


def kinds_shown(audit: Audit) -> str:
    """``layout 4, color 2``: the kinds of change over the prompts that changed, the most frequent first."""
    counts = Counter(kind for prompt in audit.prompts for kind in prompt.changes)
    refused = sum(prompt.kind == PairKind.REFUSED for prompt in audit.prompts)
    shown = [(kind.value, counts[kind]) for kind in ChangeKind if counts[kind]]
    shown += [("refused", refused)] if refused else []
    return ", ".join(f"{name} {count}" for name, count in sorted(shown, key=lambda one: -one[1]))


def equivalence_line(audit: Audit) -> str:
    """Return whether B is within the noise of A, with margin, numbers and rate; empty for audits that did not ask."""
    found = audit.equivalence
    if found is None:
        return ""
    if found.problem is not None:
        return f"equivalence was not tested: {TEMPLATES[found.problem.code]}"
    if found.p is None:
        return _exact(found, audit.alpha)
    shown = "shown" if found.shown else "not shown"
    return f"equivalence is {shown} at a rate of {found.alpha:.3g}: {_numbers(found)}, {show_p(found.p)}"


def looks_line(audit: Audit) -> str:
    """Return which looks were taken of how many; empty for an audit of one look."""
    if not audit.looks:
        return ""
    taken = ", ".join(f"{look.repeats} repeats: {look.go}" for look in audit.looks)
    each = audit.alpha / (audit.looks_planned or 1)
    return f"{plural(len(audit.looks), 'look')} of {audit.looks_planned} ({taken}), each at a rate of {each:.3g}"


def _go(audit: Audit) -> str:
    found = audit.equivalence
    assert found is not None
    if found.p is None:
        return _exact(found, audit.alpha)
    sure = f"{100 * (1 - audit.alpha):.0f} %"
    return f"B is within the noise of A with {sure} confidence ({_numbers(found)}, {show_p(found.p)})"


def _numbers(found: Equivalence) -> str:
    if found.excess is None or found.margin is None:
        return plural(found.n, "prompt")
    return (
        f"{plural(found.n, 'prompt')}, A to B {exp(found.excess):.2f}× the distance within A, "
        f"margin {exp(-found.margin):.2f}–{exp(found.margin):.2f}×"
    )


def _exact(found: Equivalence, alpha: float) -> str:
    if found.most is None:
        return "both arms repeat exactly, and B gives other pixels"
    return (
        f"B gives the same pixels as A in {'the one prompt' if found.n == 1 else f'all {found.n} prompts'} (with "
        f"{100 * (1 - alpha):.0f} % confidence fewer than {100 * found.most:.0f} % of such prompts differ)"
    )


def _no_go(audit: Audit) -> str:
    changed, visible = audit.changed, audit.visible.count
    if not changed.count:
        kinds = kinds_shown(audit)
        alone = f"B differs from A over all {plural(changed.n, 'prompt')}, though no single one is proven to"
        return f"{alone} ({kinds})" if kinds else alone
    seen = "all visibly" if visible == changed.count else f"{visible} visibly" if visible else "none visibly"
    kinds = kinds_shown(audit)
    tags = ", ".join(_tags(audit))
    return (
        f"B changes {changed.count} of {plural(changed.n, 'prompt')}, {seen}"
        + (f" ({kinds})" if kinds else "")
        + (f"; by tag: {tags}" if tags else "")
    )


def _tags(audit: Audit) -> Iterator[str]:
    """Yield the most changed tags, where tags differ in how much they changed."""
    if len({row.changed.rate for row in audit.tags if row.changed.n}) < 2:
        return
    for row in audit.tags[:NAMED]:
        if row.changed.count:
            yield f"{one_line(row.tag)} {row.changed.count} of {row.changed.n}"


def _undecided(audit: Audit) -> str:
    if not audit.changed.n:
        why = "nothing could be compared"
    else:
        why = f"no change is shown in {plural(audit.changed.n, 'prompt')}, and that B is within A's noise is not either"
    left = [
        f"{plural(count, 'prompt')} {word}"
        for count, word in ((audit.missing, "without images"), (audit.inconclusive, "inconclusive"))
        if count and audit.changed.n
    ]
    found = audit.equivalence
    shown = found is not None and found.shown
    if shown:
        why = "B is within the noise of A as far as could be judged"
    more = (
        [TEMPLATES[found.problem.code]] if found is not None and found.problem is not None and audit.changed.n else []
    )
    if found is not None and found.p is not None and not shown:
        more = [f"{_numbers(found)}, {show_p(found.p)}"]
    stopped = {Stop.BUDGET: "the budget was reached", Stop.INTERRUPTED: "it was interrupted"}
    more += [*left, *([stopped[audit.stopped]] if audit.stopped in stopped else [])]
    return f"{why} ({'; '.join(more)})" if more else why


TEMPLATES: Mapping[str, Any] = {
    Code.EQUIVALENCE_NO_CONTROL: "there is no control arm: A was not generated twice",
    Code.EQUIVALENCE_NOT_MEASURED: "a distance could not be measured (other sizes, or lost images)",
    Code.EQUIVALENCE_MODES: "some repeats of A give the same pixels, others do not: cached, or it falls into modes",
    Code.EQUIVALENCE_FEW: "too few repeats of A to know its noise: four are needed (--repeats 4, --until decided)",
    Code.EQUIVALENCE_NO_SPREAD: "all distances between repeats of A are equal: they show no noise",
    Code.EQUIVALENCE_A_EXACT: "A repeats exactly and B does not",
}
"""The words of why equivalence could not be tested."""
