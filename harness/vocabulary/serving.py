"""What a gateway serves: operations, the states of its jobs, their events and webhooks."""

from enum import StrEnum


class Operation(StrEnum):
    """What a job does."""

    GENERATE = "generate"
    EDIT = "edit"
    ASK = "ask"


class JobState(StrEnum):
    """Where a job is. All but the first two are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Whether it stays so."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


class ImageState(StrEnum):
    """Where one image of a job is. ``sent``: a call that may cost money was announced and is not answered."""

    PENDING = "pending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


class JobEventKind(StrEnum):
    """What happens to a job, in the order it happens; ``partial`` is not stored."""

    QUEUED = "queued"
    STARTED = "started"
    PARTIAL = "partial"
    IMAGE = "image"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class DeliveryState(StrEnum):
    """Where the delivery of a webhook is. ``failed``: not tried again by itself; ``disabled``: its receiver is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DISABLED = "disabled"


class FaultKind(StrEnum):
    """Faults that a gateway can be asked to make, for tests of its clients."""

    RATE_LIMITED = "429"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    TIMEOUT = "timeout"
    TRUNCATE = "truncate"
    WRONG_SEED = "wrong-seed"
    BLANK = "blank"
