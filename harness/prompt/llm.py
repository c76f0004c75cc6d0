"""``llm``: a chat model reads the prompt, over any server that speaks OpenAI's chat completions.

The answer is structured output by the scene's schema, held to every rule of :func:`harness.prompt.validate`; one that
breaks a rule is sent back once with the reason, and a second failure is a fault, never a guess. The words of a prompt
are data in the user's message: whatever they say, the result is a scene or nothing.
"""

import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

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
from harness.prompt.llm_words import VERSION, answer_schema, first_messages, repair_messages
from harness.prompt.scene import Scene, Step
from harness.records import Gate

if TYPE_CHECKING:
    from harness.http import Transport

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

    def ask(
        self,
        messages: list[dict[str, str]],
        seed: int,
        deadline: Deadline,
        gate: Gate | None,
        replies: Replies,
        form: tuple[str, dict[str, Any]] | None = None,
    ) -> str:
        """One call: the text of its answer. ``form`` is the name and the schema of the answer, a scene where nothing is
        said. Raises UnusableReplyError, HttpError, MissingKeyError."""
        name, schema = form or ("scene", answer_schema())
        transport = self._opened()
        body: dict[str, Any] = {
            "model": self.settings.model,
            "messages": messages,
            "seed": seed,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "strict": True, "schema": schema},
            },
        }
        if self.settings.temperature is not None:
            body["temperature"] = self.settings.temperature
        call = Call("POST", "/chat/completions", json=body, resend=True, sending=gate)
        reply = transport.request(call, deadline)
        document = reply.json()
        _note(replies, document, reply, self.settings.price)
        if problem := reported_error(document):
            raise HttpError("server", problem, possibly_billed=True)
        return text_of(document)


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
        model = self.interpreter.settings.model
        try:
            return self._read(first_messages(prompt, negative_prompt, seed, base), seed)
        except UnusableReplyError as refusal:
            raise InterpretationRefusedError(model, refusal.problem) from None
        except HttpError as fault:
            if fault.content_policy:
                raise InterpretationRefusedError(model, str(fault)) from None
            raise InterpreterUnreachableError(model, fault, self._deadline.seconds) from None

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

    def _read(self, messages: list[dict[str, str]], seed: int) -> Scene:
        """Return the scene of the first answer, or of the second with a step that says so. Raises UnusableReplyError
        for a refusal."""
        settings = self.interpreter.settings
        while True:
            try:
                scene = scene_of(self.interpreter.ask(messages, seed, self._deadline, self._gate, self.replies))
            except UnusableReplyError as failed:
                if failed.refused:
                    raise
                if self.replies.repaired is not None:
                    problems = (self.replies.repaired, failed.problem)
                    raise failed.asked or InterpretationFailedError(settings.model, problems) from None
                self.replies.repaired = failed.problem
                asked = failed.asked is not None
                messages = [*messages, *repair_messages(failed.answer, failed.problem, asked=asked)]
                continue
            if self.replies.repaired is None:
                return scene
            note = Step(
                "(its answer)", f"the first answer broke a rule ({self.replies.repaired}): asked once more", "adjust"
            )
            return replace(scene, steps=(*scene.steps, note))


def _note(replies: Replies, document: Any, reply: Reply, price: float | None) -> None:
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
