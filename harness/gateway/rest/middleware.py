"""What every request passes before an operation, and every response after: ids, keys, limits, faults, the log."""

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.errors import excerpt
from harness.gateway.access_log import Access
from harness.gateway.errors import GatewayError, UnauthorizedError
from harness.gateway.exchange import CURRENT, Exchange
from harness.gateway.faults import HEADER
from harness.gateway.gateway import Gateway
from harness.gateway.rest.admission import admitted
from harness.gateway.rest.errors import error_response, in_shape_of
from harness.gateway.rest.fault_effects import ResponseEnded, half, withheld
from harness.gateway.rest.limited_body import LimitedBody
from harness.vocabulary import FaultKind

LOG = logging.getLogger("harness.gateway")
UNMATCHED = "unmatched"
"""The route of a request that no operation is for, in metrics: its path may be anything."""
PAGES = frozenset({"/", "/status"})
"""What people open in a browser, which asks them for the key."""


class Middleware:
    """The outermost part of the app of a gateway."""

    def __init__(self, app: ASGIApp, gateway: Gateway) -> None:
        self.app, self.gateway = app, gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        access = Access.begun_as(scope["method"], scope["path"], Headers(scope=scope).get("x-request-id", ""))
        exchange = Exchange()
        token = CURRENT.set(exchange)
        try:
            await self._carried_out(scope, receive, send, access, exchange)
        finally:
            CURRENT.reset(token)
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self.gateway.metrics.request(access.method, route, access.status, access.seconds)
            access.log(job=exchange.job, fault=exchange.fault)

    async def _carried_out(
        self, scope: Scope, receive: Receive, send: Send, access: Access, exchange: Exchange
    ) -> None:
        is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/")
        body = LimitedBody(receive, self.gateway.options.body_limit, is_form=is_form)
        ended = False

        async def answer(message: Message) -> None:
            nonlocal ended
            if body.problem is not None and not access.status:
                return
            if ended:
                raise ResponseEnded
            if message["type"] == "http.response.start":
                if exchange.fault is FaultKind.TIMEOUT and not await self._withheld(receive):
                    ended = True
                    raise ResponseEnded
                access.status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = access.request_id
                if exchange.fault is not None:
                    headers[HEADER] = exchange.fault
            elif exchange.fault is FaultKind.TRUNCATE and access.status < 300 and message.get("body"):
                # the connection ends before what was announced has come
                ended = True
                message = {**message, "body": half(message["body"]), "more_body": True}
            await send(message)
            if ended:
                raise ResponseEnded

        try:
            access.key = admitted(self.gateway, scope)
            state = scope.setdefault("state", {})
            state["request_id"], state["key"] = access.request_id, access.key
            await self.app(scope, body, answer)
        except Exception as error:
            if ended:
                return
            problem: Exception | None = error
            if access.status and not isinstance(error, GatewayError):
                LOG.exception("request %s ended after its response had begun", access.request_id)
                raise
        else:
            problem = None
        problem, body.problem = body.problem or problem, None
        if problem is not None and not access.status:
            await self._refuse(problem, scope, receive, answer, access, complete=body.complete)

    async def _withheld(self, receive: Receive) -> bool:
        return await withheld(receive, self.gateway.options.deadline, self.gateway.service.stopping)

    async def _refuse(
        self, problem: Exception, scope: Scope, receive: Receive, answer: Send, access: Access, *, complete: bool
    ) -> None:
        """Answer with an error in place of an operation."""
        if isinstance(problem, GatewayError):
            response = error_response(
                problem.status, str(problem), problem.code, problem.param, problem.hint, problem.retry_after
            )
        else:
            LOG.error("request %s: %s", access.request_id, excerpt(repr(problem)), exc_info=problem)
            response = error_response(500, "an error of the gateway itself", "internal", hint="see its log")
        response = in_shape_of(Request(scope), response)
        if isinstance(problem, UnauthorizedError):
            kind = "Basic" if scope["path"] in PAGES else "Bearer"
            response.headers["WWW-Authenticate"] = f'{kind} realm="image-harness"'
        if not complete:
            # what is left of the body is not read
            response.headers["Connection"] = "close"
        await response(scope, receive, answer)
