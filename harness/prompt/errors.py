"""Faults of interpreting: a prompt or a scene that cannot become an image, each with what to do about it."""

from dataclasses import dataclass
from typing import ClassVar

from harness.errors import EXIT_NO_IMAGE, HarnessError


class PromptError(HarnessError):
    """Base of everything that an interpreter raises on purpose."""


class EmptyPromptError(PromptError):
    """The prompt is empty."""

    hint = 'say what to generate, for example "two red circles to the left of a blue square"'

    def __str__(self) -> str:
        return "the prompt is empty"


@dataclass(eq=False, repr=False)
class PromptTooLongError(PromptError):
    """``length`` characters were given, ``limit`` are read; ``what`` is ``prompt`` or ``negative prompt``."""

    length: int
    limit: int
    what: str = "prompt"

    def __str__(self) -> str:
        return f"the {self.what} has {self.length} characters; at most {self.limit} are read"

    @property
    def hint(self) -> str:
        return f"shorten it to {self.limit} characters"


@dataclass(eq=False, repr=False)
class NothingToGenerateError(PromptError):
    """No thing and no background was asked for; ``unknown`` are the words that were not understood."""

    unknown: tuple[str, ...] = ()
    hint = "ask in English for circles, squares, houses, trees, hills, the sea … (harness interpret shows the words)"

    def __str__(self) -> str:
        shown = ", ".join(repr(words[:40]) for words in self.unknown[:5])
        more = f" and {len(self.unknown) - 5} more" if len(self.unknown) > 5 else ""
        why = f"; not understood: {shown}{more}" if shown else ""
        return f"nothing to generate in the prompt{why}"


@dataclass(eq=False, repr=False)
class TooManyThingsError(PromptError):
    """``count`` ``what`` were asked for and ``limit`` fit into one image."""

    count: int
    limit: int
    what: str = "things"

    def __str__(self) -> str:
        shown = str(self.count) if self.count < 10**6 else "more than a million"
        return f"{shown} {self.what} asked for; one image holds at most {self.limit}"

    @property
    def hint(self) -> str:
        return f"ask for at most {self.limit} {self.what} (sun, moon and stars are not counted)"


@dataclass(eq=False, repr=False)
class PromptContradictionError(PromptError):
    """Two contradictory requirements: ``first`` and ``second``, in words."""

    first: str
    second: str
    hint = "leave one of the two out"

    def __str__(self) -> str:
        return f"the prompt contradicts itself: {self.first}, but {self.second}"


@dataclass(eq=False, repr=False)
class InvalidSceneError(PromptError):
    """A scene that breaks a rule of the vocabulary: ``where`` (``things[1].color``) and ``problem``."""

    where: str
    problem: str
    hint = "see harness.prompt.scene for what a scene may hold"

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


@dataclass(eq=False, repr=False)
class InterpreterError(PromptError):
    """Base of what goes wrong between a prompt and a chat model. ``model`` is its name as asked."""

    exit_code: ClassVar[int] = EXIT_NO_IMAGE
    possibly_billed = True
    model: str


@dataclass(eq=False, repr=False)
class InterpretationFailedError(InterpreterError):
    """The model gave no scene, and none when asked again with the problems: ``problems`` of both answers."""

    problems: tuple[str, str]
    hint = "simplify the prompt, use another model, or `interpreter: grammar`"

    def __str__(self) -> str:
        first, second = self.problems
        again = "the same again" if first == second else second
        return f"{self.model} gave no usable scene: {first}; asked again: {again}"


@dataclass(eq=False, repr=False)
class InterpretationRefusedError(InterpreterError):
    """The model will not interpret the prompt: ``reason`` says why."""

    reason: str
    hint = "change the prompt, or take `interpreter: grammar`"

    def __str__(self) -> str:
        return f"{self.model} refused to interpret the prompt: {self.reason}"


@dataclass(eq=False, repr=False)
class InterpreterUnreachableError(InterpreterError):
    """No usable reply came from the server of the model: ``fault`` says why, within ``seconds``."""

    fault: HarnessError
    seconds: float

    def __post_init__(self) -> None:
        self.possibly_billed = bool(getattr(self.fault, "possibly_billed", True))

    def __str__(self) -> str:
        return f"interpreter {self.model}: {self.fault}"

    @property
    def hint(self) -> str:
        return self.fault.hint
