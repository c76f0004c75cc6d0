"""What a prompt means, as a message."""

from harness.gateway.errors import InvalidRequestError
from harness.gateway.recipes import GREATEST_SEED
from harness.gateway.rpc.enums import number_of
from harness.gateway.rpc.generated import scene_pb2 as messages
from harness.gateway.rpc.generated.image_service_pb2 import InterpretRequest, InterpretResponse
from harness.prompt import PromptError, Scene, describe, interpret


def reply(request: InterpretRequest) -> InterpretResponse:
    """Return the interpretation of a prompt. Raises InvalidRequestError where it cannot be generated."""
    if not 0 <= request.seed <= GREATEST_SEED:
        raise InvalidRequestError(f"seed {request.seed} is out of range", "from 0 to 2^53 - 1", "seed")
    try:
        scene = interpret(request.prompt, negative_prompt=request.negative_prompt, seed=request.seed)
    except PromptError as fault:
        raise InvalidRequestError(str(fault), fault.hint, "prompt") from fault
    return InterpretResponse(
        scene=_scene(scene),
        steps=[
            messages.Step(words=step.words, effect=step.effect, kind=number_of(step.kind, messages.StepKind))
            for step in scene.steps
        ],
        unknown=scene.unknown,
        description=describe(scene),
    )


def _scene(scene: Scene) -> messages.Scene:
    background = scene.background
    return messages.Scene(
        things=[
            messages.Thing(shape=one.shape, color=one.color, size=one.size, count=one.count, place=one.place)
            for one in scene.things
        ],
        relations=[
            messages.Relation(kind=one.kind, subject=one.subject, targets=one.targets) for one in scene.relations
        ],
        background=messages.Background(kind=background.kind, color=background.color, time=background.time),
        style=scene.style,
        absent=[messages.Absence(shape=one.shape, color=one.color) for one in scene.absent],
    )
