"""Asking for approval before money is spent, for every command that may cost something."""

import shlex
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.suite import Project


def allowed(
    project: "Project",
    what: str,
    cost: float | None,
    given: dict[str, Any],
    *,
    resume: Path | None = None,
    hint: str = "or state `price:` (0 when it is free) under `providers:`",
) -> AbstractContextManager[float | None]:
    """Approve generating ``what`` for ``cost`` US dollars (None: unknown); yields the remaining budget, reserved.

    ``given`` are the arguments of the command; ``live`` and ``budget`` are removed. ``hint``: where to state the price.
    Raises UsageError where it is not approved, and what reserving raises.
    """
    from harness.runner import approved

    live = given.pop("live", False) or given.pop("budget", None) is not None
    ask = partial(_ask, what) if interactive() else None
    return approved(project, cost, refused=partial(_refused, what, hint=hint), live=live, resume=resume, ask=ask)


def interactive() -> bool:
    """Return whether a person can answer: stdin and stdout are terminals, and this is not continuous integration."""
    from harness.baseline import in_ci

    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)) and not in_ci()


def _ask(what: str, cost: float | None, left: float | None) -> None:
    from harness.report import about_cost, show_cost

    stops = "" if left is None or (cost is not None and cost <= left) else f"; the budget stops it at {show_cost(left)}"
    if not click.confirm(f"{what}, {about_cost(cost)}{stops}: generate?", default=False, err=True):
        raise UsageError("nothing was generated", f"to allow it without a question: {_again('--live')}")


def _refused(what: str, cost: float | None, *, hint: str) -> UsageError:
    from harness.runner import NotApprovedError, enough

    if cost is None:
        return NotApprovedError.of(what, cost, f"allow it: {_again('--live')}; {hint}")
    return NotApprovedError.of(what, cost, f"allow it up to an amount: {_again('--budget', f'{enough(cost):.2f}')}")


def _again(*more: str) -> str:
    """Return the command that was typed, with more options."""
    return shlex.join(["harness", *(click.get_current_context().find_root().obj or ()), *more])
