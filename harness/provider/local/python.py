"""``python``: a function ``module:function`` or ``file.py:function`` that generates.

It is called with keyword arguments (those it takes of ``prompt``, ``negative_prompt``, ``seed``, ``width``,
``height``, ``image``, ``mask``, ``strength``, ``model``, ``ask``, ``repeat`` and the settings), or with the Job when
it has a parameter ``job``, or the Recipe when it has one called ``recipe``. It returns the bytes of an image, a
path, a Pillow image, a uint8 array (height × width, × 3 or × 4), or a Generated; for a question it returns the answer.
"""

import hashlib
import importlib
import importlib.util
import inspect
import io
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from importlib.machinery import PathFinder, SourceFileLoader
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from harness.errors import FieldError, GenerationCancelledError, GenerationError, HarnessError, excerpt, shown
from harness.provider.adapter import Adapter
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.local.base import Isolable
from harness.provider.local.identity import file_identity
from harness.provider.local.template import values_of
from harness.provider.local.workers_option import WorkersOption
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.options import ProgramOptions, Promise, Text
from harness.provider.process_environment import process_environment
from harness.provider.protocol import Capabilities, Job, Output, first_of, is_cancelled
from harness.records import PROCESS, Recipe
from harness.vocabulary import ANY_SETTING, SeedPromise

REQUEST = (
    "prompt", "negative_prompt", "seed", "size", "input_image", "input_images", "mask", "strength", "ask", "model",
)  # fmt: skip
_IMPORTING = threading.Lock()


def _function(value: str) -> str:
    module, _, attribute = value.rpartition(":")
    if not module or not attribute.isidentifier():
        raise FieldError(f"`function` is module:function, not {shown(value)}", "such as function: mymodule:generate")
    return value


FunctionName = Annotated[Text, AfterValidator(_function)]
"""``module:function`` or ``file.py:function``."""


class PythonOptions(ProgramOptions, WorkersOption):
    """Options of a function."""

    notes = (
        "Arguments: prompt, negative_prompt, seed, width, height, input_image, input_images, mask, strength, model, "
        "ask, repeat and the settings; or one `job`, or one `recipe`.",
        "Returns bytes, a path, a Pillow image or a uint8 array; a text for a question. What it does not take is "
        "recorded as omitted.",
    )

    function: FunctionName = Field(examples=["mymodule:generate"])
    """module:function or file.py:function; called with the keyword arguments it takes."""
    promise: Promise = SeedPromise.BEST_EFFORT
    """What its seed promises: none, best-effort, exact-per-environment or exact."""

    @property
    def capabilities(self) -> Capabilities:
        honors = frozenset({*REQUEST, ANY_SETTING})
        return Capabilities(self.promise, honors, self.price, self.concurrency, isolated=True)

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any]:  # noqa: ARG002 - the same for every recipe
        """Return the file of the function by its digest, and the version of its package; what it imports is not looked
        at.
        """
        target = self.function.rpartition(":")[0]
        package = target.partition(".")[0]
        file = root / (target if target.endswith(".py") else f"{target.replace('.', '/')}.py")
        if not file.is_file():
            spec = PathFinder.find_spec(package, [str(root), *sys.path])
            file = Path(spec.origin) if spec is not None and spec.origin is not None else file
        found = {"file": file_identity(file)} if file.is_file() else {}
        with suppress(PackageNotFoundError, ValueError):
            found["version"] = version(package)
        return found


class Python(Isolable[PythonOptions]):
    """A function as a provider; imported at the first generation. Modules are also looked for in ``root``."""

    kind = "python"

    def __init__(self, name: str, options: PythonOptions, root: Path) -> None:
        super().__init__(name, options, root)
        check_function(name, options.function, root)

    def generate(self, job: Job) -> Output:
        """Call the function once. Raises GenerationError, whatever the function raises.

        A function that runs cannot be ended: it may take ``job`` and look at its cancellation itself.
        """
        if is_cancelled([job]):
            raise GenerationCancelledError(self.name)
        function, parameters = self._function
        arguments = _arguments(self.name, self.options.function, parameters, job)
        begun = time.perf_counter()
        try:
            given = function(**arguments)
        except (HarnessError, KeyboardInterrupt):
            raise
        except BaseException as error:  # foreign code: whatever it raises, sys.exit too, is the outcome of this trial
            problem = f"{type(error).__name__}: {error}"
            raise GenerationError(self.name, problem, f"raised by {self.options.function}") from error
        seconds = time.perf_counter() - begun
        if isinstance(given, Output):
            return replace(given, environment={PROCESS: process_environment(), **given.environment})
        known = {**self._environment, PROCESS: process_environment()}
        environment = with_omissions(known, omitted(job.recipe, _taken(parameters), self.options.own))
        if job.recipe.request.ask is not None:
            if not isinstance(given, str):
                raise self._useless(given, "an answer is a text")
            return Output(b"", environment, seconds, self.options.price, answer=given)
        notes = first_of(getattr(given, "n_frames", 1), f"what {self.options.function} returned")
        return Output(self._encoded(given), environment, seconds, self.options.price, notes=notes)

    @cached_property
    def _function(self) -> tuple[Callable[..., Any], Mapping[str, inspect.Parameter]]:
        with _IMPORTING:
            function = imported(self.name, self.options.function, self.root)
        return function, inspect.signature(function).parameters

    @cached_property
    def _environment(self) -> Mapping[str, Any]:
        """The function and the version of its package, where it has one."""
        package = self.options.function.partition(":")[0].partition(".")[0]
        try:
            return {"function": self.options.function, "packages": {package: version(package)}}
        except (PackageNotFoundError, ValueError):
            return {"function": self.options.function}

    def _encoded(self, given: Any) -> bytes:
        """Return the bytes of what a function returned; pixels become a PNG, without loss."""
        if isinstance(given, (bytes, bytearray, memoryview)):
            return bytes(given)
        if isinstance(given, (str, os.PathLike)):
            try:
                return (self.root / given).read_bytes()
            except OSError as fault:
                problem = f"{excerpt(os.fsdecode(given), 200)!r} cannot be read: {fault.strerror or fault}"
                raise GenerationError(self.name, problem, f"returned by {self.options.function}") from None
        if "PIL.Image" in sys.modules and isinstance(given, sys.modules["PIL.Image"].Image):
            out = io.BytesIO()
            try:
                given.save(out, "PNG")
            except Exception as fault:  # a Pillow image may be one of any file, or of a class of its own
                raise self._useless(given, str(fault)) from None
            return out.getvalue()
        if type(given).__module__ == "numpy" and type(given).__name__ == "ndarray":
            if str(given.dtype) != "uint8":
                raise self._useless(given, f"an array of {given.dtype}, not uint8")
            from harness.image import ImageError, encode_png

            try:
                return encode_png(given)
            except ImageError as fault:
                raise self._useless(given, str(fault)) from None
        raise self._useless(given, f"a {type(given).__name__}")

    def _useless(self, given: Any, why: str) -> GenerationError:
        hint = "return bytes, a path, a Pillow image, a uint8 array, or a text for a question"
        what = "nothing" if given is None else f"no image: {why}"
        return GenerationError(self.name, f"{self.options.function} returned {what}", hint)


