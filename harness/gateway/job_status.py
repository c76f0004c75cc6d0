"""The HTTP status of a job that ended without what was asked for; gRPC derives its own from it."""

from harness.errors import GenerationError, HarnessError, excerpt
from harness.gateway.records import Job, JobError
from harness.vocabulary import JobState

BY_CODE = {
    "generation-invalid": 400,
    "generation-refused": 400,
    "budget-reached": 402,
    "not-recorded": 404,
    "generation-timeout": 504,
    "generation-cancelled": 499,
}
"""By the code of the error; of any other 502: the provider could not."""


def job_status(error: JobError) -> int:
    """Return the status of the error of a job."""
    return BY_CODE.get(error.code, 502)


def error_of(job: Job) -> JobError | None:
    """Return why a job ended without what was asked for; None where it did not, or is not final."""
    if job.state is JobState.CANCELLED:
        return job.error or JobError("generation-cancelled", "the job was cancelled")
    if job.state is JobState.EXPIRED:
        return job.error or JobError("generation-timeout", "the deadline of the job passed")
    if job.state is JobState.FAILED:
        return job.error or JobError("generation", "the job failed")
    return None


def job_error(fault: HarnessError) -> JobError:
    """Return a fault as it is stored with a job."""
    billed = isinstance(fault, GenerationError) and fault.possibly_billed
    return JobError(fault.code, excerpt(str(fault)), fault.hint, billed)
