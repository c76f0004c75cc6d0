"""``harness interpret --interpreter llm``: a paid call like every other, in a run of its own."""

import json
from time import perf_counter
from typing import TYPE_CHECKING, Any

from harness.cli.approval import allowed
from harness.cli.project import budget_reached
from harness.errors import GenerationError, HarnessError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.prompt import LlmInterpreter, Scene
    from harness.provider import Output
    from harness.records import Gate, Request, RunRecord
    from harness.suite import Project

PRICE = "say what an interpretation costs, 0 where it is free: --price 0.001"


def interpreted(
    reader: "LlmInterpreter", request: "Request", base: "Scene | None", project: "Project", given: dict[str, Any]
) -> "Output":
    """Return the scene of a request as a JSON answer, paid for as :func:`paid` says."""
    return paid(reader, request, project, given, lambda gate: _answer(reader, request, base, gate))


def paid(
    reader: "LlmInterpreter",
    request: "Request",
    project: "Project",
    given: dict[str, Any],
    call: "Callable[[Gate | None], Output]",
) -> "Output":
    """Return what a call of a chat model answers; unless it is free, its intents and its result are recorded below the
    project's reports.

    Raises UsageError where it is not approved or exceeds the budget, and what the interpreter raises.
    """
    from harness.generation import Budget, Failed, Limits, Session, Sources
    from harness.ledger import run_name
    from harness.records import Policy, Recipe, Subject, Trial, TrialKey
    from harness.runner import Examiner

    reader.ready()
    settings = reader.settings
    subject = Subject("interpreter", "llm", settings.model, {"base_url": settings.base_url})
    trial = Trial(TrialKey("interpret", "prompt", seed=request.seed), Recipe(request, subject), Policy())
    with allowed(project, "1 interpretation", settings.price, given, hint=f"or {PRICE}") as left:
        if settings.price == 0:
            return call(None)
        if settings.price is None and left is not None:
            raise UsageError("there is a budget, but the price of an interpretation is not known", PRICE)
        folder, limits = project.reports / run_name(["interpret"]), Limits(Budget(left))
        with Session.open(Sources({}), _record(), folder, limits=limits) as session:
            came = session.pay(trial, settings.price, call)
            if came is not None:
                session.ledger.append(Examiner(session.ledger, None).examine(came))
            session.finish()
    if came is None:
        raise UsageError(budget_reached(project, left))
    if isinstance(came, Failed):
        raise came.fault.__cause__ or came.fault
    return came.generated


def _answer(reader: "LlmInterpreter", request: "Request", base: "Scene | None", gate: "Gate | None" = None) -> "Output":
    from harness.provider import Output
    from harness.records import to_json

    begun, session, seed = perf_counter(), reader.session(gate=gate), request.seed or 0
    try:
        scene = session.interpret(request.prompt, negative_prompt=request.negative_prompt, seed=seed, base=base)
    except HarnessError as fault:
        billed = bool(session.replies.calls) or bool(getattr(fault, "possibly_billed", False))
        billed = billed and reader.settings.price != 0
        raise GenerationError("interpreter", str(fault), fault.hint, possibly_billed=billed) from fault
    environment = {"interpreter": session.environment(), "interpretation": session.story(seed)}
    answer = json.dumps(to_json(scene))
    return Output(b"", environment, perf_counter() - begun, session.replies.cost, answer=answer)


def _record() -> "RunRecord":
    from harness import __version__
    from harness.ledger import timestamp
    from harness.records import RunRecord
    from harness.runner import run_environment

    return RunRecord(
        run="generated",
        suites=("interpret",),
        started=timestamp(),
        version=__version__,
        arguments={"study": "interpret"},
        environment=run_environment(),
        planned=1,
    )
