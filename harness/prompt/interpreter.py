"""The protocol of interpreters, and the one that needs nothing: :class:`GrammarInterpreter`."""

import re
from dataclasses import replace
from typing import Protocol, runtime_checkable

from harness.prompt.background import fitting_sky
from harness.prompt.clauses import leave_out
from harness.prompt.completion import settle
from harness.prompt.conditions import settle_conditions
from harness.prompt.corrections import settle_corrections
from harness.prompt.coverage import report_uncovered
from harness.prompt.draft import Draft
from harness.prompt.errors import EmptyPromptError, PromptTooLongError
from harness.prompt.lexer import Lex, lex, until, words_of
from harness.prompt.negation import read_negation
from harness.prompt.reader import read
from harness.prompt.reader_state import State
from harness.prompt.scene import Scene, Step
from harness.prompt.seeded_choices import settle_amounts
from harness.prompt.text import normalize, tokenise
from harness.prompt.validation import validate
from harness.prompt.vocabulary import EMOJI

MAX_PROMPT = 4000
"""Most characters that a prompt or a negative prompt may have."""
_SIGN = f"[{''.join(EMOJI)}]"


@runtime_checkable
class Interpreter(Protocol):
    """Who turns words into a scene. ``version`` changes whenever the same words may give another scene."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    def interpret(
        self, prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None
    ) -> Scene: ...


class GrammarInterpreter:
    """Deterministic, offline, by rules. The same words, seed and base give the same scene on every machine."""

    name = "grammar"
    version = "4"

    def interpret(self, prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Scene:
        """Return the scene that ``prompt`` asks for.

        ``negative_prompt`` lists what must not be seen; ``seed`` decides ranges ("three or four") and nothing else;
        ``base`` is what "the same …" and editing words ("make", "add", "remove" …) start from. Raises PromptError.
        """
        return settle(self._draft(prompt, negative_prompt, seed, base))

    def unread_things(self, prompt: str) -> tuple[str, ...]:
        """Return the words that stand where a prompt names a thing, and are not understood: "a cat", but no adjective.
        Raises PromptError for a prompt that is empty or too long."""
        return tuple(dict.fromkeys(self._draft(prompt).unread))

    def _draft(self, prompt: str, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Draft:
        check_words(prompt, negative_prompt, base)
        steps: list[Step] = []
        written = _lexemes(prompt, steps)
        lexemes, corrected = settle_corrections(written)
        lexemes, unread = leave_out(lexemes)
        lexemes, amounts = settle_amounts(lexemes, seed)
        steps += [*corrected, *amounts]
        lexemes, unknown = settle_conditions(lexemes, base, steps)
        draft = read(lexemes, base)
        draft.unknown[:0] = [*unread, *unknown]
        draft.unread += [*unread, *unknown]
        if negative_prompt.strip():
            _negative(draft, negative_prompt)
        if base is not None and draft.based:
            fitting_sky(draft, base.background.time)
        draft.steps[:0] = steps
        report_uncovered(written, draft)
        return draft


def check_words(prompt: str, negative_prompt: str, base: Scene | None) -> None:
    """Check what every interpreter requires. Raises EmptyPromptError, PromptTooLongError, InvalidSceneError (base)."""
    if not prompt.strip():
        raise EmptyPromptError
    for text, what in ((prompt, "prompt"), (negative_prompt, "negative prompt")):
        if len(text) > MAX_PROMPT:
            raise PromptTooLongError(len(text), MAX_PROMPT, what)
    if base is not None:
        validate(base)


def _lexemes(prompt: str, steps: list[Step]) -> list[Lex]:
    text = normalize(prompt).replace("\ufe0f", "")
    named = {lexeme.value for lexeme in lex(tokenise(text), text)}
    text = re.sub(f"({_SIGN})(?={_SIGN})", r"\1, ", text)
    for sign, words in EMOJI.items():
        if sign in text and words.split()[-1] not in named:
            steps.append(Step(sign, f"read as {words}", "adjust"))
            text = text.replace(sign, f" {words} ")
    return lex(tokenise(text), text)


def _negative(draft: Draft, text: str) -> None:
    """Read every phrase of the negative prompt as a "no"."""
    clean = normalize(text)
    lexemes = lex(tokenise(clean), clean)
    start = 0
    while start < len(lexemes):
        end = until(lexemes, start, "comma", "stop", "and", "or")
        clause = lexemes[start:end]
        start = end + 1
        if not clause:
            continue
        words = words_of(clause)
        marker = [] if clause[0].kind in ("neg", "nothing_else") else [Lex("neg", "without", "", 0, 0)]
        s = State([*marker, *clause], draft, i=1)
        before = (len(draft.steps), len(draft.unknown), list(draft.absent))
        read_negation(s, s.lexemes[0])
        draft.steps[before[0] :] = [replace(step, words=words) for step in draft.steps[before[0] :]]
        draft.unknown[before[1] :] = [words] if len(draft.unknown) > before[1] else []
        if before == (len(draft.steps), len(draft.unknown), draft.absent):
            draft.unknown.append(words)


def interpret(prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Scene:
    """Return the scene of ``prompt`` by the ``grammar`` interpreter; see :meth:`GrammarInterpreter.interpret`."""
    return GrammarInterpreter().interpret(prompt, negative_prompt=negative_prompt, seed=seed, base=base)
