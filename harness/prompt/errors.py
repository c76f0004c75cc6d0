"""Faults of interpreting: a prompt or a scene that cannot become an image, each with what to do about it."""

from typing import ClassVar

from harness.errors import EXIT_NO_IMAGE, HarnessError


class PromptError(HarnessError):
    """Base of everything that an interpreter raises on purpose."""


class EmptyPromptError(PromptError):
    """There are no words."""

    def __str__(self) -> str:
        return "the prompt is empty"

    @property
    def hint(self) -> str:
        return 'say what to generate, for example "two red circles to the left of a blue square"'


class PromptTooLongError(PromptError):
    """``length`` characters were given, ``limit`` are read; ``what`` is ``prompt`` or ``negative prompt``."""

    def __init__(self, length: int, limit: int, what: str = "prompt") -> None:
        super().__init__(length, limit, what)
        self.length = length
        self.limit = limit
        self.what = what

    def __str__(self) -> str:
        return f"the {self.what} has {self.length} characters; at most {self.limit} are read"

    @property
    def hint(self) -> str:
        return f"shorten it to {self.limit} characters"


class NothingToGenerateError(PromptError):
    """No thing and no background was asked for; ``unknown`` are the words that were not understood."""

    def __init__(self, unknown: tuple[str, ...] = ()) -> None:
        super().__init__(unknown)
        self.unknown = unknown

    def __str__(self) -> str:
        shown = ", ".join(repr(words[:40]) for words in self.unknown[:5])
        more = f" and {len(self.unknown) - 5} more" if len(self.unknown) > 5 else ""
        why = f"; not understood: {shown}{more}" if shown else ""
        return f"nothing to generate in the prompt{why}"

    @property
    def hint(self) -> str:
        return (
            "ask in English for circles, squares, houses, trees, hills, the sea … (harness interpret shows the words)"
        )


class TooManyThingsError(PromptError):
    """``count`` ``what`` were asked for and ``limit`` fit into one image."""

    def __init__(self, count: int, limit: int, what: str = "things") -> None:
        super().__init__(count, limit, what)
        self.count = count
        self.limit = limit
        self.what = what

    def __str__(self) -> str:
        shown = str(self.count) if self.count < 10**6 else "more than a million"
        return f"{shown} {self.what} asked for; one image holds at most {self.limit}"

    @property
    def hint(self) -> str:
        return f"ask for at most {self.limit} {self.what} (sun, moon and stars are not counted)"


class PromptContradictionError(PromptError):
    """Two wishes that no image can meet: ``first`` and ``second``, in words."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second

    def __str__(self) -> str:
        return f"the prompt contradicts itself: {self.first}, but {self.second}"

    @property
    def hint(self) -> str:
        return "leave one of the two out"


class InvalidSceneError(PromptError):
    """A scene that breaks a rule of the vocabulary: ``where`` (``things[1].color``) and ``problem``."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"

    @property
    def hint(self) -> str:
        return "see harness.prompt.scene for what a scene may hold"


class InterpreterError(PromptError):
    """Base of what goes wrong between a prompt and a chat model. ``model`` is its name as asked."""

    exit_code: ClassVar[int] = EXIT_NO_IMAGE
    possibly_billed = True

    def __init__(self, model: str, *more: object) -> None:
        super().__init__(model, *more)
        self.model = model


class InterpretationFailedError(InterpreterError):
    """The model gave no scene, and none when asked again with the problems: ``problems`` of both answers."""

    def __init__(self, model: str, problems: tuple[str, str]) -> None:
        super().__init__(model, problems)
        self.problems = problems

    def __str__(self) -> str:
        first, second = self.problems
        again = "the same again" if first == second else second
        return f"{self.model} gave no usable scene: {first}; asked again: {again}"

    @property
    def hint(self) -> str:
        return "say the prompt in plainer words, take another model, or `interpreter: grammar`"


class InterpretationRefusedError(InterpreterError):
    """The model will not interpret the prompt: ``said`` is its reason."""

    def __init__(self, model: str, said: str) -> None:
        super().__init__(model, said)
        self.said = said

    def __str__(self) -> str:
        return f"{self.model} refused to interpret the prompt: {self.said}"

    @property
    def hint(self) -> str:
        return "change the prompt, or take `interpreter: grammar`"


class InterpreterUnreachableError(InterpreterError):
    """No usable reply came from the server of the model: ``fault`` says why, within ``seconds``."""

    def __init__(self, model: str, fault: HarnessError, seconds: float) -> None:
        super().__init__(model, fault, seconds)
        self.fault = fault
        self.seconds = seconds
        self.possibly_billed = bool(getattr(fault, "possibly_billed", True))

    def __str__(self) -> str:
        return f"interpreter {self.model}: {self.fault}"

    @property
    def hint(self) -> str:
        return self.fault.hint
