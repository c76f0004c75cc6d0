"""Where images come from: providers, a cache before them, or recordings in their place."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import GenerationError, UsageError
from harness.generation.cache import Cache
from harness.generation.executor import Executor, executor_of
from harness.generation.recording import Recording, Recordings, Replay
from harness.generation.sharing import is_shared
from harness.ledger import Ledger, iter_attempts
from harness.provider import (
    Job,
    Output,
    Provider,
    ProviderDefinition,
    adapter_of,
    capabilities_of,
    identity_of,
    know_secrets,
    price_of,
)
from harness.records import ExecutorSpec, Recipe, Trial, TrialResult
from harness.vocabulary import Source


class Sources:
    """Opens the providers of ``specs``: themselves, recorded, or replaced by recordings; knows what an image costs.

    ``cache`` is a folder of images kept between runs, ``record`` one that every exchange with a provider is written
    to, ``replay`` one that answers in place of the providers; at most one of the three. ``executor`` says where the
    providers generate (default: on this machine). Raises UsageError for more, and where there is nothing to replay.
    """

    def __init__(
        self,
        specs: Mapping[str, ProviderDefinition],
        *,
        cache: Path | None = None,
        record: Path | None = None,
        replay: Path | None = None,
        executor: ExecutorSpec | None = None,
    ) -> None:
        given = [name for name, folder in (("cache", cache), ("record", record), ("replay", replay)) if folder]
        if len(given) > 1:
            problem = f"--{given[0]} and --{given[1]} do not go together"
            raise UsageError(
                problem, "a recording holds what was generated, and a replay generates nothing: choose one"
            )
        self._specs = specs
        self._executor_spec = executor
        self._executor: Executor | None = None
        self._flat: dict[str, float | None] = {}
        for spec in specs.values():
            know_secrets(spec.options)
        self.cache = None if cache is None else Cache(cache, self._identity)
        folder = record or replay
        self._recordings = None if folder is None else Recordings(folder)
        self._replays = replay is not None
        for stored in (self.cache, self._recordings):
            if stored is not None:
                stored.shelf.must_be_own()
        if self._replays and self._recordings is not None:
            self._recordings.must_exist()

    @property
    def names(self) -> tuple[str, ...]:
        """The providers, by name."""
        return tuple(self._specs)

    def open(self, name: str) -> Provider:
        """Return the provider of this name; a replay creates none, so it needs no key and no program."""
        spec = self._specs[name]
        if self._recordings is not None and self._replays:
            return Replay(spec.name, spec.kind, capabilities_of(spec), self._recordings)
        if self._executor is None:
            self._executor = executor_of(self._executor_spec)
        provider = self._executor.open(spec)
        return provider if self._recordings is None else Recording(provider, self._recordings)

    def close(self) -> None:
        """Close what the opened providers share."""
        if self._executor is not None:
            self._executor.close()

    def keeps(self, trial: Trial) -> bool:
        """Return whether the cache has the image of a trial."""
        return self.cache is not None and is_shared(trial) and self.cache.find(trial) is not None

    def price(self, recipe: Recipe) -> float | None:
        """US dollars for the image of a recipe, None when unknown; a replay is free."""
        name = recipe.subject.provider
        if self._replays:
            return 0.0
        if name in self._flat:
            return self._flat[name]
        spec = self._specs[name]
        price = price_of(spec, recipe)
        if "price" in spec.options or not adapter_of(spec).priced_by_recipe:
            self._flat[name] = price
        return price

    @property
    def replays(self) -> bool:
        """Whether recordings answer in place of providers and viewers."""
        return self._replays

    def replayed_answer(self, asked: Trial) -> Output | None:
        """Return the recorded answer to the question of a viewer; None where nothing is replayed. Raises the recorded
        fault, or GenerationError where none is recorded."""
        if self._recordings is None or not self._replays:
            return None
        return self._recordings.answer(asked.recipe.subject.provider, Job(asked.recipe, asked.key))

    def record_answer(self, asked: Trial, came: Output | GenerationError) -> None:
        """Record the answer to the question of a viewer, where exchanges are recorded."""
        if self._recordings is not None and not self._replays:
            self._recordings.keep(Job(asked.recipe, asked.key), came)

    def spent(self, ledger: Ledger) -> float:
        """US dollars that earlier parts of a run have spent: what is not known counts by its price, and so does every
        call of which it was never learned whether it was billed."""
        if not len(ledger.recorded) and not ledger.possibly_billed:
            return 0.0
        known = sum(self._cost(result) for result, _ in iter_attempts(ledger.folder))
        return known + sum(intent.estimate or 0.0 for intent in ledger.possibly_billed)

    def _cost(self, result: TrialResult) -> float:
        if result.cost is not None:
            return result.cost
        answers = sum(finding.cost or 0.0 for finding in result.findings)
        if result.source != Source.GENERATED and not result.possibly_billed:
            return answers
        return answers + (self.price(result.recipe) or 0.0)

    def notes(self) -> Iterator[str]:
        """Return what went wrong with keeping, for the record of the run."""
        if self.cache is not None:
            if self.cache.corrupt:
                yield f"{self.cache.corrupt} damaged entries of the cache were generated again"
            if self.cache.problem:
                yield self.cache.problem
        tape = self._recordings
        if tape is not None and tape.missed:
            count = "1 image is" if tape.missed == 1 else f"{tape.missed:,} images are"
            yield f"{count} not in {tape.folder}: run once with --record {tape.folder} where the provider is reached"
        for (recorded, asked), times in (+tape.moved).items() if tape is not None else ():
            count = "1 exchange was" if times == 1 else f"{times:,} exchanges were"
            yield f"{count} recorded at {recorded} and replayed for {asked}"
        if tape is not None and tape.problem:
            yield tape.problem

    def _identity(self, recipe: Recipe) -> Mapping[str, Any] | None:
        spec = self._specs.get(recipe.subject.provider)
        if spec is None or spec.kind != recipe.subject.kind:
            return {}  # the question of a viewer: the digest of its judge is in the recipe
        return identity_of(spec, recipe)
