"""What can be wrong with accepted images, and what is refused when they are to be changed."""

from collections.abc import Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.records import TrialKey


class BaselineError(HarnessError):
    """Base of the faults of this room."""


class ManifestError(BaselineError):
    """A manifest that does not say what a manifest says.

    ``where`` is the place inside (``trials[3] "fox/base-s0"``), ``line`` counts from 1 or is None.
    """

    def __init__(self, path: Path, problem: str, where: str = "", line: int | None = None, *, hint: str = "") -> None:
        super().__init__(str(path), problem, where, line)
        self._hint = hint
        self.path = path
        self.problem = problem
        self.where = where
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.where}: {self.problem}" if self.where else f"{place}: {self.problem}"

    @property
    def hint(self) -> str:
        return self._hint or f"restore it (git checkout -- {self.path}), or delete the entry and accept its image again"


class BaselineImageError(BaselineError):
    """An accepted image that is not there as it was accepted. ``path`` is its file, ``trial`` whose it is."""

    def __init__(self, path: Path, trial: str) -> None:
        super().__init__(str(path), trial)
        self.path = path
        self.trial = trial

    @property
    def hint(self) -> str:
        return f"restore it (git checkout -- {self.path}), or look at the new image and accept that"


class ImageMissingError(BaselineImageError):
    """The manifest names an image that is not there, or cannot be read (``problem``)."""

    def __init__(self, path: Path, trial: str, problem: str = "is missing") -> None:
        super().__init__(path, trial)
        self.problem = problem

    def __str__(self) -> str:
        return f"the accepted image {self.path} of {self.trial} {self.problem}"


class ImageAlteredError(BaselineImageError):
    """The bytes of the image are not those that were accepted."""

    def __str__(self) -> str:
        return f"the accepted image {self.path} of {self.trial} was altered: its digest is not the manifest's"


class StrayFileError(BaselineError):
    """A file among the accepted images that no manifest names."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is named by no manifest"

    @property
    def hint(self) -> str:
        return "delete it, or restore the manifest that names it"


class WritesRefusedError(BaselineError):
    """Baselines are never written in continuous integration: the variable ``CI`` is set."""

    def __str__(self) -> str:
        return "baselines are not written where CI is set"

    @property
    def hint(self) -> str:
        return "accept on your own machine and commit the baselines folder, or unset CI"


class NotProvenError(BaselineError):
    """Trials not shown to repeat, or sets not generated whole; nothing was accepted. ``trials`` are pairs of key and
    problem."""

    def __init__(self, trials: Sequence[tuple[TrialKey, str]], chosen: int) -> None:
        super().__init__(tuple(trials), chosen)
        self.trials = tuple(trials)
        self.chosen = chosen
        self._sets = all("of its set" in problem for _, problem in self.trials)
        self._replayed = all("comes from the replay" in problem for _, problem in self.trials)

    def __str__(self) -> str:
        shown = "; ".join(f"{key} ({problem})" for key, problem in self.trials[:3])
        what = "not generated whole" if self._sets else "not shown to repeat"
        more = f"; and {len(self.trials) - 3} more" if len(self.trials) > 3 else ""
        return f"nothing accepted: {len(self.trials)} of {self.chosen} trials {what}: {shown}{more}"

    @property
    def hint(self) -> str:
        if self._sets:
            return "generate the rest with harness run --resume, or accept with --unproven and say why in --reason"
        if self._replayed:
            return (
                "record with --repeats 2 where the provider can be reached and accept a replay of that, "
                "or accept with --unproven and say why in --reason"
            )
        return "run with --repeats 2 and accept that run, or accept with --unproven and say why in --reason"


class NotPinnedError(BaselineError):
    """Images of a route that is not pinned: another of its providers may generate the next ones. Nothing was accepted.

    ``route`` is its name, ``over`` its providers, ``trials`` the keys, ``generated`` who generated the first of them.
    """

    def __init__(self, trials: Sequence[TrialKey], route: str, over: Sequence[str], generated: str = "") -> None:
        super().__init__(tuple(trials), route, tuple(over), generated)
        self.trials = tuple(trials)
        self.route = route
        self.over = tuple(over)
        self.generated = generated

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.trials[:3]))
        more = f" and {len(self.trials) - 3} more" if len(self.trials) > 3 else ""
        who = " or ".join(filter(None, (", ".join(self.over[:-1]), *self.over[-1:])))
        return f"nothing accepted: the next image of the route '{self.route}' may be generated by {who}: {shown}{more}"

    @property
    def hint(self) -> str:
        pin = self.generated or (self.over[0] if self.over else "NAME")
        return f"say `pin: {pin}` under providers.{self.route}, run again and accept that run"


class NothingSelectedError(BaselineError):
    """No trial of the run is meant. ``run`` is its folder, ``problem`` why."""

    def __init__(self, run: Path, problem: str) -> None:
        super().__init__(str(run), problem)
        self.run = run
        self.problem = problem

    def __str__(self) -> str:
        return f"nothing to do in {self.run}: {self.problem}"

    @property
    def hint(self) -> str:
        return "name what is meant: --key, --case GLOB, --variant GLOB, --seed or --verdict"


class NameClashError(BaselineError):
    """Two trials whose images would have one name where capitals do not count."""

    def __init__(self, file: str, key: TrialKey, other: TrialKey) -> None:
        super().__init__(file, key, other)
        self.file = file
        self.key = key
        self.other = other

    def __str__(self) -> str:
        return f"{self.key} and {self.other} would share the file {self.file} where capitals do not count"

    @property
    def hint(self) -> str:
        return "rename one of the two cases or variants"
