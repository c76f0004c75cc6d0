"""The editor's format of a ComfyUI workflow: reading it, and converting it by what the server says of its nodes."""

from collections.abc import Callable, Mapping
from typing import Any

from harness.provider.server.comfyui_graph import (
    Constant,
    EditorNode,
    Graph,
    Link,
    Origin,
    Scope,
    WorkflowProblem,
)
from harness.provider.server.comfyui_widgets import values_of
from harness.records import digest_of, from_json

Info = Mapping[str, Any]
"""What a server says of one type of nodes."""


def read_editor(document: Mapping[str, Any]) -> Graph:
    """Return the graph of a file of the editor. Raises WorkflowProblem."""
    definitions = document.get("definitions")
    listed = definitions.get("subgraphs") if isinstance(definitions, Mapping) else None
    inner = [one for one in listed or [] if isinstance(one, Mapping)] if isinstance(listed, list) else []
    try:
        subgraphs = {str(one.get("id")): Graph(_nodes(one), _links(one)) for one in inner}
        graph = Graph(_nodes(document), _links(document), subgraphs)
    except (ValueError, TypeError, RecursionError) as fault:
        raise WorkflowProblem(f"is a workflow of the editor with another form than expected: {fault}") from None
    shapes = [[_shaping(one) for one in (document, *inner)], sorted(subgraphs)]
    return Graph(graph.nodes, graph.links, subgraphs, digest_of(shapes))


def converted(graph: Graph, info_of: Callable[[str], Info | None]) -> dict[str, Any]:
    """Return a graph as nodes of the API's format; ``info_of`` gives what the server says of a type, None where it has
    no such nodes. Raises WorkflowProblem, and what ``info_of`` raises."""
    active = list(Scope(graph, graph.subgraphs).active())
    unknown: dict[str, list[str]] = {}
    nodes: dict[str, Any] = {}
    for scope, node in active:
        key = f"{scope.prefix}{node.id}"
        info = info_of(node.type)
        if info is None:
            if _is_linked(node):
                unknown.setdefault(node.type, []).append(key)
            continue
        nodes[key] = {
            "class_type": node.type,
            "inputs": _inputs(scope, node, info, key),
            "_meta": {"title": node.title or info.get("display_name") or node.type},
        }
    if unknown:
        named = "; ".join(f"{kind} (node {', '.join(keys)})" for kind, keys in sorted(unknown.items()))
        hint = f"install their extension there; for nodes that only the editor has, export it {EXPORT_HINT}"
        raise WorkflowProblem(f"has nodes that the server does not know: {named}", hint)
    if not nodes:
        raise WorkflowProblem("holds no nodes that are executed")
    return nodes


EXPORT_HINT = "(Workflow, Export (API))"


def _inputs(scope: Scope, node: EditorNode, info: Info, key: str) -> dict[str, Any]:
    inputs = values_of(node, info, key)
    for one in node.inputs or []:
        if one.link is None:
            continue
        match scope.origin(one.link):
            case Origin(node=origin, slot=slot):
                inputs[one.name] = [origin, slot]
            case Constant(value=value):
                inputs[one.name] = value
            case None if one.widget is None:
                inputs.pop(one.name, None)
    return inputs


def _nodes(document: Mapping[str, Any]) -> dict[str, EditorNode]:
    nodes = from_json(list[EditorNode], document.get("nodes"))
    return {str(node.id): node for node in nodes}


def _links(document: Mapping[str, Any]) -> dict[str, Link]:
    """Read links of both forms: a list of six, or a mapping."""
    links = {}
    for one in document.get("links") or []:
        named = one if isinstance(one, Mapping) else dict(zip(_LINK, one, strict=False))
        link = from_json(Link, {ours: named.get(theirs) for ours, theirs in _OF_LINK.items()})
        links[str(link.id)] = link
    return links


_LINK = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
_OF_LINK = dict(zip(("id", "origin", "origin_slot", "target", "target_slot"), _LINK, strict=True))


def _is_linked(node: EditorNode) -> bool:
    return any(one.link is not None for one in node.inputs or []) or bool(node.outputs)


def _shaping(document: Mapping[str, Any]) -> list[Any]:
    """Return what of a graph can shape an image: not where its nodes stand on the canvas."""
    names = ("id", "type", "mode", "inputs", "widgets_values")
    nodes = [{name: node.get(name) for name in names} for node in document.get("nodes") or []]
    return [nodes, document.get("links")]
