"""The models of a gateway, as OpenAI lists them."""

from typing import Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel

from harness.gateway.catalog import Model
from harness.gateway.rest.dependencies import AService

router = APIRouter(tags=["models"])


class ModelItem(BaseModel):
    """A model."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    """Not known: 0."""
    owned_by: str
    """The kind of its provider."""
    harness: dict[str, Any]
    """What answers, and what it honors."""

    @classmethod
    def of(cls, model: Model) -> Self:
        """Return the entry of a model."""
        can = model.capabilities
        about = {
            "provider": model.provider.name,
            "model": model.model,
            "alias": model.alias,
            "honors": sorted(can.honors),
            "choices": {name: list(values) for name, values in sorted(can.choices.items())},
            "seed": can.seed,
            "price": can.price,
        }
        return cls(id=model.id, owned_by=model.provider.kind, harness=about)


class ModelList(BaseModel):
    """The models, the default provider's first."""

    object: Literal["list"] = "list"
    data: list[ModelItem]


@router.get("/v1/models")
async def list_models(service: AService) -> ModelList:
    """Return every model and alias."""
    return ModelList(data=[ModelItem.of(model) for model in service.catalog.values()])


@router.get("/v1/models/{model_id:path}")
async def get_model(service: AService, model_id: str) -> ModelItem:
    """Return a model."""
    return ModelItem.of(service.catalog.named(model_id))
