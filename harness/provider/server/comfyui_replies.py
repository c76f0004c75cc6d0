"""What a ComfyUI server said of a job comes to: refused, failed, done with images, done from memory."""

import re
from collections.abc import Mapping
from typing import Any

from harness.errors import GenerationError
from harness.http import HttpError
from harness.provider.remote.decoding import as_list, as_map, as_text, texts_of, unread
from harness.provider.server.comfyui_records import Entry, Shown
from harness.provider.server.comfyui_workflow import Workflow

LONGEST = 300
HINT = "check `base_url`: is this ComfyUI?"
WEBSOCKET = "SaveImageWebsocket"
"""The node whose images go to the editor's connection alone."""
_NODE = re.compile(r"Node ID '#([^']+)'")


def unread_of(entry: Any) -> list[str]:
    """Return what the history has of a job, and is not read."""
    nodes = as_map(as_map(entry).get("outputs"))
    beside = [name for node in nodes for name in unread(nodes[node], ("images",), f"outputs.{node}.")]
    return unread(entry, ("prompt", "outputs", "status", "meta")) + beside


def system_of(document: Any) -> dict[str, Any]:
    """Versions and device as the server says them, as far as it does."""
    system = as_map(as_map(document).get("system"))
    device = as_map(next(iter(as_list(as_map(document).get("devices"))), None))
    found = {
        "comfyui": as_text(system.get("comfyui_version")),
        "torch": as_text(system.get("pytorch_version")),
        "python": as_text(system.get("python_version")).partition(" ")[0],
        "device": as_text(device.get("name")),
    }
    flags = {"deterministic": "--deterministic" in system["argv"]} if isinstance(system.get("argv"), list) else {}
    return texts_of(found) | flags


def refused(provider: str, workflow: Workflow, graph: Mapping[str, Any], fault: HttpError) -> GenerationError | None:
    """Return the fault of a workflow that the server would not take, as the ``graph`` that was sent; None where it says
    something else."""
    if fault.status != 400:
        return None
    detail = as_map(fault.detail)
    message, hint = node_error(workflow, detail.get("node_errors")), "see `workflow` and `slots`"
    if not message:
        message, hint = _whole(workflow, as_map(detail.get("error")))
    if not message:
        return None
    slot = next(
        (
            slot
            for slot, (target, *_) in workflow.slots.items()
            if f"{target.input}: " in message and workflow.nodes[target.node] != graph[target.node]
        ),
        None,
    )
    hint = hint if slot is None else f"check `{slot}`, which its slot puts there"
    return GenerationError(provider, f"the workflow was refused: {message}", hint, failover=False)


def _whole(workflow: Workflow, error: Mapping[str, Any]) -> tuple[str, str]:
    """Return what is wrong with the workflow as a whole, or with a node that the server does not know, and a hint."""
    words = [as_text(error.get(key)) for key in ("message", "details")]
    extra, named = as_map(error.get("extra_info")), _NODE.search(words[1])
    node = as_text(extra.get("node_id")) or (named[1] if named else "")
    message = _short(": ".join(filter(None, words)))
    if node not in workflow.nodes:
        hint = "add a SaveImage node" if error.get("type") == "prompt_no_outputs" else "see `workflow`"
        return message, hint
    kind = workflow.nodes[node]["class_type"]
    hint = f"install the extension that has {kind} on the server, or take the node out of the workflow"
    return f"{workflow.described(node)}: {_short(words[0])}", hint


def no_image(provider: str, workflow: Workflow, *, cached: bool) -> GenerationError:
    """Return the fault of a job that succeeded and gave no image; ``cached``: nothing was executed."""
    if cached:
        problem = "the server executes nothing of the workflow, which it keeps in its memory, and lists no image"
        return GenerationError(provider, problem, "restart the server", failover=False)
    kinds = {node: workflow.nodes[node]["class_type"] for node in sorted(workflow.nodes, key=_order)}
    node = workflow.output or next((node for node, kind in kinds.items() if kind == WEBSOCKET), None)
    where = "" if node is None else f" of {workflow.described(node)}"
    if node is not None and kinds[node] == WEBSOCKET:
        hint = "that node keeps no file: use SaveImage or PreviewImage instead"
    else:
        hint = "see `output` of the provider" if workflow.output else "the workflow needs SaveImage or PreviewImage"
    return GenerationError(provider, f"the reply holds no image{where}", hint, failover=False)


def node_error(workflow: Workflow, errors: Any) -> str:
    """``node 4 (CheckpointLoaderSimple): Value not in list: …``: the first of the errors by node, and how many more;
    empty where there is none."""
    messages = []
    for node, entry in sorted(as_map(errors).items(), key=lambda item: _order(item[0])):
        kind = as_text(as_map(entry).get("class_type"))
        named = f"node {node} ({kind})" if kind else workflow.described(node)
        for error in as_list(as_map(entry).get("errors")) or [{}]:
            message, details = (as_text(as_map(error).get(key)) for key in ("message", "details"))
            messages.append(f"{named}: {': '.join(filter(None, (message or 'refused', details)))}")
    more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
    return f"{_short(messages[0])}{more}" if messages else ""


def failure(provider: str, workflow: Workflow, entry: Entry) -> GenerationError | None:
    """Return the fault of a job that ended without success; None when it succeeded."""
    for name, data in entry.messages:
        node = workflow.described(str("?" if data.node_id is None else data.node_id))
        if name == "execution_error":
            what = ": ".join(part.strip() for part in (data.exception_type, data.exception_message) if part)
            hint = "ask for a smaller size" if "out of memory" in what.lower() else "see the log of the server"
            return GenerationError(
                provider, _short(f"{node} failed: {what or 'no reason given'}"), hint, failover=False
            )
        if name == "execution_interrupted":
            return GenerationError(provider, f"the job was interrupted at {node}", "generate it again", failover=False)
    if entry.status is not None and entry.status.status_str not in (None, "success"):
        return GenerationError(
            provider, "the job failed, and the server gives no reason", "see its log", failover=False
        )
    return None


def shown(entry: Entry, node_id: str | None) -> Shown | None:
    """Return the image of a job: of the node ``node_id``, else the first one of the node with the lowest id, saved
    images before previews. All others are counted."""
    images = {
        node: [image for image in output.images or [] if image.filename]
        for node, output in (entry.outputs or {}).items()
    }
    counts = {node: len(images[node]) for node in sorted(images, key=_order) if images[node]}
    found = [
        (image.type != "output", _order(node), index, node, image)
        for node in counts
        if node_id in (None, node)
        for index, image in enumerate(images[node])
    ]
    if not found:
        return None
    *_, node, image = min(found, key=lambda one: one[:3])
    return Shown(node, image, counts)


def from_memory(workflow: Workflow, entry: Entry, image: Shown | None) -> bool:
    """Return whether the image was not generated now: the node that gave it, or the sampler, was not executed."""
    cached = {str(node) for name, data in entry.messages if name == "execution_cached" for node in data.nodes or ()}
    # a server may list no image of nodes that it skips
    decisive = workflow.last if image is None else {image.node}
    return bool(cached & (workflow.samplers | decisive))


def _order(node: str) -> tuple[bool, int, str]:
    """Ids that are numbers by their size, before the others."""
    return (not node.isdecimal(), int(node) if node.isdecimal() else 0, node)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
