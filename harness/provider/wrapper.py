"""A provider around another one: forwards everything that it does not override."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import GenerationError
from harness.provider.ending import Ending
from harness.provider.protocol import (
    AbandonableProvider,
    BatchProvider,
    Capabilities,
    IsolatedProvider,
    Job,
    LoggedProvider,
    Output,
    Provider,
    ReadyProvider,
    SamplingProvider,
)
from harness.records import Recipe


class ProviderWrapper:
    """Forwards every ability of ``provider``, the optional ones too; what that lacks, its capabilities say."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.name, self.kind = provider.name, provider.kind

    @property
    def capabilities(self) -> Capabilities:
        """Those of the provider."""
        return self.provider.capabilities

    @property
    def reports_sending(self) -> bool:
        """Whether the provider reports itself each call that may cost money."""
        return reports_sending(self.provider)

    @property
    def endings(self) -> tuple[Ending, ...]:
        """The ends of models that a listing of the provider's service named when it was asked whether it is ready."""
        return getattr(self.provider, "endings", ())

    def ready(self) -> None:
        """Ask the provider whether it can generate. Raises HarnessError."""
        if isinstance(self.provider, ReadyProvider):
            self.provider.ready()

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises what the provider raises."""
        return self.provider.generate(job)

    def samples_of(self, recipe: Recipe) -> int:
        """Return how many samples of a recipe one call of the provider asks for."""
        return self.provider.samples_of(recipe) if isinstance(self.provider, SamplingProvider) else 1

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
        """Generate several images in one go. Raises GenerationError where the provider generates no batches."""
        if not isinstance(self.provider, BatchProvider):
            raise GenerationError(self.name, "it generates no batches", "generate one at a time")
        return self.provider.generate_batch(jobs)

    @contextmanager
    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Iterator[Provider]:
        """Yield the provider in a fresh process. Raises GenerationError where it offers none."""
        if not isinstance(self.provider, IsolatedProvider):
            raise GenerationError(self.name, "it offers no fresh process to generate in", "generate in this one")
        with self.provider.isolated(threads=threads, environment=environment) as fresh:
            yield fresh

    def log_to(self, folder: Path) -> None:
        """Forward that the log, where there is one, belongs into a folder too."""
        if isinstance(self.provider, LoggedProvider):
            self.provider.log_to(folder)

    def abandoned(self, job: Job, error: GenerationError) -> None:
        """Forward that this job was abandoned."""
        if isinstance(self.provider, AbandonableProvider):
            self.provider.abandoned(job, error)

    def close(self) -> None:
        """Close the provider."""
        self.provider.close()


def reports_sending(provider: Provider) -> bool:
    """Return whether a provider calls ``job.sending`` itself before each call that may cost money."""
    return bool(getattr(provider, "reports_sending", False))
