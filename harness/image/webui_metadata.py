"""The text ``parameters`` of Stable Diffusion web UIs: prompt, ``Negative prompt:``, a last line of ``Name: value``."""

import json
import re
from typing import Any

from harness.records import GenerationMetadata

_PAIR = re.compile(r'\s*([\w][\w \-/.]*):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)')
_NEGATIVE = "Negative prompt:"
_SIZE = re.compile(r"(\d+)x(\d+)")
_NAMES = {
    "CFG scale": "guidance", "Steps": "steps", "Sampler": "sampler", "Schedule type": "scheduler",
    "Denoising strength": "strength",
}  # fmt: skip
"""Settings that the harness has another name for; the others become ``snake_case``."""


def webui_metadata(text: str) -> GenerationMetadata:
    """Return the recipe in the text that the web UI (and Forge, SD.Next …) stores as ``parameters``."""
    lines = text.strip().splitlines()
    pairs: dict[str, Any] = {}
    if lines and len(found := _pairs(lines[-1])) >= 2:
        pairs = found
        lines = lines[:-1]
    prompt, _, negative = "\n".join(lines).partition(_NEGATIVE)
    size = _SIZE.fullmatch(str(pairs.pop("Size", "")))
    seed, model = pairs.pop("Seed", None), pairs.pop("Model", None)
    settings = {_NAMES.get(name, re.sub(r"\W+", "_", name).strip("_").lower()): value for name, value in pairs.items()}
    return GenerationMetadata(
        "automatic1111",
        prompt.strip(),
        negative.strip(),
        seed if isinstance(seed, int) else None,
        (int(size[1]), int(size[2])) if size else None,
        None if model is None else str(model),
        settings,
        () if seed is None or isinstance(seed, int) else (f"the seed {seed!r:.60} is no number",),
    )


def _pairs(line: str) -> dict[str, Any]:
    """Return the settings of a line that holds nothing else; a line of a prompt with a colon in it is none."""
    found: dict[str, Any] = {}
    at = 0
    while at < len(line):
        pair = _PAIR.match(line, at)
        if pair is None:
            return {}
        found[pair[1].strip()] = _value(pair[2].strip())
        at = pair.end()
    return found


def _value(text: str) -> Any:
    if text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            return text
    if re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else text
