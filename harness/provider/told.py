"""What a hosted service's reply says, and how that becomes a drawing with its environment."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import DrawFault, DrawRefused
from harness.http import Reply, b64_picture
from harness.provider.omission import omitted, with_omissions
from harness.provider.pricing import Rates, Tokens, cost_of
from harness.provider.protocol import Drawn
from harness.provider.refusing import REWORD, first_line, refuses
from harness.records import Recipe

_FOR_BROWSERS = frozenset({"cache-control", "x-cache-key", "surrogate-cache-key", "cdn-cache-control"})


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, read.

    ``base64`` and ``urls`` hold the pictures, in order; ``text`` the words beside them; ``refusal`` why there is
    none, as the service says it. ``environment`` is what can cause drift (served model, fingerprint), ``occasion``
    what names only this reply (id, usage, revised prompt). ``echo`` is what the service says it used, by the names of
    the common vocabulary. ``cost`` in US dollars as the service tells it; ``cached`` says that it drew nothing.
    """

    base64: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    text: str = ""
    refusal: str | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    occasion: Mapping[str, Any] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)
    tokens: Tokens | None = None
    cost: float | None = None
    cached: bool = False


def picture_of(provider: str, told: Told, fetch: Callable[[str], bytes]) -> bytes:
    """The first picture of a reply; ``fetch`` gets one that came as a URL.

    Raises DrawRefused or DrawFault when there is none, with what was said instead, and HttpFault.
    """
    if told.base64:
        return b64_picture(told.base64[0])
    if told.urls:
        return fetch(told.urls[0])
    said = first_line(told.text)
    billed = told.cost != 0
    if told.refusal is not None:
        reason = first_line(told.refusal) or said or "no reason given"
        raise DrawRefused(provider, f"refused: {reason}", REWORD, possibly_billed=billed)
    if refuses(told.text):
        raise DrawRefused(provider, f"refused: {said}", REWORD, possibly_billed=billed)
    if said:
        hint = "ask for a picture in the prompt, or name a model that draws"
        raise DrawFault(provider, f"answered with words, not a picture: {said}", hint, possibly_billed=billed)
    raise DrawFault(provider, "the reply holds no picture", "name a model that draws", possibly_billed=billed)


def answer_of(provider: str, told: Told) -> str:
    """The answer to a question. Raises DrawRefused or DrawFault when there is none."""
    if told.refusal is not None:
        reason = first_line(told.refusal) or first_line(told.text) or "no reason given"
        raise DrawRefused(provider, f"refused: {reason}", "reword the question", possibly_billed=True)
    if not told.text.strip():
        raise DrawFault(provider, "the reply holds no answer", "name a model that answers in words")
    return told.text.strip()


def finished(
    told: Told,
    reply: Reply,
    recipe: Recipe,
    *,
    data: bytes = b"",
    answer: str | None = None,
    honours: Collection[str] = (),
    own: Collection[str] = (),
    sent: Mapping[str, Any] | None = None,
    price: float | None = None,
    rates: Rates | None = None,
) -> Drawn:
    """The drawing of a reply: what was left out, what was changed, what it cost.

    ``sent`` are the common words as they went out, ``own`` the provider's option names, ``price`` what the user
    states, ``rates`` the table for a service that tells tokens alone.
    """
    environment = dict(told.environment)
    changed = clamped(recipe, told.echo, sent or {}, data)
    if changed:
        environment["clamped"] = changed
    environment = with_omissions(environment, omitted(recipe, honours, own))
    count = len(told.base64) + len(told.urls)
    many = {"pictures": count} if count > 1 else {}
    words = {"text": first_line(told.text)} if told.text.strip() and answer is None else {}
    kept = cache_status(reply.headers)
    occasion = {**reply.story(), **told.occasion, **many, **words, "cache": kept}
    environment["reply"] = {name: value for name, value in occasion.items() if value not in (None, "", {}, [])}
    cached = told.cached or is_hit(kept)
    cost = 0.0 if cached else price
    if cost is None:
        cost = told.cost if told.cost is not None else cost_of(rates, told.tokens)
    return Drawn(data, environment, reply.seconds, cost, "cache" if cached else "drawn", answer)


def cache_status(headers: Mapping[str, str]) -> str | None:
    """What the headers say of a cache between here and the model (``x-openrouter-cache-status: HIT``), None where
    they say nothing of one. What they tell a browser to keep is no such thing."""
    told = {name: value for name, value in headers.items() if "cache" in name and name not in _FOR_BROWSERS}
    return next((value for value in told.values() if is_hit(value)), next(iter(told.values()), None))


def is_hit(status: str | None) -> bool:
    """Whether a cache says that it gave what it had kept: ``HIT``, ``Hit from …``, ``TCP_HIT``."""
    return status is not None and status.upper().replace("TCP_", "").startswith("HIT")


def clamped(recipe: Recipe, echo: Mapping[str, Any], sent: Mapping[str, Any], data: bytes) -> dict[str, Any]:
    """``{name: {"asked": …, "got": …}}`` of what the service did not do as asked: words that it echoes otherwise,
    and the size that the picture has."""
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
    """``1024x768`` as the header of the picture says, None when it cannot be read."""
    from harness.errors import HarnessError
    from harness.image import read_header

    if not data:
        return None
    try:
        header = read_header(data)
    except HarnessError:
        return None
    return f"{header.width}x{header.height}"
