"""The folder of accepted images, as runs read it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from harness.baseline.entry import Accepted, Ignore, Refusal
from harness.baseline.errors import (
    BaselineError,
    BaselineImageError,
    NotStoredError,
    StoreUnavailableError,
    StrayFileError,
)
from harness.baseline.log import Decision, read_log, rejections, unfinished
from harness.baseline.manifest import Manifest
from harness.baseline.names import LOG, MANIFEST, PARTS, PENDING, PROBES, REPLACED, entry_name, folder_name, suite_name
from harness.errors import MissingExtraError
from harness.image import LfsPointerError, file_digest, is_lfs_pointer
from harness.ledger import read_regular
from harness.records import ImageRef, Policy, Reason, StoreOptions, TrialKey, canonical_json, profiles_of, to_json
from harness.store import ImageKey, ObjectCorruptError, ObjectMissingError, Store, StoreError
from harness.vocabulary import Code


class Baselines:
    """The baselines folder. A manifest is read once, when its suite is first asked for, and then kept for the life
    of this object: what is accepted meanwhile does not change a run half-way (:meth:`clear_cache` reads again).

    An image that is not on the disk is fetched from ``store``, where there is one. ``known`` are manifests that were
    read before: one whose files hold the same bytes is not parsed again.

    Every method that reads a manifest raises ManifestError when it is nonsense.
    """

    def __init__(
        self, root: Path | str, store: StoreOptions | None = None, known: dict[str, Manifest] | None = None
    ) -> None:
        self.root = Path(root)
        self.store = None if store is None else Store(store)
        self._manifests: dict[str, Manifest] = {}
        self._known = {} if known is None else known
        self._rejections: dict[str, Mapping[tuple[str, str], Decision]] = {}

    def manifest(self, suite: str) -> Manifest:
        """Return the manifest of a suite; empty when there is none."""
        if suite not in self._manifests:
            self.read_again(suite)
        return self._manifests[suite]

    def read_again(self, suite: str) -> Manifest:
        """Return the manifest of a suite as it is on the disk now."""
        manifest = Manifest.load(self.folder(suite) / MANIFEST, suite, self._known.get(suite))
        self._manifests[suite] = self._known[suite] = manifest
        return manifest

    def folder(self, suite: str) -> Path:
        """Return where a suite's manifest and images are."""
        return self.root / folder_name(suite)

    def clear_cache(self) -> None:
        """Read the manifests again when they are next asked for."""
        self._manifests.clear()
        self._rejections.clear()

    def find(
        self, key: TrialKey, profile: Mapping[str, Any] | None = None, *, verify: bool = True
    ) -> tuple[Accepted, ...]:
        """Return the accepted images of a trial for a profile (none: empty), first accepted first; empty for none.

        ``verify`` reads each image and compares its digest with the manifest, without decoding it: raises
        BaselineImageError, so that no altered baseline ever passes silently.
        """
        own = to_json(profile) if profile else {}
        found = tuple(item for item in self.manifest(key.suite).accepted(key) if item.profile == own)
        if verify:
            for item in found:
                self.load(item, key)
        return found

    def chosen(self, key: TrialKey, policy: Policy | None, environment: Mapping[str, Any]) -> tuple[Accepted, ...]:
        """Return the accepted images that an image with this environment is compared with, unverified: those of the
        most specific of its profiles that has any."""
        found = (self.find(key, profile, verify=False) for profile in profiles_of(policy, environment))
        return next(filter(None, found), ())

    def why_missing(self, key: TrialKey, profile: Mapping[str, Any] | None = None) -> Reason:
        """Why :meth:`find` finds nothing."""
        accepted = {
            canonical_json(item.profile): to_json(item.profile) for item in self.manifest(key.suite).accepted(key)
        }
        if not accepted:
            return Reason(Code.BASELINE_NONE)
        others = [accepted[text] for text in sorted(accepted)]
        return Reason(Code.BASELINE_OTHER_PROFILE, {"profile": to_json(profile or {}), "accepted": others})

    def path(self, accepted: Accepted) -> Path:
        """Return the path of an accepted image."""
        return self.root / accepted.image.file

    def load(self, accepted: Accepted, key: TrialKey | None = None) -> bytes:
        """Return the bytes of an accepted image, compared with their digest. ``key`` is for the message.

        Raises BaselineImageError: NotStoredError and StoreUnavailableError where it is not on the disk and the store
        does not give it.
        """
        data = self.local(accepted, key)
        return data if data is not None else self.fetched(accepted.image, key)

    def fetched(self, image: ImageRef, key: TrialKey | None = None) -> bytes:
        """Return the bytes of an image that is not on the disk; raises as :meth:`load`."""
        path, trial = self.root / image.file, image.file if key is None else str(key)
        if self.store is None:
            raise BaselineImageError(path, trial)
        try:
            return self.store.fetch(ImageKey.of(image))
        except ObjectMissingError as fault:
            raise NotStoredError(path, trial, store=fault.store, key=fault.key) from fault
        except (StoreError, MissingExtraError) as fault:
            raise StoreUnavailableError(path, trial, str(fault), advice=fault.hint) from fault

    def reach(self, keys: Iterable[TrialKey]) -> None:
        """Ask the store for the first image of these trials that is neither on the disk nor cached, if any: that it
        cannot be asked is known before anything is generated. Raises StoreFailedError, MissingExtraError."""
        if self.store is None:
            return
        for key in keys:
            for image in self.manifest(key.suite).images(key):
                if (self.root / image.file).exists() or self.store.cache.holds(str(ImageKey.of(image))):
                    continue
                with suppress(ObjectMissingError, ObjectCorruptError):
                    self.store.fetch(ImageKey.of(image))
                return

    def local(self, accepted: Accepted, key: TrialKey | None = None) -> bytes | None:
        """Return the bytes of an accepted image as :meth:`load`, from the disk alone; None where no file is."""
        path = self.path(accepted)
        trial = accepted.image.file if key is None else str(key)
        # A kill between manifest and image leaves the new bytes beside the old ones: they count as in place.
        for place in (path, path.with_name(path.name + PENDING)):
            try:
                data = read_regular(place)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise BaselineImageError(path, trial, f"cannot be read: {str(error.strerror).lower()}") from error
            if file_digest(data) == accepted.image.file_digest:
                return data
            if is_lfs_pointer(data):
                raise BaselineImageError(path, trial, f"is {LfsPointerError().problem()}", pointer=True)
        if path.exists():
            raise BaselineImageError(path, trial, "was altered: its digest is not the manifest's")
        return None

    def is_intact(self, accepted: Accepted) -> bool:
        """Return whether an accepted image is there as it was accepted."""
        try:
            self.load(accepted)
        except BaselineImageError:
            return False
        return True

    def refused(self, key: TrialKey) -> Refusal | None:
        """Return the accepted refusal of a trial."""
        return self.manifest(key.suite).refused(key)

    def ignored(self, key: TrialKey, today: date) -> Ignore | None:
        """Return the ignore that holds for a trial today; one whose day has passed does not."""
        ignore = self.manifest(key.suite).ignored(key)
        return ignore if ignore is not None and ignore.holds(today) else None

    def rejected(self, key: TrialKey, pixel_digest: str) -> Reason | None:
        """Return who rejected an image of a trial, when and why; None where it was not, or was accepted since. The
        log of a suite is read once, as its manifest is. Raises ManifestError."""
        if key.suite not in self._rejections:
            self._rejections[key.suite] = rejections(partial(self._lines, key.suite))
        line = self._rejections[key.suite].get((entry_name(key), pixel_digest))
        if line is None:
            return None
        return Reason(Code.IMAGE_REJECTED, {"when": line.when, "who": line.who, "reason": line.reason})

    def orphans(self, keys: Iterable[TrialKey], suites: Iterable[str] = ()) -> tuple[TrialKey, ...]:
        """Return the trials with accepted images that are not among ``keys``, all keys of a full run; sorted.

        Looked at are the suites of the keys and those named in ``suites``.
        """
        left: dict[str, set[TrialKey]] = {suite: set(self.manifest(suite).trials()) for suite in suites}
        for key in keys:
            if key.suite not in left:
                left[key.suite] = set(self.manifest(key.suite).trials())
            left[key.suite].discard(key)
        return tuple(sorted((key for some in left.values() for key in some), key=str))

    def suites(self) -> list[str]:
        """Return the suites that have a manifest."""
        return sorted(suite_name(path.parent.name) for path in self.root.glob(f"*/{MANIFEST}"))

    def logged(self) -> list[str]:
        """Return the suites with a log of decisions."""
        return sorted(suite_name(path.parent.name) for path in self.root.glob(f"*/{LOG}"))

    def log(self, suite: str) -> list[Decision]:
        """Return the decisions over a suite in their order, without those that a kill stopped. Raises ManifestError."""
        return list(self._lines(suite))

    def _lines(self, suite: str) -> Iterator[Decision]:
        folder = self.folder(suite)
        begun = unfinished(folder)
        void = begun.void(Manifest.load(folder / MANIFEST, suite)) if begun else ()
        return (line for number, line in enumerate(read_log(folder / LOG)) if number not in void)

    def verify(self) -> list[BaselineError]:
        """Everything that is wrong on the disk: manifests, images missing (those of a store may be) or altered, files
        that no manifest names."""
        faults: list[BaselineError] = []
        for suite in self.suites():
            try:
                manifest = Manifest.load(self.folder(suite) / MANIFEST, suite)
            except BaselineError as fault:
                faults.append(fault)
                continue
            begun = unfinished(self.folder(suite))
            # what a kill left of a decision is not astray: the next writer deletes it
            named = {self.root / file for file in begun.files(suite)} if begun else set()
            for key in manifest.trials():
                for item in manifest.accepted(key):
                    named.add(self.path(item))
                    try:
                        self.load(item, key) if self.store is None else self.local(item, key)
                    except BaselineError as fault:
                        faults.append(fault)
            faults += (StrayFileError(path) for path in self._images(suite) if path not in named)
        return faults

    def _images(self, suite: str) -> Iterator[Path]:
        folder = self.folder(suite)
        own = {folder / MANIFEST, folder / LOG, folder / PROBES, *folder.glob(PARTS)}
        for path in sorted(folder.rglob("*")):
            hidden = path.name.startswith(".") or path.name.endswith(PENDING)
            if path.is_file() and path not in own and not hidden and folder / REPLACED not in path.parents:
                yield path
