"""A graph of ComfyUI's editor: nodes, links and subgraphs, and where what enters an input comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

EXPORT = "in ComfyUI: Workflow, Export (API)"
MUTED, BYPASSED = 2, 4
INPUTS, OUTPUTS = -10, -20
"""The ends of a subgraph, as links inside it name them."""
NOTES = frozenset({"Note", "MarkdownNote"})
REROUTE, PRIMITIVE = "Reroute", "PrimitiveNode"
DEEPEST = 200


class WorkflowProblem(Exception):
    """What is wrong with a workflow; the text goes behind the name of its file."""

    def __init__(self, problem: str, hint: str = EXPORT) -> None:
        super().__init__(problem)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a node: the link that enters it, and whether a widget stands behind it."""

    name: str
    type: Any = None
    link: int | str | None = None
    widget: Any = None


@dataclass(frozen=True, slots=True)
class Slot:
    """An output of a node, or an end of a subgraph."""

    name: str = ""
    type: Any = None


@dataclass(frozen=True, slots=True)
class EditorNode:
    """A node as the editor saves it."""

    id: int | str
    type: str
    mode: int = 0
    inputs: list[Input] | None = None
    outputs: list[Slot] | None = None
    widgets_values: Any = None
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link from an output to an input, each by node and place."""

    id: int | str
    origin: int | str
    origin_slot: int
    target: int | str
    target_slot: int


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and links; ``subgraphs`` are those of the whole file, by the type of the nodes that stand for them."""

    nodes: Mapping[str, EditorNode]
    links: Mapping[str, Link]
    subgraphs: Mapping[str, "Graph"] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """What enters an input: an output of a node, by its id in the API's format."""

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class Constant:
    """What enters an input: the value of a widget."""

    value: Any


@dataclass(frozen=True, slots=True)
class Scope:
    """A graph where it stands: the file's, or a subgraph's in place of one node."""

    graph: Graph
    all: Mapping[str, Graph]
    prefix: str = ""
    instance: EditorNode | None = None
    parent: "Scope | None" = None

    def inside(self, node: EditorNode) -> "Scope":
        """Return the scope of a node that stands for a subgraph. Raises WorkflowProblem."""
        prefix = f"{self.prefix}{node.id}:"
        if prefix.count(":") > DEEPEST:
            raise WorkflowProblem(f"has a subgraph in itself: node {prefix[:40]}")
        return Scope(self.all[node.type], self.all, prefix, node, self)

    def active(self) -> Iterator[tuple["Scope", EditorNode]]:
        """Yield the nodes that are executed, those inside subgraphs in place of the node that stands for them."""
        for node in self.graph.nodes.values():
            if node.mode in (MUTED, BYPASSED) or node.type in NOTES or node.type in (REROUTE, PRIMITIVE):
                continue
            if node.type in self.all:
                yield from self.inside(node).active()
            else:
                yield self, node

    def origin(self, link_id: Any, depth: int = 0) -> Origin | Constant | None:
        """Return what a link brings, through reroutes, primitives, bypassed nodes and ends of subgraphs; None where it
        begins at nothing or at a muted node. Raises WorkflowProblem."""
        link = None if link_id is None else self.graph.links.get(str(link_id))
        if link is None:
            return None
        if depth > DEEPEST:
            raise WorkflowProblem(f"goes round in a circle at node {self.prefix}{link.origin}")
        if link.origin == INPUTS and self.instance is not None and self.parent is not None:
            return self.parent.entering(self.instance, link.origin_slot, depth + 1)
        node = self.graph.nodes.get(str(link.origin))
        if node is None or node.mode == MUTED:
            return None
        if node.mode == BYPASSED:
            return self.entering(node, _passed(node, link.origin_slot), depth + 1)
        if node.type == REROUTE:
            return self.entering(node, 0, depth + 1)
        if node.type == PRIMITIVE:
            values = node.widgets_values
            return Constant(values[0]) if isinstance(values, list) and values else None
        if node.type in self.all:
            inner = self.inside(node)
            ends = (one for one in inner.graph.links.values() if one.target == OUTPUTS)
            return next((inner.origin(one.id, depth + 1) for one in ends if one.target_slot == link.origin_slot), None)
        return Origin(f"{self.prefix}{node.id}", link.origin_slot)

    def entering(self, node: EditorNode, index: int | None, depth: int) -> Origin | Constant | None:
        """Return what enters an input of a node, by its place: what is linked, else the value of its own widget where
        the node stands for a subgraph."""
        inputs = node.inputs or []
        if index is None or not 0 <= index < len(inputs):
            return None
        if inputs[index].link is not None:
            return self.origin(inputs[index].link, depth)
        shown = [place for place, one in enumerate(inputs) if one.widget is not None]
        if node.type not in self.all or index not in shown or not node.widgets_values:
            return None
        values = node.widgets_values
        if not isinstance(values, list) or len(values) != len(shown):
            raise WorkflowProblem(f"has values of a subgraph that fit none of its inputs (node {self.prefix}{node.id})")
        return Constant(values[shown.index(index)])


def _passed(node: EditorNode, slot: int) -> int | None:
    """Return the place of the input that a bypassed node passes on: that of the output, else the first of its type."""
    outputs, inputs = node.outputs or [], node.inputs or []
    kind = outputs[slot].type if 0 <= slot < len(outputs) else None
    fits = [place for place, one in enumerate(inputs) if one.type == kind and kind is not None]
    return slot if slot in fits else next(iter(fits), None)
