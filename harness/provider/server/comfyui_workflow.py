"""A ComfyUI workflow in the API's format, and the named slots in it that a recipe fills."""

import copy
import uuid
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.errors import nearest, shown
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.server.comfyui_source import FRESH, Node

SEEDS = ("seed", "noise_seed")
"""What nodes call their seed."""


@dataclass(frozen=True, slots=True)
class Target:
    """One input of one node."""

    node: str
    input: str


@dataclass(frozen=True)
class Workflow:
    """A workflow: nodes by id, the inputs that each slot fills, and the digest of the file as SHA-256, by which an
    edited file is seen as what changed. ``output`` is the node whose image counts, None for any."""

    nodes: Mapping[str, Node]
    slots: Mapping[str, tuple[Target, ...]]
    digest: str
    output: str | None = None

    def filled(self, values: Mapping[str, Any], *, fresh: bool = False) -> dict[str, Any]:
        """Return the workflow with these values in its slots; a value of None leaves what the file says. ``fresh``: the
        server executes the nodes with the seed (without such a slot: the prompt), and what follows, in any case."""
        nodes: dict[str, Any] = copy.deepcopy(dict(self.nodes))
        for slot, targets in self.slots.items():
            value = values.get(slot)
            for target in targets:
                if value is not None:
                    inputs = nodes[target.node]["inputs"]
                    inputs[target.input] = _as(inputs.get(target.input), value)
        for target in self.slots.get("seed", self.slots["prompt"]) if fresh else ():
            nodes[target.node]["inputs"][FRESH] = str(uuid.uuid4())
        return nodes

    def described(self, node: str) -> str:
        """``node 4 (CheckpointLoaderSimple)``, for messages."""
        kind = self.nodes.get(node, {}).get("class_type")
        return f"node {node} ({kind})" if kind else f"node {node}"

    @cached_property
    def last(self) -> frozenset[str]:
        """The nodes that no other takes something from: those that save, among them."""
        return frozenset(node for node in self.nodes if not self._takers.get(node))

    @cached_property
    def samplers(self) -> frozenset[str]:
        """The first nodes that both the seed and the prompt lead to; those with the seed where there are none."""
        seeds = {target.node for target in self.slots.get("seed", ())}
        both = self._after(seeds) & self._after({target.node for target in self.slots["prompt"]})
        later = self._after({taker for node in both for taker in self._takers.get(node, ())})
        return frozenset(both - later or seeds)

    @cached_property
    def _takers(self) -> Mapping[str, set[str]]:
        takers: dict[str, set[str]] = {}
        for key, node in self.nodes.items():
            for value in node["inputs"].values():
                if isinstance(value, list) and len(value) == 2:
                    takers.setdefault(str(value[0]), set()).add(key)
        return takers

    def _after(self, nodes: Collection[str]) -> set[str]:
        """Return these nodes and all that something of them reaches."""
        found, ahead = set(nodes), list(nodes)
        while ahead:
            new = self._takers.get(ahead.pop(), set()) - found
            found |= new
            ahead.extend(new)
        return found

    @property
    def left_seeds(self) -> tuple[str, ...]:
        """The seeds that the slot ``seed`` leaves as the workflow says, where it fills others."""
        filled = {(target.node, target.input) for target in self.slots.get("seed", ())}
        seeds = [
            (node, name)
            for node, entry in self.nodes.items()
            for name in SEEDS
            if _is_number(entry["inputs"].get(name))
        ]
        return tuple(f"{node}.inputs.{name}" for node, name in seeds if filled and (node, name) not in filled)


def bound(
    provider: str, nodes: Mapping[str, Node], digest: str, slots: Mapping[str, tuple[str, ...]], output: str | None
) -> Workflow:
    """Return a workflow with its slots and its output found. Raises BadOptionError, with all that are not there."""
    problems: list[OptionProblem] = []
    found: dict[str, tuple[Target, ...]] = {}
    for slot, texts in slots.items():
        try:
            found[slot] = tuple(_target(nodes, slot, text) for text in texts)
        except _Missing as fault:
            problems.append(fault.problem)
    node = None
    try:
        node = None if output is None else _find(nodes, output, ("output",))
    except _Missing as fault:
        problems.append(fault.problem)
    if problems:
        raise BadOptionError(provider, *problems)
    return Workflow(nodes, found, digest, node)


class _Missing(Exception):
    def __init__(self, problem: str, hint: str, option: tuple[str, ...]) -> None:
        super().__init__(problem)
        self.problem = OptionProblem(problem, hint, option)


def _find(nodes: Mapping[str, Node], text: str, option: tuple[str, ...]) -> str:
    """Return the id of a node named by id or by title."""
    if text in nodes:
        return text
    titled = [key for key, node in nodes.items() if _title(node) == text]
    if len(titled) == 1:
        return titled[0]
    if titled:
        problem = f"{len(titled)} nodes are titled `{text}`: {', '.join(titled)}"
        raise _Missing(problem, "name one by its id", option)
    known = {*nodes, *(title for node in nodes.values() if (title := _title(node)))}
    raise _Missing(f"the workflow has no node `{text}`", nearest(text, known), option)


def _target(nodes: Mapping[str, Node], slot: str, text: str) -> Target:
    """``6.inputs.text``, ``6.text`` or ``Title of a node.text``; both names may hold dots."""
    option = ("slots", slot)
    readings = list(_readings(text))
    if not readings:
        raise _Missing(f"{shown(text)} is not node.inputs.name", "such as 6.inputs.text", option)
    titles = {_title(node) for node in nodes.values()}
    there = [(name, field) for name, field in readings if name in nodes or name in titles]
    node = None
    for name, field in there:
        node = _find(nodes, name, option)
        if field in nodes[node]["inputs"]:
            break
    else:
        name, field = (there or readings)[-1]
        node = _find(nodes, name.removesuffix(".inputs"), option)
        problem = f"node {node} ({nodes[node]['class_type']}) has no input `{field}`"
        raise _Missing(problem, nearest(field, nodes[node]["inputs"]), option)
    current = nodes[node]["inputs"][field]
    if isinstance(current, list):
        problem = f"the input `{field}` of node {node} comes from node {current[0] if current else '?'}"
        raise _Missing(problem, "name an input that holds a value of its own", option)
    return Target(node, field)


def _readings(text: str) -> Iterator[tuple[str, str]]:
    """Yield node and input of a text, for each dot that may stand between the two."""
    parts = text.split(".")
    for at in range(1, len(parts)):
        name, field = ".".join(parts[:at]), ".".join(parts[at:])
        if name and field:
            yield name, field.removeprefix("inputs.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _title(node: Node) -> str:
    meta = node.get("_meta")
    return str(meta.get("title", "")) if isinstance(meta, Mapping) else ""


def _as(current: Any, value: Any) -> Any:
    """Return the value as the type that the file has: a whole number where it has one."""
    if isinstance(current, int) and not isinstance(current, bool) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value
