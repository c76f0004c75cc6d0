"""How each vendor behind the hub's router answers: at once or as a job, and what its results say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.http import Call, HttpError, error_text
from harness.provider.hosted import fal, replicate
from harness.provider.remote.decoding import as_list, as_map, as_text, texts_of, unread
from harness.provider.remote.images_api import read_images
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.queued import Ticket, id_of, path_of, texts
from harness.provider.remote.refusal import names_policy

_QUEUE = "_subdomain=queue"
"""What the router reads of calls about fal's queue."""
_WAVE = frozenset(
    {"id", "model", "outputs", "has_nsfw_contents", "urls", "status", "timings", "created_at", "error", "executionTime"}
)
_ZAI = frozenset({"id", "model", "request_id", "task_status", "image_result", "content_filter"})


@dataclass(frozen=True, slots=True)
class Vendor:
    """``ticket`` reads what was answered to a request as a job (None: it is the result), ``ended`` the state of one,
    ``read`` the result. ``edits``: takes an input image, and its size as ``edit_size`` (``target_size``, ``sides``, or
    None: not by a name that holds for all its models). ``whole``: the reply is the image itself."""

    read: Callable[[Any], ParsedReply]
    ticket: Callable[[Any], Ticket] | None = None
    ended: Callable[[Any], bool] = bool
    edits: bool = False
    edit_size: Literal["target_size", "sides"] | None = None
    whole: bool = False


def _fal_ticket(document: Any) -> Ticket:
    """Return the request of an input image, which is queued; a text alone is answered at once."""
    if as_map(document).get("request_id") is None:
        return Ticket(Call("GET", ""), ended=True)
    return fal.ticket_of(document, "fal-ai", f"?{_QUEUE}")


def _wave_ticket(document: Any) -> Ticket:
    data = as_map(as_map(document).get("data"))
    path = path_of(as_map(data.get("urls")).get("get"), "data.urls.get")
    return Ticket(Call("GET", f"wavespeed{path}"), ended=_wave_ended(document))


def _wave_ended(document: Any) -> bool:
    """Return whether a job of wavespeed is over. Raises HttpError for one that failed."""
    data = as_map(as_map(document).get("data"))
    state = as_text(data.get("status"))
    if state not in ("created", "processing", "completed"):
        raise _failed(state, as_text(data.get("error")), document)
    return state == "completed"


def _wave_read(document: Any) -> ParsedReply:
    data = as_map(as_map(document).get("data"))
    flagged = next(iter(as_list(data.get("has_nsfw_contents"))), None) is True
    return ParsedReply(
        urls=() if flagged else texts(data.get("outputs")),
        refusal="the image was flagged (has_nsfw_contents)" if flagged else None,
        environment=texts_of({"served_model": data.get("model")}),
        occasion={
            "id": data.get("id"),
            "created_at": data.get("created_at"),
            "timings": data.get("timings"),
            "unread": unread(document, ("code", "message", "data")) + unread(data, _WAVE, "data."),
        },
    )


def _zai_ticket(document: Any) -> Ticket:
    return Ticket(Call("GET", f"zai-org/api/paas/v4/async-result/{id_of(document)}"), ended=_zai_ended(document))


def _zai_ended(document: Any) -> bool:
    """Return whether a job of z.ai is over. Raises HttpError for one that failed."""
    state = as_text(as_map(document).get("task_status"))
    if state not in ("PROCESSING", "SUCCESS"):
        raise _failed(state, error_text(document), document)
    return state == "SUCCESS"


def _zai_read(document: Any) -> ParsedReply:
    whole = as_map(document)
    rows = [as_map(row) for row in as_list(whole.get("image_result"))]
    return ParsedReply(
        urls=tuple(filter(None, (as_text(row.get("url")) for row in rows))),
        environment=texts_of({"served_model": whole.get("model")}),
        occasion={
            "id": whole.get("id"),
            "content_filter": whole.get("content_filter"),
            "unread": unread(whole, _ZAI) + unread(next(iter(rows), None), ("url",), "image_result."),
        },
    )


def _failed(state: str, reason: str, document: Any) -> HttpError:
    policy = names_policy(reason)
    problem = f"the job ended as `{state}`: {reason or 'it gives no reason'}"
    return HttpError(
        "refused" if policy else "server", problem, "" if policy else "generate it again", detail=document,
        possibly_billed=True, content_policy=policy,
    )  # fmt: skip


VENDORS: Mapping[str, Vendor] = {
    "fal-ai": Vendor(
        lambda document: fal.read_result(document, {}), _fal_ticket, fal.has_ended, edits=True, edit_size="target_size"
    ),
    "hf-inference": Vendor(read_images, edits=True, edit_size="target_size", whole=True),
    "nscale": Vendor(read_images),
    "replicate": Vendor(
        replicate.read_prediction,
        lambda document: replicate.ticket_of(document, "replicate/v1/"),
        replicate.has_ended,
        edits=True,
    ),
    "together": Vendor(read_images, edits=True, edit_size="sides"),
    "wavespeed": Vendor(_wave_read, _wave_ticket, _wave_ended, edits=True),
    "zai-org": Vendor(_zai_read, _zai_ticket, _zai_ended),
}
"""The vendors of images that the hub's client knows."""
