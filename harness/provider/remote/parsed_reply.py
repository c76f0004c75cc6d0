"""What a hosted service's reply says, and how that becomes a generation with its environment."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import GenerationError, GenerationRefusedError
from harness.http import Reply, b64_image, header_cost
from harness.image import sniff
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.protocol import Output, first_of
from harness.provider.remote.pricing import Rates, Tokens, cost_of
from harness.provider.remote.refusal import REWORD, first_line, refuses
from harness.records import Recipe, plausible_cost
from harness.vocabulary import Source

_FOR_BROWSERS = frozenset({"cache-control", "x-cache-key", "surrogate-cache-key", "cdn-cache-control"})


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """A reply, read.

    ``base64`` and ``urls`` hold the images, in order; ``text`` the words beside them; ``refusal`` why there is
    none, as the service says it. ``environment`` is what can cause drift (served model, fingerprint), ``occasion``
    what names only this reply (id, usage, revised prompt). ``echo`` is what the service says it used, by the names of
    the common vocabulary. ``cost`` is whatever the service reports as such; ``cached`` says that it generated nothing.
    """

    base64: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    text: str = ""
    refusal: str | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    occasion: Mapping[str, Any] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)
    tokens: Tokens | None = None
    cost: Any = None
    cached: bool = False

    @property
    def count(self) -> int:
        """How many images it holds."""
        return len(self.base64) + len(self.urls)


def image_of(provider: str, parsed: ParsedReply, fetch: Callable[[str], bytes], index: int = 0) -> bytes:
    """Return an image of a reply, counted from 0; ``fetch`` gets one that came as a URL.

    Raises GenerationRefusedError or GenerationError when there is none, with what was said instead, and HttpError.
    """
    require_image(provider, parsed)
    inside = len(parsed.base64)
    return b64_image(parsed.base64[index]) if index < inside else fetch(parsed.urls[index - inside])


def require_image(provider: str, parsed: ParsedReply) -> None:
    """Raise GenerationRefusedError or GenerationError for a reply without an image, with what was said instead."""
    if parsed.count:
        return
    text = first_line(parsed.text)
    billed = parsed.cost != 0
    if parsed.refusal is not None:
        reason = first_line(parsed.refusal) or text or "no reason given"
        raise GenerationRefusedError(provider, f"refused: {reason}", REWORD, possibly_billed=billed)
    if refuses(parsed.text):
        raise GenerationRefusedError(provider, f"refused: {text}", REWORD, possibly_billed=billed)
    if text:
        hint = "ask for an image in the prompt, or name an image model"
        raise GenerationError(provider, f"answered with words, not an image: {text}", hint, possibly_billed=billed)
    raise GenerationError(provider, "the reply holds no image", "name an image model", possibly_billed=billed)


def answer_of(provider: str, parsed: ParsedReply) -> str:
    """Return the answer to a question. Raises GenerationRefusedError or GenerationError when there is none."""
    if parsed.refusal is not None:
        reason = first_line(parsed.refusal) or first_line(parsed.text) or "no reason given"
        raise GenerationRefusedError(provider, f"refused: {reason}", "reword the question", possibly_billed=True)
    if not parsed.text.strip():
        raise GenerationError(provider, "the reply holds no answer", "name a model that answers in words")
    return parsed.text.strip()


def finished(
    parsed: ParsedReply,
    reply: Reply,
    recipe: Recipe,
    *,
    data: bytes = b"",
    answer: str | None = None,
    honors: Collection[str] = (),
    own: Collection[str] = (),
    left_out: Collection[str] = (),
    sent: Mapping[str, Any] | None = None,
    price: float | None = None,
    rates: Rates | None = None,
    unless_reported: float | None = None,
    counts: bool = True,
    index: int = 0,
    asked: int = 1,
) -> Output:
    """Return the generation of a reply: what was left out, what was changed, what it cost.

    ``sent`` are the common words as they went out, ``own`` the provider's option names, ``left_out``
    what else had no effect, ``price`` what the user
    states, ``rates`` the table for a service that reports only tokens, ``unless_reported`` the cost where nothing says
    another. ``counts``: this service counts usage, so that none at all is a reply it had kept. Where ``asked`` images
    were asked for, this is that of ``index``: those that are taken share what the call cost and its time.
    """
    environment = dict(parsed.environment)
    changed = clamped(recipe, parsed.echo, sent or {}, data)
    if changed:
        environment["clamped"] = changed
    environment = with_omissions(environment, sorted({*omitted(recipe, honors, own), *left_out}))
    count = int(parsed.occasion.get("images") or parsed.count)
    taken = max(1, min(count, asked))
    many = {"images": count} if count > 1 else {}
    many |= {"asked": asked, "image": index} if asked > 1 else {}
    notes = first_of(count, "the reply") if asked == 1 else _other_count(count, asked)
    words = {"text": first_line(parsed.text)} if parsed.text.strip() and answer is None else {}
    cache = cache_status(reply.headers)
    occasion = {**reply.story(), **parsed.occasion, **many, **words, "cache": cache}
    environment["reply"] = {name: value for name, value in occasion.items() if value not in (None, "", {}, [])}
    cached = (parsed.cached and counts) or is_hit(cache)
    reported, odd = plausible_cost(parsed.cost if parsed.cost is not None else header_cost(reply.headers))
    whole = next((one for one in (reported, cost_of(rates, parsed.tokens)) if one is not None), None)
    costs = (0.0 if cached else price, None if whole is None else whole / taken, unless_reported)
    cost = next((one for one in costs if one is not None), None)
    source = Source.CACHE if cached else Source.GENERATED
    return Output(data, environment, reply.seconds / taken, cost, source, answer, (*notes, *odd))


def _other_count(images: int, asked: int) -> tuple[str, ...]:
    """Return the note on a call that gave more or fewer images than it asked for."""
    if images == asked:
        return ()
    rest = f"the first {asked} are taken" if images > asked else "another call asks for the others"
    return (f"the call asked for {asked} images and its reply holds {images}: {rest}",)


def cache_status(headers: Mapping[str, str]) -> str | None:
    """Return what the headers say of a cache between here and the model (``x-openrouter-cache-status: HIT``), None
    where they say nothing of one. What they let a browser cache does not count."""
    parsed = {name: value for name, value in headers.items() if "cache" in name and name not in _FOR_BROWSERS}
    return next((value for value in parsed.values() if is_hit(value)), next(iter(parsed.values()), None))


def is_hit(status: str | None) -> bool:
    """Return whether a cache says that it gave what it had kept: ``HIT``, ``Hit from …``, ``TCP_HIT``."""
    return status is not None and status.upper().replace("TCP_", "").startswith("HIT")


def clamped(recipe: Recipe, echo: Mapping[str, Any], sent: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    """``{name: {"asked": …, "got": …}}`` of what the service did not do as asked: words that it echoes otherwise,
    and the size and format that the image has."""
    kind = sniff(data) if data else None
    echo = echo if kind is None else {**echo, "format": kind}
    changed = {
        name: {"asked": sent[name], "got": got}
        for name, got in echo.items()
        if name in sent and sent[name] not in (got, "auto", None) and name != "size"
    }
    size = _size(data) or echo.get("size")
    asked = f"{recipe.request.width}x{recipe.request.height}"
    if recipe.request.ask is None and size not in (None, "auto", asked):
        changed["size"] = {"asked": asked, "got": size}
    return changed


def _size(data: bytes) -> str | None:
    """``1024x768`` as the header of the image says, None when it cannot be read."""
    from harness.errors import HarnessError
    from harness.image import read_header

    if not data:
        return None
    try:
        header = read_header(data)
    except HarnessError:
        return None
    return f"{header.width}x{header.height}"
