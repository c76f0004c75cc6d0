from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Quality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QUALITY_UNSPECIFIED: _ClassVar[Quality]
    QUALITY_DRAFT: _ClassVar[Quality]
    QUALITY_STANDARD: _ClassVar[Quality]
    QUALITY_HD: _ClassVar[Quality]

class ImageFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    IMAGE_FORMAT_UNSPECIFIED: _ClassVar[ImageFormat]
    IMAGE_FORMAT_PNG: _ClassVar[ImageFormat]
    IMAGE_FORMAT_JPEG: _ClassVar[ImageFormat]
    IMAGE_FORMAT_WEBP: _ClassVar[ImageFormat]
QUALITY_UNSPECIFIED: Quality
QUALITY_DRAFT: Quality
QUALITY_STANDARD: Quality
QUALITY_HD: Quality
IMAGE_FORMAT_UNSPECIFIED: ImageFormat
IMAGE_FORMAT_PNG: ImageFormat
IMAGE_FORMAT_JPEG: ImageFormat
IMAGE_FORMAT_WEBP: ImageFormat

class GenerationParameters(_message.Message):
    __slots__ = ("model", "prompt", "n", "seed", "size", "negative_prompt", "quality", "settings", "image", "mask", "strength", "output_format", "output_compression", "strict")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    N_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    MASK_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FORMAT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    model: str
    prompt: str
    n: int
    seed: int
    size: Size
    negative_prompt: str
    quality: Quality
    settings: _struct_pb2.Struct
    image: bytes
    mask: bytes
    strength: float
    output_format: ImageFormat
    output_compression: int
    strict: bool
    def __init__(self, model: _Optional[str] = ..., prompt: _Optional[str] = ..., n: _Optional[int] = ..., seed: _Optional[int] = ..., size: _Optional[_Union[Size, _Mapping]] = ..., negative_prompt: _Optional[str] = ..., quality: _Optional[_Union[Quality, str]] = ..., settings: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., image: _Optional[bytes] = ..., mask: _Optional[bytes] = ..., strength: _Optional[float] = ..., output_format: _Optional[_Union[ImageFormat, str]] = ..., output_compression: _Optional[int] = ..., strict: _Optional[bool] = ...) -> None: ...

class Size(_message.Message):
    __slots__ = ("width", "height")
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    width: int
    height: int
    def __init__(self, width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...

class Image(_message.Message):
    __slots__ = ("index", "media_type", "content", "content_length", "content_omitted", "digest", "seed", "size", "source", "seconds", "cost", "not_honored", "environment")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    CONTENT_OMITTED_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    NOT_HONORED_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    index: int
    media_type: str
    content: bytes
    content_length: int
    content_omitted: bool
    digest: str
    seed: int
    size: Size
    source: str
    seconds: float
    cost: float
    not_honored: _containers.RepeatedScalarFieldContainer[str]
    environment: _struct_pb2.Struct
    def __init__(self, index: _Optional[int] = ..., media_type: _Optional[str] = ..., content: _Optional[bytes] = ..., content_length: _Optional[int] = ..., content_omitted: _Optional[bool] = ..., digest: _Optional[str] = ..., seed: _Optional[int] = ..., size: _Optional[_Union[Size, _Mapping]] = ..., source: _Optional[str] = ..., seconds: _Optional[float] = ..., cost: _Optional[float] = ..., not_honored: _Optional[_Iterable[str]] = ..., environment: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
