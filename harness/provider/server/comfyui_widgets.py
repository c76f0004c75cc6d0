"""The values of a node's widgets by name, from the list that the editor saves and the order that the server tells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.provider.remote.decoding import as_list, as_map
from harness.provider.server.comfyui_graph import EditorNode, WorkflowProblem

CONTROL = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
"""What a seed's second widget can say: what the editor does with the seed after each job."""
_KINDS: Mapping[str, tuple[type, ...]] = {
    "INT": (int,), "FLOAT": (int, float), "STRING": (str,), "BOOLEAN": (bool, int), "COMBO": (str, int, float, bool),
}  # fmt: skip
DYNAMIC = "COMFY_DYNAMICCOMBO_V3"
SEEDS = frozenset({"seed", "noise_seed"})
BUTTONS = frozenset({"image_upload", "video_upload", "audio_upload", "image_folder"})
"""Options of an input that add a button, which saves a value that means nothing."""


def values_of(node: EditorNode, info: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the values of the widgets of a node by the names of their inputs. ``info`` is what the server says of its
    type, ``key`` its id. Raises WorkflowProblem where the values cannot be assigned to the inputs."""
    stored = node.widgets_values
    if isinstance(stored, Mapping):
        known = {name for name, _, _ in _declared(as_map(info.get("input")), as_map(info.get("input_order")))}
        return {name: _wrapped(value) for name, value in stored.items() if name in known}
    reading = _Reading(as_list(stored), f"node {key} ({node.type})")
    for name, kind, options in _declared(as_map(info.get("input")), as_map(info.get("input_order"))):
        reading.take(name, kind, options)
    reading.end()
    return reading.found


class _Reading:
    """The saved values from the first to the last."""

    def __init__(self, values: Sequence[Any], node: str) -> None:
        self.found: dict[str, Any] = {}
        self._values, self._node, self._at = values, node, 0
        self._buttons = 0

    def take(self, name: str, kind: Any, options: Mapping[str, Any]) -> None:
        choices = kind if isinstance(kind, list) else None
        word = "COMBO" if choices is not None else kind
        if options.get("forceInput") or options.get("rawLink") or (word not in _KINDS and word != DYNAMIC):
            return
        if self._at >= len(self._values):
            if "default" in options:
                self.found[name] = options["default"]  # the server has a widget more than the file
            return
        value = self._next(name, "COMBO" if word == DYNAMIC else word)
        self.found[name] = _wrapped(value)
        self._buttons += any(options.get(button) for button in BUTTONS)
        if word == DYNAMIC:
            chosen = next((one for one in as_list(options.get("options")) if as_map(one).get("key") == value), None)
            for inner, its_kind, its_options in _declared(as_map(as_map(chosen).get("inputs")), {}):
                self.take(f"{name}.{inner}", its_kind, its_options)
        elif (options.get("control_after_generate") or (word == "INT" and name in SEEDS)) and self._peek() in CONTROL:
            self._at += 1

    def end(self) -> None:
        """Raise WorkflowProblem where values are left that no widget explains."""
        left = [value for value in self._values[self._at :] if value not in (None, "")]
        if len(left) > self._buttons:
            problem = f"has {len(self._values)} values at {self._node}, where the server knows {self._at} widgets"
            raise WorkflowProblem(problem)

    def _next(self, name: str, kind: str) -> Any:
        value = self._values[self._at]
        self._at += 1
        multiple = kind == "COMBO" and isinstance(value, list)
        fits = isinstance(value, _KINDS[kind]) and (kind == "BOOLEAN" or not isinstance(value, bool) or kind == "COMBO")
        if not fits and not multiple and value is not None:
            problem = f"has {str(value)[:40]!r} for `{name}` at {self._node}, which the server knows as {kind}"
            raise WorkflowProblem(problem)
        return value

    def _peek(self) -> Any:
        return self._values[self._at] if self._at < len(self._values) else None


def _declared(inputs: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Yield name, type and options of the inputs of a type, required before optional."""
    for group in ("required", "optional"):
        entries = as_map(inputs.get(group))
        listed = [name for name in as_list(order.get(group)) if name in entries]
        for name in dict.fromkeys((*listed, *entries)):
            entry = as_list(entries[name])
            if entry:
                yield name, entry[0], as_map(entry[1]) if len(entry) > 1 else {}


def _wrapped(value: Any) -> Any:
    """Return a value as the API takes it: a list would be a link."""
    return {"__value__": value} if isinstance(value, list) else value
