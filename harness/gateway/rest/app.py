"""The app: every API of the gateway, with the same errors, keys and limits."""

from functools import cache

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from harness import __version__
from harness.gateway.gateway import Gateway
from harness.gateway.rest import (
    artifacts,
    chat,
    deliveries,
    health,
    images,
    jobs,
    models,
    openrouter_images,
    openrouter_models,
    responses,
    status,
)
from harness.gateway.rest.errors import RESPONSES, add_handlers
from harness.gateway.rest.middleware import Middleware

ROUTERS: tuple[APIRouter, ...] = (
    models.router,
    images.router,
    artifacts.router,
    openrouter_images.router,
    openrouter_models.router,
    chat.router,
    responses.router,
    jobs.router,
    deliveries.router,
    health.router,
    status.router,
)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Return what every app routes to: the models of a route are built once, not anew for each app."""
    every = APIRouter(responses=RESPONSES)
    for router in ROUTERS:
        every.include_router(router)
    return tuple(every.routes)


def create_app(gateway: Gateway) -> FastAPI:
    """Return the ASGI app of a gateway, which the caller closes."""
    app = FastAPI(
        title="image-harness gateway",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.gateway = gateway
    app.add_middleware(Middleware, gateway=gateway)
    add_handlers(app)
    app.router.routes.extend(_routes())
    # an included router does not show its routes: see the handler of unknown methods
    app.state.routes = [route for router in ROUTERS for route in router.routes] + app.routes
    return app
