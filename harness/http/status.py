"""Faults by the status of a reply."""

from collections.abc import Mapping

from harness.errors import excerpt
from harness.http.error_body import document_of, error_codes, is_content_refusal, names_block, summary
from harness.http.errors import HttpError
from harness.http.retry import NOT_BEGUN, asked_wait

_SPENT = ("insufficient_quota", "billing_hard_limit", "insufficient_credits", "insufficient_funds")
_HINTS = {
    400: "check the settings of the case against what the model takes",
    402: "top up the account of the service, or use another key",
    404: "check `model` and `base_url` of the provider",
    405: "check `base_url` of the provider",
    407: "check the login in HTTPS_PROXY or HTTP_PROXY",
    413: "use smaller input images",
    422: "check the settings of the case against what the model takes",
    429: "lower `concurrency:` or set `rate:` of the provider",
}
_DOWN = "see whether the service is up, and run again"


def fault_of_status(status: int, headers: Mapping[str, str], body: bytes, key: str | None) -> HttpError:
    """Return the fault of a reply with a status other than 2xx. ``key`` says where the key comes from, for the hint."""
    document = document_of(body)
    reason = summary(body) if body.strip() else ""
    line = f"status {status}" + (f": {reason}" if reason else "")
    refused = status in (400, 403, 422, 451) and is_content_refusal(document)
    # a service whose filter is down may say so with such a code: only what names the block itself is a refusal
    refused |= status >= 500 and names_block(reason if document is None else document)
    spent = status == 429 and any(word in code for code in error_codes(document) for word in _SPENT)
    hint = _HINTS.get(status, _DOWN if status >= 500 else "")
    if status in (401, 403):
        hint = f"check the key in {key}, and what it may do" if key else "this service wants a key: `api_key_env:`"
    if 300 <= status < 400:
        to = headers.get("location", "")
        line = f"status {status}: it sends us to {excerpt(to, 120)}, which is not followed with a key" if to else line
        hint = "set `base_url` to where the service really is"
    return HttpError(
        "refused" if refused or spent else _kind(status),
        line,
        _HINTS[402] if spent else "" if refused else hint,
        status=402 if spent else status,
        detail=document,
        possibly_billed=status >= 500 and status not in NOT_BEGUN,
        retry_after=asked_wait(headers),
        request_id=request_id_of(headers),
        content_policy=refused,
    )


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return the id by which the service knows this call."""
    for name in ("x-request-id", "request-id", "x-generation-id", "x-amzn-requestid", "cf-ray"):
        if headers.get(name):
            return excerpt(headers[name], 200)
    return None


def rate_limit_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say how many calls are left."""
    found = {name: excerpt(value, 100) for name, value in headers.items() if "ratelimit" in name.replace("-", "")}
    return dict(sorted(found.items())[:16])


def _kind(status: int) -> str:
    if status in (401, 403):
        return "auth"
    if status == 429:
        return "rate"
    if status in (408, 504, 524):
        return "timeout"
    if status == 407:
        return "proxy"
    return "server" if status >= 500 else "refused"
