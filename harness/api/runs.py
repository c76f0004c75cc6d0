"""A run and its results, as ``harness.run`` returns it; ``harness.load_run``: a stored one."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, Unpack

from harness.api.baselines import Baselines, Choice
from harness.api.images import Image
from harness.baseline import Change
from harness.errors import EXIT_OK
from harness.ledger import find_run, iter_results, read_image, read_run
from harness.records import RunRecord, TrialResult
from harness.report import notebook, write_report
from harness.runner import exit_code
from harness.suite import Plan, resolve_project
from harness.vocabulary import Verdict

AnyPath: TypeAlias = str | os.PathLike[str]


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run as it ended, made now (:func:`harness.run`) or read (:func:`harness.load_run`). A notebook shows it.

    ``record`` has its totals, ``folder`` its files, ``plan`` the trials that it was made of; None where it was read.
    """

    record: RunRecord
    folder: Path
    plan: Plan | None = field(repr=False)
    baselines: Baselines

    @property
    def results(self) -> tuple[TrialResult, ...]:
        """The result of each trial, in the order they finished."""
        return tuple(iter_results(self.folder))

    @property
    def exit_code(self) -> int:
        """As of ``harness run``: 0 all proven fine, 1 findings, 3 only missing images, 130 interrupted."""
        return exit_code(self.record)

    @property
    def ok(self) -> bool:
        """Whether every image is proven fine."""
        return self.exit_code == EXIT_OK

    @property
    def verdicts(self) -> dict[Verdict, int]:
        """How many trials had each verdict."""
        return {Verdict(name): count for name, count in self.record.totals.items()}

    def image(self, result: TrialResult) -> Image | None:
        """Return the image of a result; None where none came. Raises ImageLostError."""
        return None if result.image is None else Image(read_image(self.folder, result.image), name=str(result.key))

    def report(self, *, single_file: bool = False) -> Path:
        """Write the page of the run (with JUnit XML and Markdown beside it); returns its path."""
        return write_report(self.folder, baselines=self.baselines.root, single_file=single_file)["html"]

    def accept(
        self,
        reason: str,
        *,
        who: str | None = None,
        add: bool = False,
        unproven: bool = False,
        **choice: Unpack[Choice],
    ) -> list[Change]:
        """Make images of this run the baselines: see :meth:`harness.Baselines.accept`."""
        return self.baselines.accept(self, reason, who=who, add=add, unproven=unproven, **choice)

    def __repr__(self) -> str:
        return f"<harness.Run {self.record.run}: {notebook.counts(self.record)}>"

    def _repr_html_(self) -> str:
        return notebook.run_html(self.folder, self.record, self.exit_code, self.baselines.root)


def load_run(run: AnyPath = "latest", *, baselines: AnyPath | None = None, reports: AnyPath | None = None) -> Run:
    """Return a stored run without generating anything, as ``harness report`` finds it.

    ``run`` is ``latest``, a name among the project's ``reports`` (or an unambiguous part of it), or a folder. Its
    accepted images are looked for where the run had them, unless ``baselines`` names another folder.

    Raises RunNotFoundError, with the names that come close, and the ledger's other faults.
    """
    project = resolve_project(flags={"reports": reports})
    folder = find_run(project.reports, str(run))
    record = read_run(folder)
    return Run(record, folder, None, Baselines(baselines or project.located(record.baselines)))
