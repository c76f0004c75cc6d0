"""The accepted images of a working tree and a store: what is pushed, pulled and verified."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.baseline.entry import Accepted
from harness.baseline.errors import BaselineImageError
from harness.baseline.manifest import Manifest
from harness.baseline.names import MANIFEST
from harness.baseline.store import Baselines
from harness.errors import HarnessError, UsageError
from harness.records import TrialKey
from harness.store import ImageKey, ObjectCorruptError, ObjectMissingError, Store, create_file

AT_ONCE = 16
"""Images that are moved at a time: most of it is waiting."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was done with an accepted image: ``action`` is pushed, pulled, verified or present; None for a ``fault``."""

    key: ImageKey
    trial: TrialKey
    action: str | None
    fault: HarnessError | None = None


def store_of(baselines: Baselines) -> Store:
    """Return the store of baselines. Raises UsageError where none is named."""
    if baselines.store is None:
        raise UsageError(
            "no store is named", 'name one in harness.toml: [store] and below it url = "s3://bucket/prefix"'
        )
    return baselines.store


def push(baselines: Baselines) -> Iterator[Moved]:
    """Write each accepted image that is on the disk to the store, where it is not there yet; yields each image once.

    Faults of an image are yielded: it was altered on the disk (BaselineImageError), it is neither on the disk nor in
    the store (ObjectMissingError), other bytes are there (ObjectCorruptError), which are never overwritten. Raises
    ManifestError, UsageError, StoreFailedError and MissingExtraError.
    """
    store = store_of(baselines)
    there = {one.key: one.size for one in store.listed()}

    def pushed(key: ImageKey, trial: TrialKey, item: Accepted) -> str:
        size = there.get(str(key))
        data = baselines.local(item, trial)
        if data is None and size is None:
            raise ObjectMissingError(store.name, str(key))
        if data is None or size == len(data):
            return "present"
        if size is not None:
            raise ObjectCorruptError(store.name, str(key))
        there[str(key)] = len(data)
        return "pushed" if store.push(key, data) else "present"

    return _each(baselines, pushed)


def pull(baselines: Baselines) -> Iterator[Moved]:
    """Write each accepted image that is not on the disk into its place; as :func:`push`. Raises OSError too."""
    store = store_of(baselines)

    def pulled(key: ImageKey, trial: TrialKey, item: Accepted) -> str:
        if baselines.local(item, trial) is not None:
            return "present"
        return "pulled" if create_file(baselines.path(item), store.fetch(key)) else "present"

    return _each(baselines, pulled)


def verify_stored(baselines: Baselines) -> Iterator[Moved]:
    """Read each accepted image from the store and compare it with its digest; as :func:`push`."""
    store = store_of(baselines)

    def verified(key: ImageKey, _trial: TrialKey, _item: Accepted) -> str:
        store.read(key)
        return "verified"

    return _each(baselines, verified)


def _each(baselines: Baselines, act: Callable[[ImageKey, TrialKey, Accepted], str]) -> Iterator[Moved]:
    """Do the same to every accepted image, several at a time."""

    def done(one: tuple[ImageKey, TrialKey, Accepted]) -> Moved:
        key, trial, item = one
        try:
            return Moved(key, trial, act(key, trial, item))
        except (BaselineImageError, ObjectMissingError, ObjectCorruptError) as fault:
            return Moved(key, trial, None, fault)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(done, _accepted(baselines))


def _accepted(baselines: Baselines) -> Iterator[tuple[ImageKey, TrialKey, Accepted]]:
    for suite in baselines.suites():
        manifest = Manifest.load(baselines.folder(suite) / MANIFEST, suite)
        for trial in manifest.trials():
            for item in manifest.accepted(trial):
                yield ImageKey.of(item.image), trial, item
