"""What a webhook says of a job: ids, digests and where to ask, never bytes or keys."""

from datetime import UTC, datetime
from typing import Any

from harness.gateway.records import Job
from harness.vocabulary import JobState

RESPONSES = "openai.responses"
"""The API whose webhooks have OpenAI's types and the id of a response."""
_OPENAI_STATES = {JobState.EXPIRED: "incomplete"}


def payload(job: Job, delivery: str) -> dict[str, Any]:
    """Return the body of the webhook of a job that is final; ``delivery`` is the id of its delivery.

    It has what Standard Webhooks asks for (``type``, ``timestamp``, ``data``) and what OpenAI's clients read
    (``id``, ``object``, ``created_at``, ``data.id``).
    """
    at = job.finished or job.created
    openai = job.caller.api == RESPONSES
    return {
        "id": delivery,
        "object": "event",
        "type": f"response.{_OPENAI_STATES.get(job.state, job.state)}" if openai else f"job.{job.state}",
        "timestamp": datetime.fromtimestamp(at, UTC).isoformat(),
        "created_at": int(at),
        "data": {
            "id": f"resp_{job.id.removeprefix('job_')}" if openai else job.id,
            "job": job.id,
            "state": job.state,
            "model": job.request.model,
            "url": f"/v1/jobs/{job.id}",
            "images": [
                {"index": image.index, "digest": image.digest, "seed": image.seed, "state": image.state}
                for image in job.images
            ],
            "error": None if job.error is None else {"code": job.error.code, "message": job.error.message},
        },
    }
