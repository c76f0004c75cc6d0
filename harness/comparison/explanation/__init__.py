"""What turns an accepted image into a new one: hypotheses, each proven by applying it."""

from harness.comparison.explanation.search import explain

__all__ = ["explain"]
