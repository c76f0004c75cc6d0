import datetime

from google.longrunning import operations_pb2 as _operations_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from harness.gateway.rpc.generated import image_pb2 as _image_pb2
from harness.gateway.rpc.generated import scene_pb2 as _scene_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GenerateRequest(_message.Message):
    __slots__ = ("parameters",)
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    parameters: _image_pb2.GenerationParameters
    def __init__(self, parameters: _Optional[_Union[_image_pb2.GenerationParameters, _Mapping]] = ...) -> None: ...

class GenerateResponse(_message.Message):
    __slots__ = ("job", "images")
    JOB_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    job: str
    images: _containers.RepeatedCompositeFieldContainer[_image_pb2.Image]
    def __init__(self, job: _Optional[str] = ..., images: _Optional[_Iterable[_Union[_image_pb2.Image, _Mapping]]] = ...) -> None: ...

class GenerateStreamRequest(_message.Message):
    __slots__ = ("parameters", "partial_images")
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_IMAGES_FIELD_NUMBER: _ClassVar[int]
    parameters: _image_pb2.GenerationParameters
    partial_images: bool
    def __init__(self, parameters: _Optional[_Union[_image_pb2.GenerationParameters, _Mapping]] = ..., partial_images: _Optional[bool] = ...) -> None: ...

