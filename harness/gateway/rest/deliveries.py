"""The deliveries of webhooks: their outcomes, and requests to deliver again."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from harness.gateway.delivery_store import Delivery
from harness.gateway.rest.dependencies import ACaller, AGateway
from harness.gateway.service import in_thread
from harness.vocabulary import DeliveryState

router = APIRouter(prefix="/v1/webhooks/deliveries", tags=["webhooks"])
MOST = 200
AnId = Annotated[str, Path(min_length=1, max_length=64)]


class AttemptBody(BaseModel):
    """One attempt to deliver."""

    at: float
    ms: float
    status: int | None = None
    error: str | None = None


class DeliveryBody(BaseModel):
    """One webhook and how far it is."""

    id: str
    object: Literal["webhook.delivery"] = "webhook.delivery"
    job: str
    url: str
    state: DeliveryState
    attempts: int = Field(description="since it was made, or last asked for")
    next_attempt: float | None = Field(description="seconds since the epoch; null: none by itself")
    payload: dict[str, Any]
    log: list[AttemptBody]


class DeliveryList(BaseModel):
    """Deliveries, those of the newest jobs first."""

    object: Literal["list"] = "list"
    data: list[DeliveryBody]


@router.get("")
async def deliveries(
    gateway: AGateway,
    caller: ACaller,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    state: DeliveryState | None = None,
    job: Annotated[str | None, Query(max_length=64)] = None,
) -> DeliveryList:
    """Return the deliveries of this API key's jobs."""
    found = await in_thread(gateway.deliveries.newest, limit, key=caller.key, state=state, job=job)
    return DeliveryList(data=[_body(one) for one in found])


@router.post("/{delivery_id}/redeliver")
async def redeliver(gateway: AGateway, caller: ACaller, delivery_id: AnId) -> DeliveryBody:
    """Have a webhook be sent again, now; also to a receiver that had said it is gone."""
    return _body(await in_thread(gateway.deliveries.redeliver, delivery_id, key=caller.key))


def _body(one: Delivery) -> DeliveryBody:
    return DeliveryBody(
        id=one.id,
        job=one.job,
        url=one.url,
        state=one.state,
        attempts=one.attempts,
        next_attempt=one.due if one.state is DeliveryState.PENDING else None,
        payload=dict(one.payload),
        log=[AttemptBody(**entry) for entry in one.log],
    )
