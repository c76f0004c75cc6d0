"""What a run is asked to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.records import ExecutorSpec, StoreOptions
from harness.suite import Project, SuiteText
from harness.vocabulary import Verdict

RERUNNABLE = (Verdict.FAILED, Verdict.REFUSED)
"""The verdicts of trials that have no image, so that they can be generated again within their run."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run; the fields that choose or change trials are recorded in ``run.json``.

    ``executor`` says where the providers generate (default: on this machine).
    ``suites`` are files, folders or texts; ``project`` has what they share, and the root at which recorded paths start;
    ``overrides`` the pairs of ``--set``; ``cases`` globs and ``tags`` names that
    choose trials; ``failed`` is the folder of a run whose trials that need another look are generated, ``changed`` the
    commit of git since which a trial must have changed; ``shard`` (i, n), 1-based; ``budget`` in US dollars;
    ``timeout`` in seconds overrides the suite's; ``resume`` is the folder of an unfinished run, and ``rerun`` names
    verdicts without an image (RERUNNABLE) whose trials in it are generated again; ``partial`` says that trials were
    left out in another way.
    ``cache`` is a folder of images kept between runs, ``record`` one that every exchange with a provider is written
    to, ``replay`` one that answers in place of the providers; at most one of the three.
    """

    suites: tuple[Path | SuiteText, ...]
    reports: Path = Path("reports")
    baselines: Path = Path("baselines")
    project: Project | None = None
    executor: ExecutorSpec | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    failed: Path | None = None
    changed: str | None = None
    shard: tuple[int, int] | None = None
    repeats: int = 1
    budget: float | None = None
    timeout: float | None = None
    require_generated: bool = False
    resume: Path | None = None
    rerun: tuple[str, ...] = ()
    partial: bool = False
    cache: Path | None = None
    record: Path | None = None
    replay: Path | None = None

    @property
    def store(self) -> StoreOptions | None:
        """Where accepted images are that are not on the disk."""
        return None if self.project is None else self.project.store

    @property
    def whole(self) -> bool:
        """Whether every trial of the suites is part of the run, so that orphans can be reported."""
        return not (self.cases or self.tags or self.failed or self.changed or self.shard or self.partial)

    @property
    def shares(self) -> bool:
        """Whether equal seeded recipes are generated once, and the cache may answer: not where repetition is proof."""
        return self.repeats == 1 and self.replay is None and not self.require_generated

    @property
    def recorded_suites(self) -> tuple[str, ...]:
        """The suites as ``run.json`` names them."""
        return tuple(self._recorded(s.path if isinstance(s, SuiteText) else s) for s in self.suites)

    @property
    def recorded_baselines(self) -> str:
        """The folder of the baselines as ``run.json`` names it."""
        return self._recorded(self.baselines)

    def _recorded(self, path: Path) -> str:
        return str(path) if self.project is None else self.project.recorded(path)

    def recorded(self) -> dict[str, object]:
        """Return the options that decide which trials are generated and how, as JSON: equal for a resumed run."""
        shard = None if self.shard is None else f"{self.shard[0]}/{self.shard[1]}"
        sources = {"cache": self.cache, "record": self.record, "replay": self.replay}
        return {
            "set": dict(sorted(self.overrides.items())),
            "cases": list(self.cases),
            "tags": list(self.tags),
            **({"failed": self.failed.name} if self.failed else {}),
            **({"changed": self.changed} if self.changed else {}),
            "shard": shard,
            "repeats": self.repeats,
            **{name: self._recorded(folder) for name, folder in sources.items() if folder is not None},
        }
