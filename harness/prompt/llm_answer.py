"""The answer of a chat model: from the reply's JSON to its text, and from the text to a scene that keeps the rules."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.errors import excerpt
from harness.http import header_cost, usage_cost
from harness.prompt.errors import NothingToGenerateError, PromptContradictionError, PromptError, TooManyThingsError
from harness.prompt.scene import Scene, Step
from harness.prompt.validation import validate
from harness.records import decode_json, plausible_cost

MOST = 64
"""Most steps and unknown words that are kept."""
LONGEST = 300
"""Characters of one of them."""
_KINDS = ("read", "assume", "adjust")
_FENCE = re.compile(r"\A\s*```[a-z]*\s*(.*?)\s*```\s*\Z", re.DOTALL)


class UnusableReplyError(Exception):
    """An answer that is not a scene, and why in one line.

    ``refused``: the model will not answer at all; ``asked``: what the prompt itself may be guilty of.
    """

    def __init__(
        self, problem: str, answer: str = "", *, refused: bool = False, asked: PromptError | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = excerpt(problem, LONGEST)
        self.answer = answer
        self.refused = refused
        self.asked = asked


def text_of(document: Any) -> str:
    """Return the text of a chat completion. Raises UnusableReplyError: refused, cut off, or another document."""
    try:
        choice = document["choices"][0]
        message = choice["message"]
        content, refusal = message.get("content"), message.get("refusal")
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise UnusableReplyError("the reply holds no message") from None
    if refusal or finish == "content_filter":
        raise UnusableReplyError(str(refusal or "its content filter stopped it"), refused=True)
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    text = content if isinstance(content, str) else ""
    if finish == "length":
        raise UnusableReplyError("the answer was cut at its limit of tokens", text)
    if not text.strip():
        raise UnusableReplyError("the answer is empty")
    return text


def served_by(document: Any) -> dict[str, str]:
    """Return who answered, as the reply names it: ``served_model``, ``served_by``, ``fingerprint``."""
    data = document if isinstance(document, Mapping) else {}
    names = (("served_model", "model"), ("served_by", "provider"), ("fingerprint", "system_fingerprint"))
    return {ours: data[theirs] for ours, theirs in names if isinstance(data.get(theirs), str)}


def reported_usage(document: Any) -> Mapping[str, Any]:
    """Return what the reply says that it used; empty where it says nothing."""
    usage = document.get("usage") if isinstance(document, Mapping) else None
    return usage if isinstance(usage, Mapping) else {}


def reported_cost(document: Any, headers: Mapping[str, str]) -> float | None:
    """Return what the reply says that it cost in US dollars; None where it says nothing plausible."""
    stated = usage_cost(reported_usage(document))
    return plausible_cost(header_cost(headers) if stated is None else stated)[0]


def unfenced(text: str) -> str:
    """Return an answer without the Markdown fence around it."""
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text


def scene_of(text: str) -> Scene:
    """Return the scene in an answer. Raises UnusableReplyError when there is none or it breaks a rule."""
    words = unfenced(text)
    try:
        scene = decode_json(Scene, words)
    except (ValueError, RecursionError) as error:
        raise UnusableReplyError(f"it is not a scene: {error}", text) from None
    left = [f"`{cleaned(name)}`" for name in _unasked(decode_json(dict[str, Any], words), scene)][:MOST]
    left += [f"{len(scene.steps) - MOST} steps"] * (len(scene.steps) > MOST)
    more = (f"and {len(scene.unknown) - MOST} more",) * (len(scene.unknown) > MOST)
    notes = (Step("(its answer)", f"left out: {', '.join(left)}", "adjust"),) if left else ()
    scene = replace(
        scene,
        steps=(*map(_clean_step, scene.steps[:MOST]), *notes),
        unknown=(*map(cleaned, scene.unknown[:MOST]), *more),
    )
    try:
        validate(scene)
        if scene.unknown and scene == Scene(steps=scene.steps, unknown=scene.unknown):
            raise NothingToGenerateError(scene.unknown)
    except PromptError as fault:
        asked = isinstance(fault, (NothingToGenerateError, PromptContradictionError, TooManyThingsError))
        raise UnusableReplyError(str(fault), text, asked=fault if asked else None) from None
    return scene


def _unasked(answer: Any, read: Any, inside: str = "") -> Iterator[str]:
    """Yield the paths of what an answer has and no record of a scene takes."""
    if isinstance(answer, Mapping):
        for name, value in answer.items():
            if hasattr(read, name):
                yield from _unasked(value, getattr(read, name), f"{inside}{name}.")
            else:
                yield f"{inside}{name}"
    elif isinstance(answer, list) and isinstance(read, tuple):
        for value, one in zip(answer, read, strict=False):
            yield from _unasked(value, one, inside)


def _clean_step(step: Step) -> Step:
    kind = step.kind if step.kind in _KINDS else "read"
    return Step(cleaned(step.words), cleaned(step.effect), kind)


def cleaned(text: str) -> str:
    """Return one short line without control characters: it is shown on terminals."""
    line = excerpt(text, LONGEST)
    return "".join("\ufffd" if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co") else sign for sign in line)
