"""Words to a :class:`~harness.prompt.scene.Scene`, by explicit steps."""

from harness.prompt.changes import Changes, changed_things
from harness.prompt.describe import describe
from harness.prompt.explain import explain
from harness.prompt.faults import (
    EmptyPrompt,
    InvalidScene,
    NothingToDraw,
    PromptContradiction,
    PromptFault,
    PromptTooLong,
    TooManyThings,
)
from harness.prompt.interpreter import MAX_PROMPT, GrammarInterpreter, Interpreter
from harness.prompt.scene import Scene
from harness.prompt.schema import scene_schema
from harness.prompt.validate import validate


def interpret(prompt: str, *, negative_prompt: str = "", seed: int = 0, base: Scene | None = None) -> Scene:
    """The scene of ``prompt`` by the ``grammar`` interpreter; see :meth:`GrammarInterpreter.interpret`."""
    return GrammarInterpreter().interpret(prompt, negative_prompt=negative_prompt, seed=seed, base=base)


__all__ = [
    "MAX_PROMPT",
    "Changes",
    "EmptyPrompt",
    "GrammarInterpreter",
    "InvalidScene",
    "Interpreter",
    "NothingToDraw",
    "PromptContradiction",
    "PromptFault",
    "PromptTooLong",
    "TooManyThings",
    "changed_things",
    "describe",
    "explain",
    "interpret",
    "scene_schema",
    "validate",
]
