"""``painter``: the embedded model. Its numbers and weights are loaded at the first generation, not before."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from harness.errors import GenerationCancelledError, GenerationError, HarnessError
from harness.prompt import STYLES
from harness.provider.adapter import Adapter
from harness.provider.local.base import Isolable, in_groups
from harness.provider.local.identity import file_identity
from harness.provider.local.interpreter_option import Interpreter, generation_fault
from harness.provider.local.workers_option import WorkersOption
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.options import Concurrency, Text, Tier, one_of
from harness.provider.protocol import Capabilities, Job, Output, is_cancelled
from harness.provider.quality_steps import QualityWord
from harness.records import Recipe, Request, Subject, TrialKey
from harness.vocabulary import Quality, SeedPromise, values_of

if TYPE_CHECKING:
    from harness.painter import Painter as Model
    from harness.prompt import LlmSession
    from harness.provider.local.painter_job import Wish

KEYS = ("model", "arithmetic", "quality", "style", "guidance", "steps")
"""Options that a recipe may say otherwise."""
ARITHMETICS = ("exact", "float32")
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength", "ask",
        "model", "arithmetic", "quality", "style", "background", "format", "guidance", "steps",
    }
)  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {
    "arithmetic": ARITHMETICS, "quality": values_of(Quality), "style": STYLES,
    "background": ("opaque", "auto"), "format": ("png",),
}  # fmt: skip
"""Values of the settings that have few. Of background and format others are left out, and that is recorded."""
MEASURED_PROMPT = "two red circles to the left of a blue square"


class PainterOptions(WorkersOption):
    """Options of the embedded model."""

    notes = (
        "exact: integer arithmetic, the same image on every machine, thread count and batch size.",
        "image with mask: white is repainted, the rest kept. image with strength: from a noised start. image alone, "
        "with a prompt such as 'the same at night' or 'make the house blue': the parts that change, else strength 0.6.",
        "image with ask: answers about shapes, colors, numbers, sides and the time of day; else 'cannot tell'.",
        "Free; needs no key and no network.",
    )

    has_gpus = False

    model: Text = "painter@2"
    """painter@1, painter@2, or the path of a weights file."""
    arithmetic: Annotated[str, *one_of(ARITHMETICS)] = "exact"
    """exact (the same image on every machine) or float32 (faster, depends on the machine)."""
    quality: QualityWord = Quality.STANDARD
    """draft, standard or hd."""
    style: Annotated[str, *one_of(STYLES)] | None = None
    """flat, outline or pastel; without it the prompt decides."""
    guidance: Annotated[float, Field(ge=0, le=10)] | None = None
    """How strictly the scene is followed, 0 to 10; without it the quality decides."""
    steps: Annotated[int, Field(ge=1, le=200)] | None = None
    """Steps of the sampler, 1 to 200; without it the quality decides."""
    interpreter: Interpreter = None
    """Who reads the prompt: grammar (default: by rules, here), or a chat model: {kind: llm, model, base_url,
    api_key_env, temperature, price, retries}; the seed promise is then best-effort."""
    concurrency: Concurrency = Field(default_factory=lambda: max(1, min(4, os.cpu_count() or 1)))
    """How many images at a time; without it as many as there are cores, up to 4."""

    @property
    def painting(self) -> dict[str, Any]:
        """What a recipe may say otherwise."""
        return {name: getattr(self, name) for name in KEYS}

    @property
    def capabilities(self) -> Capabilities:
        exact = SeedPromise.EXACT if self.arithmetic == "exact" else SeedPromise.EXACT_PER_ENVIRONMENT
        return Capabilities(
            # a chat model may read the same words otherwise tomorrow
            seed=exact if self.interpreter is None else SeedPromise.BEST_EFFORT,
            honors=HONORED,
            price=0.0 if self.interpreter is None else self.interpreter.price,
            concurrency=self.concurrency,
            batch=True,
            # calls of a fresh process could not be announced here
            isolated=self.interpreter is None,
            choices=CHOICES,
            asks_need_image=True,
            reports=frozenset({"model", "weights", "arithmetic", "numpy", "blas", "cpu", "interpreter"}),
        )

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any]:
        """Return the digest of a weights file; the shipped models are distinguished by their names."""
        path = root / (recipe.subject.model or self.model)
        return {"weights": file_identity(path)} if path.is_file() else {}

    @classmethod
    def vocabulary(cls) -> tuple[Tier, ...]:
        from harness.painter import TIERS

        qualities = []
        for quality, tier in TIERS.items():
            guided = "no guidance" if tier.guidance == 1.0 else f"guidance {tier.guidance:g}"
            qualities.append(Tier("quality", quality, f"{tier.steps} steps, {guided}", cost=0.0))
        return (
            *qualities,
            *(Tier("style", style, f"generated {style}", cost=0.0) for style in STYLES),
            Tier("size", "64x64 … 2048x2048", "64 pixels a side are generated, then enlarged; at most 4 : 1", cost=0.0),
            Tier("background", "opaque", "always; what is transparent is left out", cost=0.0),
            Tier("format", "png", "always, without loss", cost=0.0),
        )

    @classmethod
    def measured(cls) -> tuple[Tier, ...]:
        provider = Painter("painter", cls(), Path())
        _seconds(provider, Quality.DRAFT, 64)  # loading the weights is not counted
        return tuple(
            replace(tier, seconds=_seconds(provider, tier.value)) if tier.setting == "quality" else tier
            for tier in cls.vocabulary()
        )


class Painter(Isolable[PainterOptions]):
    """The embedded painter as a provider; used from several threads at once."""

    kind = "painter"

    def __init__(self, name: str, options: PainterOptions, root: Path) -> None:
        super().__init__(name, options, root)
        self._models: dict[tuple[str, str], Model] = {}
        self._loading = threading.Lock()
        self._chat = None if options.interpreter is None else options.interpreter.interpreter()

    @property
    def reports_sending(self) -> bool:
        """A chat model that reads the prompts may cost money, and is informed of each call."""
        return self._chat is not None

    def ready(self) -> None:
        """Read the key of the chat model, where one reads the prompts. Raises MissingKeyError."""
        if self._chat is not None:
            self._chat.ready()

    def generate(self, job: Job) -> Output:
        """Generate one image. Raises GenerationError for a prompt or setting that the painter cannot generate."""
        return self.generate_batch([job])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images, in order; those with equal settings go through the network together.

        A job that is cancelled ends only where it is the only one: of several, all are finished.
        """
        if len(jobs) > 1:
            jobs = [replace(job, cancellation=None) for job in jobs]
        if is_cancelled(jobs):
            raise GenerationCancelledError(self.name)
        try:
            return in_groups(jobs, lambda job: job.recipe.request.ask is None, self._alike)
        except GenerationError:
            raise
        except HarnessError as fault:
            found = generation_fault(self.name, fault, billed=self._chat is not None)
            if is_cancelled(jobs):
                raise GenerationCancelledError(self.name, possibly_billed=found.possibly_billed) from None
            raise found from fault

    def close(self) -> None:
        """Release the weights and close the connections."""
        self._models.clear()
        if self._chat is not None:
            self._chat.close()

    def _reader(self, job: Job) -> "LlmSession | None":
        """Return the chat model for one image, None where the grammar reads."""
        return (
            None
            if self._chat is None
            else self._chat.session(timeout=job.timeout, gate=job.sending, cancellation=job.cancellation)
        )

    def _alike(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate some images, or answer some questions."""
        if jobs[0].recipe.request.ask is not None:
            from harness.provider.local.painter_answer import answered

            return [answered(job) for job in jobs]
        from harness.provider.local.painter_job import group_of, wish_of

        wishes = [wish_of(job, self.options.painting, self._reader(job)) for job in jobs]
        return in_groups(wishes, group_of, self._group)

    def _group(self, wishes: Sequence["Wish"]) -> list[Output]:
        from harness.provider.local.painter_job import cost_of, paint

        model = self._model(wishes[0])
        begun = time.perf_counter()
        painted = paint(self.name, model, wishes)
        seconds = (time.perf_counter() - begun) / len(wishes)
        found = []
        for position, (wish, (data, environment)) in enumerate(zip(wishes, painted, strict=True)):
            environment["batch"] = {"size": len(wishes), "position": position}
            left_out = omitted(wish.job.recipe, HONORED, self.options.model_fields_set, CHOICES)
            found.append(Output(data, with_omissions(environment, left_out), seconds, cost_of(wish)))
        return found

    def _model(self, wish: "Wish") -> "Model":
        from harness.painter import SHIPPED
        from harness.painter import Painter as Model

        name = wish.model if wish.model in SHIPPED or "@" in wish.model else str(self.root / wish.model)
        key = (name, wish.arithmetic)
        with self._loading:
            if key not in self._models:
                self._models[key] = Model(*key)
            return self._models[key]


def _seconds(provider: Painter, quality: str, side: int = 256) -> float:
    """Seconds of one image of ``side`` × ``side``, generated now."""
    request = Request(MEASURED_PROMPT, seed=0, width=side, height=side)
    recipe = Recipe(request, Subject("painter", "painter", settings={"quality": quality}))
    return provider.generate(Job(recipe, TrialKey("explain", quality))).seconds


ADAPTER = Adapter("painter", "the embedded model: no key, no network", Painter, PainterOptions)
