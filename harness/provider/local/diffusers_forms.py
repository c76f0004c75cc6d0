"""The form of a pipeline that a job needs: from words alone, from an image, with a mask; each beside a ControlNet."""

import inspect
import warnings
from typing import Any

from harness.errors import GenerationError
from harness.provider.local.diffusers_loading import Loaded
from harness.records import Request

FORMS = {
    "text": "AutoPipelineForText2Image",
    "image": "AutoPipelineForImage2Image",
    "mask": "AutoPipelineForInpainting",
}
"""What a job needs, and what gives a pipeline that form."""
_WHAT = {"text": "generates from words alone", "image": "takes an image", "mask": "takes a mask"}


def form_of(name: str, loaded: Loaded, request: Request, *, controlled: bool) -> Any:
    """Return the pipeline in the form a request needs: as it is where it takes what the request has, else made from it,
    with the same weights. ``controlled``: it has the image of a ControlNet too. Raises GenerationError."""
    need = "mask" if request.mask is not None else "image" if request.input_image is not None else "text"
    _check_channels(name, loaded.pipeline, need)
    taken = set(inspect.signature(loaded.pipeline.__call__).parameters)
    as_it_is = {
        "text": not {"image", "strength"} <= taken,
        # where nothing has a strength, the image is that of the ControlNet
        "image": "image" in taken and "mask_image" not in taken and not (controlled and "strength" not in taken),
        "mask": "mask_image" in taken,
    }
    if as_it_is[need] and loaded.controlnet is None:
        return loaded.pipeline
    if need not in loaded.forms:
        import diffusers

        further = {} if loaded.controlnet is None else {"controlnet": loaded.controlnet}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the libraries' own, at import
                loaded.forms[need] = getattr(diffusers, FORMS[need]).from_pipe(loaded.pipeline, **further)
        except (ValueError, TypeError, AttributeError) as error:
            beside = " beside a ControlNet" if further else ""
            problem = f"no form of {type(loaded.pipeline).__name__} {_WHAT[need]}{beside}"
            raise GenerationError(name, problem, "name another model, or change the case") from error
        loaded.forms[need].set_progress_bar_config(disable=True)
    return loaded.forms[need]


def _check_channels(name: str, pipeline: Any, need: str) -> None:
    """Raise GenerationError where the network takes more beside the noise than a request has: a checkpoint for
    inpainting takes the image and the mask (9 channels for 4), one that edits takes the image (8)."""
    parts = pipeline.components
    channels = getattr(getattr(parts.get("unet"), "config", None), "in_channels", None)
    latents = getattr(getattr(parts.get("vae"), "config", None), "latent_channels", None)
    if not isinstance(channels, int) or not isinstance(latents, int):
        return
    masks = channels == 2 * latents + 1
    if (need == "text" and channels > latents) or (need == "image" and masks):
        beside, keys = (
            ("an image and a mask", "`input_image:` and `mask:`") if masks else ("an image", "`input_image:`")
        )
        problem = f"the model takes {beside} beside the words: its network has {channels} channels, the noise {latents}"
        raise GenerationError(name, problem, f"say {keys} in the case, or name another model")