def check_function(name: str, target: str, root: Path) -> None:
    """Raise BadOptionError where the file or the module of the function ``target`` is not there; imports nothing."""
    if missing := _missing(target.rpartition(":")[0], root):
        raise BadOptionError(name, OptionProblem(missing, "make it, or correct `function`", ("function",)))


def _missing(module: str, root: Path) -> str:
    if module.endswith(".py"):
        return "" if (root / module).is_file() else f"there is no file {root / module}"
    package = module.partition(".")[0]
    with _IMPORTING, _on_path(root):
        try:
            found = importlib.util.find_spec(package) is not None
        except ValueError:  # it is imported, and was made without a file
            found = True
    return "" if found else f"there is no module {package}"


def _arguments(name: str, shown: str, parameters: Mapping[str, inspect.Parameter], job: Job) -> dict[str, Any]:
    if "job" in parameters:
        return {"job": job}
    if "recipe" in parameters:
        return {"recipe": job.recipe}
    settings = {key: value for key, value in job.recipe.subject.settings.items() if key != "function"}
    known = {**settings, **values_of(job)}
    wants_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    for key, parameter in parameters.items():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise GenerationError(name, f"{shown} takes `{key}` by position only", "take arguments by name")
        named = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if named and parameter.default is parameter.empty and key not in known:
            raise GenerationError(name, f"{shown} needs `{key}`, which this trial has not", "give it under `settings:`")
    return {key: value for key, value in known.items() if wants_all or key in parameters}


def _taken(parameters: Mapping[str, inspect.Parameter]) -> frozenset[str]:
    """Return what of a recipe the function takes, in the words of ``honors``."""
    everything = {"job", "recipe"} & set(parameters) or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    )
    if everything:
        return frozenset({*REQUEST, ANY_SETTING})
    names = {"size" if name in ("width", "height") else name for name in parameters}
    return frozenset(names)


def imported(name: str, target: str, root: Path) -> Callable[..., Any]:
    """Return the function ``module:function`` or ``file.py:function``, looked for in ``root`` too. Raises
    GenerationError.
    """
    module_name, _, attribute = target.rpartition(":")
    try:
        from_file = module_name.endswith(".py")
        with _on_path(root):
            module = _from_file(root / module_name) if from_file else importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an import runs foreign code: whatever it raises is the outcome of this trial
        problem = f"{module_name} cannot be imported: {type(error).__name__}: {error}"
        raise GenerationError(name, problem, "see `function` of the provider") from error
    function = getattr(module, attribute, None)
    if not callable(function):
        raise GenerationError(name, f"{module_name} has no function `{attribute}`", "see `function` of the provider")
    return function  # type: ignore[no-any-return]


@contextmanager
def _on_path(root: Path) -> Iterator[None]:
    """Look for modules in ``root`` too."""
    sys.path.insert(0, str(root.resolve()))
    try:
        yield
    finally:
        sys.path.remove(str(root.resolve()))


class _AsItIs(SourceFileLoader):
    """Compiles a file as it is now: bytecode stored beside it may be that of an earlier text of the same size and
    second, while the digest that is recorded is that of the file."""

    def path_stats(self, path: Any) -> Mapping[str, Any]:
        """Give nothing by which stored bytecode could be taken for current: none is read, none is written."""
        raise OSError(path)


def _from_file(path: Path) -> Any:
    name = f"harness_user_{hashlib.sha256(bytes(path.resolve())).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_AsItIs(name, str(path)))
    if spec is None or spec.loader is None or not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ADAPTER = Adapter("python", "a Python function that generates", Python, PythonOptions)
