"""``vlm``: a chat model that takes images, over any server that speaks OpenAI's chat completions.

The question, its options and the image are data; the answer is structured output whose ``answer`` is one of the
options. Each question is asked several times, the options in another order each time.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from harness.errors import FieldError, UsageError
from harness.http import Call, Deadline, HttpError, Settings, checked_url, reported_error, secret_from
from harness.prompt import UnusableReplyError, reported_cost, served_by, text_of
from harness.records import Check, Finding, Gate
from harness.vision.asking import ask_all
from harness.vision.kinds import ViewerKind, ViewerOptions
from harness.vision.protocol import Question, Reply, ViewedImage, ViewerError, judge_digest
from harness.vision.vlm_grammar import VLM_GRAMMAR, question_of
from harness.vision.vlm_request import LARGEST_SIDE, VERSION, permuted, request_body, sent_image
from harness.vision.vlm_votes import finding_of, vote_of

if TYPE_CHECKING:
    from harness.http import Transport

_LARGEST_REPLY = 1_000_000
"""Bytes of the largest reply that is read."""


def _url(value: str) -> str:
    try:
        return checked_url(value)
    except UsageError as fault:
        raise FieldError(f"`base_url`: {fault}", fault.hint) from None


def _odd(value: int) -> int:
    if value % 2 == 0:
        raise FieldError("`votes` is an odd number", "such as votes: 3")
    return value


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class VlmOptions(ViewerOptions):
    """The options of a chat model that answers questions about images."""

    model: Text
    """The model."""
    base_url: Annotated[Text, AfterValidator(_url)]
    """Where it is, up to `/chat/completions`."""
    api_key_env: Text | None = None
    """The environment variable that holds the key."""
    price: Annotated[float, Field(ge=0)] | None = None
    """US dollars for the answer to one question (one vote)."""
    votes: Annotated[int, Field(ge=1, le=15), AfterValidator(_odd)] = 3
    """How often each question is asked."""
    temperature: Annotated[float, Field(ge=0)] | None = 0.0
    """How freely it answers; null leaves it out, for models that take none."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    """Attempts after the first."""
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    """Seconds for the answer to one question."""

    @property
    def calls_cost(self) -> float | None:
        """The stated price."""
        return self.price

    @property
    def questions_each(self) -> int:
        """One for each vote."""
        return self.votes


class VlmViewer:
    """A chat model as a viewer; may be used from several threads. Best effort: its answers may vary."""

    kind = "vlm"

    def __init__(self, name: str, options: VlmOptions) -> None:
        self.name = name
        self.options = options
        self._transport: Transport | None = None
        self._opening = threading.Lock()

    @property
    def model(self) -> str:
        """The model as requested."""
        return self.options.model

    @property
    def price(self) -> float | None:
        """The stated price of one answer, in US dollars."""
        return self.options.price

    @property
    def recipe(self) -> Mapping[str, Any]:
        """The model and its server, the version of what it receives, the size of images, and the votes."""
        options = self.options
        return {
            "version": VERSION,
            "model": options.model,
            "base_url": options.base_url,
            "temperature": options.temperature,
            "votes": options.votes,
            "side": LARGEST_SIDE,
        }

    def ready(self) -> None:
        """Read the key. Raises MissingKeyError."""
        self._opened()

    def questions(self, check: Check) -> Sequence[Question]:
        """Return the question of a check once for each vote, its options in another order each time."""
        text, options, _ = question_of(check)
        votes = range(self.options.votes)
        return tuple(Question(text, permuted(text, options, vote), vote) for vote in votes)

    def answer(self, image: ViewedImage, check: Check) -> Finding:
        """Ask every question of a check, without a budget; return its finding. Raises MissingKeyError."""
        return self.finding(check, ask_all(self.questions(check), lambda question: self.ask(image, question)))

    def ask(self, image: ViewedImage, question: Question, gate: Gate | None = None) -> Reply:
        """Ask one question. Raises ViewerError and MissingKeyError."""
        transport, options = self._opened(), self.options
        png, size = image.once(f"{self.name} sent", sent_image)
        body = request_body(options.model, question.text, question.options, png, options.temperature, question.vote)
        call = Call("POST", "/chat/completions", json=body, resend=True, sending=gate)
        answered = False
        try:
            reply = transport.request(call, Deadline.after(options.timeout))
            answered = True
            document = reply.json()
            text = _text(document)
        except HttpError as fault:
            raise ViewerError(
                self.name,
                str(fault),
                fault.hint,
                refused=fault.content_policy,
                possibly_billed=(fault.possibly_billed or answered) and options.price != 0,
            ) from fault
        except UnusableReplyError as fault:
            problem = f"the model refused: {fault.problem}" if fault.refused else fault.problem
            billed = options.price != 0
            raise ViewerError(self.name, problem, refused=fault.refused, possibly_billed=billed) from None
        known = reported_cost(document, reply.headers)
        return Reply(text, {**served_by(document), "sent": size}, options.price if known is None else known)

    def finding(self, check: Check, replies: Sequence[Reply | ViewerError]) -> Finding:
        """Return the finding of a check from its votes; it has no judge where no reply came."""
        answered = [one for one in replies if isinstance(one, Reply)]
        served = sorted({str(one.served.get("served_model", "")) for one in answered} - {""})
        judge = judge_digest(self, served) if answered else None
        return finding_of(check, self.questions(check), replies, judge)

    def is_valid(self, question: Question, reply: Reply) -> bool:
        """Return whether a reply holds one of the answers allowed."""
        return vote_of(question, reply).answer is not None

    def close(self) -> None:
        """Close the connections."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _opened(self) -> "Transport":
        from harness.http import Transport

        options = self.options
        with self._opening:
            if self._transport is None:
                secret = None if options.api_key_env is None else secret_from(options.api_key_env)
                settings = Settings(options.base_url, secret, retries=options.retries, max_bytes=_LARGEST_REPLY)
                self._transport = Transport(f"viewer {self.name}", settings)
            return self._transport


def _text(document: Any) -> str:
    """Return the text of an answer. Raises HttpError for a reported error, and UnusableReplyError."""
    if problem := reported_error(document):
        raise HttpError("server", problem, possibly_billed=True)
    return text_of(document)


KIND = ViewerKind("vlm", VLM_GRAMMAR, VlmViewer, VlmOptions)
