"""A kind of viewer: its grammar of checks, its options, and how one is opened. Imports nothing heavy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.errors import FieldError, HarnessError, MissingExtraError, described, nearest, path_of
from harness.vision.grammar import Grammar

if TYPE_CHECKING:
    from harness.vision.protocol import Viewer


@dataclass(frozen=True, slots=True)
class ViewerProblem:
    """One thing that is wrong with the options of a viewer. ``path`` leads to it (empty: the viewer as a whole);
    ``at_key`` says that the key there is wrong, not its value."""

    message: str
    hint: str = ""
    path: tuple[str | int, ...] = ()
    at_key: bool = False


class BadViewerError(HarnessError):
    """Options of a viewer that cannot be used: ``problems`` are all that was found wrong."""

    def __init__(self, viewer: str, *problems: ViewerProblem) -> None:
        super().__init__(viewer, *problems)
        self.viewer = viewer
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(
            f"{'.'.join(map(str, ('viewers', self.viewer, *one.path)))}: {one.message}" for one in self.problems
        )

    @property
    def hint(self) -> str:
        return "; ".join(dict.fromkeys(one.hint for one in self.problems if one.hint))


class ViewerOptions(BaseModel):
    """The options of one kind, as a suite states them: strict types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)

    @classmethod
    def read(cls, name: str, given: Mapping[str, Any]) -> Self:
        """Return the options of the viewer ``name``. Raises BadViewerError with all problems."""
        try:
            return cls.model_validate(dict(given))
        except ValidationError as invalid:
            found: dict[tuple[str | int, ...], ViewerProblem] = {}
            for error in invalid.errors(include_url=False):
                problem = _problem(cls, error, given)
                found.setdefault(problem.path, problem)
            raise BadViewerError(name, *found.values()) from None

    @classmethod
    def located(cls, given: Mapping[str, Any], root: Path) -> Mapping[str, Any]:  # noqa: ARG003 - has no paths
        """Return options as written with their paths as they are reached from the working folder; ``root`` is where
        paths start."""
        return given

    @property
    def requires(self) -> tuple[tuple[str, ...], str]:
        """The modules that these options need beside those of the kind, and the extra that installs them."""
        return (), ""

    @property
    def calls_cost(self) -> float | None:
        """US dollars for the answer to one question, None when unknown; 0 where no calls are made."""
        return 0.0

    @property
    def questions_each(self) -> int:
        """How many questions a check takes at most; 0 where no calls are made."""
        return 0


@dataclass(frozen=True, slots=True)
class ViewerKind:
    """A kind of viewer; what an entry point of the group ``image_harness.viewers`` names.

    ``grammar`` declares the kinds of checks that it answers; ``open`` takes the name used in the suite and the options
    as read. ``modules`` are what must be installed, by the extra ``extra`` of this package.
    """

    kind: str
    grammar: Grammar
    open: "Callable[[str, Any], Viewer]"
    options: type[ViewerOptions] = ViewerOptions
    modules: tuple[str, ...] = ()
    extra: str = ""

    @property
    def needs_no_options(self) -> bool:
        """Whether it can be used by the name of its kind, without a definition."""
        return not any(field.is_required() for field in self.options.model_fields.values())

    def is_installed(self, options: ViewerOptions) -> bool:
        """Return whether what it needs with these options is installed; nothing is imported."""
        return not any(self._missing(options))

    def verify_installed(self, options: ViewerOptions) -> None:
        """Raise MissingExtraError where what it needs with these options is not installed; nothing is imported."""
        for extra in self._missing(options):
            raise MissingExtraError(f"the viewer `{self.kind}`", extra)

    def _missing(self, options: ViewerOptions) -> Iterator[str]:
        """Yield the extras that are needed and not installed."""
        for modules, extra in ((self.modules, self.extra), options.requires):
            if any(find_spec(module) is None for module in modules):
                yield extra


def _problem(options: type[BaseModel], error: Any, given: Mapping[str, Any]) -> ViewerProblem:
    path = tuple(path_of(error, dict(given)))
    fault = error.get("ctx", {}).get("error")
    if isinstance(fault, FieldError):
        return ViewerProblem(fault.message, fault.hint, (*path, *fault.path), fault.at_key)
    if error["type"] == "missing":
        return ViewerProblem(f"has no `{error['loc'][-1]}`", f"add `{error['loc'][-1]}:`")
    if error["type"] == "extra_forbidden":
        key = str(path[-1] if path else error["loc"][-1])
        return ViewerProblem(f"unknown option `{key}`", nearest(key, options.model_fields), path or (key,), True)
    name = str(path[-1]) if path else str(error["loc"][0])
    message, hint = described(error, name)
    return ViewerProblem(message, hint, path)
