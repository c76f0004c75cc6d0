"""The environment of a server, as it reports it itself: in a header of its replies, or behind a URL."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import urljoin

from pydantic import Field, model_validator

from harness.errors import FieldError, excerpt
from harness.http import MIB, Call, Deadline, HttpError, Reply, Settings, decode_json
from harness.provider.options import OptionRecord, Text
from harness.provider.protocol import Output
from harness.records import field_of, field_trouble, scalar

if TYPE_CHECKING:
    from harness.http import Transport

READ_TIME = 5.0
"""Most seconds that reading the URL may take: the image is there already."""
PAUSE = 30.0
"""Seconds in which a URL that did not answer in time is not read again."""
EXAMPLE = "such as environment_from: {header: x-env}, or {url: /version}"


class EnvironmentSource(OptionRecord):
    """Where a server reports its environment."""

    header: Text | dict[str, Text] | None = None
    """The header of its replies that holds it, as JSON or as `gpu=L40S; threads=4`; or field: header."""
    url: Text | None = None
    """The address that answers with it as JSON, such as /version; on the host of `base_url`, read after each image."""
    fields: Annotated[dict[str, Text], Field(min_length=1)] | None = None
    """Field: its place in that JSON, such as {gpu: device.name}. Default: every entry by its own name."""

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.header is None and self.url is None:
            raise FieldError("`environment_from` names neither `header` nor `url`", EXAMPLE)
        if self.fields is not None and self.url is None and not isinstance(self.header, str):
            raise FieldError("`fields` goes with `url`, or with one `header`", EXAMPLE, ["fields"], at_key=True)
        for option, named in (("header", self.header), ("fields", self.fields)):
            for name in named if isinstance(named, dict) else ():
                if trouble := field_trouble(name):
                    raise FieldError(f"`{name}` {trouble}", "such as gpu", [option, name], at_key=True)
        return self

    @property
    def names(self) -> frozenset[str] | None:
        """The fields that it supplies; None: not known before a reply came."""
        whole_url = self.url is not None and self.fields is None
        whole_header = isinstance(self.header, str) and (self.url is not None or self.fields is None)
        if whole_url or whole_header:
            return None
        return frozenset({*(self.header if isinstance(self.header, dict) else ()), *(self.fields or ())})


class ServerEnvironment:
    """Reads what one server reports, for many threads: :meth:`heard` gets every reply of the calling thread."""

    def __init__(self, name: str, source: EnvironmentSource, settings: Settings) -> None:
        self._source = source
        self._replies = threading.local()
        # a transport of its own: a URL that fails must not hold up the calls for images
        self._settings = replace(settings, retries=0, rate=None, max_bytes=MIB)
        self._url = "" if source.url is None else urljoin(settings.base_url + "/", source.url)
        self._name = name
        self._transport: Transport | None = None
        self._guard = threading.Lock()
        self._failed: tuple[float, str] | None = None

    def begin(self) -> None:
        """Forget the replies of an earlier image."""
        self._replies.headers = {}

    def heard(self, reply: Reply) -> None:
        """Note the headers of a reply; a later one counts more."""
        self._replies.headers = {**getattr(self._replies, "headers", {}), **reply.headers}

    def added(self, output: Output, deadline: Deadline) -> Output:
        """Return what was generated with what the server reports, and a note on each part that is unknown; ``deadline``
        is the image's."""
        found: dict[str, Any] = {}
        notes: list[str] = []
        for fields, problem in (*self._from_url(deadline), *self._from_headers()):
            found |= fields
            notes += [f"environment: {problem}"] if problem else []
        return replace(output, environment={**found, **output.environment}, notes=(*output.notes, *notes))

    def close(self) -> None:
        """Close the connection."""
        with self._guard:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _from_headers(self) -> Iterator[tuple[dict[str, Any], str]]:
        header, headers = self._source.header, getattr(self._replies, "headers", {})
        if isinstance(header, str):
            text = headers.get(header.lower(), "").strip()
            if not text:
                yield {}, f"the reply has no header {header}"
                return
            document = _parsed(text)
            if document is None:
                yield {}, f"the header {header} holds neither JSON nor name=value: {excerpt(text, 80)}"
                return
            fields = None if self._url else self._source.fields
            yield from _chosen(document, fields, f"the header {header}")
        for name, header_name in header.items() if isinstance(header, dict) else ():
            text = headers.get(header_name.lower(), "").strip()
            yield ({name: scalar(text)}, "") if text else ({}, f"{name}: the reply has no header {header_name}")

    def _from_url(self, deadline: Deadline) -> Iterator[tuple[dict[str, Any], str]]:
        if not self._url:
            return
        with self._guard:
            failed = self._failed
            if self._transport is None:
                from harness.http import Transport

                self._transport = Transport(self._name, self._settings)
            transport = self._transport
        if failed is not None and time.monotonic() < failed[0]:
            yield {}, f"{failed[1]}; it is read again later"
            return
        try:
            soon = min(deadline, Deadline.after(READ_TIME), key=Deadline.left)
            document = transport.request(Call("GET", self._url, patient=False), soon).json()
        except HttpError as fault:
            problem = f"{self._source.url}: {excerpt(fault.problem, 160)}"
            if fault.kind == "timeout":
                with self._guard:
                    self._failed = time.monotonic() + PAUSE, problem
            yield {}, problem
            return
        if not isinstance(document, Mapping):
            yield {}, f"{self._source.url} answers with no JSON object"
            return
        yield from _chosen(document, self._source.fields, str(self._source.url))


def _chosen(
    document: Mapping[str, Any], fields: Mapping[str, str] | None, where: str
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the fields of a document that are recorded (None: all), and what of them it lacks."""
    if fields is None:
        yield {name: value for name, value in document.items() if not field_trouble(name)}, ""
        other = [name for name in document if field_trouble(name)]
        yield {}, f"{where}: left out, as no names of fields: {excerpt(', '.join(other), 120)}" if other else ""
        return
    for name, place in fields.items():
        value = field_of(document, place)
        yield ({name: value}, "") if value is not None else ({}, f"{name}: {where} has no {place}")


def _parsed(text: str) -> dict[str, Any] | None:
    """Return what a header holds: a JSON object, or pairs with `;` or `,` between them; None for anything else."""
    if text.startswith("{"):
        try:
            document = decode_json(text.encode())
        except HttpError:
            return None
        return document if isinstance(document, dict) else None
    found: dict[str, Any] = {}
    for pair in text.replace(",", ";").split(";"):
        name, equals, value = pair.partition("=")
        if not pair.strip():
            continue
        if not equals or not name.strip():
            return None
        found[name.strip().lower()] = scalar(value.strip().strip('"'))
    return found or None
