"""The reference of the metrics, from :mod:`harness.vocabulary.metrics`."""

from harness.vocabulary import METRICS, Metric
from tools.docs.markdown import plain, table


def text() -> str:
    """Return a table of all metrics, and a section for each."""
    rows = ([f"[`{name}`](#{name})", plain(one.title), _range(one), _closer(one)] for name, one in METRICS.items())
    return "\n".join([table(("metric", "name", "range", "more alike is"), rows), *map(_section, METRICS.values())])


def _range(metric: Metric) -> str:
    if metric.boolean:
        return "yes or no"
    high = "" if metric.high is None else f" to {metric.high:g}"
    return f"{'' if high else 'from '}{metric.low:g}{high}{' ' + metric.unit if metric.unit else ''}"


def _closer(metric: Metric) -> str:
    return "yes" if metric.boolean else metric.better.value


def _section(metric: Metric) -> str:
    same = "none: it is absent" if metric.same is None else "yes" if metric.boolean else f"{metric.same:g}"
    rows = (
        f"Range: {_range(metric)}; {_closer(metric)} is more alike; of equal images: {same}",
        f"Formula: {plain(metric.source)}",
        f"**Blind to:** {plain(metric.blind)}",
    )
    definition = plain(f"{metric.title}: {metric.definition}")
    return f"## {metric.name}\n\n{definition[0].upper()}{definition[1:]}.\n\n" + "".join(f"- {row}\n" for row in rows)
