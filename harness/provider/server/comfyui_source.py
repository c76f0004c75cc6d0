"""Where a ComfyUI workflow comes from: a file of the API's format, of the editor's, or an image that ComfyUI saved."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.server.comfyui_editor import read_editor
from harness.provider.server.comfyui_graph import EXPORT, Graph, WorkflowProblem
from harness.records import digest_of

Node = Mapping[str, Any]
MAX_BYTES = 16 * 2**20
FRESH = "harness_fresh"
"""An input that no node declares: a new value makes the server execute its node, and what follows from it, again."""


@dataclass(frozen=True)
class Source:
    """A workflow as its file has it: nodes by id of the API's format, or a graph of the editor's, which a server has to
    convert. ``digest`` is the SHA-256 of what can shape an image."""

    path: Path
    nodes: Mapping[str, Node] | None
    graph: Graph | None
    digest: str


def read_source(provider: str, path: Path) -> Source:
    """Return the workflow of a file. Raises BadOptionError."""
    try:
        document, texts = _document(path)
        if texts and "prompt" in texts:
            document = _json(texts["prompt"], "its text `prompt`")
        elif texts:
            document = _json(texts["workflow"], "its text `workflow`")
        if isinstance(document, Mapping) and not isinstance(document.get("nodes"), list):
            document = next((document[key] for key in ("prompt", "workflow") if _is_map(document.get(key))), document)
        if isinstance(document, Mapping) and isinstance(document.get("nodes"), list):
            graph = read_editor(document)
            return Source(path, None, graph, graph.digest)
        nodes = _nodes(document)
    except WorkflowProblem as fault:
        option = OptionProblem(f"{path} {fault}", fault.hint, ("workflow",))
        raise BadOptionError(provider, option) from None
    return Source(path, nodes, None, digest_of(nodes))


def _document(path: Path) -> tuple[Any, dict[str, str]]:
    """Return the JSON of a file, or the texts of an image that hold a workflow."""
    from harness.image import ImageError, embedded_texts, sniff

    try:
        if path.stat().st_size > MAX_BYTES:
            raise WorkflowProblem(f"is larger than {MAX_BYTES:,} bytes")
        data = path.read_bytes()
    except OSError as fault:
        raise WorkflowProblem(f"cannot be read: {fault.strerror or fault}") from None
    if sniff(data) is None:
        return _json(data, ""), {}
    try:
        found = embedded_texts(data)
    except ImageError as fault:
        raise WorkflowProblem(f"cannot be read: {fault}", "name the workflow as JSON") from None
    texts = {name: text for name, text in found.items() if name in ("prompt", "workflow")}
    for text in found.values():  # a tag of EXIF says in front which of the two it holds
        name, colon, rest = text.partition(":")
        if colon and name in ("prompt", "workflow"):
            texts.setdefault(name, rest)
    if not texts:
        hint = "name an image as ComfyUI saved it (not run with --disable-metadata), or the workflow as JSON"
        raise WorkflowProblem("is an image without a workflow in it", hint)
    return None, texts


def _json(text: str | bytes, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise WorkflowProblem(f"is no JSON{f' in {what}' if what else ''}: {fault}") from None


def _nodes(document: Any) -> Mapping[str, Node]:
    """Return the nodes of a workflow of the API's format, without what an earlier execution left in them."""
    if not isinstance(document, Mapping) or not document:
        raise WorkflowProblem("holds no nodes with `class_type` and `inputs`")
    if not any(_is_map(node) and "class_type" in node for node in document.values()):
        raise WorkflowProblem("holds no nodes with `class_type` and `inputs`")
    nodes = {}
    for key, node in document.items():
        if not _is_map(node) or not isinstance(node.get("class_type"), str):
            raise WorkflowProblem(f"has a node {key} without `class_type`")
        if not _is_map(node.get("inputs")):
            hint = f"{EXPORT}; a node that takes nothing has `inputs: {{}}`, and a note is no part of a workflow"
            raise WorkflowProblem(f"has a node {key} ({node['class_type']}) without `inputs`", hint)
        inputs = {name: value for name, value in node["inputs"].items() if name != FRESH}
        nodes[key] = {**{name: node[name] for name in node if name != "is_changed"}, "inputs": inputs}
    return nodes


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)
