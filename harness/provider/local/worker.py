"""The child process of :class:`harness.provider.local.process.Isolated`: one job a line on standard input."""

import os
import sys
from pathlib import Path
from typing import BinaryIO

from harness.errors import GenerationError, HarnessError
from harness.provider.fault import Fault, FaultKind
from harness.provider.local.process import Answer, Question, Setup
from harness.provider.protocol import BatchProvider, Output, Provider
from harness.provider.registry import create
from harness.records import decode_json, encode_json


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Build the provider that the first line describes, then generate for every further line until the input ends."""
    provider: Provider | None = None
    for line in questions:
        try:
            if provider is None:
                setup = decode_json(Setup, line)
                provider = create(setup.name, setup.kind, setup.options, Path(setup.root))
                answer = Answer()
            else:
                answer = Answer(tuple(_generate(provider, decode_json(Question, line))))
        except GenerationError as error:
            answer = Answer(fault=Fault.of(error))
        except HarnessError as error:
            answer = Answer(fault=Fault(FaultKind.FAILED, str(error), error.hint))
        answers.write(encode_json(answer) + b"\n")
        answers.flush()


def _generate(provider: Provider, question: Question) -> list[Output]:
    if question.batch:
        if not isinstance(provider, BatchProvider):
            raise GenerationError(provider.name, "generates no batches")
        outputs = []
        for came in provider.generate_batch(question.jobs):
            if isinstance(came, GenerationError):
                raise came
            outputs.append(came)
        return outputs
    return [provider.generate(job) for job in question.jobs]


def _main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What the generation code prints must not mix with the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
