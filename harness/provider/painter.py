"""``painter``: the embedded model. Its numbers and weights are loaded at the first generation, not before."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import GenerationError, HarnessError
from harness.provider.adapter import Adapter, Explanation, Tier
from harness.provider.errors import BadOptionError
from harness.provider.identity import file_identity
from harness.provider.interpreter_option import OPTION, generation_fault, interpreter_settings
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.options import Options
from harness.provider.process import Isolated
from harness.provider.protocol import Capabilities, Job, Output
from harness.records import Recipe, Request, Subject, TrialKey
from harness.vocabulary import Quality, SeedPromise, values_of

if TYPE_CHECKING:
    from harness.painter import Painter as Model
    from harness.prompt import LlmInterpreter, LlmSession, LlmSettings
    from harness.provider.painter_job import Wish

DEFAULT_MODEL = "painter@2"
ARITHMETICS = ("exact", "float32")
STYLES = ("flat", "outline", "pastel")
HONORED = frozenset(
    {
        "prompt", "negative_prompt", "seed", "size", "input_image", "mask", "strength",
        "model", "arithmetic", "quality", "style", "background", "format", "guidance", "steps",
    }
)  # fmt: skip
CHOICES: Mapping[str, tuple[str, ...]] = {
    "arithmetic": ARITHMETICS, "quality": values_of(Quality), "style": STYLES,
    "background": ("opaque", "auto"), "format": ("png",),
}  # fmt: skip
"""Values of the settings that have few. Of background and format others are left out, and that is recorded."""
SETTINGS: Mapping[str, str] = {
    "model": "painter@1, painter@2 (default), or the path of a weights file",
    "arithmetic": "exact (default: the same image on every machine) or float32 (faster, depends on the machine)",
    "quality": "draft, standard (default) or hd",
    "style": "flat, outline or pastel; without it the prompt decides",
    "guidance": "how strictly the scene is followed, 0 to 10; without it the quality decides",
    "steps": "steps of the sampler, 1 to 200; without it the quality decides",
    "interpreter": OPTION,
}
MEASURED_PROMPT = "two red circles to the left of a blue square"


@dataclass(frozen=True, slots=True)
class _Settings:
    given: Mapping[str, Any]
    concurrency: int
    chat: "LlmSettings | None" = None


class Painter:
    """The embedded painter as a provider; used from several threads at once."""

    kind = "painter"

    def __init__(self, name: str, options: Mapping[str, Any], root: Path) -> None:
        self.name = name
        self._options = options
        self._root = root
        self._settings = _settings(name, options)
        self.capabilities = _capabilities_of(self._settings)
        self._models: dict[tuple[str, str], Model] = {}
        self._loading = threading.Lock()
        self._chat = _chat_of(self._settings)

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
        return self._painted([job])[0]

    def generate_batch(self, jobs: Sequence[Job]) -> list[Output]:
        """Generate several images, in order; those with equal settings go through the network together."""
        return self._painted(jobs)

    def close(self) -> None:
        """Let go of the weights and of connections."""
        self._models.clear()
        if self._chat is not None:
            self._chat.close()

    def isolated(self, *, threads: int | None = None, environment: Mapping[str, str] | None = None) -> Isolated:
        """The painter in a fresh process with this many arithmetic threads and these further variables."""
        return Isolated(self.name, self.kind, self._options, self._root, self.capabilities, threads, environment)

    def _painted(self, jobs: Sequence[Job]) -> list[Output]:
        from harness.provider.painter_job import group_of, paint, wish_of

        try:
            wishes = [wish_of(job, self._settings.given, self._reader(job)) for job in jobs]
            groups: dict[Any, list[int]] = {}
            for index, wish in enumerate(wishes):
                groups.setdefault(group_of(wish), []).append(index)
            generated: dict[int, Output] = {}
            for indices in groups.values():
                generated |= zip(indices, self._group([wishes[index] for index in indices], paint), strict=True)
        except GenerationError:
            raise
        except HarnessError as fault:
            raise generation_fault(self.name, fault, billed=self._chat is not None) from fault
        return [generated[index] for index in range(len(jobs))]

    def _reader(self, job: Job) -> "LlmSession | None":
        """The chat model for one image, None where the grammar reads."""
        return None if self._chat is None else self._chat.session(timeout=job.timeout, gate=job.sending)

    def _group(self, wishes: Sequence["Wish"], paint: Any) -> list[Output]:
        from harness.provider.painter_job import cost_of

        model = self._model(wishes[0])
        begun = time.perf_counter()
        painted = paint(model, wishes)
        seconds = (time.perf_counter() - begun) / len(wishes)
        found = []
        for position, (wish, (data, environment)) in enumerate(zip(wishes, painted, strict=True)):
            environment["batch"] = {"size": len(wishes), "position": position}
            left_out = omitted(wish.job.recipe, HONORED, self._options, CHOICES)
            found.append(Output(data, with_omissions(environment, left_out), seconds, cost_of(wish)))
        return found

    def _model(self, wish: "Wish") -> "Model":
        """The model a wish names, loaded once."""
        from harness.painter import SHIPPED
        from harness.painter import Painter as Model

        name = wish.model if wish.model in SHIPPED or "@" in wish.model else str(self._root / wish.model)
        key = (name, wish.arithmetic)
        with self._loading:
            if key not in self._models:
                self._models[key] = Model(*key)
            return self._models[key]


def _settings(name: str, options: Mapping[str, Any]) -> _Settings:
    reader = Options(name, options)
    given: dict[str, Any] = {
        "model": reader.text("model", DEFAULT_MODEL),
        "arithmetic": reader.one_of("arithmetic", ARITHMETICS, "exact"),
        "quality": reader.one_of("quality", values_of(Quality), Quality.STANDARD),
        "guidance": reader.number("guidance"),
    }
    style = reader.text("style")
    if style is not None and style not in STYLES:
        raise BadOptionError(name, f"`style` cannot be {style!r:.60}", f"known: {', '.join(STYLES)}")
    given["style"] = style
    steps = reader.anything("steps")
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int)):
        raise BadOptionError(name, f"`steps` takes a whole number, not {steps!r:.60}")
    given["steps"] = steps
    concurrency = reader.concurrency(max(1, min(4, os.cpu_count() or 1)))
    chat = interpreter_settings(name, reader.anything("interpreter"))
    reader.done()
    return _Settings(given, concurrency, chat)


def _chat_of(settings: _Settings) -> "LlmInterpreter | None":
    if settings.chat is None:
        return None
    from harness.prompt import LlmInterpreter

    return LlmInterpreter(settings.chat)


def _capabilities_of(settings: _Settings) -> Capabilities:
    everywhere = settings.given["arithmetic"] == "exact"
    exact = SeedPromise.EXACT if everywhere else SeedPromise.EXACT_PER_ENVIRONMENT
    return Capabilities(
        # a chat model may read the same words otherwise tomorrow
        seed=exact if settings.chat is None else SeedPromise.BEST_EFFORT,
        honors=HONORED,
        price=0.0 if settings.chat is None else settings.chat.price,
        concurrency=settings.concurrency,
        batch=True,
        # calls of a fresh process could not be announced here
        isolated=settings.chat is None,
        choices=CHOICES,
    )


def _capabilities(options: Mapping[str, Any]) -> Capabilities:
    return _capabilities_of(_settings("painter", options))


def _explain(measure: bool) -> Explanation:
    from harness.painter import TIERS

    provider = Painter("painter", {}, Path())
    if measure:
        _measured(provider, Quality.DRAFT, 64)  # loading the weights is not counted
    tiers = []
    for quality, tier in TIERS.items():
        guided = "no guidance" if tier.guidance == 1.0 else f"guidance {tier.guidance:g}"
        seconds = _measured(provider, quality) if measure else None
        tiers.append(Tier("quality", quality, f"{tier.steps} steps, {guided}", seconds, 0.0))
    tiers += [Tier("style", style, f"generated {style}", None, 0.0) for style in STYLES]
    tiers.append(
        Tier("size", "64x64 … 1024x1024", "64 pixels a side are generated, then enlarged; at most 4 : 1", None, 0.0)
    )
    tiers += [
        Tier("background", "opaque", "always; what is transparent is left out", None, 0.0),
        Tier("format", "png", "always, without loss", None, 0.0),
    ]
    notes = (
        "exact: integer arithmetic, the same image on every machine, thread count and batch size.",
        "image with mask: white is repainted, the rest kept. image with strength: from a noised start. image alone, "
        "with a prompt such as 'the same at night' or 'make the house blue': the parts that change, else strength 0.6.",
        "Free; needs no key and no network.",
    )
    return Explanation(ADAPTER.kind, ADAPTER.summary, SETTINGS, tuple(tiers), notes)


def _measured(provider: Painter, quality: str, side: int = 256) -> float:
    """Seconds of one image of ``side`` × ``side``, generated now."""
    request = Request(MEASURED_PROMPT, seed=0, width=side, height=side)
    recipe = Recipe(request, Subject("painter", "painter", settings={"quality": quality}))
    return provider.generate(Job(recipe, TrialKey("explain", quality))).seconds


def _identity(options: Mapping[str, Any], recipe: Recipe, root: Path) -> Mapping[str, Any]:
    """The digest of a weights file; the shipped models are distinguished by their names."""
    model = recipe.subject.model or _settings("painter", options).given["model"]
    path = root / str(model)
    return {"weights": file_identity(path)} if path.is_file() else {}


ADAPTER = Adapter(
    "painter", "the embedded model: no key, no network", _capabilities, Painter, _explain, identity=_identity
)
