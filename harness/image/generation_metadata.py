"""The recipe that a tool stored in an image: of the web UI, ComfyUI, InvokeAI, or the harness itself."""

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from harness.image.comfyui_metadata import comfyui_metadata
from harness.image.texts import embedded_texts
from harness.image.webui_metadata import webui_metadata
from harness.records import GenerationMetadata, Recipe, from_json, to_json

RECIPE = "image-harness"
"""The keyword of the harness's own text: the recipe as JSON, with a format number."""
FORMAT = 1
_USER_COMMENT = "37510"
_INVOKEAI = {"cfg_scale": "guidance", "scheduler": "sampler"}


def generation_metadata_of(data: bytes) -> GenerationMetadata | None:
    """Return the recipe stored in an image file; None where none is stored.

    Read are the texts ``parameters`` (the web UI's; in JPEG and WebP the EXIF user comment), ``prompt`` (ComfyUI's
    graph), ``invokeai_metadata``, and the harness's own. Raises what :func:`harness.image.embedded_texts` raises.
    """
    texts = embedded_texts(data)
    if RECIPE in texts:
        return _own(_object(texts[RECIPE]))
    if "invokeai_metadata" in texts:
        return _invokeai(_object(texts["invokeai_metadata"]))
    parameters = texts.get("parameters") or texts.get(_USER_COMMENT)
    if parameters:
        return webui_metadata(parameters)
    for text in (texts.get("prompt", ""), *(value.partition("prompt:")[2] for value in texts.values())):
        if text and (nodes := _object(text)):
            return comfyui_metadata(nodes)
    return None


def with_recipe(png: bytes, recipe: Recipe) -> bytes:
    """Return a PNG with a recipe in it, as :func:`generation_metadata_of` reads it: an ``iTXt`` chunk behind the head.
    All other bytes are as they were. Raises ValueError for what is no PNG."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR":
        raise ValueError("a recipe is stored in a PNG only")
    text = json.dumps({"format": FORMAT, "recipe": to_json(recipe)}, ensure_ascii=False).encode()
    body = b"iTXt" + RECIPE.encode() + bytes(5) + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return png[:33] + chunk + png[33:]


def _own(document: Mapping[str, Any]) -> GenerationMetadata | None:
    try:
        recipe = from_json(Recipe, document.get("recipe"))
    except ValueError:
        return None
    request, subject = recipe.request, recipe.subject
    settings = {"kind": subject.kind, **to_json(subject.settings)}
    images = [name for name in ("input_image", "mask") if getattr(request, name) is not None]
    notes = tuple(f"it was guided by an image (`{name}`) that is not in it" for name in images)
    size = (request.width, request.height)
    return GenerationMetadata(
        "image-harness", request.prompt, request.negative_prompt, request.seed, size, subject.model, settings, notes
    )


def _invokeai(document: Mapping[str, Any]) -> GenerationMetadata | None:
    known = {"positive_prompt", "negative_prompt", "seed", "width", "height", "model"}
    model = document.get("model")
    model = model if isinstance(model, Mapping) else {}
    rest = {_INVOKEAI.get(name, name): value for name, value in document.items() if name not in known}
    settings = {name: value for name, value in rest.items() if isinstance(value, (str, int, float))}
    if isinstance(model.get("hash"), str):
        settings["model_hash"] = model["hash"]
    unread = sorted(name for name, value in rest.items() if name not in settings and value not in (None, [], {}))
    size = (document.get("width"), document.get("height"))
    return GenerationMetadata(
        "invokeai",
        str(document.get("positive_prompt") or ""),
        str(document.get("negative_prompt") or ""),
        document["seed"] if isinstance(document.get("seed"), int) else None,
        (size[0], size[1]) if isinstance(size[0], int) and isinstance(size[1], int) else None,
        next((str(model[name]) for name in ("name", "model_name") if model.get(name)), None),
        settings,
        tuple(f"`{name}` was not read" for name in unread),
    )


def _object(text: str) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
