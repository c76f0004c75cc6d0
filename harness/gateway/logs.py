"""The log of a gateway: a line of JSON for each request, attempt of a webhook and fault."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from harness.errors import redact
from harness.records import encode_json

ROOT, SERVER = "harness.gateway", "uvicorn.error"


class JsonLines(logging.Formatter):
    """Writes what is JSON already as it is, and anything else as the ``message`` of an object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; secrets are redacted."""
        text = redact(record.getMessage())
        if text.startswith("{") and not record.exc_info:
            return text
        line = {"time": round(record.created, 3), "event": record.levelname.lower(), "message": text}
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return encode_json(line).decode()


@contextmanager
def logging_to(stream: TextIO | None) -> Iterator[None]:
    """Write what the gateway and its server log to a stream (None: standard error) until the block ends."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    before = []
    for name, least in ((ROOT, logging.INFO), (SERVER, logging.WARNING)):
        logger = logging.getLogger(name)
        before.append((logger, logger.level))
        logger.addHandler(handler)
        logger.setLevel(least)
    try:
        yield
    finally:
        for logger, level_before in before:
            logger.removeHandler(handler)
            logger.setLevel(level_before)
