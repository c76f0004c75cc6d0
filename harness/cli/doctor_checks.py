"""What ``harness doctor`` looks at: this installation, the project, its providers, its repository. Nothing is sent."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.suite import Project

LEAST_FREE = 1 << 30
"""Bytes free on the disk of the runs below which it is said."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``state`` is ``ok``, ``info`` (optional, and not in use), ``warning`` or
    ``fault``; ``hint`` says what to do about it."""

    area: str
    name: str
    state: Literal["ok", "info", "warning", "fault"]
    detail: str
    hint: str = ""


def installation() -> Iterator[Finding]:
    """Look at Python, the native parts and the extras."""
    from harness.comparison import kernel_name

    version = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    yield Finding("installation", "Python", "ok", f"{version} ({sys.executable})")
    build = "install a C compiler and Python's headers, then install the package again"
    try:
        kernel = kernel_name()
        slow = kernel == "numpy" and not os.environ.get("HARNESS_KERNEL")
        yield Finding("installation", "kernel", "warning" if slow else "ok", kernel, build if slow else "")
    except HarnessError as fault:
        yield Finding("installation", "kernel", "fault", str(fault), fault.hint)
    yield from _extras()


def _extras() -> Iterator[Finding]:
    for extra in metadata.metadata("image-harness").get_all("Provides-Extra") or ():
        if extra in ("dev", "docs", "clients"):
            continue
        missing, name = missing_of(extra), f"extra `{extra}`"
        if missing:
            detail = f"not installed: {', '.join(missing)}"
            yield Finding("installation", name, "info", detail, f"pip install 'image-harness[{extra}]'")
        else:
            yield Finding("installation", name, "ok", "installed")


def missing_of(extra: str) -> list[str]:
    """Return the requirements of an extra that are not installed, or in another version; none where there is no such
    extra."""
    from packaging.requirements import Requirement

    listed = [Requirement(text) for text in metadata.requires("image-harness") or ()]
    own = [one for one in listed if one.marker and one.marker.evaluate({"extra": extra})]
    return [one.name for one in own if one.marker and not one.marker.evaluate({"extra": ""}) and not _fits(one)]


def _fits(requirement: Any) -> bool:
    try:
        return bool(requirement.specifier.contains(metadata.version(requirement.name), prereleases=True))
    except metadata.PackageNotFoundError:
        return False


def project_files(project: "Project") -> Iterator[Finding]:
    """Look at the project's file, suites, baselines and the place of its runs."""
    from harness.baseline import Baselines
    from harness.report import plural

    found = str(project.file) if project.file else f"none: the root is {project.root}"
    yield Finding("project", "file", "ok" if project.file else "info", found, "" if project.file else "harness init")
    baselines = Baselines(project.baselines, project.store)
    faults = baselines.verify()
    for one in faults:
        yield Finding("project", "baselines", "fault", str(one), one.hint)
    if not faults:
        detail = f"{project.baselines}: {plural(len(baselines.suites()), 'suite')}, every image as accepted"
        if baselines.store is not None:
            detail += " or not on the disk; what the store holds: harness store verify"
        yield Finding("project", "baselines", "ok", detail)
    place = next(path for path in (project.reports.absolute(), *project.reports.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    detail = f"{project.reports}: {free / 1e9:.1f} GB free"
    if not os.access(place, os.W_OK):
        yield Finding("project", "runs", "fault", f"{place} cannot be written", "name another folder: --reports")
    elif free < LEAST_FREE:
        yield Finding("project", "runs", "warning", detail, "free some, or name another folder: --reports")
    else:
        yield Finding("project", "runs", "ok", detail)


def providers(project: "Project") -> Iterator[Finding]:
    """Look at the suites, and at the providers that they use: options, keys, extras, prices."""
    from harness.provider import PRICED_KINDS, endings_of, table_date, table_warning
    from harness.report import plural
    from harness.runner import RunOptions, plan_of

    try:
        suites = project.suite_paths()
        plan = plan_of(RunOptions(suites, project=project, baselines=project.baselines, reports=project.reports))
    except HarnessError as fault:
        yield Finding("suites", "plan", "fault", str(fault), fault.hint)
        return
    yield Finding("suites", "plan", "ok", f"{plural(len(plan.suites), 'suite')}, {plural(plan.count(), 'trial')}")
    for name, spec in plan.providers.items():
        yield _provider(name, spec)
        for ending in endings_of(spec):
            yield Finding("providers", name, "warning", str(ending))
    if any(spec.kind in PRICED_KINDS for spec in plan.providers.values()):
        old = table_warning()
        yield Finding("providers", "prices", "warning" if old else "ok", old or f"the table of {table_date()}")


def _provider(name: str, spec: Any) -> Finding:
    from harness.provider import adapter_of

    kind = f"`{spec.kind}`"
    try:
        adapter = adapter_of(spec)
        options = adapter.options.read(spec.name, spec.options)
        key = getattr(options, "key_env", None)
        if key is not None:
            from harness.http import secret_from

            secret_from(key)
            return Finding("providers", name, "ok", f"{kind}, the key in {key} is set")
    except HarnessError as fault:
        return Finding("providers", name, "fault", f"{kind}: {fault}", fault.hint)
    missing = missing_of(spec.kind)
    if missing:
        install = f"pip install 'image-harness[{spec.kind}]'"
        return Finding("providers", name, "fault", f"{kind} needs {', '.join(missing)}", install)
    return Finding("providers", name, "ok", kind)


def repository(project: "Project") -> Iterator[Finding]:
    """Look at git: the merge driver for manifests, and Git LFS where images are in it."""
    from harness.baseline import DRIVER

    if _git(project.root, "rev-parse", "--is-inside-work-tree") != "true":
        yield Finding("repository", "git", "info", "the project is in no repository", "git init")
        return
    yield Finding("repository", "git", "ok", _git(project.root, "rev-parse", "--show-toplevel") or "")
    driver = _git(project.root, "config", "merge.harness.driver")
    manifest = str(project.baselines / "suite" / "manifest.json")
    named = (_git(project.root, "check-attr", "merge", "--", manifest) or "").endswith(": harness")
    if driver == DRIVER and named:
        yield Finding("repository", "merge driver", "ok", "manifests are merged by their entries")
    else:
        what = "not set up: git merges manifests as text"
        yield Finding("repository", "merge driver", "warning", what, "harness baselines install")
    image = str(project.baselines / "suite" / "images" / "image.png")
    if (_git(project.root, "check-attr", "filter", "--", image) or "").endswith(": lfs"):
        lfs = _git(project.root, "lfs", "version")
        state: Literal["ok", "fault"] = "ok" if lfs else "fault"
        yield Finding(
            "repository", "Git LFS", state, lfs or "not installed", "" if lfs else "install git-lfs, git lfs pull"
        )


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None where it fails or is not installed."""
    from harness.runner import git

    done = git(*arguments, folder=folder)
    return done.stdout.strip() if done is not None and done.returncode == 0 else None
