"""Faults of drawing one picture: they become the verdict of a trial, never the end of a run."""

from typing import ClassVar

from harness.errors.base import EXIT_UNDRAWN, HarnessError


class DrawFault(HarnessError):
    """A provider could not give the picture (verdict ``failed``).

    ``provider`` is its name in the suite, ``problem`` what happened (one line, no secrets), ``possibly_billed``
    is true when money may have been spent all the same. ``failover`` says whether another provider may be asked in
    its place: nothing of a reply had come (None: not told).
    """

    exit_code: ClassVar[int] = EXIT_UNDRAWN

    def __init__(
        self,
        provider: str,
        problem: str,
        remedy: str = "",
        *,
        possibly_billed: bool = False,
        failover: bool | None = None,
    ) -> None:
        super().__init__(provider, problem, remedy)
        self.provider = provider
        self.problem = problem
        self._remedy = remedy
        self.possibly_billed = possibly_billed
        self.failover = failover

    def __str__(self) -> str:
        return f"{self.provider}: {self.problem}" + (" (possibly billed)" if self.possibly_billed else "")

    @property
    def remedy(self) -> str:
        return self._remedy


class DrawRefused(DrawFault):
    """The provider refused on content grounds (verdict ``refused``); never retried."""


class DrawTimeout(DrawFault):
    """No picture within the time allowed (verdict ``failed``)."""

    def __init__(self, provider: str, seconds: float, *, possibly_billed: bool = False) -> None:
        super().__init__(
            provider,
            f"no picture within {seconds:g} s",
            "raise `timeout:` in the suite, or --timeout",
            possibly_billed=possibly_billed,
        )
        self.seconds = seconds
