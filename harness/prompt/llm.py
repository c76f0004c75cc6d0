"""``llm``: a chat model reads the prompt, over any server that speaks OpenAI's chat completions.

The answer is structured output by the scene's schema, held to every rule of :func:`harness.prompt.validate`; one that
breaks a rule is sent back once with the reason, and a second failure is a fault, never a guess. The words of a prompt
are data in the user's message: whatever they say, the result is a scene or nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from harness.errors import redacted
from harness.http import Call, Cancellation, Deadline, HttpError, Reply, Settings, reported_error, secret_from
from harness.prompt.errors import (
    InterpretationFailedError,
    InterpretationRefusedError,
    InterpreterUnreachableError,
)
from harness.prompt.interpreter import check_words
from harness.prompt.llm_answer import (
    UnusableReplyError,
    reported_cost,
    reported_usage,
    scene_of,
    served_by,
    text_of,
)
from harness.prompt.llm_words import VERSION, answer_schema, first_messages, repair_of
from harness.prompt.scene import Scene, Step
from harness.records import Gate

if TYPE_CHECKING:
    from harness.http import Transport

T = TypeVar("T")
TIMEOUT = 60.0
"""Seconds for one interpretation, its repair included, where nothing else is said."""
LARGEST = 1_000_000
"""Bytes of the largest reply that is read."""


class LlmSettings(Protocol):
    """What an interpreter is made of: the options that a painter's provider takes as ``interpreter``."""

    @property
    def model(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def api_key_env(self) -> str | None: ...
    @property
    def temperature(self) -> float | None: ...
    @property
    def price(self) -> float | None: ...
    @property
    def retries(self) -> int: ...
    @property
    def allow_private(self) -> bool: ...


@dataclass(slots=True)
class Replies:
    """What an interpretation took: a line for each call, what was wrong with the first answer, and the cost.

    ``served`` names what answered (model, provider, fingerprint); ``cost`` in US dollars, None when unknown.
    """

    calls: list[dict[str, Any]] = field(default_factory=list)
    served: dict[str, Any] = field(default_factory=dict)
    repaired: str | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """What is asked for: the ``name`` and ``schema`` of an answer. ``read`` raises UnusableReplyError for one that
    breaks a rule, and ``repair`` has the words that ask for another."""

    name: str
    schema: dict[str, Any]
    read: Callable[[str], T]
    repair: Callable[[UnusableReplyError], str]


class LlmInterpreter:
    """A chat model as an interpreter; may be used from several threads. Best effort: its answers may vary."""

    name = "llm"

    def __init__(self, settings: LlmSettings) -> None:
        self.settings = settings
        self._transport: Transport | None = None
        self._opening = threading.Lock()

    @property
    def version(self) -> str:
        """The version of the rules it is given, and the model."""
        return f"{VERSION} {self.settings.model}"

    def ready(self) -> None:
        """Read the key. Raises MissingKeyError."""
        self._opened()

    def _opened(self) -> "Transport":
        from harness.http import Transport

        settings = self.settings
        with self._opening:
            if self._transport is None:
                secret = None if settings.api_key_env is None else secret_from(settings.api_key_env)
                reached = Settings(
                    settings.base_url,
                    secret,
                    retries=settings.retries,
                    max_bytes=LARGEST,
                    allow_private=settings.allow_private,
                )
                self._transport = Transport(f"interpreter {settings.model}", reached)
            return self._transport

    def close(self) -> None:
        """Close the connections."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def interpret(self, prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Scene:
        """Return the scene that ``prompt`` asks for; see :meth:`session` for what it took. Raises PromptError,
        MissingKeyError."""
        return self.session().interpret(prompt, negative_prompt=negative_prompt, seed=seed, base=base)

    def session(
        self, *, timeout: float = TIMEOUT, gate: Gate | None = None, cancellation: Cancellation | None = None
    ) -> "LlmSession":
        """Return an interpreter for one image that keeps what it took. ``timeout`` in seconds over all calls, each of
        which passes ``gate``; cancelling makes them fail at once."""
        return LlmSession(self, Deadline.after(timeout).ended_by(cancellation), gate)

    def answered(
        self,
        form: Form[T],
        messages: list[dict[str, str]],
        seed: int,
        deadline: Deadline,
        gate: Gate | None,
        replies: Replies,
    ) -> T:
        """Return what is read of an answer, or where that breaks a rule of a second one; ``replies`` takes what the
        calls took.

        Raises InterpretationFailedError (or the fault that the prompt is guilty of), InterpretationRefusedError,
        InterpreterUnreachableError and MissingKeyError.
        """
        model = self.settings.model
        while True:
            try:
                body = self._body(form, messages, seed)
                call = Call("POST", "/chat/completions", json=body, resend=True, sending=gate)
                reply = self._opened().request(call, deadline)
                return form.read(text_of(_noted(replies, reply, self.settings.price)))
            except UnusableReplyError as failed:
                if failed.refused:
                    raise InterpretationRefusedError(model, failed.problem) from None
                if replies.repaired is not None:
                    problems = (replies.repaired, failed.problem)
                    raise failed.asked or InterpretationFailedError(model, problems) from None
                replies.repaired = failed.problem
                again = {"role": "user", "content": form.repair(failed)}
                messages = [*messages, {"role": "assistant", "content": failed.answer}, again]
            except HttpError as fault:
                if fault.content_policy:
                    raise InterpretationRefusedError(model, str(fault)) from None
                raise InterpreterUnreachableError(model, fault, deadline.seconds) from None

    def _body(self, form: Form[Any], messages: list[dict[str, str]], seed: int) -> dict[str, Any]:
        schema = {"name": form.name, "strict": True, "schema": form.schema}
        temperature = {} if self.settings.temperature is None else {"temperature": self.settings.temperature}
        return {
            "model": self.settings.model,
            "messages": messages,
            "seed": seed,
            "response_format": {"type": "json_schema", "json_schema": schema},
            **temperature,
        }


class LlmSession:
    """The interpretation of one image by an :class:`LlmInterpreter`. ``replies`` says what it took."""

    def __init__(self, interpreter: LlmInterpreter, deadline: Deadline, gate: Gate | None = None) -> None:
        self.interpreter = interpreter
        self.replies = Replies()
        self._deadline, self._gate = deadline, gate

    @property
    def name(self) -> str:
        """``llm``."""
        return self.interpreter.name

    @property
    def version(self) -> str:
        """That of the interpreter."""
        return self.interpreter.version

    def interpret(self, prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Scene:
        """Return the scene that ``prompt`` asks for. ``seed`` is sent, and settles what the words leave open.

        Raises EmptyPromptError, PromptTooLongError, InterpretationFailedError, InterpretationRefusedError,
        InterpreterUnreachableError, MissingKeyError.
        """
        check_words(prompt, negative_prompt, base)
        form = Form("scene", answer_schema(), scene_of, repair_of)
        messages = first_messages(prompt, negative_prompt, seed, base)
        scene = self.interpreter.answered(form, messages, seed, self._deadline, self._gate, self.replies)
        if self.replies.repaired is None:
            return scene
        effect = f"the first answer broke a rule ({self.replies.repaired}): asked once more"
        return replace(scene, steps=(*scene.steps, Step("(its answer)", effect, "adjust")))

    def environment(self) -> dict[str, Any]:
        """Return who interpreted: a cause of what is generated."""
        return {"name": self.name, "version": VERSION, "model": self.interpreter.settings.model, **self.replies.served}

    def story(self, seed: int) -> dict[str, Any]:
        """Return how it went, on this occasion."""
        call = {
            "temperature": self.interpreter.settings.temperature,
            "sent_seed": seed,
            "calls": self.replies.calls,
        }
        found: dict[str, Any] = redacted({**call, "repaired": self.replies.repaired})
        return {name: value for name, value in found.items() if value is not None}


def _noted(replies: Replies, reply: Reply, price: float | None) -> Any:
    """Note what a reply took, and return its document. Raises HttpError for an error that it reports."""
    document = reply.json()
    replies.served.update(served_by(document))
    story = reply.story()
    usage, cost = reported_usage(document), reported_cost(document, reply.headers)
    # a stated price is that of the interpretation, its repair included
    stated = price if not replies.calls or price is None else 0.0
    known = stated if cost is None else cost
    replies.cost = (
        known if not replies.calls else None if replies.cost is None or known is None else replies.cost + known
    )
    replies.calls.append({**story, "usage": usage} if usage else dict(story))
    if problem := reported_error(document):
        raise HttpError("server", problem, possibly_billed=True)
    return document
