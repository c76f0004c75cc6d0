"""The figures of a benchmark in words."""

from harness.records import ArmFigures, Bench, Share
from harness.report.formatting import DASH, show_cost, show_interval, show_price, show_seconds, show_time
from harness.vocabulary import Stop


def show_share(share: Share) -> str:
    """``97 % of 31``, ``–`` where nothing was counted."""
    return DASH if share.rate is None else f"{share.rate * 100:.0f} % of {share.n:,}"


def best_throughput(arm: ArmFigures) -> str:
    """``4.10/s at 2``: the highest that was measured, and how many were generated at a time."""
    if not arm.throughput:
        return DASH
    best = max(arm.throughput, key=lambda one: one.per_second)
    rate = f"{best.per_second:.2f}" if best.per_second < 10 else f"{best.per_second:.0f}"
    return f"{rate}/s at {best.concurrency}"


def missing_words(arm: ArmFigures) -> str:
    """``2 refused, 1 failed``; empty when every generation gave an image."""
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(arm.missing.items()))


def stopped_words(bench: Bench) -> str:
    """Why not all was generated; empty when all was."""
    reasons = {Stop.BUDGET: "the budget was reached", Stop.INTERRUPTED: "it was interrupted"}
    why = reasons[bench.stopped] if bench.stopped else ""
    return f"{why} before all was generated: the figures stand for what was" if why else ""


def bench_headline(bench: Bench) -> str:
    """Return the one sentence: who is fastest, and what that costs in checks; plain where there is one arm."""
    timed = [arm for arm in bench.arms if arm.latency.p50 is not None]
    if not timed:
        return "Nothing was generated often enough to be timed"
    fast = min(timed, key=lambda arm: arm.latency.p50 or 0)
    if len(timed) == 1:
        return f"{fast.label}: {show_time(fast.latency.p50)} an image, checks passed {show_share(fast.checks)}"
    slow = max(timed, key=lambda arm: arm.latency.p50 or 0)
    ratio = (slow.latency.p50 or 0) / (fast.latency.p50 or 1)
    text = f"{fast.label} is the fastest: {show_time(fast.latency.p50)} an image, {ratio:.1f}× as fast as {slow.label}"
    counted = [arm for arm in timed if arm.checks.rate is not None]
    if not counted:
        return text
    top = max(arm.checks.rate or 0 for arm in counted)
    best = [arm.label for arm in counted if arm.checks.rate == top]
    if len(best) == len(counted):
        return f"{text}; all pass {top * 100:.0f} % of the checks"
    return (
        f"{text}; most checks pass with {', '.join(best)} ({top * 100:.0f} %), {fast.label} {show_share(fast.checks)}"
    )


def bench_cells(arm: ArmFigures) -> tuple[str, ...]:
    """Return an arm as the cells of a row, in the order of BENCH_COLUMNS."""
    latency = arm.latency
    return (
        arm.label,
        show_time(latency.p50),
        show_time(latency.p90),
        show_time(latency.p99),
        show_time(latency.first),
        best_throughput(arm),
        show_price(arm.cost),
        arm.determinism or DASH,
        show_share(arm.checks),
        show_interval(arm.checks),
    )


BENCH_COLUMNS = ("", "p50", "p90", "p99", "first", "throughput", "an image", "determinism", "checks passed", "95 %")


def bench_facts(bench: Bench) -> str:
    """``24 generations in 61.0 s, spent $0.10``."""
    generations = sum(arm.generations for arm in bench.arms)
    known = [arm.spent for arm in bench.arms if arm.spent is not None]
    spent = show_cost(sum(known) if len(known) == len(bench.arms) else None)
    return f"{generations:,} generations in {show_seconds(bench.seconds)}, spent {spent}"


def bench_method(bench: Bench) -> str:
    """Return how it was measured, in a few words."""
    machine = bench.machine
    where = ", ".join(str(machine[name]) for name in ("cpu", "platform") if machine.get(name))
    cores = f", {machine['cores']} cores" if machine.get("cores") else ""
    return (
        f"{bench.trials} trials, each generated {bench.repeats}× one at a time, the arms taking turns; "
        f"{bench.started[:10]}, {where}{cores}. The first generation of an arm is shown separately and left out of the "
        "percentiles; a percentile is shown where enough generations stand behind it (p90: 10, p99: 100). Checks count "
        "one generation per trial; of a trial without an image they count as failed."
    )
