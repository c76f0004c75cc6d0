"""Deciding in a browser on this machine: the page of a run, served on 127.0.0.1, over the decisions of ``baseline``."""

from harness.review.artifact import ArtifactError, opened_run
from harness.review.desk import Desk
from harness.review.server import ReviewServer

__all__ = ["ArtifactError", "Desk", "ReviewServer", "opened_run"]
