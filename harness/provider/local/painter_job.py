"""From a job to what the painter generates, and from its generation to bytes and environment."""

import functools
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import GenerationCancelledError, GenerationInvalidError
from harness.image import encode_png, read_file
from harness.painter import BACKGROUND, Options
from harness.prompt import GrammarInterpreter, Interpreter, LlmSession, Scene
from harness.provider.protocol import Job, is_cancelled
from harness.provider.remote.input_images import WHITE
from harness.records import InputImage, Recipe, to_json

if TYPE_CHECKING:
    from harness.painter import Painter, Painting, Progress
    from harness.provider.local.editing import Patch

DEFAULT_STRENGTH = 0.6
"""How far from an input image the generation goes when nothing says which part of it changes."""
WIDEST_FIRST = (
    "AVX512_SPR", "AVX512_ICL", "AVX512_CNL", "AVX512_CLX", "AVX512_SKX", "AVX512CD", "AVX512F",
    "AVX2", "FMA3", "AVX", "SSE42", "SSE41", "SVE", "ASIMDHP", "ASIMD", "NEON", "VSX4", "VSX3", "VSX2", "VXE2", "VXE",
)  # fmt: skip
"""Instruction sets by numpy's names."""


@dataclass(frozen=True)
class Wish:
    """One image as the painter takes it: its provider, the scene, the seed, and the options that a batch shares."""

    job: Job
    model: str
    arithmetic: str
    scene: Scene
    seed: int
    options: Options
    guided: str
    reader: Interpreter
    patches: "tuple[Patch, ...]" = ()


def wish_of(job: Job, given: Mapping[str, Any], reader: Interpreter | None = None) -> Wish:
    """Return the wish of a job; ``given`` are the provider's own settings, over which those of the recipe go.
    ``reader`` reads its prompt, without one the grammar does.

    Raises GenerationError, and HarnessError for a prompt that cannot be read or an image that cannot be decoded.
    """
    recipe = job.recipe
    stated = {key: value for key, value in recipe.subject.settings.items() if key in given}
    settings: dict[str, Any] = {**given, **stated}
    if recipe.subject.model is not None:
        settings["model"] = recipe.subject.model
    seed = job.attempt.index if recipe.request.seed is None else recipe.request.seed
    options, guided = _options(recipe, settings)
    style, by = settings["style"], (settings["model"], settings["arithmetic"])
    reader = reader or GrammarInterpreter()
    if options.input_image is not None and options.mask is None and options.strength is None:
        return _edited(Wish(job, *by, Scene(), seed, options, guided, reader), options.input_image, style)
    prompt, negative = recipe.request.prompt, recipe.request.negative_prompt
    scene = reader.interpret(prompt, negative_prompt=negative, seed=seed)
    return Wish(job, *by, _styled(scene, style), seed, options, guided, reader)


def _edited(wish: Wish, image: Any, style: str | None) -> Wish:
    """Return the wish to change an input image as the prompt says; where that cannot be decided, a noised start."""
    from harness.provider.local.editing import edit_of  # with it the viewer, and scipy and scikit-image

    request = wish.job.recipe.request
    edit = edit_of(image, request.prompt, request.negative_prompt, wish.seed, wish.reader)
    wish = replace(wish, scene=_styled(edit.scene, style))
    if edit.patches:
        return replace(wish, guided="generated again: " + "; ".join(p.note for p in edit.patches), patches=edit.patches)
    guided = f"{edit.problem}: strength {DEFAULT_STRENGTH:g}"
    return replace(wish, guided=guided, options=replace(wish.options, strength=DEFAULT_STRENGTH))


def _styled(scene: Scene, style: str | None) -> Scene:
    return scene if style is None else replace(scene, style=style)


def cost_of(wish: Wish) -> float | None:
    """US dollars that reading its prompt cost, None when unknown."""
    return wish.reader.replies.cost if isinstance(wish.reader, LlmSession) else 0.0


def group_of(wish: Wish) -> tuple[Any, ...]:
    """Equal for wishes that may share a batch."""
    request, options = wish.job.recipe.request, wish.options
    images = tuple(image and image.digest for image in (request.input_image, request.mask))
    how = (options.quality, options.size, options.guidance, options.steps, options.strength, wish.guided)
    if wish.patches:
        return (id(wish),)
    return (wish.model, wish.arithmetic, images, *how)


def paint(name: str, painter: "Painter", wishes: Sequence[Wish]) -> list[tuple[bytes, dict[str, Any]]]:
    """PNG bytes and environment of each wish, generated in one batch. Raises GenerationCancelledError after the step in
    which one was cancelled, by the provider's ``name``."""
    progress = _progress(name, wishes)
    if wishes[0].patches:
        generations = [_patched(painter, wish, progress) for wish in wishes]
    else:
        scenes, seeds = [wish.scene for wish in wishes], [wish.seed for wish in wishes]
        generations = painter.generate_batch(scenes, seeds, wishes[0].options, progress)
    shared = {**painter.environment(), "cpu": instruction_set()}
    return [
        (encode_png(painted.pixels), shared | _story(wish, painted))
        for wish, painted in zip(wishes, generations, strict=True)
    ]


