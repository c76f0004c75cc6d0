"""Images of a store that no manifest names any more."""

import time
from dataclasses import dataclass

from harness.baseline.named import named
from harness.baseline.store import Baselines
from harness.baseline.stored import store_of
from harness.errors import UsageError
from harness.store import ImageKey, Stored

DAYS = 14.0
"""Age from which an image may be deleted that was named by nothing for as long, in days."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """What a store holds, judged by the manifests: images that are ``named``, that are ``young``, and that nothing
    names (``unnamed``); ``foreign`` counts objects that are no images of this store and are never touched. ``unseen``
    says why this clone may not know all that is named."""

    named: tuple[Stored, ...]
    young: tuple[Stored, ...]
    unnamed: tuple[Stored, ...]
    foreign: int
    unseen: tuple[str, ...]


def find_garbage(baselines: Baselines, days: float = DAYS) -> Garbage:
    """Return which images of the store no manifest of any ref or working tree names, or named within ``days``; none of
    them younger than that.

    What is younger may have been pushed from a branch that was not. Raises UsageError where git cannot tell,
    StoreFailedError and MissingExtraError.
    """
    store = store_of(baselines)
    # listed first: what is pushed from now on is not in it
    images = [(ImageKey.read(one.key), one) for one in store.listed()]
    kept = named(baselines.root, days)
    limit = time.time() - days * 86400
    free = [one for key, one in images if key is not None and key.digest not in kept.digests]
    return Garbage(
        tuple(one for key, one in images if key is not None and key.digest in kept.digests),
        tuple(one for one in free if one.modified > limit),
        tuple(one for one in free if one.modified <= limit),
        sum(key is None for key, _ in images),
        kept.unseen,
    )


def delete_garbage(baselines: Baselines, found: Garbage) -> int:
    """Delete the unnamed images; returns how many. Raises UsageError where this clone may not know all that is named;
    then nothing is deleted."""
    if found.unseen:
        raise UsageError(
            f"nothing was deleted: {'; '.join(found.unseen)}", "fetch all branches and tags, then run it again"
        )
    store = store_of(baselines)
    for one in found.unnamed:
        key = ImageKey.read(one.key)
        assert key is not None
        store.delete(key)
    return len(found.unnamed)
