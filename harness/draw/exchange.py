"""One exchange with a provider as plain JSON and back: a picture or an answer, or the named fault."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from harness.errors import DrawFault, DrawRefused, DrawTimeout
from harness.provider.protocol import Drawn
from harness.records import Recipe, to_json


def recipe_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON; input pictures by digest and file name, not by where they lie on this machine."""
    data: dict[str, Any] = to_json(recipe)
    for name in ("image", "mask"):
        if name in data["request"]:
            data["request"][name]["path"] = PurePath(data["request"][name]["path"]).name
    return data


def drawn_json(drawn: Drawn) -> dict[str, Any]:
    """What was drawn, without its bytes."""
    data: dict[str, Any] = to_json(drawn)
    del data["data"]
    return data


def drawn_of(entry: Mapping[str, Any], data: bytes | None, source: str) -> Drawn:
    """What an entry holds, as it comes back now: no time, no money. What the service had taken from a cache of its own
    stays ``cache``. Raises KeyError or TypeError for another form."""
    drawn = entry["drawn"]
    source = source if drawn["source"] == "drawn" else "cache"
    return Drawn(data or b"", dict(drawn["environment"]), 0.0, 0.0, source, drawn.get("answer"))


def fault_json(fault: DrawFault) -> dict[str, Any]:
    """A fault by its kind (``refused``, ``timeout`` or ``failed``) with what it said."""
    kind = "refused" if isinstance(fault, DrawRefused) else "timeout" if isinstance(fault, DrawTimeout) else "failed"
    told = {"kind": kind, "problem": fault.problem, "remedy": fault.remedy, "possibly_billed": fault.possibly_billed}
    return told | ({"seconds": fault.seconds} if isinstance(fault, DrawTimeout) else {})


def fault_of(provider: str, told: Mapping[str, Any]) -> DrawFault:
    """The fault again. Nothing was sent this time, so nothing can be billed."""
    if told["kind"] == "timeout":
        return DrawTimeout(provider, float(told["seconds"]))
    kind = DrawRefused if told["kind"] == "refused" else DrawFault
    return kind(provider, str(told["problem"]), str(told["remedy"]))
