"""What a ComfyUI server tells of a job: refused, failed, done with images, done from memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import GenerationError
from harness.http import HttpError
from harness.provider.server.comfyui_workflow import Workflow

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """An image on the server, and how many the job gave in all."""

    node: str
    filename: str
    subfolder: str
    type: str
    count: int

    @property
    def params(self) -> dict[str, str]:
        """What asks for it."""
        return {"filename": self.filename, "subfolder": self.subfolder, "type": self.type}


def refused(provider: str, workflow: Workflow, fault: HttpError) -> GenerationError | None:
    """The fault of a workflow that the server would not take; None where it says something else."""
    detail = fault.detail
    if fault.status != 400 or not isinstance(detail, Mapping):
        return None
    said = node_error(workflow, detail.get("node_errors"))
    if said:
        slot = next((slot for slot, (target, *_) in workflow.slots.items() if f"{target.input}: " in said), None)
        hint = "see `workflow` and `slots`" if slot is None else f"check `{slot}`, which its slot puts there"
        return GenerationError(provider, f"the workflow was refused: {said}", hint, failover=False)
    return None


def node_error(workflow: Workflow, errors: Any) -> str:
    """``node 4 (CheckpointLoaderSimple): Value not in list: …``: the first of the errors by node, and how many more."""
    if not isinstance(errors, Mapping):
        return ""
    messages = [
        f"{_named(workflow, node, entry)}: {': '.join(part for part in _words(error) if part)}"
        for node, entry in sorted(errors.items(), key=_order)
        if isinstance(entry, Mapping)
        for error in entry.get("errors") or [{}]
    ]
    if not messages:
        return ""
    more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
    return _short(messages[0]) + more


def failure(provider: str, workflow: Workflow, entry: Mapping[str, Any]) -> GenerationError | None:
    """The fault of a job that ended without success; None when it succeeded."""
    for name, data in messages(entry):
        if name == "execution_error":
            node = workflow.described(str(data.get("node_id", "?")))
            what = ": ".join(str(data[key]).strip() for key in ("exception_type", "exception_message") if data.get(key))
            hint = "ask for a smaller size" if "out of memory" in what.lower() else "see the log of the server"
            return GenerationError(
                provider, _short(f"{node} failed: {what or 'no reason messages'}"), hint, failover=False
            )
        if name == "execution_interrupted":
            node = workflow.described(str(data.get("node_id", "?")))
            return GenerationError(provider, f"the job was interrupted at {node}", "generate it again", failover=False)
    status = entry.get("status")
    if isinstance(status, Mapping) and status.get("status_str") not in (None, "success"):
        return GenerationError(
            provider, "the job failed, and the server gives no reason", "see its log", failover=False
        )
    return None


def messages(entry: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The messages of a job as pairs of name and data."""
    status = entry.get("status")
    listed = status.get("messages") if isinstance(status, Mapping) else None
    return [
        (str(pair[0]), pair[1])
        for pair in listed or []
        if isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[1], Mapping)
    ]


def shown(entry: Mapping[str, Any], node_id: str | None) -> Shown | None:
    """The image of a job: of the node ``node_id``, else the first one of the node with the lowest id, saved images
    before previews."""
    outputs = entry.get("outputs")
    found = [
        (image.get("type") != "output", _order((node, None)), index, node, image)
        for node, output in (outputs.items() if isinstance(outputs, Mapping) else ())
        if isinstance(output, Mapping) and node_id in (None, node)
        for index, image in enumerate(output.get("images") or [])
        if isinstance(image, Mapping) and isinstance(image.get("filename"), str)
    ]
    if not found:
        return None
    *_, node, image = min(found, key=lambda one: one[:3])
    return Shown(node, image["filename"], str(image.get("subfolder") or ""), str(image.get("type") or "output"),
                 len(found))  # fmt: skip


def from_memory(workflow: Workflow, entry: Mapping[str, Any], image: Shown | None) -> bool:
    """Whether the image was not generated now: the node that gave it, or the one with the seed, was not executed."""
    cached: set[str] = set()
    for name, data in messages(entry):
        if name == "execution_cached":
            cached |= set(map(str, data.get("nodes") or ()))
    decisive = {target.node for target in workflow.slots.get("seed", ())}
    decisive |= set() if image is None else {image.node}
    return bool(cached & decisive) or (image is None and cached >= set(workflow.nodes))


def _named(workflow: Workflow, node: str, entry: Mapping[str, Any]) -> str:
    kind = entry.get("class_type")
    return f"node {node} ({kind})" if isinstance(kind, str) else workflow.described(node)


def _words(error: Any) -> tuple[str, str]:
    if not isinstance(error, Mapping):
        return str(error), ""
    return str(error.get("message") or "refused"), str(error.get("details") or "")


def _order(item: tuple[str, Any]) -> tuple[bool, int, str]:
    """Ids that are numbers by their size, before the others."""
    node = item[0]
    return (not node.isdecimal(), int(node) if node.isdecimal() else 0, node)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
