"""An interpretation as plain text: the steps as a table, the scene, and what was not understood."""

from harness.prompt.description import describe
from harness.prompt.scene import Scene

_KINDS = {"read": "", "assume": "assumed", "adjust": "adjusted"}
_WIDEST = 44


def explain(scene: Scene) -> list[str]:
    """Lines of text, without colors: each step's words → effect, the scene in one sentence, the words left over."""
    rows = [(_short(step.words), step.effect, _KINDS.get(step.kind, step.kind)) for step in scene.steps]
    width = max((len(words) for words, _, _ in rows), default=0)
    lines = [f"{words:<{width}}  → {effect}" + (f"  ({kind})" if kind else "") for words, effect, kind in rows]
    if lines:
        lines.append("")
    lines.append(f"scene: {describe(scene)}")
    if scene.unknown:
        lines.append(f"not understood: {', '.join(map(repr, scene.unknown))}")
    return lines


def _short(words: str) -> str:
    return words if len(words) <= _WIDEST else words[: _WIDEST - 1] + "…"
