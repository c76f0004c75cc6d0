"""Fresh processes to generate in: restarted, with other numbers of threads, and as on other processors."""

import platform
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from harness.errors import GenerationError
from harness.generation import Conditions, Session
from harness.judge import failure
from harness.provider import Capabilities
from harness.study.probe.trial import Condition, TrialProbe
from harness.vocabulary import ProbeName

X86 = ("x86_64", "amd64")
KERNELS = "Haswell"
"""OpenBLAS kernels of most machines of today."""
OLD: Mapping[str, str] = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "DNNL_MAX_CPU_ISA": "SSE41",
}
"""What makes OpenBLAS, PyTorch and oneDNN compute as on a processor without AVX."""


def conditions_of(capabilities: Capabilities, environment: Mapping[str, Any] | None = None) -> list[Condition]:
    """Return the fresh processes for a provider; none where it cannot be isolated.

    ``environment`` is what the provider says of this machine: its own kernels (``blas``) are no other ones.
    """
    if not capabilities.isolated:
        return []
    found = [
        Condition(ProbeName.RESTART),
        Condition(ProbeName.THREADS, "1 thread", 1),
        Condition(ProbeName.THREADS, "2 threads", 2),
    ]
    if platform.machine().lower() not in X86:
        return found
    if (environment or {}).get("blas") != KERNELS:
        found.append(
            Condition(ProbeName.INSTRUCTIONS, f"with {KERNELS} kernels", environment={"OPENBLAS_CORETYPE": KERNELS})
        )
    dispatched = _dispatched()
    old = {**OLD, "NPY_DISABLE_CPU_FEATURES": dispatched} if dispatched else dict(OLD)
    return [*found, Condition(ProbeName.INSTRUCTIONS, "without AVX", environment=old)]


def generate_under(condition: Condition, session: Session, probes: Sequence[TrialProbe]) -> None:
    """Generate all trials in such a process, and what differed once more in another one; that one does not start is
    noted. Raises BudgetReachedError."""
    conditions = Conditions(isolation=True, threads=condition.threads, environment=condition.environment)
    provider = probes[0].trial.recipe.subject.provider
    try:
        with session.under(conditions, provider) as fresh:
            for index, probe in enumerate(probes):
                probe.under(fresh, condition, first=index == 0)
        odd = [(probe, recipes) for probe in probes if (recipes := probe.odd(condition))]
        if odd:
            with session.under(conditions, provider) as fresh:
                for probe, recipes in odd:
                    probe.confirm(session, fresh, condition, recipes)
    except GenerationError as fault:
        for probe in probes:
            probe.skipped.setdefault(condition.probe, failure(fault))


def _dispatched() -> str:
    """Return the instruction sets beyond its baseline that numpy found here, as NPY_DISABLE_CPU_FEATURES takes them."""
    try:
        umath = import_module("numpy._core._multiarray_umath")
    except ModuleNotFoundError:
        return ""
    features: Mapping[str, bool] = getattr(umath, "__cpu_features__", {})
    return " ".join(name for name in getattr(umath, "__cpu_dispatch__", ()) if features.get(name))
