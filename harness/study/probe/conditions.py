"""Fresh processes to generate in: restarted, with other numbers of threads, and as on other processors."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from harness.errors import GenerationError
from harness.generation import Conditions, Session
from harness.judge import failure
from harness.provider import Capabilities
from harness.records import Reason
from harness.study.probe.trial import TrialProbe
from harness.vocabulary import Code, ProbeName

X86 = ("x86_64", "amd64")
KERNELS = "Haswell"
"""OpenBLAS kernels of most machines of today."""
OLD: Mapping[str, str] = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "DNNL_MAX_CPU_ISA": "SSE41",
}
"""What makes OpenBLAS, PyTorch and oneDNN compute as on a processor without AVX."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A fresh process to generate in. ``setting`` is how it is reported, ``threads`` the number of arithmetic threads
    (None: as it is), ``environment`` further variables."""

    probe: ProbeName
    setting: str = ""
    threads: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


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


def worth(probe: TrialProbe, condition: Condition) -> bool:
    """Return whether generation under this condition would tell anything; where not, it is noted why."""
    reason = None if probe.supported else Code.SKIP_NOTHING
    if probe.supported and not probe.steady and not probe.first_is_odd:
        reason = probe.unsteady()
    elif probe.supported and condition.probe != ProbeName.RESTART and probe.differed(ProbeName.RESTART):
        reason = Code.SKIP_RESTART
    if reason is not None:
        probe.skipped[condition.probe] = Reason(reason)
        if condition.probe == ProbeName.RESTART:
            probe.skipped[ProbeName.FIRST] = Reason(reason)
    return reason is None


def _under(probe: TrialProbe, fresh: Session, condition: Condition, *, first: bool) -> None:
    """Generate in a fresh process; ``first`` says that nothing was generated there before. Raises
    BudgetReachedError."""
    if condition.probe == ProbeName.RESTART and first:
        probe.note(ProbeName.FIRST, probe.generate(fresh, probe.recipes[0]))
    elif probe.remembers:
        probe.aside(fresh, probe.recipes[0])
    for index in sorted(probe.reference_images.references):
        probe.note(condition.probe, probe.generate(fresh, probe.recipes[index]), index, condition.setting)


def _odd(probe: TrialProbe, condition: Condition) -> list[int]:
    """Return the recipes that differed there and are worth generating again; none where it would tell nothing."""
    if not probe.steady or probe.differed(ProbeName.ORDER):
        return []
    seen = [s for s in probe.seen if (s.probe, s.setting) == (condition.probe, condition.setting)]
    return [s.recipe for s in seen if s.fresh and not s.same][:2]


def _confirm(probe: TrialProbe, session: Session, fresh: Session, condition: Condition, recipes: Sequence[int]) -> None:
    """Generate these recipes again, here and there. Raises BudgetReachedError."""
    probe.plain(session, recipes)
    if probe.remembers:
        probe.aside(fresh, probe.recipes[0])
    for index in recipes:
        taken = probe.generate(fresh, probe.recipes[index])
        probe.note(condition.probe, taken, index, condition.setting, again=True)


def generate_under(condition: Condition, session: Session, probes: Sequence[TrialProbe]) -> None:
    """Generate all trials in such a process, and what differed once more in another one; that one does not start is
    noted. Raises BudgetReachedError."""
    conditions = Conditions(isolation=True, threads=condition.threads, environment=condition.environment)
    provider = probes[0].trial.recipe.subject.provider
    try:
        with session.under(conditions, provider) as fresh:
            for index, probe in enumerate(probes):
                _under(probe, fresh, condition, first=index == 0)
        odd = [(probe, recipes) for probe in probes if (recipes := _odd(probe, condition))]
        if odd:
            with session.under(conditions, provider) as fresh:
                for probe, recipes in odd:
                    _confirm(probe, session, fresh, condition, recipes)
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
