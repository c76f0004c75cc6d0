"""The accepted images of a folder: what they are, whether they are intact, and the decisions over a run."""

import os
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict, Union, Unpack

from harness.api.images import Image
from harness.baseline import (
    BaselineError,
    Change,
    Decision,
    Selection,
    accept,
    choose,
    ignore,
    reject,
    rename,
    run_to_decide,
    undo,
    whoami,
)
from harness.baseline import Baselines as Store
from harness.records import TrialKey
from harness.runner import rerun
from harness.suite import resolve_project
from harness.vocabulary import Verdict

if TYPE_CHECKING:
    from harness.api.runs import Run

RunSource: TypeAlias = Union["Run", str, "os.PathLike[str]"]
"""A run, its folder, its name among the project's reports, or ``latest``."""


class Choice(TypedDict, total=False):
    """The trials of a run that a decision applies to."""

    cases: Collection[str]
    keys: Collection[str | TrialKey]
    verdicts: Collection[Verdict]


class Baselines:
    """The folder of the accepted images; without ``root`` the project's.

    Decisions choose trials of a run by ``cases`` (globs), ``keys`` and ``verdicts``; without ``verdicts`` and ``keys``
    those that need a decision: new, drift, incomparable, inconclusive. Each needs a ``reason``, and is refused under CI
    (WritesRefusedError). Raises ManifestError for a manifest that cannot be read.
    """

    def __init__(self, root: str | os.PathLike[str] | None = None) -> None:
        project = resolve_project()
        self.root = project.baselines if root is None else Path(root)
        self._options = project.store

    @property
    def _store(self) -> Store:
        return Store(self.root, self._options)

    def suites(self) -> list[str]:
        """Return the suites with accepted images."""
        return self._store.suites()

    def trials(self, suite: str | None = None) -> list[TrialKey]:
        """Return the trials with accepted images, of one suite or of all."""
        store = self._store
        return [key for name in ([suite] if suite else store.suites()) for key in store.manifest(name).trials()]

    def images(self, trial: TrialKey) -> list[Image]:
        """Return the accepted images of a trial, first accepted first. Raises BaselineImageError."""
        store = self._store
        accepted = store.manifest(trial.suite).accepted(trial)
        return [Image(store.load(item, trial), name=item.image.file) for item in accepted]

    def verify(self) -> list[BaselineError]:
        """Everything that is wrong: manifests, images missing or altered, files that no manifest names."""
        return self._store.verify()

    def log(self, suite: str) -> Iterator[Decision]:
        """Return the decisions over a suite, the first one first: who, when, what and why."""
        return iter(self._store.log(suite))

    def accept(
        self,
        run: RunSource,
        reason: str,
        *,
        who: str | None = None,
        add: bool = False,
        unproven: bool = False,
        **choice: Unpack[Choice],
    ) -> list[Change]:
        """Make images of a run the baselines; with ``add`` beside those there are.

        An image that should repeat exactly must have been generated twice with equal pixels; if that is free, it is
        generated again now. ``unproven`` accepts it without. Raises NotProvenError (then nothing is accepted),
        NothingSelectedError, UsageError.
        """
        project, chosen = resolve_project(), _selection(**choice)
        folder, plan = _folder(run), getattr(run, "plan", None)
        again = rerun(folder, project, plan=plan)
        who = who or whoami()
        made = accept(self._store, folder, chosen, reason=reason, who=who, unproven=unproven, add=add, rerun=again)
        return list(made)

    def reject(
        self,
        run: RunSource,
        reason: str,
        *,
        who: str | None = None,
        baseline: bool = False,
        **choice: Unpack[Choice],
    ) -> list[Change]:
        """Note that images of a run are wrong; their baselines stay.

        With ``baseline`` what is accepted now is wrong: it is taken out, and what it replaced is accepted again.
        """
        chosen = _selection(**choice)
        return reject(self._store, _folder(run), chosen, reason=reason, who=who or whoami(), baseline=baseline)

    def undo(self, decision: str | None = None, reason: str = "undone", *, who: str | None = None) -> list[Change]:
        """Reverse the latest decision, or the one with this ``id`` in the log.

        Raises UsageError where there is none, UndoRefusedError where a later decision stands in the way or what was
        replaced is not kept any more.
        """
        return undo(self._store, decision, who=who or whoami(), reason=reason)

    def rename(self, old: str, new: str, reason: str = "renamed", *, who: str | None = None) -> list[Change]:
        """Give the baselines of a case another name; both are ``suite/case``. Raises UsageError."""
        return rename(self._store, old, new, who=who or whoami(), reason=reason)

    def ignore(
        self,
        run: RunSource,
        reason: str,
        *,
        owner: str,
        until: date,
        who: str | None = None,
        **choice: Unpack[Choice],
    ) -> list[Change]:
        """Leave findings of these trials out of the exit code up to and with the day ``until``."""
        chosen = choose(_folder(run), _selection(**choice))
        today, who = date.today(), who or whoami()
        return ignore(self._store, chosen, reason=reason, owner=owner, until=until, who=who, today=today)

    def __repr__(self) -> str:
        return f"<harness.Baselines {self.root}>"


def _selection(
    cases: Collection[str] = (), keys: Collection[str | TrialKey] = (), verdicts: Collection[Verdict] = ()
) -> Selection:
    return Selection(keys=frozenset(map(str, keys)), cases=tuple(cases), verdicts=frozenset(map(Verdict, verdicts)))


def _folder(run: RunSource) -> Path:
    return run_to_decide(resolve_project().reports, str(getattr(run, "folder", run)))
