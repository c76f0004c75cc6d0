"""What a ComfyUI server says of a job, as records: the reply to it, the queue, its history, its images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Queued:
    """The reply to a job."""

    prompt_id: str
    node_errors: Any = None


@dataclass(frozen=True, slots=True)
class Queue:
    """The jobs that are running and those that wait, each a list with its id in the second place."""

    queue_running: list[list[Any]] | None = None
    queue_pending: list[list[Any]] | None = None

    def where(self, prompt: str) -> str:
        """Return ``running``, ``pending``, or empty where the queue has no such job."""
        for where, jobs in (("running", self.queue_running), ("pending", self.queue_pending)):
            if any(prompt in job[1:2] for job in jobs or ()):
                return where
        return ""


@dataclass(frozen=True, slots=True)
class MessageData:
    """What a message says of a job; which of these depends on its name."""

    node_id: str | int | None = None
    exception_type: str | None = None
    exception_message: str | None = None
    nodes: list[str | int] | None = None
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How a job ended, with its messages as pairs of name and data."""

    status_str: str | None = None
    messages: list[tuple[str, MessageData]] | None = None


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image on the server."""

    filename: str | None = None
    subfolder: str | None = None
    type: str | None = None

    @property
    def params(self) -> dict[str, str]:
        """What asks for it."""
        return {
            "filename": self.filename or "",
            "subfolder": self.subfolder or "",
            "type": self.type or "output",
        }


@dataclass(frozen=True, slots=True)
class NodeOutput:
    """What one node gave."""

    images: list[ImageFile] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished job, as the history has it."""

    outputs: dict[str, NodeOutput] | None = None
    status: Status | None = None
    unread: Any = None
    """What else it has, such as the videos of a node."""

    @property
    def messages(self) -> list[tuple[str, MessageData]]:
        """The messages of the job."""
        return (self.status and self.status.messages) or []

    @property
    def has_failed_node(self) -> bool:
        """Whether a node raised something."""
        return any(name == "execution_error" for name, _ in self.messages)

    @property
    def seconds(self) -> float:
        """The generation alone by the server's own clock, 0.0 where it does not say."""
        stamps = {name: data.timestamp for name, data in self.messages}
        begun, ended = stamps.get("execution_start"), stamps.get("execution_success")
        return (ended - begun) / 1000 if begun is not None and ended is not None and ended > begun else 0.0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The name under which the server has an image."""

    name: str
    subfolder: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The image of a job: which node gave it, where it is, and how many each node gave."""

    node: str
    image: ImageFile
    counts: Mapping[str, int]
