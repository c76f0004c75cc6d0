"""The other side of :class:`harness.provider.local.lines.LineProvider`."""

import json
from pathlib import Path

from harness import __version__
from harness.errors import GenerationError, HarnessError
from harness.provider.fault import Fault, FaultKind
from harness.provider.local.lines import Answer, Hello, Question, Setup
from harness.provider.protocol import BatchProvider, Output, Provider, ReadyProvider
from harness.provider.registry import create
from harness.records import decode_json, encode_json


class LineWorker:
    """Holds one provider and answers lines of JSON: the first describes it, every further one asks for images."""

    def __init__(self) -> None:
        self._provider: Provider | None = None

    def answer(self, line: bytes) -> bytes:
        """Return the answer to a line, as a line without its end."""
        try:
            if self._provider is None:
                return encode_json(self._begun(line))
            return encode_json(Answer(tuple(_generate(self._provider, decode_json(Question, line)))))
        except GenerationError as error:
            fault = Fault.of(error)
        except HarnessError as error:
            fault = Fault(FaultKind.FAILED, str(error), error.hint)
        return encode_json(Hello(__version__, fault) if self._provider is None else Answer(fault=fault))

    def _begun(self, line: bytes) -> Hello:
        """Build the provider, unless another version asks for it: that may describe it in another way."""
        if json.loads(line).get("version") == __version__:
            setup = decode_json(Setup, line)
            self._provider = create(setup.name, setup.kind, setup.options, Path(setup.root))
            if isinstance(self._provider, ReadyProvider):
                self._provider.ready()
        return Hello(__version__)


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
