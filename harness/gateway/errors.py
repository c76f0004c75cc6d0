"""What a gateway answers in place of an image, with the HTTP status that says so; gRPC derives its own from that."""

from dataclasses import dataclass
from typing import ClassVar

from harness.errors import HarnessError
from harness.vocabulary import FaultKind


@dataclass(eq=False, repr=False)
class GatewayError(HarnessError):
    """A request that is not carried out: ``problem`` is what is wrong, ``param`` the field it is about (empty: none),
    ``hint`` what to do instead.
    """

    problem: str
    hint: str = ""
    param: str = ""

    status: ClassVar[int] = 400
    retry_after: ClassVar[float | None] = None
    """Seconds after which it may be sent again; None: not at all."""

    def __str__(self) -> str:
        return self.problem


class InvalidRequestError(GatewayError):
    """A field is missing, or has a value that it cannot have."""


class NotHonoredError(GatewayError):
    """With ``strict``: the provider does not honor something that was asked for."""


class UnsupportedError(GatewayError):
    """The provider of this model cannot do this operation."""


class SeveralImagesError(GatewayError):
    """More than one input image: a provider takes one."""


class UnauthorizedError(GatewayError):
    """There is no API key, or a wrong one."""

    status = 401


class PaymentRequiredError(GatewayError):
    """It may cost money, which the gateway was not allowed to spend."""

    status = 402


class ForbiddenError(GatewayError):
    """A web page of another site sends it, and no API keys protect this gateway."""

    status = 403


class UnknownModelError(GatewayError):
    """There is no such model."""

    status = 404


class NoAllowedProviderError(GatewayError):
    """The request allows none of the providers that serve the model."""

    status = 404


class JobNotFoundError(GatewayError):
    """There is no such job, or no such image of it."""

    status = 404


class DeliveryNotFoundError(GatewayError):
    """There is no such delivery of a webhook."""

    status = 404


class BodyTimeoutError(GatewayError):
    """The body does not come within the time for it."""

    status = 408


class JobConflictError(GatewayError):
    """The job is not in a state that allows this."""

    status = 409


class NotDeletableError(GatewayError):
    """Jobs are not deleted on demand."""

    status = 501


class BodyTooLargeError(GatewayError):
    """The body is longer than is accepted."""

    status = 413


class ContentTypeError(GatewayError):
    """The body is of another media type than is accepted."""

    status = 415


class IdempotencyError(GatewayError):
    """An idempotency key was used again, for another request."""

    status = 422


@dataclass(eq=False, repr=False)
class RateLimitedError(GatewayError):
    """A key sends more requests than it may."""

    seconds: float = 1.0

    status = 429

    @property
    def retry_after(self) -> float:  # type: ignore[override]
        """Seconds after which it may be sent again."""
        return self.seconds


class QueueFullError(RateLimitedError):
    """As many jobs wait as may."""


class UnavailableError(GatewayError):
    """The gateway is being shut down, or cannot store what it is given."""

    status = 503
    retry_after = 1.0


@dataclass(eq=False, repr=False)
class FaultOnDemandError(GatewayError):
    """A fault that was asked for, or that chance chose (``--fault``)."""

    kind: FaultKind = FaultKind.SERVER_ERROR

    @property
    def status(self) -> int:  # type: ignore[override]
        """What it is answered with."""
        return 504 if self.kind is FaultKind.TIMEOUT else int(self.kind)

    @property
    def retry_after(self) -> float | None:  # type: ignore[override]
        """Seconds after which it may be sent again."""
        return 1.0 if self.kind in (FaultKind.RATE_LIMITED, FaultKind.UNAVAILABLE) else None
