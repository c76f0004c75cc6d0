"""What a Stable Diffusion web UI replies, as far as it is read."""

from dataclasses import dataclass
from typing import Any

from harness.http import HttpError, decode_json
from harness.provider.remote.decoding import decoded

HINT = "check `base_url`: is this a Stable Diffusion web UI?"


@dataclass(frozen=True, slots=True)
class Info:
    """What the server reports about an image, as far as it is read."""

    seed: Any = None
    all_seeds: list[Any] | None = None
    steps: Any = None
    cfg_scale: Any = None
    denoising_strength: Any = None
    sampler_name: str | None = None
    version: str | None = None
    sd_model_name: str | None = None
    sd_model_hash: str | None = None
    sd_vae_name: str | None = None
    sd_vae_hash: str | None = None
    extra_generation_params: dict[str, Any] | None = None
    job_timestamp: str | None = None
    infotexts: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A generated image: base64, and what the server reports about it as JSON inside the JSON."""

    images: list[str] | None = None
    info: str | dict[str, Any] | None = None

    def read_info(self) -> Info:
        """Return what the server reports; nothing for a text that is not JSON. Raises HttpError for another form."""
        info: Any = self.info
        if isinstance(info, str):
            try:
                info = decode_json(info.encode())
            except HttpError:
                info = None
        return decoded(info or {}, Info, HINT)


@dataclass(frozen=True, slots=True)
class TaskState:
    """Where a task is, by /internal/progress: all false for one that the server does not know."""

    active: bool
    queued: bool
    completed: bool


@dataclass(frozen=True, slots=True)
class State:
    """What the server is doing, by /sdapi/v1/progress."""

    job: str | None = None
    job_count: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is."""

    state: State | None = None