class GenerateStreamResponse(_message.Message):
    __slots__ = ("queued", "started", "partial_image", "image", "chunk", "failure", "done")
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    queued: Queued
    started: Started
    partial_image: PartialImage
    image: _image_pb2.Image
    chunk: ImageChunk
    failure: ImageFailure
    done: Done
    def __init__(self, queued: _Optional[_Union[Queued, _Mapping]] = ..., started: _Optional[_Union[Started, _Mapping]] = ..., partial_image: _Optional[_Union[PartialImage, _Mapping]] = ..., image: _Optional[_Union[_image_pb2.Image, _Mapping]] = ..., chunk: _Optional[_Union[ImageChunk, _Mapping]] = ..., failure: _Optional[_Union[ImageFailure, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ...) -> None: ...

class Queued(_message.Message):
    __slots__ = ("job",)
    JOB_FIELD_NUMBER: _ClassVar[int]
    job: str
    def __init__(self, job: _Optional[str] = ...) -> None: ...

class Started(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PartialImage(_message.Message):
    __slots__ = ("index", "step", "steps", "content", "content_omitted")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CONTENT_OMITTED_FIELD_NUMBER: _ClassVar[int]
    index: int
    step: int
    steps: int
    content: bytes
    content_omitted: bool
    def __init__(self, index: _Optional[int] = ..., step: _Optional[int] = ..., steps: _Optional[int] = ..., content: _Optional[bytes] = ..., content_omitted: _Optional[bool] = ...) -> None: ...

class ImageChunk(_message.Message):
    __slots__ = ("index", "offset", "data")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    index: int
    offset: int
    data: bytes
    def __init__(self, index: _Optional[int] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ...) -> None: ...

class ImageFailure(_message.Message):
    __slots__ = ("index", "code", "message")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    code: str
    message: str
    def __init__(self, index: _Optional[int] = ..., code: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("cost",)
    COST_FIELD_NUMBER: _ClassVar[int]
    cost: float
    def __init__(self, cost: _Optional[float] = ...) -> None: ...

class GenerateAsyncRequest(_message.Message):
    __slots__ = ("parameters", "deadline", "webhook")
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_FIELD_NUMBER: _ClassVar[int]
    parameters: _image_pb2.GenerationParameters
    deadline: _duration_pb2.Duration
    webhook: str
    def __init__(self, parameters: _Optional[_Union[_image_pb2.GenerationParameters, _Mapping]] = ..., deadline: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., webhook: _Optional[str] = ...) -> None: ...

class EditRequest(_message.Message):
    __slots__ = ("parameters",)
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    parameters: _image_pb2.GenerationParameters
    def __init__(self, parameters: _Optional[_Union[_image_pb2.GenerationParameters, _Mapping]] = ...) -> None: ...

class EditResponse(_message.Message):
    __slots__ = ("job", "images")
    JOB_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    job: str
    images: _containers.RepeatedCompositeFieldContainer[_image_pb2.Image]
    def __init__(self, job: _Optional[str] = ..., images: _Optional[_Iterable[_Union[_image_pb2.Image, _Mapping]]] = ...) -> None: ...

class AskRequest(_message.Message):
    __slots__ = ("model", "question", "image")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    QUESTION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    model: str
    question: str
    image: bytes
    def __init__(self, model: _Optional[str] = ..., question: _Optional[str] = ..., image: _Optional[bytes] = ...) -> None: ...

class AskResponse(_message.Message):
    __slots__ = ("job", "answer", "cost")
    JOB_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    job: str
    answer: str
    cost: float
    def __init__(self, job: _Optional[str] = ..., answer: _Optional[str] = ..., cost: _Optional[float] = ...) -> None: ...

class DownloadImageRequest(_message.Message):
    __slots__ = ("job", "index")
    JOB_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    job: str
    index: int
    def __init__(self, job: _Optional[str] = ..., index: _Optional[int] = ...) -> None: ...

class DownloadImageResponse(_message.Message):
    __slots__ = ("chunk", "media_type", "content_length")
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_LENGTH_FIELD_NUMBER: _ClassVar[int]
    chunk: ImageChunk
    media_type: str
    content_length: int
    def __init__(self, chunk: _Optional[_Union[ImageChunk, _Mapping]] = ..., media_type: _Optional[str] = ..., content_length: _Optional[int] = ...) -> None: ...

class InterpretRequest(_message.Message):
    __slots__ = ("prompt", "negative_prompt", "seed")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    NEGATIVE_PROMPT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    prompt: str
    negative_prompt: str
    seed: int
    def __init__(self, prompt: _Optional[str] = ..., negative_prompt: _Optional[str] = ..., seed: _Optional[int] = ...) -> None: ...

class InterpretResponse(_message.Message):
    __slots__ = ("scene", "steps", "unknown", "description")
    SCENE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    scene: _scene_pb2.Scene
    steps: _containers.RepeatedCompositeFieldContainer[_scene_pb2.Step]
    unknown: _containers.RepeatedScalarFieldContainer[str]
    description: str
    def __init__(self, scene: _Optional[_Union[_scene_pb2.Scene, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_scene_pb2.Step, _Mapping]]] = ..., unknown: _Optional[_Iterable[str]] = ..., description: _Optional[str] = ...) -> None: ...

class CompareRequest(_message.Message):
    __slots__ = ("accepted", "candidate")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    accepted: bytes
    candidate: bytes
    def __init__(self, accepted: _Optional[bytes] = ..., candidate: _Optional[bytes] = ...) -> None: ...

class CompareResponse(_message.Message):
    __slots__ = ("metrics", "blocks")
    METRICS_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_FIELD_NUMBER: _ClassVar[int]
    metrics: _containers.RepeatedCompositeFieldContainer[Metric]
    blocks: _containers.RepeatedCompositeFieldContainer[Block]
    def __init__(self, metrics: _Optional[_Iterable[_Union[Metric, _Mapping]]] = ..., blocks: _Optional[_Iterable[_Union[Block, _Mapping]]] = ...) -> None: ...

class Metric(_message.Message):
    __slots__ = ("name", "number", "flag", "absent", "unit")
    NAME_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FLAG_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    name: str
    number: float
    flag: bool
    absent: str
    unit: str
    def __init__(self, name: _Optional[str] = ..., number: _Optional[float] = ..., flag: _Optional[bool] = ..., absent: _Optional[str] = ..., unit: _Optional[str] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("x", "y", "width", "height")
    X_FIELD_NUMBER: _ClassVar[int]
    Y_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    x: int
    y: int
    width: int
    height: int
    def __init__(self, x: _Optional[int] = ..., y: _Optional[int] = ..., width: _Optional[int] = ..., height: _Optional[int] = ...) -> None: ...
