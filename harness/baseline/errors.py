"""What can be wrong with accepted images, and what is refused when they are to be changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.records import Reason, TrialKey
from harness.vocabulary import Code, Unproven

if TYPE_CHECKING:
    from harness.baseline.conflicts import Conflict


class BaselineError(HarnessError):
    """Base of the faults of this room."""


@dataclass(eq=False, repr=False)
class ManifestError(BaselineError):
    """An invalid manifest.

    ``where`` is the place inside (``trials[3] "fox/base-s0"``), ``line`` counts from 1 or is None.
    """

    path: Path
    problem: str
    where: str = ""
    line: int | None = None
    hint: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.where}: {self.problem}" if self.where else f"{place}: {self.problem}"

    def __post_init__(self) -> None:
        again = f"restore it (git checkout -- {self.path}), or delete the entry and accept its image again"
        self.hint = self.hint or again


@dataclass(eq=False, repr=False)
class BaselineImageError(BaselineError):
    """An accepted image that is not there as it was accepted: ``problem`` says how. ``path`` is its file, ``trial``
    whose it is; ``pointer`` says that Git LFS has not fetched it."""

    path: Path
    trial: str
    problem: str = "is missing"
    pointer: bool = False

    def __str__(self) -> str:
        return f"the accepted image {self.path} of {self.trial} {self.problem}"

    @property
    def hint(self) -> str:
        if self.pointer:
            return "fetch the accepted images: git lfs pull"
        return f"restore it (git checkout -- {self.path}), or look at the new image and accept that"

    @property
    def as_reason(self) -> Reason:
        """Why a trial that is compared with it is inconclusive."""
        return Reason(Code.BASELINE_ALTERED, {"problem": str(self), "hint": self.hint})


@dataclass(eq=False, repr=False)
class NotStoredError(BaselineImageError):
    """An accepted image that is neither on the disk nor, under ``key``, in the ``store``."""

    store: str = ""
    key: str = ""
    hint = "push it from where it was accepted: harness store push"

    def __str__(self) -> str:
        return (
            f"the accepted image {self.path} of {self.trial} is not on the disk, and {self.key} is not in {self.store}"
        )

    @property
    def as_reason(self) -> Reason:
        return Reason(Code.BASELINE_NOT_STORED, {"key": self.key, "store": self.store})


@dataclass(eq=False, repr=False)
class StoreUnavailableError(BaselineImageError):
    """An accepted image that is not on the disk, and that the store does not give: ``problem`` says why, ``advice``
    what to do about it."""

    advice: str = ""

    def __str__(self) -> str:
        return f"the accepted image {self.path} of {self.trial} is not on the disk, and {self.problem}"

    @property
    def hint(self) -> str:
        return self.advice

    @property
    def as_reason(self) -> Reason:
        return Reason(Code.BASELINE_STORE_FAILED, {"problem": self.problem, "hint": self.advice})


@dataclass(eq=False, repr=False)
class StrayFileError(BaselineError):
    """A file among the accepted images that no manifest names."""

    path: Path
    hint = "delete it, or restore the manifest that names it"

    def __str__(self) -> str:
        return f"{self.path} is listed in no manifest"


class WritesRefusedError(BaselineError):
    """Baselines are never written in continuous integration: the variable ``CI`` is set."""

    hint = "accept on your own machine and commit the baselines folder, or unset CI"

    def __str__(self) -> str:
        return "baselines are not written where CI is set"


@dataclass(eq=False, repr=False)
class NotProvenError(BaselineError):
    """Trials not shown to repeat, or sets not generated whole; nothing was accepted. ``trials`` are pairs of key and
    problem, ``lacking`` is what all of them lack."""

    trials: Sequence[tuple[TrialKey, str]]
    chosen: int
    lacking: Unproven = Unproven.REPEAT

    def __str__(self) -> str:
        shown = "; ".join(f"{key} ({problem})" for key, problem in self.trials[:3])
        what = "not generated whole" if self.lacking == Unproven.SET else "not shown to repeat"
        more = f"; and {len(self.trials) - 3} more" if len(self.trials) > 3 else ""
        return f"nothing accepted: {len(self.trials)} of {self.chosen} trials {what}: {shown}{more}"

    @property
    def hint(self) -> str:
        if self.lacking == Unproven.SET:
            return "generate the rest with harness run --resume, or accept with --unproven and say why in --reason"
        if self.lacking == Unproven.RECORDING:
            return (
                "record with --repeats 2 where the provider can be reached and accept a replay of that, "
                "or accept with --unproven and say why in --reason"
            )
        if self.lacking == Unproven.EQUAL:
            return (
                "it does not repeat: judge it by drift: calibrated, set or limits, "
                "or accept with --unproven and say why in --reason"
            )
        return "run with --repeats 2 and accept that run, or accept with --unproven and say why in --reason"


@dataclass(eq=False, repr=False)
class NotPinnedError(BaselineError):
    """Images of a route that is not pinned: another of its providers may generate the next ones. Nothing was accepted.

    ``route`` is its name, ``over`` its providers, ``trials`` the keys, ``generated`` who generated the first of them.
    """

    trials: Sequence[TrialKey]
    route: str
    over: Sequence[str]
    generated: str = ""

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.trials[:3]))
        more = f" and {len(self.trials) - 3} more" if len(self.trials) > 3 else ""
        who = " or ".join(filter(None, (", ".join(self.over[:-1]), *self.over[-1:])))
        return f"nothing accepted: the next image of the route '{self.route}' may be generated by {who}: {shown}{more}"

    @property
    def hint(self) -> str:
        pin = self.generated or (self.over[0] if self.over else "NAME")
        return f"say `pin: {pin}` under providers.{self.route}, run again and accept that run"


@dataclass(eq=False, repr=False)
class UndoRefusedError(BaselineError):
    """A decision that cannot be undone as it is; nothing was changed. ``decision`` is its id, ``problem`` says why."""

    decision: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        return f"the decision {self.decision} cannot be undone: {self.problem}"


@dataclass(eq=False, repr=False)
class NothingSelectedError(BaselineError):
    """No trial of the run is selected. ``run`` is its folder, ``problem`` why."""

    run: Path
    problem: str
    hint = "select trials: --key, --case GLOB, --variant GLOB, --seed or --verdict"

    def __str__(self) -> str:
        return f"nothing to do in {self.run}: {self.problem}"


@dataclass(eq=False, repr=False)
class NameClashError(BaselineError):
    """Two trials whose images would have one name on a file system that ignores case."""

    file: str
    key: TrialKey
    other: TrialKey
    hint = "rename one of the two cases or variants"

    def __str__(self) -> str:
        return f"{self.key} and {self.other} would share the file {self.file} on a file system that ignores case"


@dataclass(eq=False, repr=False)
class DecisionsError(BaselineError):
    """A file of decisions that cannot be used. ``problem`` says why."""

    path: Path
    problem: str
    hint = "export the decisions again from the report's page"

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"


@dataclass(eq=False, repr=False)
class OutdatedMarksError(BaselineError):
    """Decisions over something that has changed since it was looked at; nothing was written. ``conflicts`` are those
    trials."""

    conflicts: "Sequence[Conflict]"
    hint = "look at both images, then decide these trials again: harness review"

    def __str__(self) -> str:
        shown = "; ".join(map(str, self.conflicts[:3]))
        more = f"; and {len(self.conflicts) - 3} more" if len(self.conflicts) > 3 else ""
        return f"nothing was written, {len(self.conflicts)} decisions are outdated: {shown}{more}"
