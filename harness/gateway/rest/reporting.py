"""What a reply says beside the API's own fields: the job, its seeds, and what was not honored."""

from collections.abc import Iterable
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header

from harness.gateway.errors import NotHonoredError
from harness.gateway.records import Job

IGNORED = "ignored"
"""In the body of a caller: fields that were accepted and change nothing."""
MOST = 50
"""Names in the header; the field has all of them."""
LONGEST = 80
"""Characters of a name in the header."""
AStrict = Annotated[bool, Header(alias="x-harness-strict", description="Refuse what is not honored.")]
"""The header that has the effect of ``strict: true``."""


def refuse_ignored(ignored: Iterable[str], *, strict: bool) -> list[str]:
    """Return the names of ignored fields, sorted. Raises NotHonoredError where the request is strict and has any."""
    names = sorted(set(ignored))
    if strict and names:
        raise NotHonoredError(
            f"this API does not honor {', '.join(names)}", "leave it out, or do not ask for strict", names[0]
        )
    return names


def not_honored(job: Job) -> list[str]:
    """Return what a job was asked for and does not honor: fields that the API ignores, and what the provider omits."""
    return sorted({*job.not_honored, *job.caller.body.get(IGNORED, ())})


def harness_field(job: Job) -> dict[str, Any]:
    """Return the field ``harness`` of a reply."""
    return {"job": job.id, "not_honored": not_honored(job), "seeds": [image.seed for image in job.images]}


def harness_headers(job: Job) -> dict[str, str]:
    """Return the headers of a reply that say the same."""
    # names of unknown fields are the client's: a header takes no line breaks, and not every character
    names = [quote(name[:LONGEST], safe="[]") for name in not_honored(job)[:MOST]]
    return {"x-harness-job": job.id} | ({"x-harness-not-honored": ", ".join(names)} if names else {})
