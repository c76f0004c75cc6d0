"""What a pipeline does while it generates, and so whether it used what it took: a negative prompt counts only where a
second pass was guided by it."""

import contextlib
import inspect
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch

_INPUTS = ("hidden_states", "sample", "x")
"""The arguments by which denoisers take the noised images."""


@dataclass(slots=True)
class Passes:
    """Rows that went through the denoiser, and steps of the scheduler."""

    rows: int = 0
    steps: int = 0

    def guided(self, images: int) -> bool | None:
        """Return whether more than one row an image and step went through: with and without the prompt, or with the
        negative one. None where it cannot be said."""
        return None if not self.rows or not self.steps else self.rows > self.steps * images


def denoisers_of(pipeline: Any) -> dict[str, torch.nn.Module]:
    """Return the parts of a pipeline that predict the noise, by name."""
    return {
        name: part
        for name, part in pipeline.components.items()
        if isinstance(part, torch.nn.Module) and name.startswith(("unet", "transformer"))
    }


@contextlib.contextmanager
def counted(pipeline: Any, look: Callable[[], object]) -> Iterator[Passes]:
    """Around a generation: count what goes through the denoiser, and ``look`` after each step of the scheduler, which
    is one for this image alone. Pipelines have callbacks of their own, but not all, and of more than one form."""
    passes = Passes()

    def before(_part: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = args[0] if args else next((kwargs[name] for name in _INPUTS if name in kwargs), ())
        passes.rows += len(given)

    scheduler: Any = getattr(pipeline, "scheduler", None)
    step = getattr(scheduler, "step", None)
    if step is not None:

        @wraps(step)
        def counting(*args: Any, **kwargs: Any) -> Any:
            stepped = step(*args, **kwargs)
            passes.steps += 1
            look()
            return stepped

        scheduler.step = counting
    hooks = [part.register_forward_pre_hook(before, with_kwargs=True) for part in denoisers_of(pipeline).values()]
    try:
        yield passes
    finally:
        for hook in hooks:
            hook.remove()
        if step is not None:
            del scheduler.step


def unused(pipeline: Any, arguments: Collection[str], passes: Passes, images: int) -> frozenset[str]:
    """Return the words whose argument the pipeline took and did not use: a negative prompt without a second pass, and
    guidance where ``true_cfg_scale`` is what guides and the model was not trained to take any."""
    found = set()
    if "negative_prompt" in arguments and passes.guided(images) is False:
        found.add("negative_prompt")
    embeds = [getattr(part.config, "guidance_embeds", None) for part in denoisers_of(pipeline).values()]
    other = "true_cfg_scale" in inspect.signature(pipeline.__call__).parameters
    if "guidance_scale" in arguments and other and embeds and all(one is False for one in embeds):
        found.add("guidance")
    return frozenset(found)
