"""A ComfyUI workflow as a file (API format), and the named slots in it that a recipe fills."""

import copy
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import nearest, shown
from harness.provider.errors import BadOptionError, OptionProblem
from harness.records import digest_of

Node = Mapping[str, Any]
MAX_BYTES = 16 * 2**20
EXPORT = "in ComfyUI: Workflow, Export (API)"
BUST = "bust"
"""The slot that gets a value of its own for each image, so that the server cannot answer from its memory."""


@dataclass(frozen=True, slots=True)
class Target:
    """One input of one node."""

    node: str
    input: str


@dataclass(frozen=True)
class Workflow:
    """A workflow: nodes by id, and the inputs that each slot fills."""

    nodes: Mapping[str, Node]
    slots: Mapping[str, tuple[Target, ...]]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the workflow as canonical JSON: an edited file is seen as what changed."""
        return digest_of(self.nodes)

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the workflow with these values in its slots; a value of None leaves what the file says."""
        nodes: dict[str, Any] = copy.deepcopy(dict(self.nodes))
        for slot, targets in self.slots.items():
            value = values.get(slot)
            for target in targets:
                current = nodes[target.node]["inputs"].get(target.input)
                if slot == BUST:
                    value = _unlike(current)
                if value is not None:
                    nodes[target.node]["inputs"][target.input] = _as(current, value)
        return nodes

    def described(self, node: str) -> str:
        """``node 4 (CheckpointLoaderSimple)``, for messages."""
        kind = self.nodes.get(node, {}).get("class_type")
        return f"node {node} ({kind})" if kind else f"node {node}"


def read_workflow(provider: str, path: Path, slots: Mapping[str, tuple[str, ...]]) -> Workflow:
    """Return the workflow of a file with its slots found. Raises BadOptionError."""
    nodes = _nodes(provider, path)
    found = {slot: tuple(_target(provider, nodes, slot, text) for text in texts) for slot, texts in slots.items()}
    return Workflow(nodes, found)


def find_node(provider: str, nodes: Mapping[str, Node], text: str, option: tuple[str, ...]) -> str:
    """Return the id of a node named by id or by title; ``option`` is the path of the option that names it.

    Raises BadOptionError.
    """
    if text in nodes:
        return text
    titled = [key for key, node in nodes.items() if _title(node) == text]
    if len(titled) == 1:
        return titled[0]
    if titled:
        problem = f"{len(titled)} nodes are titled `{text}`: {', '.join(titled)}"
        raise BadOptionError(provider, OptionProblem(problem, "name one by its id", option))
    known = {*nodes, *(title for node in nodes.values() if (title := _title(node)))}
    problem = f"the workflow has no node `{text}`"
    raise BadOptionError(provider, OptionProblem(problem, nearest(text, known), option))


def _nodes(provider: str, path: Path) -> Mapping[str, Node]:
    def bad(problem: str) -> BadOptionError:
        return BadOptionError(provider, OptionProblem(f"{path} {problem}", EXPORT, ("workflow",)))

    try:
        if path.stat().st_size > MAX_BYTES:
            raise bad(f"is larger than {MAX_BYTES:,} bytes")
        document = json.loads(path.read_bytes())
    except OSError as fault:
        raise bad(f"cannot be read: {fault.strerror or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise bad(f"is no JSON: {fault}") from None
    if isinstance(document, Mapping) and isinstance(document.get("nodes"), list):
        raise bad("is a workflow of the editor, not of the API")
    if isinstance(document, Mapping) and isinstance(document.get("prompt"), Mapping):
        document = document["prompt"]
    if not isinstance(document, Mapping) or not document or not all(map(_is_node, document.values())):
        raise bad("holds no nodes with `class_type` and `inputs`")
    return document


def _is_node(node: Any) -> bool:
    whole = isinstance(node, Mapping) and isinstance(node.get("class_type"), str)
    return whole and isinstance(node.get("inputs"), Mapping)


def _target(provider: str, nodes: Mapping[str, Node], slot: str, text: str) -> Target:
    """``6.inputs.text``, ``6.text`` or ``Title of a node.text``."""
    name, _, field = text.rpartition(".")
    name = name.removesuffix(".inputs")
    option = ("slots", slot)
    if not name or not field:
        raise BadOptionError(
            provider, OptionProblem(f"{shown(text)} is not node.inputs.name", "such as 6.inputs.text", option)
        )
    node = find_node(provider, nodes, name, option)
    inputs = nodes[node]["inputs"]
    if field not in inputs:
        problem = f"node {node} ({nodes[node]['class_type']}) has no input `{field}`"
        raise BadOptionError(provider, OptionProblem(problem, nearest(field, inputs), option))
    current = inputs[field]
    if isinstance(current, list):
        problem = f"the input `{field}` of node {node} comes from node {current[0] if current else '?'}"
        raise BadOptionError(provider, OptionProblem(problem, "name an input that holds a value of its own", option))
    return Target(node, field)


def _title(node: Node) -> str:
    meta = node.get("_meta")
    return str(meta.get("title", "")) if isinstance(meta, Mapping) else ""


def _unlike(current: Any) -> Any:
    """Return a value of the kind that is current, and like no other."""
    token = uuid.uuid4()
    return token.int >> 76 if isinstance(current, (int, float)) and not isinstance(current, bool) else str(token)


def _as(current: Any, value: Any) -> Any:
    """Return the value as the type that the file has: a whole number where it has one."""
    if isinstance(current, int) and not isinstance(current, bool) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
