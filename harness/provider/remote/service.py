"""What the adapters of paid services share beyond the transport: errors reported with status 200, streams, hints."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from harness.errors import GenerationError
from harness.http import (
    Call,
    Deadline,
    HttpError,
    Reply,
    decode_json,
    error_codes,
    error_text,
    is_content_refusal,
    reported_error,
    same_origin,
)
from harness.provider.ending import Ending, ended, ending_at, soon, vendor_at
from harness.provider.protocol import Job
from harness.provider.remote.accepted import followed
from harness.provider.remote.base import R, Remote
from harness.provider.remote.images_api import image_call
from harness.provider.remote.input_images import Sent
from harness.provider.remote.keys import foreign_key
from harness.provider.remote.listing import SECONDS, listed_endings
from harness.provider.remote.parsed_reply import ParsedReply
from harness.provider.remote.pricing import Tokens
from harness.provider.remote.refusal import REWORD, first_line, names_policy

ACCEPTED = 202
RESPONSE_FORMAT = "response_format"
RESULTS = frozenset({"data", "choices", "candidates", "images", "usage", "promptFeedback"})
"""Fields of which a reply that is no error has one."""
Assemble = Callable[[Iterator[Any]], Any]

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (r"organization.{0,40}verif", "verify the organization in the settings of the service, or name another model"),
        (r"api key not valid|incorrect api key|invalid api key|no auth credentials|user not found",
         "check the key in {key}"),
        (r"model.{0,120}(not found|does not exist|not exist|no longer|deprecated|unknown|is not a valid|not supported)"
         r"|(no endpoints|unknown model|invalid model|no such model|not a valid model)",
         "check `model: {model}`: the service lists its models"),
        (r"(country|region|territory|location)\b[^.]{0,40}\bnot (supported|available|allowed)",
         "the service, or this model, is not offered where this machine (or its proxy) is: run it elsewhere, or name "
         "another provider"),
        (r"no allowed providers|no provider", "check `only:` of the provider: none of these serves `model: {model}`"),
        (r"billing|quota|credit", "top up the account of the service, or use another key"),
    )
)  # fmt: skip
"""What services say, and the hint; ``{model}`` and ``{key}`` are filled in."""


class Service(Remote[R]):
    """Base of the adapters of services that speak JSON and report errors in words."""

    counts_usage = False
    """Whether the service is known to count usage; of another it is known once a reply did."""
    _counted = False

    def __init__(self, name: str, options: R, root: Path) -> None:
        super().__init__(name, options, root)
        self._only_base64: set[Any] = set()
        self.endings: tuple[Ending, ...] = ()

    def ready(self) -> None:
        """Read the key, then the service's listing of models for the ends that the table does not have. Raises
        MissingKeyError."""
        super().ready()
        self.endings = self._listed()

    def _listed(self) -> tuple[Ending, ...]:
        """Return the ends of its model that are near and that the service itself lists; none where it cannot be
        reached: the run will say so."""
        address = self.options.base_url
        if vendor_at(address) is None:
            return ()
        try:
            reply = self.transport.request(Call("GET", "models", resend=False, patient=False), Deadline.after(SECONDS))
            document = reply.json()
        except HttpError:
            return ()
        listed = listed_endings(document, [model for _, model in self.options.called()], f"{address}/models")
        found = []
        for ending in filter(None, map(soon, listed)):
            known = ending_at(address, ending.model)
            if known is None or known.day != ending.day:
                found.append(replace(ending, replacement=known.replacement if known else ""))
        return tuple(found)

    def counts(self, parsed: ParsedReply) -> bool:
        """Return whether this service counts usage, so that a reply without any came from a cache."""
        self._counted |= parsed.tokens is not None and parsed.tokens != Tokens()
        return self.counts_usage or self._counted

    def imaged(
        self,
        fields: dict[str, Any],
        files: Sequence[tuple[str, Sent]],
        job: Job,
        deadline: Deadline,
        *,
        resend: bool = False,
        assemble: Assemble | None = None,
    ) -> tuple[Any, Reply]:
        """Return the document and the reply of a call of the images API; ``response_format`` of our own is left out for
        a model that refused it. Raises HttpError."""
        model = fields.get("model")
        if model in self._only_base64:
            fields.pop(RESPONSE_FORMAT, None)
        try:
            return self.requested(image_call(fields, files, resend=resend), job, deadline, assemble)
        except HttpError as fault:
            own = RESPONSE_FORMAT in fields and RESPONSE_FORMAT not in getattr(self.options, "body", {})
            if not own or not _refuses(fault, RESPONSE_FORMAT):
                raise
        self._only_base64.add(model)
        fields.pop(RESPONSE_FORMAT)
        return self.requested(image_call(fields, files, resend=resend), job, deadline, assemble)

    def fetched(self, deadline: Deadline) -> Callable[[str], bytes]:
        """Get an image by its URL: a relative one, or one on the host of ``base_url``, like any call to it."""
        base = self.options.base_url

        def fetch(url: str) -> bytes:
            try:
                return received(url)
            except HttpError as fault:
                # the image is there, and paid for
                fault.possibly_billed |= fault.kind == "cancelled"
                raise

        def received(url: str) -> bytes:
            if url[:5].lower() == "data:":
                return self.transport.image(url, deadline)
            whole = urljoin(base + "/", url)
            if not same_origin(whole, base):
                return self.transport.image(whole, deadline)
            return self.transport.request(Call("GET", whole, accept="image/*"), deadline).body

        return fetch

    def requested(
        self, call: Call, job: Job, deadline: Deadline, assemble: Assemble | None = None
    ) -> tuple[Any, Reply]:
        """Return the document of a paid call and its reply; with ``assemble`` of its stream. Raises HttpError, an error
        that came with status 200 too."""
        begun = time.perf_counter()
        if assemble is None:
            reply = self.send(call, job, deadline)
            if reply.status == ACCEPTED:
                document, last = followed(reply, self.transport.request, self.options.base_url, deadline)
                return unfaulted(document), replace(last, seconds=time.perf_counter() - begun)
            return unfaulted(reply.json()), reply
        heads: list[Reply] = []
        document = assemble(self._events(call, job, deadline, heads))
        if document is None:
            problem = "the stream ended before the image came"
            raise HttpError("body", problem, possibly_billed=True)
        return document, replace(heads[0], seconds=time.perf_counter() - begun)

    def _events(self, call: Call, job: Job, deadline: Deadline, heads: list[Reply]) -> Iterator[Any]:
        """Yield the documents of a stream; the head of the reply is added to ``heads``."""
        for event in self.transport.events(self.paid(call, job), deadline, heads.append):
            data = event.data.encode()
            # a service that answers whole may answer with anything
            yield unfaulted(replace(heads[0], body=data).json() if event.name == "reply" else decode_json(data))

    def _model(self, job: Job) -> str:
        return job.recipe.subject.model or getattr(self.options, "model", None) or ""

    def _is_refusal(self, fault: HttpError) -> bool:
        withheld = fault.kind in ("refused", "auth") and fault.status in (400, 403, 422, 451)
        return fault.content_policy or (withheld and (names_policy(fault.problem) or _is_flagged(fault.detail)))

    def _fault(self, fault: HttpError, job: Job, deadline: Deadline) -> GenerationError:
        if self._is_refusal(fault):
            return super()._fault(fault.advised(REWORD), job, deadline)
        if fault.status is not None and 400 <= fault.status < 500:
            gone = ended(self._model(job)) if fault.status in (404, 410) else None
            if gone is not None:
                fault.problem = f"{fault.problem}; {gone}"
                hint = f"set `model: {gone.replacement}`" if gone.replacement else "name another model"
                return super()._fault(fault.advised(hint), job, deadline)
            reason = first_line(error_text(fault.detail)) or fault.problem
            for pattern, hint in _HINTS:
                if pattern.search(reason):
                    key = self.options.key_env or "`api_key_env:`"
                    whose = foreign_key(self.options.key_env, self.kind)
                    fault = fault.advised(hint.format(model=self._model(job), key=f"{key}{whose}"))
                    break
            else:
                if fault.status == 401 and (whose := foreign_key(self.options.key_env, self.kind)):
                    fault = fault.advised(f"check the key in {self.options.key_env}{whose}")
        return super()._fault(fault, job, deadline)


def unfaulted(document: Any) -> Any:
    """Return the document as it is. Raises HttpError when it holds an error, whatever the status was."""
    problem = reported_error(document)
    faulty = document
    if problem is None and isinstance(document, Mapping):
        choices = document.get("choices")
        faulty = choices[0] if isinstance(choices, list) and choices else None
        problem = reported_error(faulty)
        if problem is None and isinstance(faulty, Mapping) and faulty.get("finish_reason") == "error":
            problem = "it gives no reason"
    if problem is None and isinstance(document, Mapping) and document.get("type") == "error":
        faulty, problem = document, error_text(document) or "it gives no reason"
    if problem is None and isinstance(document, Mapping) and not RESULTS & document.keys():
        # services of other makers have other words for it: {"code": 1001, "message": …}, {"success": false, …}
        faulty, problem = document, error_text(document) or None
    if problem is None:
        return document
    policy = is_content_refusal(faulty) or names_policy(problem)
    codes = ", ".join(code for code in dict.fromkeys(error_codes(faulty)) if code != "error")
    raise HttpError(
        "refused" if policy else "server",
        f"the service began, then reported an error: {first_line(problem)}{f' ({codes})' if codes else ''}",
        detail=faulty,
        possibly_billed=True,
        content_policy=policy,
    )


def _refuses(fault: HttpError, name: str) -> bool:
    """Return whether a call was refused because of one of its fields."""
    return fault.status in (400, 422) and name in f"{fault.problem} {fault.detail}"


def _is_flagged(detail: Any) -> bool:
    """Return whether an error document quotes what of the prompt was flagged, as gateways do."""
    error = detail.get("error") if isinstance(detail, Mapping) else None
    metadata = error.get("metadata") if isinstance(error, Mapping) else None
    return isinstance(metadata, Mapping) and "flagged_input" in metadata
