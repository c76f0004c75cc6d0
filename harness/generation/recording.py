"""Record and replay: what a provider once sent answers later, with no network, no key and no provider at all.

Exchanges are stored by recipe and repeat, whatever the address of the server was. An unseeded recipe is generated for
each of its trials, so the trial belongs to the name too. Faults and refusals are recorded like images, and come again.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import GenerationCancelledError, GenerationError, HarnessError, UsageError
from harness.generation.addresses import addresses_of, earlier_digests, recording_digest
from harness.generation.exchange import Exchange, portable
from harness.generation.shared_folder import EntryCorruptError, SharedFolder, short_digest
from harness.generation.task import as_fault
from harness.image import EncodedImage
from harness.ledger import timestamp
from harness.provider import Capabilities, Fault, Job, Output, Provider, ProviderWrapper
from harness.records import FIRST, Attempt, AttemptKind, Recipe, from_json, to_json
from harness.vocabulary import ADDRESS_OPTIONS, Source

SEARCHED = 5000
"""Most exchanges that are looked through for the nearest one when there is none for a recipe."""
REPORTED = 2
"""Differences from the nearest recorded recipe that a miss lists."""
DEFAULT = "the default address"
WORDS = 80
"""Characters of a prompt that a miss quotes."""


class NotRecordedError(GenerationError):
    """A replay has no recording of what was asked for."""


class Recordings:
    """A folder of exchanges, read and written by several threads and processes.

    ``problem`` says why one could not be written; the trial keeps its image all the same. ``missed`` counts what
    was asked for and is not there, ``moved`` what was recorded at another address: (recorded, asked) → how many.
    """

    def __init__(self, folder: Path) -> None:
        self.shelf = SharedFolder(folder, durable=True)
        self.problem = ""
        self.missed = 0
        self.moved = Counter[tuple[str, str]]()
        self._left: set[str] = set()
        self._index: list[dict[str, Any]] | None = None
        self._earlier: dict[str, str] | None = None
        self._lock = threading.Lock()

    @property
    def folder(self) -> Path:
        """Their folder."""
        return self.shelf.folder

    def keep(self, job: Job, came: Output | GenerationError) -> None:
        """Write one exchange. What comes after a timeout was recorded for it is dropped, as it was in the run."""
        name = _name(job)
        with self._lock:
            if name in self._left:
                return
        entry = replace(
            Exchange.of(job.recipe, Fault.of(came) if isinstance(came, GenerationError) else came),
            trial=str(job.key),
            attempt=job.attempt.slug,
            recorded=timestamp(),
            version=__version__,
            digest=job.recipe.digest,
        )
        image = EncodedImage(came.data) if isinstance(came, Output) and came.answer is None else None
        try:
            self.shelf.put(name, entry, image)
        except (HarnessError, ValueError) as fault:
            self.problem = f"the recording lacks {job.key}: {fault}"

    def abandoned(self, job: Job, fault: GenerationError) -> None:
        """Write the timeout of a job that went past its time; its late result will not replace it."""
        self.keep(job, fault)
        with self._lock:
            self._left.add(_name(job))

    def answer(self, provider: str, job: Job) -> Output:
        """Return what was recorded for a job; for a test that is executed again the attempt before it, where none was
        recorded of its own. Raises the recorded fault, or GenerationError when there is no exchange for it."""
        for attempt in (job.attempt, *self._before(job)):
            generated = self.find(provider, replace(job, attempt=attempt))
            if generated is not None:
                return generated
        raise self._missing(provider, job)

    def find(self, provider: str, job: Job) -> Output | None:
        """Return the same, but None when there is no exchange for it."""
        try:
            found = self._found(job)
            if found is None:
                return None
            exchange, data = from_json(Exchange, found[0]), found[1]
            self._compare_addresses(exchange.recipe, job.recipe)
            if exchange.fault is None:
                return exchange.output(data, Source.REPLAY)
        except EntryCorruptError as corrupt:
            raise GenerationError(provider, str(corrupt), self._hint) from None
        except ValueError as error:
            problem = f"the exchange of {job.key} in {self.folder} has another form: {error}"
            raise GenerationError(provider, problem, self._hint) from None
        raise exchange.fault.error(provider, again=True)

    def _found(self, job: Job) -> tuple[dict[str, Any], bytes | None] | None:
        """Return the exchange of a job; one that an earlier version recorded is stored under another name."""
        name = _name(job)
        if (found := self.shelf.get(name)) is not None:
            return found
        for digest in earlier_digests(job.recipe):
            if (found := self.shelf.get(_name(job, digest))) is not None:
                return found
        with self._lock:
            if self._earlier is None:
                self._earlier = dict(_renamed(self.shelf))
            earlier = self._earlier.get(name)
        return None if earlier is None else self.shelf.get(earlier)

    def _compare_addresses(self, recorded: Recipe, asked: Recipe) -> None:
        before, now = (dict(addresses_of(recipe.subject.settings)) for recipe in (recorded, asked))
        with self._lock:
            for name in sorted({*before, *now}):
                old, new = before.get(name, DEFAULT), now.get(name, DEFAULT)
                self.moved[old, new] += old != new

    def must_exist(self) -> None:
        """Raise UsageError when there is nothing to replay."""
        if next(self.shelf.entries(), None) is None:
            what = "holds no exchanges" if self.folder.is_dir() else "is not there"
            raise UsageError(f"{self.folder} {what}: nothing can be replayed", f"make it with --record {self.folder}")

    def _before(self, job: Job) -> Iterator[Attempt]:
        """Yield the earlier attempts at the image of a test that is executed again, the latest first."""
        if job.attempt.kind is not AttemptKind.RERUN:
            return
        samples = (replace(job, attempt=Attempt(AttemptKind.SAMPLE, index)) for index in count())
        size = sum(1 for _ in takewhile(lambda one: self._found(one) is not None, samples))
        kind = AttemptKind.SAMPLE if size else AttemptKind.REPEAT
        step = size or 1
        for index in range(job.attempt.index - step, -1, -step):
            yield Attempt(AttemptKind.RERUN, index)
        yield Attempt(kind, job.attempt.index % step)

    @property
    def _hint(self) -> str:
        return f"record it where the provider can be reached: --record {self.folder} in place of --replay"

    def _missing(self, provider: str, job: Job) -> GenerationError:
        request = job.recipe.request
        words = request.prompt if request.ask is None else request.ask
        shown = words if len(words) <= WORDS else f"{words[:WORDS]}…"
        seed = "" if request.seed is None else f", seed {request.seed}"
        attempt = "" if job.attempt == FIRST else f", {job.attempt}"
        nearest = self._nearest(job)
        return NotRecordedError(provider, f'nothing is recorded for "{shown}"{seed}{attempt}{nearest}', self._hint)

    def _nearest(self, job: Job) -> str:
        with self._lock:
            self.missed += 1
            if self._index is None:
                self._index = [entry for _, entry in islice(self.shelf.entries(), SEARCHED)]
        asked = dict(_leaves(to_json(portable(job.recipe))))
        best: tuple[int, int, dict[str, Any], list[str]] | None = None
        for entry in self._index:
            stored = dict(_leaves(entry.get("recipe", {})))
            differ = sorted(name for name in {*asked, *stored} if asked.get(name) != stored.get(name))
            rank = (len(differ), int(entry.get("trial") != str(job.key)))
            if best is None or rank < best[:2]:
                best = (*rank, entry, differ)
        if best is None:
            return ""
        _, _, entry, differ = best
        stored = dict(_leaves(entry.get("recipe", {})))
        if not differ:
            return f"; it is recorded for {entry.get('trial')}, {entry.get('attempt')}"
        reported = ", ".join(
            f"{name.removeprefix('request.').removeprefix('subject.')} {_said(stored, name)} → {_said(asked, name)}"
            for name in differ[:REPORTED]
        )
        more = f" and {len(differ) - REPORTED} more" if len(differ) > REPORTED else ""
        return f"; the nearest, of {entry.get('trial')}, differs in {reported}{more}"


class Recording(ProviderWrapper):
    """A provider whose every exchange is kept."""

    def __init__(self, provider: Provider, recordings: Recordings) -> None:
        super().__init__(provider)
        self.recordings = recordings

    def generate(self, job: Job) -> Output:
        """Generate and record. Raises what the provider raises, as a GenerationError."""
        (came,) = self._recorded([job], lambda: [super(Recording, self).generate(job)])
        assert isinstance(came, Output)
        return came

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
        """Generate a batch and record each of its images. Raises what the provider raises, as a GenerationError."""
        return self._recorded(jobs, lambda: super(Recording, self).generate_batch(jobs))

    @contextmanager
    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Iterator[Provider]:
        """Yield the provider in a fresh process, recorded like this one."""
        with super().isolated(threads=threads, environment=environment) as fresh:
            yield Recording(fresh, self.recordings)

    def abandoned(self, job: Job, error: GenerationError) -> None:
        """Record that this job was abandoned."""
        self.recordings.abandoned(job, error)
        super().abandoned(job, error)

    def _recorded(
        self, jobs: Sequence[Job], generate: Callable[[], Sequence[Output | GenerationError]]
    ) -> Sequence[Output | GenerationError]:
        try:
            outputs = generate()
        except Exception as error:  # a provider is foreign code: whatever it raises is what is recorded
            fault = as_fault(self.name, error)
            # that a caller went away says nothing of what the provider answers
            for job in jobs if not isinstance(fault, GenerationCancelledError) else ():
                self.recordings.keep(job, fault)
            raise fault from error
        for job, one in zip(jobs, outputs, strict=False):
            if not isinstance(one, GenerationCancelledError):
                self.recordings.keep(job, one)
        return outputs


class Replay:
    """A provider that answers from recordings alone, free of charge. ``promised`` is what the real one can do."""

    def __init__(self, name: str, kind: str, promised: Capabilities, recordings: Recordings) -> None:
        self.name, self.kind, self.recordings = name, kind, recordings
        self.capabilities = replace(promised, price=0.0, batch=False, isolated=False)

    def generate(self, job: Job) -> Output:
        """Return what was recorded. Raises GenerationError, GenerationRefusedError or GenerationTimeoutError."""
        return self.recordings.answer(self.name, job)

    def close(self) -> None:
        """Do nothing: no resource is open."""


def _name(job: Job, digest: str = "") -> str:
    unseeded = f"-{short_digest(str(job.key))}" if job.recipe.request.seed is None else ""
    return f"{digest or recording_digest(job.recipe)}{unseeded}-{job.attempt.slug}"


def _renamed(shelf: SharedFolder) -> Iterator[tuple[str, str]]:
    """Yield what an exchange of an earlier version, whose name depends on the address, would be called now, and its
    name."""
    for name, entry in shelf.entries():
        with suppress(ValueError):
            now = recording_digest(from_json(Recipe, entry.get("recipe")))
            if not name.startswith(now):
                yield f"{now}{name.removeprefix(str(entry.get('digest')))}", name


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key in value:
            if not (key in ADDRESS_OPTIONS or (key == "path" and path.startswith("request."))):
                yield from _leaves(value[key], f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _said(leaves: Mapping[str, Any], name: str) -> str:
    text = str(leaves.get(name, "(none)"))
    return text if len(text) <= 40 else f"{text[:40]}…"
