"""Chat completions as OpenAI and OpenRouter have them: messages in, an image or an answer out."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag

from harness.gateway.rest.conversation import ImagePart, Turn
from harness.gateway.rest.fields import (
    ITEMS,
    TEXT,
    Compression,
    Count,
    Described,
    Flag,
    FormatName,
    NegativePrompt,
    Open,
    QualityName,
    Seed,
    Strength,
    Word,
    is_text,
)
from harness.gateway.rest.routing import ProviderPreferences
from harness.vocabulary import NEUTRAL

MOST_MESSAGES = 1000
NO_EFFECT: dict[str, tuple[Any, ...]] = {"detail": (NEUTRAL,), "tool_calls": ([],)}
"""Values of further fields of messages that ask for nothing; null does everywhere."""


class ImageUrl(Open, Described):
    """Where an image is: a data: URL, or an https: URL on the open internet."""

    url: str


class Part(Open, Described):
    """A part of a message: a text or an image. Parts of other types are reported."""

    type: str
    text: str | None = None
    image_url: ImageUrl | str | None = None


Content = Annotated[Annotated[str, Tag(TEXT)] | Annotated[list[Part], Tag(ITEMS)], Discriminator(is_text)]


class Message(Open, Described):
    """One turn of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content | None = None
    images: list[Part] | None = None
    """Of the assistant: what an earlier reply had."""


class ImageConfig(Open, Described):
    """What the images are to be like. Further fields are settings of the provider; what changes nothing is reported."""

    aspect_ratio: Word | None = None
    """WIDTH:HEIGHT, such as 16:9."""
    image_size: Word | None = None
    """The longer side: 0.5K, 1K, 2K or 4K."""
    quality: QualityName | None = None
    output_format: FormatName | None = None
    output_compression: Compression | None = None
    negative_prompt: NegativePrompt | None = None
    strength: Strength | None = None


class StreamOptions(Open, Described):
    """What a stream has beside its chunks."""

    include_usage: Flag | None = None


class UsageOptions(Open, Described):
    """Whether the reply says what it cost: it always does."""

    include: Flag | None = None


class ChatRequest(Open, Described):
    """A conversation. With ``image`` among the modalities an image is generated; else the last message is a question.
    Further fields change nothing, and are reported."""

    model: Word
    messages: Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]
    modalities: Annotated[list[Literal["text", "image"]], Field(min_length=1)] | None = None
    image_config: ImageConfig | None = None
    seed: Seed | None = None
    """Of the first image; choice i has seed + i."""
    n: Count | None = None
    stream: Flag | None = None
    stream_options: StreamOptions | None = None
    usage: UsageOptions | None = None
    provider: ProviderPreferences | None = None
    """Of OpenRouter: which providers may serve."""
    strict: Flag | None = None
    """Refuse what is not honored, in place of reporting it."""

    def turns(self) -> list[Turn]:
        """Return the messages as turns."""
        return [_turn(message, f"messages[{index}]") for index, message in enumerate(self.messages)]

    def ignored(self) -> Iterator[str]:
        """Yield the fields that change nothing, apart from the conversation."""
        yield from (name for name, value in (self.model_extra or {}).items() if value is not None)
        for name in ("stream_options", "usage"):
            yield from (f"{name}.{key}" for key in _extra(getattr(self, name)))


def _turn(message: Message, param: str) -> Turn:
    content = [Part(type="text", text=message.content)] if isinstance(message.content, str) else message.content or []
    texts, images, ignored = [], [], [f"{param}.{name}" for name in _extra(message)]
    places = [(part, f"{param}.content[{index}]") for index, part in enumerate(content)]
    places += [(part, f"{param}.images[{index}]") for index, part in enumerate(message.images or [])]
    for part, place in places:
        if part.type == "text" and part.text is not None:
            texts.append(part.text)
        elif part.type == "image_url" and part.image_url is not None:
            address = part.image_url
            images.append(ImagePart(place, address if isinstance(address, str) else address.url))
            ignored += [] if isinstance(address, str) else [f"{place}.{name}" for name in _extra(address)]
        else:
            ignored.append(place)
    return Turn(message.role, "\n".join(texts), tuple(images), param, tuple(ignored))


def _extra(model: BaseModel | None) -> Iterator[str]:
    for name, value in ((model and model.model_extra) or {}).items():
        if value is not None and value not in NO_EFFECT.get(name, ()):
            yield name
