"""Renaming a case: what was accepted under its old name is accepted under the new one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import partial

from harness.baseline.change import Change, Signed
from harness.baseline.entry import Accepted, Ignore, Refusal
from harness.baseline.manifest import Manifest
from harness.baseline.names import folded, is_plain, renamed_file
from harness.baseline.store import Baselines
from harness.baseline.writing import changing, commit, refuse_in_ci
from harness.errors import UsageError
from harness.records import TrialKey, TrialResult


def rename(
    baselines: Baselines, old: str, new: str, *, who: str, reason: str = "renamed", when: datetime | None = None
) -> list[Change]:
    """Give a case another name: its accepted images and refusals, noise floors and ignores move.

    ``old`` and ``new`` are ``suite/case``.

    Raises UsageError (no such case, one that exists already, another suite, no name of a case, a name that differs in
    capitals only), and as :func:`harness.baseline.ignore`; BaselineImageError where an image is not as it was accepted.
    """
    refuse_in_ci()
    suite, case, new_case = _names(old, new)
    signed = Signed.now(who, reason, when)
    with changing(baselines, suite) as manifest:
        cases = {key.case for key in manifest.listed()}
        if case not in cases:
            near = get_close_matches(case, cases, 1)
            hint = (
                f"did you mean {suite}/{near[0]}?"
                if near
                else "see what is accepted that no suite asks for: harness prune SUITE"
            )
            raise UsageError(f"nothing is accepted for the case {old}", hint)
        if taken := next((one for one in cases if folded(one) == folded(new_case)), ""):
            raise UsageError(
                f"the case {suite}/{taken} has baselines already",
                "take them out first (harness undo, or harness reject --baseline), or choose another name",
            )
        moved = {key: replace(key, case=new_case) for key in sorted(manifest.listed(), key=str) if key.case == case}
        accepted: dict[TrialKey, tuple[Accepted, ...]] = dict.fromkeys(moved, ())
        ignored: dict[TrialKey, Ignore | None] = dict.fromkeys(moved)
        refused: dict[TrialKey, Refusal | None] = dict.fromkeys(moved)
        images = {}
        for key, target in moved.items():
            items = manifest.accepted(key)
            accepted[target] = tuple(_moved(item, target) for item in items)
            ignored[target], refused[target] = manifest.ignored(key), manifest.refused(key)
            for item, there in zip(items, accepted[target], strict=True):
                images[there.image.file] = partial(baselines.load, item, key)
        changed = manifest.changed(accepted, ignored, refused)
        changes = [
            Change(target, "renamed", manifest.images(key), changed.images(target), f"was {key}")
            for key, target in moved.items()
        ]
        lines = [
            signed.decision("rename", one, manifest.images(one), changed.images(one), other=other.case)
            for key, target in moved.items()
            for one, other in ((key, target), (target, key))
        ]
        commit(baselines, manifest, changed, images, lines)
    return changes


def renamed_cases(
    baselines: Baselines, orphans: Iterable[TrialKey], results: Iterable[TrialResult]
) -> Mapping[str, str]:
    """Return old and new name (``suite/case``) of the cases that were renamed in their suite.

    ``orphans`` are trials that no suite has any more: their case was renamed where one of them has the image or the
    recipe of a result with the same variant and seed, of a case for which nothing is accepted.
    """
    left: dict[tuple[str, str, int | None], list[TrialKey]] = {}
    for key in orphans:
        left.setdefault((key.suite, key.variant, key.seed), []).append(key)
    taken = {(suite, folded(key.case)) for suite, _, _ in left for key in baselines.manifest(suite).listed()}
    found: dict[tuple[str, str], int] = {}
    for result in results:
        key = result.key
        for old in left.get((key.suite, key.variant, key.seed), ()):
            if (key.suite, folded(key.case)) not in taken and _is_same(baselines.manifest(key.suite), old, result):
                pair = f"{key.suite}/{old.case}", f"{key.suite}/{key.case}"
                found[pair] = found.get(pair, 0) + 1
    names: dict[str, str] = {}
    for old_name, new_name in sorted(found, key=lambda pair: (-found[pair], pair)):
        if old_name not in names and new_name not in names.values():
            names[old_name] = new_name
    return dict(sorted(names.items()))


def _is_same(manifest: Manifest, old: TrialKey, result: TrialResult) -> bool:
    recipes = {item.recipe.digest for item in manifest.accepted(old)}
    pixels = {item.image.pixel_digest for item in manifest.accepted(old)}
    if (refusal := manifest.refused(old)) is not None:
        recipes.add(refusal.recipe.digest)
    return result.recipe.digest in recipes or (result.image is not None and result.image.pixel_digest in pixels)


def _names(old: str, new: str) -> tuple[str, str, str]:
    """Return the suite, the old and the new case. Raises UsageError."""
    (suite, slash, case), (new_suite, new_slash, new_case) = old.partition("/"), new.partition("/")
    if not (slash and suite and case and new_slash and new_suite and new_case):
        raise UsageError(
            f"{new if slash and case else old!r} is not SUITE/CASE",
            "name both: harness rename quickstart/fox quickstart/red-fox",
        )
    if suite != new_suite:
        raise UsageError(
            f"{old} and {new} belong to two suites", "a baseline stays in its suite: accept it in the other one"
        )
    if not is_plain(new_case):
        raise UsageError(f"{new_case!r:.80} is not the name of a case", "letters, digits, `.`, `_` and `-`")
    if case == new_case:
        raise UsageError(f"{old} has that name already", "name another one")
    if folded(case) == folded(new_case):
        raise UsageError(
            f"{old} and {new} differ in capitals only, and some file systems take them for the same",
            f"rename it twice: harness rename {old} {new}-2, then harness rename {new}-2 {new}",
        )
    return suite, case, new_case


def _moved(item: Accepted, key: TrialKey) -> Accepted:
    return replace(item, image=replace(item.image, file=renamed_file(item.image.file, key)))
