"""From the turns of a conversation to one request: the last words of the user, and the image that they are about."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.gateway.catalog import Model
from harness.gateway.errors import InvalidRequestError, SeveralImagesError
from harness.gateway.rest.image_urls import input_image
from harness.gateway.service import Service
from harness.records import InputImage

USER = "user"


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image of a turn: the field that it came in, and its URL or, of an earlier reply, the stored image."""

    param: str
    url: str = ""
    stored: InputImage | None = None

    async def read(self, service: Service) -> InputImage:
        """Return the stored image. Raises InvalidRequestError."""
        return self.stored or await input_image(service, self.url, self.param)


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. ``param`` names it; ``ignored`` are parts of it that change nothing."""

    role: str
    text: str
    images: tuple[ImagePart, ...]
    param: str
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a conversation comes to. ``ignored`` are the turns and parts that change nothing."""

    prompt: str
    image: ImagePart | None = None
    is_earlier: bool = False
    """Whether the image is of a turn before the prompt."""
    ignored: tuple[str, ...] = ()

    def with_image_for(self, model: Model) -> "Conversation":
        """Return it for a model that generates: an earlier image, which the words need not be about, is left out where
        the model takes none."""
        if self.image is None or not self.is_earlier or "input_image" in model.capabilities.honors:
            return self
        return Conversation(self.prompt, ignored=(*self.ignored, self.image.param))


def read(turns: Sequence[Turn], param: str) -> Conversation:
    """Return what the turns come to: the prompt is the text of the last turn of the user that has one. Its image is
    the one of that turn or a later one, else the last before it. ``param`` names the field that all are in.

    Raises InvalidRequestError where the user says nothing, and SeveralImagesError.
    """
    at = next((k for k in reversed(range(len(turns))) if turns[k].role == USER and turns[k].text.strip()), None)
    if at is None:
        raise InvalidRequestError("there is no text of the user", "say what the image is to show", param)
    chosen = turns[at]
    now = [image for turn in turns[at:] for image in turn.images]
    if len(now) > 1:
        raise SeveralImagesError(f"{len(now)} images were sent", "send one: a provider takes one image", now[1].param)
    earlier = [image for turn in turns[:at] for image in turn.images]
    image = now[0] if now else (earlier.pop() if earlier else None)
    others = (turn.param for turn in turns if turn is not chosen and turn.text.strip())
    parts = (part for turn in turns for part in turn.ignored)
    return Conversation(chosen.text, image, bool(image and not now), (*others, *parts, *(one.param for one in earlier)))
