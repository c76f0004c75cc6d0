"""The viewers of a suite: its own, those of the project and the built-in ones; which of them answers a check."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, UsageError, nearest
from harness.records import Check, Rule, ViewerSpec
from harness.suite.layers import Layer
from harness.suite.model import CaseEntry, SuiteEntry, ViewerEntry
from harness.suite.project import Project
from harness.suite.read import SuiteFile, complain_provider
from harness.vision import (
    AUTO,
    BUILT_IN,
    SHAPES,
    BrokenViewerError,
    CheckError,
    ViewerKind,
    installed_kinds,
    viewer_kind,
)
from harness.vocabulary import EMBEDDING

_ENCODER = "viewers: {clip: {kind: embedding, backend: onnx, model: weights/clip}}"
_EXAMPLE = "viewers: {judge: {kind: vlm, model: some/model, base_url: https://…/v1, api_key_env: NAME}}"
Where = tuple[str | int, ...]


def viewer_of(name: str, entry: ViewerEntry, folder: Path) -> ViewerSpec:
    """Return the viewer that an entry of a file in ``folder`` defines."""
    options: Mapping[str, Any] = dict(entry.__pydantic_extra__)
    with suppress(HarnessError):  # a kind that is not known is complained about where it is used
        options = viewer_kind(entry.kind).options.located(options, folder)
    return ViewerSpec(name, entry.kind, options)


@dataclass(slots=True)
class NamedViewers:
    """Finds the viewers of one suite. With ``verify`` what a chosen viewer needs must be installed."""

    entry: SuiteEntry
    source: SuiteFile
    project: Project
    verify: bool
    defined: Mapping[str, ViewerSpec] = field(init=False)

    def __post_init__(self) -> None:
        folder = self.source.path.parent
        own = {name: viewer_of(name, one, folder) for name, one in self.entry.viewers.items()}
        self.defined = {**self.project.viewers, **own}

    def check_definitions(self) -> None:
        """Complain about the kinds and options of the viewers that the suite defines."""
        for name in self.entry.viewers:
            try:
                _kind_of(self.defined[name])
            except HarnessError as fault:
                complain_provider(self.source, name, fault, "viewers")

    def written(self, where: Where, case: CaseEntry, base: Layer) -> tuple[tuple[Where, Check], ...]:
        """Return the checks that a case or the defaults state, each with its place and the viewer that answers it;
        complains where none does. ``auto`` has the viewer that it states. Raises MissingExtraError."""
        checks: Sequence[Check] = base.get("checks") or () if case.checks is None else case.checks
        at = ("defaults", "checks") if case.checks is None else (*where, "checks")
        if case.viewer is not None:
            self._check_preferred((*where, "viewer"), case.viewer, tuple(checks))
        preferred = case.viewer or base.get("viewer")
        found: list[tuple[Where, Check]] = []
        for index, check in enumerate(checks):
            place: Where = (*at, index)
            if check.kind == AUTO:
                found.append((place, replace(check, viewer=check.viewer or preferred)))
                continue
            spec = self._chosen(place, check, preferred)
            if spec is not None:
                found.append((place, replace(check, by=None if spec == SHAPES else spec)))
        return tuple(found)

    def measuring(self, where: Where, layer: Layer, rule: Rule) -> ViewerSpec | None:
        """Return the viewer that measures the metric ``embedding`` of a case: the one it names, else, where a limit is
        set on that metric, the one that is defined; None where it is not measured. Complains where there is none or
        several, and about one of another kind. Raises MissingExtraError."""
        limited = any(limit.metric == EMBEDDING for limit in (*rule.limits, *layer.get("warn", ())))
        name: str | None = layer.get(EMBEDDING)
        place = (*where, EMBEDDING) if self.source.has((*where, EMBEDDING)) else ("defaults", EMBEDDING)
        if name is not None:
            spec = self._named(place, name)
        elif not limited:
            return None
        else:
            able = [one for one in self.defined.values() if one.kind == EMBEDDING]
            if len(able) != 1:
                names = ", ".join(f"`{one.name}`" for one in able)
                problem = f"several viewers measure `embedding`: {names}" if able else "no viewer measures `embedding`"
                hint = f"choose one, such as embedding: {able[0].name}" if able else f"define one: {_ENCODER}"
                self.source.complain((*where, "drift") if self.source.has((*where, "drift")) else where, problem, hint)
                return None
            spec = able[0]
        kind = None if spec is None else self._kind(spec)
        if spec is None or kind is None:
            return None
        if spec.kind != EMBEDDING:
            self.source.complain(place, f"viewer `{name}` is no encoder of images", f"define one: {_ENCODER}")
            return None
        if self.verify:
            kind.verify_installed(kind.options.read(spec.name, spec.options))
        return spec

    def deriving(self, where: Where, auto: Check, *, painter: bool) -> tuple[ViewerSpec, ...]:
        """Return the viewers that may answer what is derived from a prompt, in the order in which they are tried: the
        one of text, the stated one, else that of shapes for images of the ``painter``, and the one that takes
        questions. Complains where several do."""
        chosen = None if auto.viewer is None else self._named((*where, "viewer"), auto.viewer)
        reads = next((spec for spec in self._candidates() if self._answers(spec, "text")), None)
        texts = () if reads is None else (reads,)
        if chosen is not None and (self._answers(chosen, "present") or self._answers(chosen, "question")):
            return (*texts, chosen)
        shapes = (SHAPES,) if painter else ()
        asked = [spec for spec in self._candidates() if self._answers(spec, "question")]
        if len(asked) > 1 and not painter:
            names = ", ".join(f"`{spec.name}`" for spec in asked)
            hint = f"choose one, such as {{auto: {{}}, viewer: {asked[0].name}}}"
            self.source.complain(where, f"several viewers answer `auto`: {names}", hint)
        return (*texts, *shapes, *(asked if len(asked) == 1 else ()))

    def _answers(self, spec: ViewerSpec, form: str) -> bool:
        """Return whether a viewer that is installed answers checks of this kind."""
        kind = self._kind(spec)
        if kind is None or form not in kind.grammar.forms:
            return False
        return kind.is_installed(kind.options.read(spec.name, spec.options))

    def _check_preferred(self, where: Where, name: str, checks: tuple[Check, ...]) -> None:
        spec = self._named(where, name)
        kind = None if spec is None else self._kind(spec)
        if kind is not None and not any(check.kind in (AUTO, *kind.grammar.forms) for check in checks):
            known = ", ".join(kind.grammar.forms)
            self.source.complain(where, f"viewer `{name}` answers no check of this case", f"it answers: {known}")

    def _chosen(self, where: Where, check: Check, preferred: str | None) -> ViewerSpec | None:
        """Return the viewer of a check: its own, the preferred one where that can answer it, or that of its kind."""
        if check.viewer is not None:
            spec = self._named((*where, "viewer"), check.viewer)
            return None if spec is None else self._verified(where, check, spec)
        if preferred is not None:
            spec = self._named(("defaults", "viewer"), preferred)
            kind = None if spec is None else self._kind(spec)
            if spec is None or kind is None:
                return None
            if check.kind in kind.grammar.forms:
                return self._verified(where, check, spec)
        spec = self._by_kind(where, check)
        return None if spec is None else self._verified(where, check, spec)

    def _by_kind(self, where: Where, check: Check) -> ViewerSpec | None:
        able = []
        for spec in self._candidates():
            kind = self._kind(spec)
            if kind is None or check.kind not in kind.grammar.forms:
                continue
            if spec.kind in BUILT_IN and spec.name == spec.kind:
                return spec
            able.append(spec)
        if len(able) == 1:
            return able[0]
        key: Where = (*where, check.kind)
        if able:
            names = ", ".join(f"`{spec.name}`" for spec in able)
            problem = f"several viewers answer `{check.kind}`: {names}"
            self.source.complain(key, problem, f"choose one, such as viewer: {able[0].name}", at_key=True)
        elif not self.source.problems:
            problem = f"no viewer that answers `{check.kind}` is defined"
            self.source.complain(key, problem, f"define one: {_EXAMPLE}", at_key=True)
        return None

    def _candidates(self) -> Iterator[ViewerSpec]:
        """Yield the viewers that are defined, and those of the kinds that need no definition."""
        yield from self.defined.values()
        kinds = {spec.kind for spec in self.defined.values()}
        yield from (ViewerSpec(name, name) for name in BUILT_IN if name not in kinds and _needs_no_definition(name))
        for name in installed_kinds():
            if name not in kinds and _needs_no_definition(name):
                yield ViewerSpec(name, name)

    def _named(self, where: Where, name: str) -> ViewerSpec | None:
        """Return the viewer of a name; complains where there is none."""
        spec = self.defined.get(name)
        if spec is None and name in (*BUILT_IN, *installed_kinds()) and _needs_no_definition(name):
            spec = ViewerSpec(name, name)
        if spec is None:
            known = {*self.defined, *(one.name for one in self._candidates())}
            self.source.complain(where, f"unknown viewer `{name}`", nearest(name, known))
        return spec

    def _kind(self, spec: ViewerSpec) -> ViewerKind | None:
        """Return the kind of a viewer; None where the suite's own definition is complained about already. Raises
        UsageError for one of the project's file."""
        try:
            return _kind_of(spec)
        except HarnessError as fault:
            if spec.name not in self.entry.viewers:
                raise UsageError(f"harness.toml: {fault}", fault.hint) from fault
            return None

    def _verified(self, where: Where, check: Check, spec: ViewerSpec) -> ViewerSpec | None:
        """Return a viewer whose grammar takes a check; complains about a check that it does not take. Raises
        MissingExtraError."""
        kind = self._kind(spec)
        if kind is None:
            return None
        try:
            kind.grammar.parse(check.args)
        except CheckError as fault:
            hint = fault.hint or f"it answers: {', '.join(kind.grammar.forms)}"
            self.source.complain(
                (*where, *fault.path), f"viewer `{spec.name}`: {fault.problem}", hint, at_key=fault.at_key
            )
            return None
        if self.verify:
            kind.verify_installed(kind.options.read(spec.name, spec.options))
        return spec


def _needs_no_definition(kind: str) -> bool:
    """Return whether a kind can be used by its name; one that cannot be loaded cannot."""
    try:
        return viewer_kind(kind).needs_no_options
    except BrokenViewerError:
        return False


def _kind_of(spec: ViewerSpec) -> ViewerKind:
    """Return the kind of a viewer whose options are right. Raises HarnessError."""
    kind = viewer_kind(spec.kind)
    kind.options.read(spec.name, spec.options)
    return kind
