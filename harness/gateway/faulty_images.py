"""Images with a fault on demand. Their results say so in the environment, in the notes and in the name of the trial."""

from dataclasses import replace

from harness.gateway.recipes import GREATEST_SEED
from harness.generation import Generated
from harness.image import encode_png
from harness.provider import Output
from harness.records import Recipe, Trial
from harness.vocabulary import FaultKind


def wrong_seed(recipe: Recipe) -> Recipe:
    """Return a recipe with the next seed, the one before it of the greatest. It is an honest recipe of that seed, so
    that its image may be shared and stored."""
    seed = recipe.request.seed
    assert seed is not None
    return replace(recipe, request=replace(recipe.request, seed=seed + (1 if seed < GREATEST_SEED else -1)))


def blank(trial: Trial) -> Generated:
    """Return a white image of the size of a trial in place of the one that its provider would generate, which is not
    called."""
    import numpy as np

    request = trial.recipe.request
    white = np.full((request.height, request.width, 3), 255, np.uint8)
    return marked(Generated(trial, Output(encode_png(white), cost=0.0), 0.0), FaultKind.BLANK)


def marked(generated: Generated, fault: FaultKind) -> Generated:
    """Return a generation that says its fault."""
    output = generated.generated
    notes = (*output.notes, f"the fault {fault} was made on demand: this is not what its recipe gives")
    environment = {**output.environment, "fault": fault.value}
    return replace(generated, generated=replace(output, environment=environment, notes=notes))
