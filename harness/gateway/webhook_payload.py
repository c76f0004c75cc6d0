"""What a webhook says of a job: ids, digests and where to ask, never bytes or keys."""

from datetime import UTC, datetime
from typing import Any

from harness.gateway.records import Job


def payload(job: Job) -> dict[str, Any]:
    """Return the body of the webhook of a job that is final."""
    return {
        "object": "event",
        "type": f"job.{job.state}",
        "timestamp": datetime.fromtimestamp(job.finished or job.created, UTC).isoformat(),
        "created_at": int(job.finished or job.created),
        "data": {
            "id": job.id,
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
