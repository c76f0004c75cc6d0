"""What a user states of the environment of a provider, as part of the environment of each image."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from harness.errors import FieldError, GenerationError, shown
from harness.provider.protocol import Job, Output, Provider
from harness.provider.wrapper import ProviderWrapper
from harness.records import field_trouble

Fields = dict[str, str | int | float | bool]
"""Fields of an environment by name."""
NAMING = "such as environment: {gpu: L40S}"


def checked_fields(fields: Fields) -> Fields:
    """Return stated fields. Raises FieldError for a name that is none, and for an empty value."""
    for name, value in fields.items():
        if trouble := field_trouble(name):
            raise FieldError(f"`{name}` {trouble}", NAMING, [name], at_key=True)
        if isinstance(value, str) and not value.strip():
            raise FieldError(f"`{name}` is empty", NAMING, [name])
    return fields


class Stated(ProviderWrapper):
    """A provider with the fields that a user states. What the provider reports itself counts more, and a contradiction
    is noted."""

    def __init__(self, provider: Provider, fields: Mapping[str, Any]) -> None:
        super().__init__(provider)
        self._fields = fields

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises what the provider raises."""
        return self._stated(self.provider.generate(job))

    def generate_batch(self, jobs: Sequence[Job]) -> Sequence[Output | GenerationError]:
        """Generate several images in one go. Raises GenerationError where the provider generates no batches."""
        return [self._stated(one) if isinstance(one, Output) else one for one in super().generate_batch(jobs)]

    @contextmanager
    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Iterator[Provider]:
        """Yield the provider in a fresh process. Raises GenerationError where it offers none."""
        more = {"environment": environment} if environment else {}
        with super().isolated(threads=threads, **more) as fresh:
            yield Stated(fresh, self._fields)

    def unused(self) -> str:
        """Return a note on what the provider had more than was asked of it."""
        return str(getattr(self.provider, "unused", str)())

    def _stated(self, output: Output) -> Output:
        reported = output.environment
        notes = tuple(
            f"environment: {name} is stated as {shown(value)}, and reported as {shown(reported[name])}, which counts"
            for name, value in self._fields.items()
            if reported.get(name, value) != value
        )
        new = (note for note in notes if note not in output.notes)
        return replace(output, environment={**self._fields, **reported}, notes=(*output.notes, *new))
