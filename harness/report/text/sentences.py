"""The sentence of each code."""

from collections.abc import Callable, Iterable, Mapping

from harness.records import Reason, canonical_json
from harness.report.text import audit, audit_go, chance, change, monitor, probe, run
from harness.report.text.forms import Words

TEMPLATES: Mapping[str, str | Callable[..., str]] = {
    **run.TEMPLATES,
    **chance.TEMPLATES,
    **change.TEMPLATES,
    **audit.TEMPLATES,
    **audit_go.TEMPLATES,
    **probe.TEMPLATES,
    **monitor.TEMPLATES,
}
"""The template of each code (of :class:`harness.vocabulary.Code`), or what makes its sentence of the data."""


def sentence(reason: Reason) -> str:
    """One reason as a clause without a full stop; of data that a file holds in another form, the code with the data."""
    template = TEMPLATES[reason.code]
    try:
        if isinstance(template, str):
            return Words().vformat(template, (), reason.data)
        return template(**reason.data)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return f"{reason.code} {canonical_json(reason.data)}"


def because(reasons: Iterable[Reason]) -> str:
    """Several reasons in one line, a colon behind those that the next one explains; empty for none."""
    text = ""
    for words in map(sentence, reasons):
        text += (" " if text.endswith(":") else "; " if text else "") + words
    return text.removesuffix(":")
