"""Whether the gateway lives, whether it can work, and its figures."""

import contextlib
import uuid
from pathlib import Path
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from harness.errors import HarnessError
from harness.gateway import metrics
from harness.gateway.gateway import Gateway
from harness.gateway.job_rows import OPEN
from harness.gateway.rest.dependencies import AGateway
from harness.gateway.service import in_thread

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """That the process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether jobs are accepted and generated, and each thing that this needs."""

    status: Literal["ready", "unavailable"]
    checks: dict[str, bool]


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers."""
    return Health()


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(gateway: AGateway) -> JSONResponse:
    """Say whether jobs are accepted and generated."""
    checks = await in_thread(checked, gateway)
    ready = all(checks.values())
    body = Readiness(status="ready" if ready else "unavailable", checks=checks)
    return JSONResponse(body.model_dump(), 200 if ready else 503, {"Cache-Control": "no-store"})


@router.get("/metrics", include_in_schema=False)
async def figures(gateway: AGateway) -> Response:
    """Return the figures for Prometheus."""
    return Response(await in_thread(gateway.metrics.text), media_type=metrics.TYPE)


def checked(gateway: Gateway) -> dict[str, bool]:
    """Return each thing that the gateway needs, and whether it has it."""
    return {
        "accepting": not gateway.service.stopping.is_set(),
        "worker": gateway.worker is None or gateway.worker.fault is None,
        "database": _reachable(gateway),
        "disk": _writable(gateway.options.data) and _writable(gateway.options.reports),
    }


def _reachable(gateway: Gateway) -> bool:
    try:
        gateway.store.states(OPEN)
    except HarnessError:
        return False
    return True


def _writable(folder: Path) -> bool:
    path = folder / f".ready.{uuid.uuid4().hex}.tmp"
    try:
        path.write_bytes(b"ready")
        return path.read_bytes() == b"ready"
    except OSError:
        return False
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
