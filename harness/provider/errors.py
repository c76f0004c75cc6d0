"""Faults of choosing and setting up a provider; those of generating are in ``harness.errors``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from harness.errors import EXIT_NO_IMAGE, GenerationError, HarnessError, nearest


class UnknownKindError(HarnessError):
    """No adapter of this name. ``known`` are those there are."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.known = tuple(sorted(known))
        super().__init__(kind, self.known)

    def __str__(self) -> str:
        return f"there is no provider of kind `{self.kind}`"

    @property
    def hint(self) -> str:
        return nearest(self.kind, self.known)


@dataclass(frozen=True, slots=True)
class OptionProblem:
    """One thing that is wrong with the options of a provider. ``path`` leads to it (empty: the provider as a whole);
    ``at_key`` says that the key there is wrong, not its value."""

    message: str
    hint: str = ""
    path: tuple[str | int, ...] = ()
    at_key: bool = False


class BadOptionError(HarnessError):
    """Options that cannot be used: ``provider`` is its name or kind, ``problems`` all that was found wrong."""

    def __init__(self, provider: str, *problems: OptionProblem) -> None:
        super().__init__(provider, *problems)
        self.provider = provider
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{self._where(problem)}: {problem.message}" for problem in self.problems)

    @property
    def hint(self) -> str:
        return "; ".join(dict.fromkeys(problem.hint for problem in self.problems if problem.hint))

    def _where(self, problem: OptionProblem) -> str:
        return ".".join(map(str, ("providers", self.provider, *problem.path)))


@dataclass(eq=False, repr=False)
class BrokenProviderError(HarnessError):
    """An installed adapter that cannot be loaded. ``origin`` is the distribution it came with."""

    kind: str
    origin: str
    problem: str

    def __str__(self) -> str:
        return f"provider kind `{self.kind}` of {self.origin} cannot be loaded: {self.problem}"

    @property
    def hint(self) -> str:
        return f"reinstall {self.origin}, or remove it"


@dataclass(eq=False, repr=False)
class ServerNotStartedError(HarnessError):
    """A server that cannot be started as it is defined: no such program or folder, or its port is taken."""

    provider: str
    problem: str
    _hint: str = ""

    def __str__(self) -> str:
        return f"{self.provider}: {self.problem}"


@dataclass(eq=False, repr=False)
class ServerUnreadyError(ServerNotStartedError):
    """A server that was started and did not become ready."""

    exit_code: ClassVar[int] = EXIT_NO_IMAGE
    _hint: str = "run its `command` by hand; `ready` and `timeout` of the server say when it is ready"


@dataclass(eq=False, repr=False)
class ServerEndedError(ServerNotStartedError):
    """A server that ended by itself while images were generated."""

    exit_code: ClassVar[int] = EXIT_NO_IMAGE
    _hint: str = "see its log in the folder of the run; `restart: 1` of the server starts it again once"


class WorkerEndedError(GenerationError):
    """The process that generated ended before it answered: it was killed, or crashed (verdict ``failed``)."""


@dataclass(eq=False, repr=False)
class WorkerVersionError(HarnessError):
    """The process that is to generate runs another version of the harness."""

    provider: str
    theirs: str
    ours: str

    def __str__(self) -> str:
        return f"{self.provider}: its worker runs image-harness {self.theirs}, and this is {self.ours}"

    @property
    def hint(self) -> str:
        return f"install {self.ours} wherever images are generated"
