"""The trials of served images: each has a name of its own in the run."""

import threading
from collections import Counter
from dataclasses import replace

from harness.gateway.faults import OF_IMAGES
from harness.gateway.faulty_images import wrong_seed
from harness.gateway.recipes import trial_of
from harness.gateway.records import Job
from harness.records import Recipe, Trial
from harness.vocabulary import FaultKind


class TrialNames:
    """Counts how often each recipe is generated in a run; from any thread."""

    def __init__(self) -> None:
        self._calls: Counter[str] = Counter()
        self._guard = threading.Lock()

    def of_image(self, job: Job, recipe: Recipe, timeout: float) -> Trial:
        """Return the trial of an image of a job, ``timeout`` in seconds; a fault on demand is in its name."""
        fault = FaultKind(job.fault) if job.fault in OF_IMAGES else None
        trial = self.of_recipe(recipe, timeout, fault)
        return replace(trial, recipe=wrong_seed(recipe)) if fault is FaultKind.WRONG_SEED else trial

    def of_recipe(self, recipe: Recipe, timeout: float, fault: FaultKind | None = None) -> Trial:
        """Return the trial of the next generation of a recipe, or of its ``fault``."""
        kind = "" if fault is None else f"fault={fault}"
        with self._guard:
            self._calls[f"{recipe.digest}{kind}"] += 1
            count = self._calls[f"{recipe.digest}{kind}"]
        call = "base" if count == 1 else f"call={count}"
        return trial_of(recipe, f"{kind}/{call}" if kind else call, timeout)
