"""Words to a :class:`~harness.prompt.scene.Scene`, by explicit steps.

The passes of the ``grammar`` interpreter, in order: normalize and split (``text``), longest known phrases (``lexer``,
``phrasebook``, ``vocabulary``), corrections, clauses left out, seeded amounts, conditionals, then one reading from
left to right (``reader`` and the ``read_…`` functions: things, references, relations, places, negation, editing,
setting), then defaults, background, sky, relations between single things, limits (``settle``), rules (``validation``).

How a prompt is handled that cannot be generated as written:

=====================================  ==================================================================
no words at all                        EmptyPromptError
more than MAX_PROMPT characters        PromptTooLongError (the negative prompt too)
nothing known was understood           NothingToGenerateError, naming the words (other languages, "a red", "no green")
some words were not understood         generated without them; listed in ``unknown`` in the user's own words
known emoji                            read as words ("🔴" as "red circle"), an ``adjust`` step; others, and
                                       those beside the same word ("a heart ❤"), are unknown
a text in quotes                       unknown: no text can be generated (quotes around the whole prompt say nothing)
"ball", "cyan", "dusk"                 generated as the nearest thing, an ``adjust`` step
"a red blue square", "small large"     the later word counts, an ``adjust`` step; the other is unknown
"a red square. It is blue"             as above; "make it blue" simply changes it
"circles" without a number             two, an ``assume`` step
"three or four", "a red or blue …"     chosen by the seed, a ``read`` step that says so
more than MAX_OBJECTS things           TooManyThingsError; never fewer than were asked for
"0 circles"                            circles are forbidden; the clause of "-3" or "2.5" is unknown
asked for and forbidden                PromptContradictionError (with a base scene the new wish wins: ``adjust``)
relations that cannot hold together    PromptContradictionError, naming both
a forbidden color in a landscape       a plain background instead, an ``adjust`` step; in a plain one: contradiction
things inside the sun or moon          no such relation, an ``adjust`` step; nor with stars, which are scattered
"the same" without an earlier scene    listed as unknown, an ``assume`` step
an "if" that is not understood         neither branch is generated; the whole of it is listed as unknown
"twice as many", "each with a tree"    the whole clause is unknown, and nothing of it is generated (``clauses``)
"not in the ring", "the smaller one"   as above: a place or a predicate denied, one chosen by comparing
"photo", "oil painting" …              unknown, with a step: no such style
a word that no step read               unknown (``coverage``); a typing error with the word that may be meant
=====================================  ==================================================================
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.prompt.changes import Changes, changed_things
    from harness.prompt.description import describe
    from harness.prompt.errors import (
        EmptyPromptError,
        InterpretationFailedError,
        InterpretationRefusedError,
        InterpreterUnreachableError,
        InvalidSceneError,
        NothingToGenerateError,
        PromptContradictionError,
        PromptError,
        PromptTooLongError,
        TooManyThingsError,
    )
    from harness.prompt.explanation import explain
    from harness.prompt.interpreter import MAX_PROMPT, GrammarInterpreter, Interpreter, interpret
    from harness.prompt.llm import LlmInterpreter, LlmSession, Replies
    from harness.prompt.llm_answer import UnusableReplyError, reported_cost, served_by, text_of, unfenced
    from harness.prompt.llm_questions import MOST_QUESTIONS, QUESTIONS_VERSION, questions_by
    from harness.prompt.question_tree import Questions, SceneQuestion
    from harness.prompt.scene import (
        COLORS,
        MAX_OBJECTS,
        PLAIN,
        SCENIC,
        SHAPES,
        SKY,
        STYLES,
        TIMES,
        Background,
        Relation,
        Scene,
        Thing,
    )
    from harness.prompt.scene_questions import questions_of
    from harness.prompt.schema import scene_schema
    from harness.prompt.validation import validate
    from harness.prompt.vocabulary import RELATION_WORDS, plural_of

_HOMES = {
    "changes": ("Changes", "changed_things"),
    "description": ("describe",),
    "errors": (
        "EmptyPromptError", "InterpretationFailedError", "InterpretationRefusedError", "InterpreterUnreachableError",
        "InvalidSceneError", "NothingToGenerateError", "PromptContradictionError", "PromptError", "PromptTooLongError",
        "TooManyThingsError",
    ),
    "explanation": ("explain",),
    "interpreter": ("MAX_PROMPT", "GrammarInterpreter", "Interpreter", "interpret"),
    "llm": ("LlmInterpreter", "LlmSession", "Replies"),
    "llm_answer": ("UnusableReplyError", "reported_cost", "served_by", "text_of", "unfenced"),
    "llm_questions": ("MOST_QUESTIONS", "QUESTIONS_VERSION", "questions_by"),
    "question_tree": ("Questions", "SceneQuestion"),
    "scene": (
        "COLORS", "MAX_OBJECTS", "PLAIN", "SCENIC", "SHAPES", "SKY", "STYLES", "TIMES", "Background", "Relation",
        "Scene", "Thing",
    ),
    "scene_questions": ("questions_of",),
    "schema": ("scene_schema",),
    "validation": ("validate",),
    "vocabulary": ("RELATION_WORDS", "plural_of"),
}  # fmt: skip

__all__ = [
    "COLORS", "MAX_OBJECTS", "MAX_PROMPT", "MOST_QUESTIONS", "PLAIN", "QUESTIONS_VERSION", "RELATION_WORDS", "SCENIC",
    "SHAPES", "SKY", "STYLES", "TIMES",
    "Background", "Changes", "EmptyPromptError", "GrammarInterpreter", "InterpretationFailedError",
    "InterpretationRefusedError", "Interpreter", "InterpreterUnreachableError", "InvalidSceneError", "LlmInterpreter",
    "LlmSession", "NothingToGenerateError", "PromptContradictionError", "PromptError", "PromptTooLongError",
    "Questions", "Relation", "Replies", "Scene", "SceneQuestion", "Thing", "TooManyThingsError", "UnusableReplyError",
    "changed_things", "describe", "explain", "interpret", "plural_of", "questions_by", "questions_of", "reported_cost",
    "scene_schema", "served_by", "text_of", "unfenced", "validate",
]  # fmt: skip

__getattr__ = lazy(__name__, _HOMES)
