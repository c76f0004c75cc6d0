"""Which trials of a plan a run generates beside globs and tags: those that were not fine in an earlier run, and those
that changed since a revision of git."""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import UsageError, excerpt
from harness.ledger import iter_results
from harness.records import TrialKey, digest_of, to_json
from harness.runner.identity import identity_digest
from harness.runner.options import RunOptions
from harness.runner.repository import git
from harness.suite import Plan, SuiteText
from harness.vocabulary import Status

_PLAN = "from harness.runner.planning import print_digests; print_digests()"
"""Runs with the other revision's folder as its working folder, so that paths are what they are here."""


def not_fine(folder: Path) -> set[TrialKey]:
    """Return the keys of the trials of a run that need another look: findings, and those without an image.

    A trial that the run did not reach is not among them. Raises what :func:`harness.ledger.iter_results` does.
    """
    open_ones = (Status.FINDING, Status.MISSING)
    return {result.key for result in iter_results(folder) if result.outcome.status in open_ones}


def digests(plan: Plan) -> dict[str, str]:
    """Return, by trial key, the digest of all that decides a trial: its recipe (input images by content), its rules and
    checks, and the program or weights of its provider, as far as they are files."""
    identities: dict[str, str] = {}
    found = {}
    for trial in plan.trials():
        subject = trial.recipe.subject
        name = digest_of(subject)
        if name not in identities:
            try:
                identities[name] = identity_digest(plan.providers[subject.provider], subject)
            except OSError:
                identities[name] = "unreadable"
        rules = {"policy": trial.policy, "checks": trial.checks, "answer": trial.answer}
        found[str(trial.key)] = digest_of({"recipe": trial.recipe.digest, "identity": identities[name], **rules})
    return found


def digests_at(revision: str, options: RunOptions) -> tuple[dict[str, str], str]:
    """Return the digests of the same suites at a revision of git, read in a folder of its own by this version of the
    harness, and a note where they could not be read there: then there are none. Raises UsageError where git cannot."""
    if any(isinstance(suite, SuiteText) for suite in options.suites):
        raise UsageError("the suite is a text: it has no revision of git", "name the file of the suite")
    top = Path(_git("rev-parse", "--show-toplevel"))
    here = Path.cwd().resolve()
    with tempfile.TemporaryDirectory(prefix="harness-changed-") as scratch:
        archive, tree = Path(scratch, "tree.tar"), Path(scratch, "tree").resolve()
        _git("-C", str(top), "archive", "--format=tar", "-o", str(archive), revision)
        with tarfile.open(archive) as packed:
            packed.extractall(tree, filter="data")
        start = tree / here.relative_to(top)
        suites = [_relative(suite) for suite in options.suites if not isinstance(suite, SuiteText)]
        suites = [suite for suite in suites if (start / suite).exists()]
        if not suites:
            return {}, ""
        config = options.project and options.project.file and _relative(options.project.file)
        return _in_folder(start, {"suites": suites, "overrides": options.overrides, "config": config}, revision)


def resolved(revision: str) -> str:
    """Return the commit of a revision. Raises UsageError for one that git does not know."""
    return _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", named=revision)


def _in_folder(folder: Path, given: Mapping[str, Any], revision: str) -> tuple[dict[str, str], str]:
    package = Path(__file__).parents[2]
    paths = os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(  # noqa: S603 - this Python, with a program of its own
        [sys.executable, "-c", _PLAN],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths},
        input=json.dumps(to_json(given)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        fault = excerpt(done.stderr, 300, end=True)
        return {}, f"the suites at {revision[:12]} cannot be read, so every trial counts as changed: {fault}"
    return json.loads(done.stdout), ""


def _relative(path: Path) -> str:
    return os.path.relpath(path.resolve(), Path.cwd().resolve())


def _git(*arguments: str, named: str = "") -> str:
    """Return what git prints. Raises UsageError with git's own message, or ``named`` as unknown."""
    done = git(*arguments)
    if done is None:
        raise UsageError("git is not installed: what changed cannot be known", "install git")
    if done.returncode:
        problem = f"git knows no revision {named!r:.80}" if named else f"git: {excerpt(done.stderr)}"
        hint = "in CI fetch it first: git fetch origin main (with actions/checkout: fetch-depth: 0)"
        raise UsageError(problem, hint if named else "")
    return done.stdout.strip()
