"""Each scheduler of the installed diffusers can be recorded, in a run too; what cannot be made is one line."""

import importlib.util
import json
import warnings
from collections.abc import Callable

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the libraries' own, at import
    import diffusers
    import torch
    from diffusers.schedulers.scheduling_utils import SchedulerMixin

from harness.errors import GenerationError
from harness.provider import Job, Provider
from harness.provider.local.diffusers_scheduler import LONGEST, fresh_scheduler, plain, reported
from harness.records import recordable

NEEDED = {
    "AmusedScheduler": {"mask_token_id": 0},
    "RFD4ProteinaScheduler": {"schedule_mode": "power", "noise_mode": "tan", "tsr_k": 1.0, "tsr_sigma": 1.0},
    "VQDiffusionScheduler": {"num_vec_classes": 4},
}
"""Settings without a default."""


def schedulers() -> list[str]:
    names = [name for name in dir(diffusers) if name.endswith("Scheduler")]
    found = [
        name
        for name in names
        if isinstance(kind := getattr(diffusers, name), type) and issubclass(kind, SchedulerMixin)
    ]
    return sorted(set(found) - {"SchedulerMixin"})


def test_there_are_as_many_as_the_installed_version_has() -> None:
    assert len(schedulers()) > 40


@pytest.mark.parametrize("name", schedulers())
def test_a_scheduler_can_be_recorded(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(diffusers, name)(**NEEDED.get(name, {}))
        parsed = reported(fresh_scheduler("mine", made, {}))
    assert parsed["class"] == name
    assert json.loads(json.dumps(parsed, allow_nan=False)) == parsed
    assert recordable(parsed) == (parsed, ())
    config = {key for key, value in made.config.items() if not key.startswith("_") and value is not None}
    assert set(parsed) == {*config, "class"}, "no setting is dropped"


@pytest.mark.parametrize("name", ["DPMSolverMultistepScheduler", "SASolverScheduler", "DPMSolverSinglestepScheduler"])
def test_limits_that_are_infinite_are_recorded(
    name: str, build: Callable[..., Provider], job: Callable[..., Job]
) -> None:
    generated = build().generate(job(scheduler=name))
    assert generated.environment["scheduler"]["lambda_min_clipped"] == "-inf"
    assert generated.notes == ()


def test_arrays_classes_and_long_lists_have_a_form() -> None:
    assert plain(np.float32("nan")) == "nan"
    assert plain(torch.tensor([1.0, float("inf")])) == [1.0, "inf"]
    assert plain({"kind": torch.float16.__class__}) == {"kind": "torch.dtype"}
    assert plain(object()) == plain(object()) == "builtins.object"
    long = [0.5] * (LONGEST + 1)
    assert plain(long) == plain(np.array(long)) != plain([0.25, *long[1:]])
    assert plain(range(3)) == "builtins.range"


@pytest.mark.parametrize(
    "name", ["CosineDPMSolverMultistepScheduler", "AmusedScheduler", "FlowMatchEulerDiscreteSchedule"]
)
def test_what_cannot_be_made_is_one_line(name: str, build: Callable[..., Provider], job: Callable[..., Job]) -> None:
    if name.startswith("Cosine") and importlib.util.find_spec("torchsde"):
        pytest.skip("torchsde is there")
    with pytest.raises(GenerationError, match=name) as caught:
        build().generate(job(scheduler=name))
    assert "\n" not in str(caught.value)
