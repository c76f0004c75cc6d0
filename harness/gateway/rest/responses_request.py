"""The request of OpenAI's Responses API, with its tool that generates images."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from harness.gateway.rest.fields import (
    ITEMS,
    TEXT,
    BackgroundName,
    Compression,
    Described,
    Flag,
    FormatName,
    NegativePrompt,
    Open,
    PartialImages,
    QualityName,
    Seed,
    Size,
    Strength,
    Word,
    is_text,
)

IMAGE_TOOL = "image_generation"
IMAGE_CALL = "image_generation_call"
MOST_ITEMS = 1000
MetadataKey = Annotated[str, StringConstraints(max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]


class ContentPart(Open, Described):
    """A part of a message: ``input_text``, ``output_text`` or ``input_image``. Others are reported."""

    type: str
    text: str | None = None
    image_url: str | None = None
    """A data: URL, or an https: URL on the open internet."""
    file_id: str | None = None


Content = Annotated[Annotated[str, Tag(TEXT)] | Annotated[list[ContentPart], Tag(ITEMS)], Discriminator(is_text)]


class InputItem(Open, Described):
    """A message, or the image of an earlier reply (``image_generation_call``). Others are reported."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] | None = None
    content: Content | None = None
    id: Annotated[str, Field(max_length=200)] | None = None
    result: str | None = None
    """Base64."""


class MaskImage(Described, extra="forbid"):
    """Transparent where the image is to be edited."""

    image_url: str | None = None
    file_id: str | None = None


class Tool(Open, Described):
    """A tool. Of ``image_generation`` further fields are settings of the provider; other tools change nothing, and are
    reported."""

    type: Annotated[str, Field(max_length=100, json_schema_extra={"not": {"const": IMAGE_TOOL}})]


def _type(tool: Any) -> Any:
    return tool.get("type") if isinstance(tool, dict) else getattr(tool, "type", None)


class ImageTool(Open, Described):
    """The tool that generates images."""

    type: Literal["image_generation"]
    model: Word | None = None
    """Of the images; without it the request's."""
    action: Literal["generate", "edit", "auto"] | None = None
    quality: QualityName | None = None
    size: Size | None = None
    background: BackgroundName | None = None
    output_format: FormatName | None = None
    output_compression: Compression | None = None
    partial_images: PartialImages | None = None
    input_image_mask: MaskImage | None = None
    seed: Seed | None = None
    negative_prompt: NegativePrompt | None = None
    strength: Strength | None = None


Items = Annotated[list[InputItem], Field(min_length=1, max_length=MOST_ITEMS)]
Input = Annotated[Annotated[str, Tag(TEXT)] | Annotated[Items, Tag(ITEMS)], Discriminator(is_text)]
AnyTool = Annotated[
    Annotated[ImageTool, Tag(IMAGE_TOOL)] | Annotated[Tool, Tag("other")],
    Discriminator(lambda tool: IMAGE_TOOL if _type(tool) == IMAGE_TOOL else "other"),
]


class ResponsesRequest(Open, Described):
    """An image with the tool ``image_generation``, else an answer. Further fields change nothing, and are reported."""

    model: Word
    input: Input
    tools: Annotated[list[AnyTool], Field(max_length=100)] | None = None
    tool_choice: str | dict[str, Any] | None = None
    previous_response_id: Annotated[str, Field(max_length=200)] | None = None
    """Its image is the one that the words are about."""
    background: Flag | None = None
    """Return at once: the reply is polled."""
    stream: Flag | None = None
    seed: Seed | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=16)] | None = None
    strict: Flag | None = None
    """Refuse what is not honored, in place of reporting it."""

    @property
    def tool(self) -> ImageTool | None:
        """The tool that generates images, where one may be used."""
        tools = (tool for tool in self.tools or [] if isinstance(tool, ImageTool))
        return None if self.tool_choice == "none" else next(tools, None)

    def ignored(self) -> Iterator[str]:
        """Yield the fields that change nothing, apart from the conversation and the tool's own."""
        yield from (name for name, value in (self.model_extra or {}).items() if value is not None)
        yield from (f"tools[{index}]" for index, tool in enumerate(self.tools or []) if tool is not self.tool)