def _progress(name: str, wishes: Sequence[Wish]) -> "Progress | None":
    """Return what reports the steps of the wishes to their jobs and ends them, None where no job has either."""
    jobs = [wish.job for wish in wishes]
    if all(job.progress is None and job.cancellation is None for job in jobs):
        return None

    def note(index: int, step: int, steps: int, pixels: Callable[[], Any]) -> None:
        report = jobs[index].progress
        if report is not None:
            report(step, steps, lambda: encode_png(pixels()))
        if is_cancelled(jobs):
            raise GenerationCancelledError(name, possibly_billed=any(cost_of(wish) != 0 for wish in wishes))

    return note


def _patched(painter: "Painter", wish: Wish, progress: "Progress | None") -> "Painting":
    """Generate the patches of an edit one after the other, each over what the one before left; ``progress`` counts the
    steps of all."""
    image, painted = wish.options.input_image, None
    steps: list[str] = []
    for done, patch in enumerate(wish.patches):
        mask = BACKGROUND if patch.mask is None else patch.mask
        scene = replace(patch.scene, style=wish.scene.style)
        options = replace(wish.options, input_image=image, mask=mask)
        noted = progress and _counted(progress, done, len(wish.patches))
        painted = painter.generate(scene, wish.seed, options, noted)
        image = painted.pixels
        steps += painted.steps
    assert painted is not None
    return replace(painted, steps=tuple(steps))


def _counted(progress: "Progress", done: int, patches: int) -> "Progress":
    """Return a progress that counts on after the patches that are done; each has as many steps."""

    def note(index: int, step: int, steps: int, pixels: Callable[[], Any]) -> None:
        progress(index, done * steps + step, patches * steps, pixels)

    return note


@functools.cache
def instruction_set() -> str:
    """Return the widest instruction set that numpy found and uses here, ``baseline`` when it names none of them."""
    for home in ("numpy._core", "numpy.core"):
        try:
            found = importlib.import_module(f"{home}._multiarray_umath")
        except ModuleNotFoundError:
            continue
        features: Mapping[str, bool] = getattr(found, "__cpu_features__", {})
        return next((name for name in WIDEST_FIRST if features.get(name)), "baseline")
    return "unknown"


def _story(wish: Wish, painted: Any) -> dict[str, Any]:
    """Return how the image came about: what the words were taken for, and where things were put."""
    scene = to_json(wish.scene)
    steps, unknown = scene.pop("steps", []), scene.pop("unknown", [])
    reader = wish.reader
    layout = to_json(painted.layout)
    layout.pop("steps", None)
    story: dict[str, Any] = {
        "interpreter": reader.environment() if isinstance(reader, LlmSession) else f"{reader.name} {reader.version}",
        "interpretation": {"steps": steps, "unknown": unknown, "adjusted": list(painted.steps), "seed": wish.seed},
        "scene": scene,
        "layout": layout,
    }
    if isinstance(reader, LlmSession):
        story["interpretation"] |= reader.story(wish.seed)
    if wish.guided:
        story["interpretation"]["guided"] = wish.guided
    return story


def _options(recipe: Recipe, settings: Mapping[str, Any]) -> tuple[Options, str]:
    request = recipe.request
    plain = Options(
        quality=settings["quality"],
        size=(request.width, request.height),
        guidance=settings["guidance"],
        steps=settings["steps"],
    )
    if request.input_image is None:
        for name in ("mask", "strength"):
            if getattr(request, name) is not None:
                hint = "name the image that it starts from"
                raise GenerationInvalidError(recipe.subject.provider, f"`{name}` needs an `input_image`", hint)
        return plain, ""
    image = _pixels(recipe, request.input_image)
    height, width = image.shape[:2]
    if (width, height) != plain.size:
        problem = f"{request.input_image.path} is {width}x{height}, the case asks for {request.width}x{request.height}"
        raise GenerationInvalidError(recipe.subject.provider, problem, f"say size: {width}x{height}")
    if request.mask is not None:
        mask = _pixels(recipe, request.mask)[..., 0] >= WHITE
        return replace(
            plain, input_image=image, mask=mask, strength=request.strength
        ), "generated again inside the mask"
    if request.strength is not None:
        return replace(plain, input_image=image, strength=request.strength), f"strength {request.strength:g}"
    return replace(plain, input_image=image), ""


def _pixels(recipe: Recipe, image: InputImage) -> Any:
    """Return the RGB pixels of an input image, height × width × 3."""
    decoded = read_file(image.path)
    if decoded.mode != "RGB":
        problem = f"{image.path} has transparent parts"
        raise GenerationInvalidError(recipe.subject.provider, problem, "save it without them")
    return np.ascontiguousarray(decoded.pixels)
