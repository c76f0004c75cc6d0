"""The scheduler of an image: a fresh one of the requested class, and what is recorded of it."""

import hashlib
import math
import warnings
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from harness.errors import GenerationError

LONGEST = 16
"""Values of a list that are recorded one by one; a longer one (trained betas) counts by its digest."""


def fresh_scheduler(name: str, scheduler: Any, changes: Mapping[str, Any]) -> Any:
    """Return a scheduler like this one without memory of earlier images, with the changed settings and, where they name
    one, of another ``class``; None for None. Raises GenerationError."""
    if scheduler is None:
        return None
    further = dict(changes)
    asked = str(further.pop("class", type(scheduler).__name__))
    kind = _kind(asked) if "class" in changes else type(scheduler)
    if kind is None:
        raise GenerationError(name, f"diffusers has no scheduler `{asked}`", "such as DDIMScheduler")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return kind.from_config(scheduler.config, **further)
    except Exception as error:  # foreign code: whatever it raises is the outcome of these trials
        line = " ".join(f"{type(error).__name__}: {error}".split())
        raise GenerationError(name, f"no scheduler {asked}: {line}", "name another `scheduler`") from error


def _kind(asked: str) -> Any:
    """Return the class of a scheduler, None for what is none. One whose packages are missing raises when it is made."""
    import diffusers

    kind = getattr(diffusers, asked, None)
    is_dummy = isinstance(kind, type) and "_backends" in vars(kind)
    return kind if is_dummy or (hasattr(kind, "from_config") and hasattr(kind, "set_timesteps")) else None


def reported(scheduler: Any) -> dict[str, Any]:
    """Return a scheduler by class and configuration, as JSON values; a setting that is None is left out."""
    config = {key: plain(value) for key, value in sorted(scheduler.config.items()) if not key.startswith("_")}
    return {"class": type(scheduler).__name__, **{key: value for key, value in config.items() if value is not None}}


def plain(value: Any) -> Any:
    """Return a value of a configuration as a JSON value: what JSON has no form for (-inf, a class) as text, the same in
    each process."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # an array or a tensor
        return plain(value.tolist())
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [plain(item) for item in (sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value)]
        if len(items) <= LONGEST:
            return items
        return f"{len(items)} values, sha256 {hashlib.sha256(repr(items).encode()).hexdigest()}"
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"
