from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StepKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_KIND_UNSPECIFIED: _ClassVar[StepKind]
    STEP_KIND_READ: _ClassVar[StepKind]
    STEP_KIND_ASSUME: _ClassVar[StepKind]
    STEP_KIND_ADJUST: _ClassVar[StepKind]
STEP_KIND_UNSPECIFIED: StepKind
STEP_KIND_READ: StepKind
STEP_KIND_ASSUME: StepKind
STEP_KIND_ADJUST: StepKind

class Scene(_message.Message):
    __slots__ = ("things", "relations", "background", "style", "absent")
    THINGS_FIELD_NUMBER: _ClassVar[int]
    RELATIONS_FIELD_NUMBER: _ClassVar[int]
    BACKGROUND_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    things: _containers.RepeatedCompositeFieldContainer[Thing]
    relations: _containers.RepeatedCompositeFieldContainer[Relation]
    background: Background
    style: str
    absent: _containers.RepeatedCompositeFieldContainer[Absence]
    def __init__(self, things: _Optional[_Iterable[_Union[Thing, _Mapping]]] = ..., relations: _Optional[_Iterable[_Union[Relation, _Mapping]]] = ..., background: _Optional[_Union[Background, _Mapping]] = ..., style: _Optional[str] = ..., absent: _Optional[_Iterable[_Union[Absence, _Mapping]]] = ...) -> None: ...

class Thing(_message.Message):
    __slots__ = ("shape", "color", "size", "count", "place")
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    shape: str
    color: str
    size: str
    count: int
    place: str
    def __init__(self, shape: _Optional[str] = ..., color: _Optional[str] = ..., size: _Optional[str] = ..., count: _Optional[int] = ..., place: _Optional[str] = ...) -> None: ...

class Relation(_message.Message):
    __slots__ = ("kind", "subject", "targets")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    TARGETS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    subject: int
    targets: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, kind: _Optional[str] = ..., subject: _Optional[int] = ..., targets: _Optional[_Iterable[int]] = ...) -> None: ...

class Background(_message.Message):
    __slots__ = ("kind", "color", "time")
    KIND_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    color: str
    time: str
    def __init__(self, kind: _Optional[str] = ..., color: _Optional[str] = ..., time: _Optional[str] = ...) -> None: ...

class Absence(_message.Message):
    __slots__ = ("shape", "color")
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    shape: str
    color: str
    def __init__(self, shape: _Optional[str] = ..., color: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("words", "effect", "kind")
    WORDS_FIELD_NUMBER: _ClassVar[int]
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    words: str
    effect: str
    kind: StepKind
    def __init__(self, words: _Optional[str] = ..., effect: _Optional[str] = ..., kind: _Optional[_Union[StepKind, str]] = ...) -> None: ...
