"""Getting pictures: concurrency by provider, deadlines and the budget."""

from harness.draw.budget import Budget, UnknownPrice
from harness.draw.pool import draw_all
from harness.draw.task import Drawing, Fault

__all__ = ["Budget", "Drawing", "Fault", "UnknownPrice", "draw_all"]
