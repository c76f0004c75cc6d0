"""Requests of the hub's vendors, as the helpers of ``huggingface_hub`` shape them; nothing is sent here."""

import copy
from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.errors import GenerationError, MissingExtraError
from harness.http import Call, decode_json

if TYPE_CHECKING:
    from harness.provider.remote.input_images import Sent

PLACEHOLDER = "hf_"
"""Stands for the key, which the transport alone knows: helpers take what begins so to the router."""
TEXT_TO_IMAGE, IMAGE_TO_IMAGE = "text-to-image", "image-to-image"
_MAPPING = ("hf_model_id", "providerId", "status", "task", "adapter", "adapterWeightsPath", "type")
"""What of the hub's mapping the helpers read."""
_OWN = frozenset({"authorization", "user-agent", "content-type"})
"""Headers that the transport sets."""


def vendor_call(
    provider: str, vendor: str, entry: Mapping[str, Any], prompt: str, words: Mapping[str, Any], image: "Sent | None"
) -> tuple[Call, list[str]]:
    """Return the call of a vendor for an image, and the names of ``words`` that its helper leaves out.

    ``entry`` is the hub's mapping of the model to the vendor (``providerId``, ``task`` …), ``words`` the parameters by
    the names of the hub's client. Raises MissingExtraError, or GenerationError where the helper takes no such request.
    """
    call = _call(provider, vendor, entry, prompt, words, image)
    left_out = [
        name
        for name in words
        if _call(provider, vendor, entry, prompt, {key: words[key] for key in words if key != name}, image) == call
    ]
    return call, left_out


def need_hub() -> None:
    """Raise MissingExtraError where the hub's client is not installed."""
    if find_spec("huggingface_hub") is None:
        raise MissingExtraError("the provider kind huggingface", "huggingface")


def _call(
    provider: str, vendor: str, entry: Mapping[str, Any], prompt: str, words: Mapping[str, Any], image: "Sent | None"
) -> Call:
    need_hub()
    try:
        hub: Any = import_module("huggingface_hub.hf_api")
        common: Any = import_module("huggingface_hub.inference._common")
        vendors: Any = import_module("huggingface_hub.inference._providers")
    except ImportError as error:
        hint = "pip install 'image-harness[huggingface]'"
        raise GenerationError(provider, f"huggingface_hub has no helpers of vendors: {error}", hint) from None
    known = {name: entry[name] for name in _MAPPING if entry.get(name) is not None}
    tasks = vendors.PROVIDERS.get(vendor, {})
    task = TEXT_TO_IMAGE if image is None else IMAGE_TO_IMAGE
    if task not in tasks:
        raise GenerationError(provider, f"{vendor} does no {task} for the hub's client", "name another `vendor`")
    helper = copy.copy(tasks[task])
    parameters = dict(words) if image is None else {"prompt": prompt, **words}
    inputs = prompt if image is None else common.MimeBytes(image.data, mime_type=image.media)
    try:
        mapping = hub.InferenceProviderMapping(provider=vendor, **known)
        # the hub was asked by our own transport
        helper._prepare_mapping_info = lambda _: mapping
        asked = helper.prepare_request(
            inputs=inputs, parameters=parameters, headers={}, model=mapping.hf_model_id, api_key=PLACEHOLDER
        )
    except Exception as error:  # what the helpers raise is theirs, and depends on what the hub says
        problem = f"the helper of {vendor} takes no such request: {type(error).__name__}: {error}"
        raise GenerationError(provider, problem, "check `model` and `vendor`", failover=False) from error
    url = urlsplit(asked.url)
    headers = {name: str(value) for name, value in asked.headers.items() if name not in _OWN}
    return Call(
        "POST",
        f"{url.path}?{url.query}" if url.query else url.path,
        json=asked.json if asked.json is not None else decode_json(bytes(asked.data)),
        headers=headers,
        resend=False,
    )
