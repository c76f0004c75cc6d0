"""The models of a gateway, as OpenRouter lists them, with what each supports."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from harness.gateway.catalog import Model
from harness.gateway.recipes import GREATEST_SEED, MOST_IMAGES
from harness.gateway.rest.dependencies import AService
from harness.gateway.rest.errors import OPENROUTER_RESPONSES
from harness.gateway.rest.fields import QUALITIES
from harness.gateway.rest.sizes import SIDES
from harness.provider import Capabilities
from harness.vocabulary import REQUEST_FIELDS, BackgroundKind, ImageFormat, SeedPromise, values_of

router = APIRouter(tags=["openrouter"], responses=OPENROUTER_RESPONSES)
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
"""Aspect ratios that are listed; any is accepted."""


class ImageModels(BaseModel):
    """The models that generate images."""

    data: list[dict[str, Any]]


class Models(ImageModels):
    """The models."""

    total_count: int
    links: dict[str, str | None]


class OneModel(BaseModel):
    """A model."""

    data: dict[str, Any]


class Endpoints(BaseModel):
    """What serves a model."""

    id: str
    endpoints: list[dict[str, Any]]


@router.get("/api/v1/models")
async def list_models(service: AService) -> Models:
    """Return every model and alias."""
    data = [_model(model) for model in service.catalog.values()]
    return Models(data=data, total_count=len(data), links={"next": None})


@router.get("/api/v1/images/models")
async def list_image_models(service: AService) -> ImageModels:
    """Return the models that generate images, with the parameters that each supports."""
    return ImageModels(data=[_image_model(model) for model in service.catalog.values()])


@router.get("/api/v1/images/models/{model_id:path}/endpoints")
async def list_endpoints(service: AService, model_id: str) -> Endpoints:
    """Return what serves a model: one provider."""
    model = service.catalog.named(model_id)
    can = model.capabilities
    priced = [] if can.price is None else [{"billable": "output_image", "unit": "image", "cost_usd": can.price}]
    endpoint = {
        "provider_name": model.provider.name,
        "provider_slug": model.provider.kind,
        "provider_tag": None,
        "supported_parameters": dict(supported(can)),
        "allowed_passthrough_parameters": sorted(can.honors.difference(REQUEST_FIELDS, ("model",))),
        "pricing": priced,
        "supports_streaming": True,
    }
    return Endpoints(id=model.id, endpoints=[endpoint])


@router.get("/api/v1/model/{model_id:path}", operation_id="openrouter_model")
@router.get("/api/v1/models/{model_id:path}", operation_id="openrouter_models_model")
async def get_model(service: AService, model_id: str) -> OneModel:
    """Return a model."""
    return OneModel(data=_model(service.catalog.named(model_id)))


def supported(can: Capabilities) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the parameters of a request that a provider honors, or that the gateway does for it, with their values."""
    yield "n", {"type": "range", "min": 1, "max": MOST_IMAGES}
    yield "output_format", {"type": "enum", "values": list(values_of(ImageFormat))}
    yield "output_compression", {"type": "range", "min": 0, "max": 100}
    if "seed" in can.honors and can.seed is not SeedPromise.NONE:
        yield "seed", {"type": "range", "min": 0, "max": GREATEST_SEED}
    if "size" in can.honors:
        yield "size", {"type": "boolean"}
        yield "resolution", {"type": "enum", "values": list(SIDES)}
        yield "aspect_ratio", {"type": "enum", "values": list(RATIOS)}
    if "quality" in can.honors:
        yield "quality", {"type": "enum", "values": list(QUALITIES)}
    if "background" in can.honors:
        values = can.choices.get("background", values_of(BackgroundKind))
        yield "background", {"type": "enum", "values": [str(value) for value in values]}
    if "input_image" in can.honors:
        yield "input_references", {"type": "range", "min": 0, "max": 1}


def _architecture(model: Model) -> dict[str, Any]:
    honors = model.capabilities.honors
    inputs = ["text", "image"] if honors & {"input_image", "ask"} else ["text"]
    outputs = ["image", "text"] if "ask" in honors else ["image"]
    return {
        "modality": f"{'+'.join(inputs)}->{'+'.join(outputs)}",
        "input_modalities": inputs,
        "output_modalities": outputs,
    }


def _common(model: Model) -> dict[str, Any]:
    can = model.capabilities
    return {
        "id": model.id,
        "name": model.id,
        # not known
        "created": 0,
        "description": f"Served by the provider {model.provider.name} ({model.provider.kind}); seed: {can.seed}.",
        "architecture": _architecture(model),
    }


def _image_model(model: Model) -> dict[str, Any]:
    return _common(model) | {
        "endpoints": f"/api/v1/images/models/{model.id}/endpoints",
        "supported_parameters": dict(supported(model.capabilities)),
        "supports_streaming": True,
    }


def _model(model: Model) -> dict[str, Any]:
    price = model.capabilities.price
    return _common(model) | {
        "canonical_slug": model.id,
        "context_length": None,
        "pricing": {"prompt": "0", "completion": "0"} | ({} if price is None else {"image_output": f"{price:g}"}),
        "supported_parameters": [name for name, _ in supported(model.capabilities)],
        "supported_voices": None,
        "default_parameters": None,
        "per_request_limits": None,
        "top_provider": {"is_moderated": False},
        "links": {"details": f"/api/v1/images/models/{model.id}/endpoints"},
    }
