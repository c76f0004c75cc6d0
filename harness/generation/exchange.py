"""One exchange with a provider as plain JSON and back: an image or an answer, or the named fault."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.provider import Output
from harness.records import Recipe, to_json
from harness.vocabulary import Source


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON; input images by digest and file name, not by where they lie on this machine."""
    data: dict[str, Any] = to_json(recipe)
    for name in ("input_image", "mask"):
        if name in data["request"]:
            data["request"][name]["path"] = PurePath(data["request"][name]["path"]).name
    return data


def generated_json(generated: Output) -> dict[str, Any]:
    """what was generated, without its bytes."""
    data: dict[str, Any] = to_json(generated)
    del data["data"]
    return data


def generated_of(entry: Mapping[str, Any], data: bytes | None, source: Source) -> Output:
    """What an entry holds, as it comes back now: no time, no money. What the service had taken from a cache of its own
    stays ``cache``. Raises KeyError or TypeError for another form."""
    generated = entry["generated"]
    source = source if generated["source"] == "generated" else Source.CACHE
    return Output(data or b"", dict(generated["environment"]), 0.0, 0.0, source, generated.get("answer"))


def fault_json(fault: GenerationError) -> dict[str, Any]:
    """A fault by its kind (``refused``, ``timeout`` or ``failed``) with what it said."""
    kind = (
        "refused"
        if isinstance(fault, GenerationRefusedError)
        else "timeout"
        if isinstance(fault, GenerationTimeoutError)
        else "failed"
    )
    data = {"kind": kind, "problem": fault.problem, "hint": fault.hint, "possibly_billed": fault.possibly_billed}
    return data | ({"seconds": fault.seconds} if isinstance(fault, GenerationTimeoutError) else {})


def fault_of(provider: str, data: Mapping[str, Any]) -> GenerationError:
    """The fault again. Nothing was sent this time, so nothing can be billed."""
    if data["kind"] == "timeout":
        return GenerationTimeoutError(provider, float(data["seconds"]))
    kind = GenerationRefusedError if data["kind"] == "refused" else GenerationError
    return kind(provider, str(data["problem"]), str(data["hint"]))
