"""Checks that a chat model derives from the prompt: asked once for each prompt, like the answer of a viewer."""

import json
import threading

from harness.errors import GenerationError, GenerationRefusedError, HarnessError
from harness.generation import Generated, Session
from harness.prompt import (
    QUESTIONS_VERSION,
    InterpretationRefusedError,
    LlmInterpreter,
    Questions,
    Replies,
    questions_by,
)
from harness.provider import InterpreterOptions, Output, chat_model
from harness.records import Check, Gate, Recipe, Request, Subject, Trial, from_json, to_json
from harness.vision import AUTO, Derived, ViewerError, derive
from harness.vocabulary import Source

ASKED = "which questions must an image of this prompt answer?"
"""What the recipe of a derivation asks."""


class Deriving:
    """Derives checks through a Session; may be used from several threads. Without one it asks no model."""

    def __init__(self, session: Session | None) -> None:
        self._session = session
        self._readers: dict[str, LlmInterpreter] = {}
        self._known: dict[str, Questions | ViewerError] = {}
        self._turn = threading.Lock()

    def ready(self, check: Check) -> None:
        """Look for what the calls of an ``auto`` check need (a key). Raises HarnessError."""
        if self._session is not None and not self._session.sources.replays:
            self._reader(chat_model_of(check)).ready()

    def derived(self, check: Check, trial: Trial) -> tuple[Derived | ViewerError, float | None]:
        """Return the checks of an ``auto`` check for a trial, or why there are none, and what asking for them now cost,
        in US dollars. Raises UnknownPriceError and WriteError."""
        options, cost = chat_model_of(check), None
        recipe = recipe_of(options, trial.recipe.request)
        with self._turn:
            known = self._known.get(recipe.digest)
            if known is None:
                known, cost = self._asked(options, recipe, trial)
                self._known[recipe.digest] = known
        if isinstance(known, ViewerError):
            return known, cost
        names = {one.name for one in trial.checks if one.name is not None}
        return derive(known, check.viewers, names), cost

    def _asked(
        self, options: InterpreterOptions, recipe: Recipe, trial: Trial
    ) -> tuple[Questions | ViewerError, float | None]:
        if self._session is None:
            return ViewerError(AUTO, "this command derives no checks by a chat model"), None
        reader = self._reader(options)
        came = self._session.answer(
            trial, recipe, options.price, lambda gate: derivation(reader, recipe.request, gate), lambda _: True
        )
        if came is None:
            return ViewerError(AUTO, "not derived: the budget is reached", "raise --budget"), None
        if not isinstance(came, Generated):
            billed = options.price if came.fault.possibly_billed else None
            return ViewerError(AUTO, f"not derived: {came.fault.problem}", came.fault.hint), billed
        output = came.generated
        try:
            questions = questions_in(output)
        except ValueError as error:  # of a cache or a recording that somebody else wrote
            return ViewerError(AUTO, f"not derived: the stored answer cannot be read: {error}"), None
        return questions, output.cost if output.source == Source.GENERATED else None

    def _reader(self, options: InterpreterOptions) -> LlmInterpreter:
        key = options.model_dump_json()
        if key not in self._readers:
            reader = self._readers[key] = options.interpreter()
            if self._session is not None:
                self._session.closing(reader.close)
        return self._readers[key]


def chat_model_of(check: Check) -> InterpreterOptions:
    """Return the chat model that an ``auto`` check states."""
    return chat_model(check.args[AUTO]["interpreter"])


def recipe_of(options: InterpreterOptions, request: Request) -> Recipe:
    """Return a derivation as a recipe: the words, and who reads them."""
    settings = {"base_url": options.base_url, "temperature": options.temperature, "version": QUESTIONS_VERSION}
    subject = Subject("interpreter", "llm", options.model, {AUTO: settings})
    return Recipe(Request(request.prompt, request.negative_prompt, seed=0, ask=ASKED), subject)


def derivation(reader: LlmInterpreter, request: Request, gate: Gate | None = None) -> Output:
    """Return the questions of a request as a JSON answer. Raises GenerationError."""
    replies = Replies()
    try:
        questions = questions_by(reader, request.prompt, request.negative_prompt, gate=gate, replies=replies)
    except HarnessError as fault:
        kind = GenerationRefusedError if isinstance(fault, InterpretationRefusedError) else GenerationError
        billed = bool(replies.calls) or bool(getattr(fault, "possibly_billed", False))
        raise kind("interpreter", str(fault), fault.hint, possibly_billed=billed) from fault
    who = {"model": reader.settings.model, **replies.served}
    environment = {"interpreter": who, "interpretation": {"calls": replies.calls}}
    return Output(b"", environment, cost=replies.cost, answer=json.dumps(to_json(questions)))


def questions_in(output: Output) -> Questions:
    """Return the questions that an answer holds. Raises ValueError for one that holds none."""
    return from_json(Questions, json.loads(output.answer or ""))
