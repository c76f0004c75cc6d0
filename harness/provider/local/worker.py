"""The far side of :class:`harness.provider.local.process.Isolated`: reads jobs from standard input, one line each."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from harness.errors import GenerationError, HarnessError
from harness.provider.local.process import Answer, Fault
from harness.provider.protocol import BatchProvider, Job, Output, Provider
from harness.provider.registry import create
from harness.records import encode_json, from_json


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Build the provider that the first line describes, then generate for every further line until the input ends."""
    provider: Provider | None = None
    for line in questions:
        question = json.loads(line)
        try:
            if provider is None:
                provider = create(question["name"], question["kind"], question["options"], Path(question["root"]))
                answer = Answer()
            else:
                answer = Answer(_generate(provider, question))
        except GenerationError as fault:
            answer = Answer(fault=Fault.of(fault))
        except HarnessError as fault:
            answer = Answer(fault=Fault(str(fault), fault.hint))
        answers.write(encode_json(answer) + b"\n")
        answers.flush()


def _generate(provider: Provider, question: Mapping[str, Any]) -> list[Output]:
    jobs = [from_json(Job, job) for job in question["jobs"]]
    if question["batch"]:
        if not isinstance(provider, BatchProvider):
            raise GenerationError(provider.name, "generates no batches")
        return provider.generate_batch(jobs)
    return [provider.generate(job) for job in jobs]


def _main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What the generation code prints must not stand between the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
