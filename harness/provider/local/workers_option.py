"""``workers``: how many processes of this machine hold a provider, and the device of each."""

import re
from typing import Annotated, Any, ClassVar, Self

from pydantic import PlainValidator, WithJsonSchema, model_validator

from harness.errors import FieldError, shown
from harness.provider.options import ProviderOptions, WorkerPlace

MOST = 256
EXAMPLE = "such as workers: 2, or workers: [cuda:0, cuda:1]"
GPU = "CUDA_VISIBLE_DEVICES"
"""The variable that says which GPUs a process sees, of kinds without an option for it."""
_CUDA = re.compile(r"cuda:(\d+)")


def _workers(value: Any) -> int | list[str]:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST:
        return value
    named = isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)
    if not named or not 1 <= len(value) <= MOST:
        problem = f"`workers` is a number from 1 to {MOST} or a list of devices, not {shown(value)}"
        raise FieldError(problem, EXAMPLE)
    for index, one in enumerate(value):
        if one in value[:index]:
            raise FieldError(f"`workers` names {one} twice", "give each worker a device of its own", [index])
    devices: list[str] = value
    return devices


class WorkersOption(ProviderOptions):
    """Processes that hold the provider, of a kind that computes on this machine."""

    has_gpus: ClassVar[bool] = True
    """Whether the kind can compute on a GPU."""

    workers: Annotated[
        int | list[str] | None,
        PlainValidator(_workers),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": MOST},
                    {
                        "type": "array",
                        "items": {"type": "string", "minLength": 1},
                        "minItems": 1,
                        "maxItems": MOST,
                        "uniqueItems": True,
                    },
                ]
            }
        ),
    ] = None
    """Processes that generate one image at a time each: how many, or the device of each, such as [cuda:0, cuda:1].
    Default: in the process of the harness."""

    @model_validator(mode="after")
    def _placeable(self) -> Self:
        if self.workers is None:
            return self
        if "concurrency" in self.model_fields_set:
            problem = "`workers` and `concurrency` both say how many images at a time"
            raise FieldError(problem, "a worker generates one at a time: leave out `concurrency`", ["concurrency"])
        if isinstance(self.workers, int):
            return self
        if not self.has_gpus:
            raise FieldError("this kind has no device", "say how many: workers: 2", ["workers"])
        if "device" in type(self).model_fields:
            if "device" in self.model_fields_set:
                problem = "`device` and `workers` both name a device"
                raise FieldError(problem, "leave out `device`, or say how many workers", ["device"])
            return self
        for index, one in enumerate(self.workers):
            if not _CUDA.fullmatch(one):
                problem = f"this kind has no `device`, and {shown(one)} is no GPU that {GPU} could name"
                raise FieldError(problem, "such as workers: [cuda:0, cuda:1]", ["workers", index])
        return self

    @property
    def places(self) -> tuple[WorkerPlace, ...]:
        if self.workers is None:
            return ()
        if isinstance(self.workers, int):
            return tuple(WorkerPlace(f"worker {number}") for number in range(1, self.workers + 1))
        if "device" in type(self).model_fields:
            return tuple(WorkerPlace(one, options={"device": one}) for one in self.workers)
        return tuple(WorkerPlace(one, variables={GPU: one.partition(":")[2]}) for one in self.workers)
