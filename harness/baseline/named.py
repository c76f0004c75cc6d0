"""Which images the manifests of a repository name: those of every branch, tag and stash, and of every working tree.

Any SHA-256 in a file that is called as a manifest counts, whatever format it has and wherever it is: an image that is
named by too many is stored too long, one that is overlooked is lost.
"""

import io
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from harness.baseline.names import MANIFEST, PARTS
from harness.errors import UsageError, excerpt

_DIGEST = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_SECONDS = 300.0
"""How long git may take for one question."""


@dataclass(frozen=True, slots=True)
class Named:
    """The digests that manifests name, and why there may be more of them: empty where there are not."""

    digests: frozenset[str]
    unseen: tuple[str, ...]


def named(folder: Path, days: float) -> Named:
    """Return what is named now by any ref of the repository of ``folder`` or of its remotes, by any working tree, or
    was named within the last ``days``. Raises UsageError where git cannot tell."""
    tips, unseen = _remote_tips(folder)
    blobs = {blob for commit in sorted(tips | _tips(folder)) for blob in _manifests(folder, commit)}
    blobs |= _changed(folder, days)
    texts = [*_contents(folder, sorted(blobs)), *_files(folder)]
    digests = frozenset(found.decode() for text in texts for found in _DIGEST.findall(text))
    return Named(digests, tuple(unseen))


def _tips(folder: Path) -> set[str]:
    """Return the commits of all refs, and the heads of all working trees."""
    shown = _git(folder, "for-each-ref", "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)").decode()
    words = [line.split() for line in shown.splitlines()]
    tips = {name for line in words for kind, name in zip(line[::2], line[1::2], strict=True) if kind == "commit"}
    trees = _git(folder, "worktree", "list", "--porcelain").decode().splitlines()
    heads = {line.removeprefix("HEAD ") for line in trees if line.startswith("HEAD ")}
    return tips | {head for head in heads if set(head) != {"0"}}


def _remote_tips(folder: Path) -> tuple[set[str], list[str]]:
    """Return the commits of the branches and tags that the remotes have now, and why some of them may be unknown here:
    a shallow clone, a remote that does not answer, refs that were not fetched."""
    tips, unseen = set(), []
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        unseen.append("this clone is shallow (git fetch --unshallow)")
    for remote in _git(folder, "remote").decode().split():
        try:
            listed = _git(folder, "ls-remote", "--heads", "--tags", remote).decode().splitlines()
        except UsageError as fault:
            unseen.append(f"the remote {remote} does not list its branches: {fault}")
            continue
        ids = [line.partition("\t")[0] for line in listed]
        kinds = _git(folder, "cat-file", "--batch-check=%(objecttype)", given="\n".join(ids).encode()).decode()
        found = dict(zip(ids, kinds.splitlines(), strict=True))
        tips |= {one for one, kind in found.items() if kind == "commit"}
        lost = [line for line in listed if found[line.partition("\t")[0]].endswith("missing")]
        if lost:
            ref = lost[0].partition("\t")[2]
            unseen.append(f"{len(lost)} of {remote} were not fetched, such as {ref} (git fetch --all --tags)")
    return tips, unseen


def _manifests(folder: Path, commit: str) -> Iterator[str]:
    """Yield the blobs of a commit that are called as manifests are."""
    for line in filter(None, _git(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")):
        about, _, path = line.partition(b"\t")
        _, kind, blob = about.decode().split()
        if kind == "blob" and _is_manifest(os.fsdecode(path).rpartition("/")[2]):
            yield blob


def _changed(folder: Path, days: float) -> set[str]:
    """Return the blobs of manifests before and after each change of the last days, in any commit of a ref."""
    places = (f":(top,glob)**/{name}" for name in (MANIFEST, PARTS))
    since = f"--since={days * 86400:.0f} seconds ago"
    log = _git(folder, "log", "--all", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=", since, "--", *places)
    # :100644 100644 <before> <after> M, a tab, the path
    blobs = {one for line in log.splitlines() if line.startswith(b":") for one in line.split()[2:4]}
    return {one.decode() for one in blobs if one.strip(b"0")}


def _contents(folder: Path, blobs: Iterable[str]) -> Iterator[bytes]:
    """Yield the contents of blobs. Raises UsageError for one that git does not have."""
    answer = io.BytesIO(_git(folder, "cat-file", "--batch", given="\n".join(blobs).encode()))
    while line := answer.readline().decode().split():
        if len(line) != 3:
            raise UsageError(f"git does not have the object {line[0]}", "git fetch --all, or git fsck")
        yield answer.read(int(line[2]))
        answer.readline()


def _files(folder: Path) -> Iterator[bytes]:
    """Yield the manifests as they are on the disk: those of this folder, and of its place in other working trees."""
    top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))).resolve()
    trees = _git(folder, "worktree", "list", "--porcelain").splitlines()
    roots = [Path(os.fsdecode(line.removeprefix(b"worktree "))) for line in trees if line.startswith(b"worktree ")]
    for root in roots:
        for path in sorted((root / folder.resolve().relative_to(top)).glob("*/*.json")):
            if _is_manifest(path.name):
                yield path.read_bytes()


def _is_manifest(name: str) -> bool:
    return name == MANIFEST or fnmatchcase(name, PARTS)


def _git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints. Raises UsageError where it fails, is not installed, or does not end."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - git is found on the path, as everywhere
            input=given, capture_output=True, env=environment, timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as fault:
        raise UsageError(f"git {arguments[0]} cannot be run: {excerpt(str(fault))}", "install git") from fault
    if done.returncode:
        said = excerpt(done.stderr.decode(errors="replace"))
        raise UsageError(f"git {arguments[0]} failed in {folder}: {said}", "run it inside the repository of the suite")
    return done.stdout
