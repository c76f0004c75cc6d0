"""Faults of generating one image: they become the verdict of a trial, never the end of a run."""

from typing import ClassVar

from harness.errors.base import EXIT_NO_IMAGE, HarnessError
from harness.errors.redaction import excerpt, redact


class GenerationError(HarnessError):
    """A provider could not give the image (verdict ``failed``).

    ``provider`` is its name in the suite, ``problem`` what happened (made one line, redacted and then
    shortened here), ``possibly_billed``
    is true when money may have been spent all the same. ``failover`` says whether another provider may be asked in
    its place: nothing of a reply had come (None: not reported).
    """

    exit_code: ClassVar[int] = EXIT_NO_IMAGE

    def __init__(
        self,
        provider: str,
        problem: str,
        hint: str = "",
        *,
        possibly_billed: bool = False,
        failover: bool | None = None,
    ) -> None:
        problem, hint = excerpt(problem), redact(hint)
        super().__init__(provider, problem, hint)
        self.provider = provider
        self.problem = problem
        self._hint = hint
        self.possibly_billed = possibly_billed
        self.failover = failover

    def __str__(self) -> str:
        return f"{self.provider}: {self.problem}" + (" (possibly billed)" if self.possibly_billed else "")


class GenerationCancelledError(GenerationError):
    """The caller cancelled the generation (verdict ``failed``); never retried."""

    def __init__(self, provider: str, *, possibly_billed: bool = False) -> None:
        super().__init__(provider, "cancelled", "generate it again", possibly_billed=possibly_billed, failover=False)


class GenerationInvalidError(GenerationError):
    """The provider cannot generate what was asked for: a prompt, a size, a setting or an image that it cannot take
    (verdict ``failed``); never retried."""


class GenerationRefusedError(GenerationError):
    """The provider refused on content grounds (verdict ``refused``); never retried."""


class GenerationTimeoutError(GenerationError):
    """No image within the time allowed (verdict ``failed``)."""

    def __init__(self, provider: str, seconds: float, *, possibly_billed: bool = False) -> None:
        super().__init__(
            provider,
            f"no image within {seconds:g} s",
            "raise `timeout:` in the suite, or --timeout",
            possibly_billed=possibly_billed,
        )
        self.seconds = seconds
