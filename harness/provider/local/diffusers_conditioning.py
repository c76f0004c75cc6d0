"""The images that a pipeline takes beside the request's own: those of a ControlNet and of an IP-Adapter."""

import inspect
from pathlib import Path
from typing import Any

from harness.errors import GenerationError
from harness.image import read_file
from harness.provider.local.diffusers_options import DiffusersOptions
from harness.provider.local.identity import digest_of_file


def conditioned(
    name: str, options: DiffusersOptions, pipeline: Any, size: tuple[int, int], count: int, root: Path
) -> tuple[dict[str, Any], dict[str, str], frozenset[str]]:
    """Return the arguments of the call for ``count`` images of one size, the digests of the images, and the words that
    the pipeline has no argument for. Raises GenerationError for an image that is missing or of another size."""
    for word, needed in (("control_image", options.controlnet), ("ip_adapter_image", options.ip_adapter)):
        if needed is not None and getattr(options, word) is None:
            hint = f"say `{word}` in the provider or in the settings of the case"
            raise GenerationError(name, f"{needed.model} needs an image of its own", hint)
    taken = inspect.signature(pipeline.__call__).parameters
    arguments: dict[str, Any] = {}
    digests: dict[str, str] = {}
    left_out = set()
    if options.control_image is not None:
        path = root / options.control_image
        # what generates from words and a control image alone calls it the image
        key = "image" if "control_image" not in taken and "controlnet" in pipeline.components else "control_image"
        if key in taken:
            arguments[key] = [sized_image(name, path, size)] * count
            digests["control_image"] = digest_of_file(path)
        else:
            left_out.add("control_image")
    if options.control_scale is not None:
        if "controlnet_conditioning_scale" in taken:
            arguments["controlnet_conditioning_scale"] = options.control_scale
        else:
            left_out.add("control_scale")
    if options.ip_adapter is None:
        left_out |= {word for word in ("ip_adapter_image", "ip_adapter_scale") if getattr(options, word) is not None}
    elif options.ip_adapter_image is not None:
        path = root / options.ip_adapter_image
        arguments["ip_adapter_image"] = sized_image(name, path, None)
        digests["ip_adapter_image"] = digest_of_file(path)
        pipeline.set_ip_adapter_scale(1.0 if options.ip_adapter_scale is None else options.ip_adapter_scale)
    return arguments, digests, frozenset(left_out)


def sized_image(name: str, path: Path, size: tuple[int, int] | None) -> Any:
    """Return an image of a file as a Pillow image. Raises GenerationError where it has another size than asked for."""
    from PIL import Image

    decoded = read_file(path)
    if size is not None and (decoded.width, decoded.height) != size:
        problem = f"the image {path} is {decoded.width}x{decoded.height}, the case asks for {size[0]}x{size[1]}"
        raise GenerationError(name, problem, f"say size: {decoded.width}x{decoded.height}")
    return Image.fromarray(decoded.pixels).convert("RGB")
