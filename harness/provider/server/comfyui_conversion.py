"""From the file of a workflow to the workflow that is sent: converted by the server where the editor saved it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.http import Call, Deadline
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.remote.decoding import as_map
from harness.provider.server.comfyui_editor import converted
from harness.provider.server.comfyui_graph import Graph, WorkflowProblem
from harness.provider.server.comfyui_source import Source
from harness.provider.server.comfyui_workflow import Workflow, bound

if TYPE_CHECKING:
    from harness.http import Transport

Slots = Mapping[str, tuple[str, ...]]


def workflow_of(provider: str, source: Source, slots: Slots, output: str | None) -> Workflow | None:
    """Return the workflow of a source, with its slots and its output found; None where a server has to convert it
    before. Raises BadOptionError."""
    if source.nodes is None:
        return None
    return bound(provider, source.nodes, source.digest, slots, output)


def converted_workflow(
    provider: str, source: Source, slots: Slots, output: str | None, transport: "Transport", deadline: Deadline
) -> Workflow:
    """Return the workflow of a source as :func:`workflow_of`, by what a server says of the types of its nodes.

    Raises BadOptionError and HttpError.
    """
    known: dict[str, Any] = {}

    def info_of(kind: str) -> Mapping[str, Any] | None:
        if kind not in known:
            call = Call("GET", f"object_info/{quote(kind, safe='')}")
            known[kind] = as_map(transport.request(call, deadline).json()).get(kind)
        return as_map(known[kind]) or None

    try:
        nodes = converted(source.graph or Graph({}, {}), info_of)
    except WorkflowProblem as fault:
        problem = OptionProblem(f"{source.path} {fault}", fault.hint, ("workflow",))
        raise BadOptionError(provider, problem) from None
    return bound(provider, nodes, source.digest, slots, output)
