"""A validated suite to cases and variants: every value resolved, every promise looked up, every input found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.errors import FieldError, UsageError, printable
from harness.prompt import GrammarInterpreter, PromptError
from harness.records import Check, InputImage, Policy, Request, Rule, Subject, canonical_json
from harness.suite.derived_checks import DerivedChecks
from harness.suite.false_alarms import with_alpha
from harness.suite.fields import Seeds, sides_of
from harness.suite.inputs import Inputs
from harness.suite.key_rules import check_amounts, check_case, check_defaults, check_paired, check_suite
from harness.suite.layers import Layer, layer_of, layer_of_values, over
from harness.suite.matrix import MATRIX_FIELDS, check_matrix, combinations
from harness.suite.model import CaseEntry, SuiteEntry
from harness.suite.named_providers import NamedProviders, subject_of
from harness.suite.names import variant_name
from harness.suite.overrides import Overrides
from harness.suite.plan import Case, Suite, Variant
from harness.suite.profiles import fields_of, profile_refusals
from harness.suite.project import Project
from harness.suite.promises import RECORD, Lookup, Refusal, Showing, Shown, determinism_refusal, exact_refusal, refusals
from harness.suite.provider_spec import ProviderSpec
from harness.suite.read import SuiteFile
from harness.suite.routes import unpinned_refusal
from harness.suite.viewers import NamedViewers, Where
from harness.vision import AUTO, SHAPES, SHAPES_GRAMMAR, CheckError
from harness.vocabulary import ANY_SETTING, OUTSIDE_SUBJECT, REQUEST_FIELDS, RuleKind, SeedPromise

if TYPE_CHECKING:
    from harness.provider import Capabilities

DEFAULT_SAMPLES = 10
_TIMEOUT = Policy().timeout
_CONFIRM = Policy().confirm
_GRAMMAR = (None, "grammar", {"kind": "grammar"})
PAINTER = "painter"
"""The kind whose checks are limited to words that the built-in viewer knows."""


@dataclass(slots=True)
class Resolver:
    """Resolves one suite."""

    entry: SuiteEntry
    source: SuiteFile
    project: Project
    lookup: Lookup | None
    overrides: Overrides
    shown: Shown | None
    inputs: Inputs = field(init=False)
    providers: NamedProviders = field(init=False)
    viewers: NamedViewers = field(init=False)
    derived: DerivedChecks = field(init=False)
    settings_known: set[str] = field(default_factory=set)
    _policies: dict[Policy, Policy] = field(default_factory=dict)
    _subjects: dict[str, Subject] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inputs = Inputs(self.source.path.parent, self.project.folder)
        self.viewers = NamedViewers(self.entry, self.source, self.project, verify=self.lookup is not None)
        self.derived = DerivedChecks(self.source, self.viewers)
        self.providers = NamedProviders(
            self.entry, self.source, self.project, self.lookup, self.overrides, self._refuse
        )

    def suite(self) -> Suite:
        """Return the resolved suite. Raises SuiteError with all problems found, UsageError for an override."""
        entry = self.entry
        check_suite(entry, self.source)
        base = layer_of(entry.defaults)
        if entry.provider is not None:
            base.setdefault("provider", entry.provider)
        base = over(dict(self.project.defaults), base)
        cases = [self._case(index, case, base) for index, case in enumerate(entry.cases)]
        self.providers.check_unused()
        self.viewers.check_definitions()
        if not self.source.problems:
            check_defaults(entry, self.source, (one for case in cases if case is not None for one in case.variants))
        self.source.raise_problems()
        whole = with_alpha(tuple(case for case in cases if case is not None), entry.false_alarms)
        return Suite(entry.suite, str(self.source.path), whole, entry.description)

    def _case(self, index: int, case: CaseEntry, base: Layer) -> Case | None:
        before = len(self.source.problems)
        where = ("cases", index)
        check_case(self.source, where, case)
        matrix = self.entry.matrix
        matrix_at: tuple[str | int, ...] = ("matrix",)
        if case.matrix is not None:
            matrix, matrix_at = case.matrix, (*where, "matrix")
        self.overrides.refuse_matrix(matrix, self.entry.suite)
        checked = check_matrix(self.source, matrix, matrix_at)
        variants: list[Variant] = []
        if checked is not None:
            try:
                lower = over(base, layer_of(case))
            except FieldError as fault:
                self.source.complain((*where, "size"), fault.message, fault.hint)
                return None
            for names, values in combinations(matrix, checked):
                variant = self._variant(where, case, lower, names, values, matrix_at)
                if variant is not None:
                    variants.append(variant)
        written = () if case.ask is not None else self.viewers.written(where, case, base)
        if any(self._is_painter(variant) for variant in variants):
            self._check_words(written)
        if not variants:
            self.derived.expanded(where, written, None, painter=False)
        variants = [self._checked(where, written, variant) for variant in variants]
        if len(self.source.problems) > before:
            return None
        line = self.source.place((*where, "id"), at_key=True).line
        place = f"{self.source.path}:{line}"
        return Case(case.id, tuple(variants), tuple(case.tags or ()), case.answer, place)

    def _is_painter(self, variant: Variant) -> bool:
        return self.providers.used[variant.subject.provider].kind == PAINTER

    def _checked(
        self, where: tuple[str | int, ...], written: Sequence[tuple[Where, Check]], variant: Variant
    ) -> Variant:
        """Return a variant with its checks."""
        found = self.derived.expanded(where, written, variant.request, painter=self._is_painter(variant))
        return replace(variant, checks=found.checks, unchecked=found.unchecked)

    def _variant(
        self,
        where: tuple[str | int, ...],
        case: CaseEntry,
        lower: Layer,
        names: Mapping[str, Any],
        values: Mapping[str, Any],
        matrix_at: tuple[str | int, ...],
    ) -> Variant | None:
        complain = self.source.complain
        try:
            layer = over(lower, layer_of_values(values, MATRIX_FIELDS))
            spec = self.providers.named(where, layer)
            if spec is None:
                return None
            promise = self.providers.promise(spec, where, matrix_at)
            if self.lookup is not None and promise is None:
                return None
            layer = over(layer, self._override_layer(spec, promise, layer))
            sides = sides_of(layer.get("size"), layer.get("aspect"))
        except FieldError as fault:
            complain((*where, "size"), fault.message, fault.hint)
            return None
        if promise is not None:
            asked = {
                "input_image": case.input_image,
                "input_images": case.input_images,
                "mask": case.mask,
                "ask": case.ask,
                "strength": layer.get("strength"),
            }
            for refusal in refusals(spec, promise, layer, asked, strict=self.entry.strict):
                self._refuse(refusal, where, matrix_at)
        grammar = spec.kind == PAINTER and spec.options.get("interpreter") in _GRAMMAR
        if grammar and self.entry.strict and case.ask is None:
            self._check_prompt(spec, layer.get("prompt", case.prompt or ""), where, matrix_at)
        for refusal in profile_refusals(spec, promise, layer):
            self._refuse(refusal, where, matrix_at)
        subject = self._subject(spec, layer)
        showing = None if self.shown is None else self.shown(self.entry.suite, spec, subject)
        rule = self._rule(where, case, layer, spec, promise, showing)
        if case.ask is None:
            check_amounts(self.source, where, case, rule)
            check_paired(self.source, where, case, rule)
        if refused := determinism_refusal(spec, layer.get("determinism"), showing):
            self._refuse(refused, where, matrix_at)
        seeds, samples = self._seeds(case, layer, rule, promise)
        request = self._request(where, case, layer, sides)
        policy = self._policy(where, case, layer, rule, sides)
        return Variant(variant_name(names), request, subject, policy, seeds, samples)

    def _override_layer(self, spec: ProviderSpec, promise: "Capabilities | None", layer: Layer) -> Layer:
        """``--set`` as it applies to this provider: loose keys only where they are known."""
        known = set(layer.get("settings", {})) | (set(spec.options) if promise is None else promise.honors)
        known -= OUTSIDE_SUBJECT | {*REQUEST_FIELDS, ANY_SETTING}
        self.settings_known |= known
        loose = {key: value for key, value in self.overrides.loose.items() if key in known}
        self.overrides.taken |= set(loose)
        top = self.overrides.layer
        return top | {"settings": top.get("settings", {}) | loose} if loose else top

    def _refuse(self, refusal: Refusal, where: tuple[str | int, ...], at: tuple[str | int, ...]) -> None:
        """Complain where the field was given: by ``--set``, in the case, the matrix, the defaults or the suite."""
        if shown := self.overrides.shown(refusal.field):
            raise UsageError(f"{shown}: {refusal.message}", refusal.hint)
        name = refusal.field
        tops: list[tuple[str | int, ...]] = [
            (*where, name), (*where, "settings", name), (*at, name), ("defaults", name),
            ("defaults", "settings", name), (name,),
        ]  # fmt: skip
        place = next((place for place in tops if self.source.has(place)), (*where, "id"))
        self.source.complain(place, refusal.message, refusal.hint)

    def _check_prompt(
        self, spec: ProviderSpec, prompt: str, where: tuple[str | int, ...], at: tuple[str | int, ...]
    ) -> None:
        """Refuse a prompt that names what the painter does not know. One that cannot be read at all fails its trial."""
        try:
            unread = GrammarInterpreter().unread_things(prompt)
        except PromptError:
            return
        if unread:
            words = ", ".join(f"`{printable(word):.60}`" for word in unread)
            self._refuse(Refusal("prompt", f"`{spec.name}` does not understand {words}", RECORD), where, at)

    def _check_words(self, written: Sequence[tuple[Where, Check]]) -> None:
        for where, check in written:
            if check.kind == AUTO or (check.by is not None and check.by.kind != SHAPES.kind):
                continue
            try:
                SHAPES_GRAMMAR.read(check)
            except CheckError as fault:
                self.source.complain((*where, *fault.path), fault.problem, fault.hint, at_key=fault.at_key)

    def _rule(
        self,
        where: tuple[str | int, ...],
        case: CaseEntry,
        layer: Layer,
        spec: ProviderSpec,
        promise: "Capabilities | None",
        showing: Showing | None,
    ) -> Rule:
        stated: Rule | None = layer.get("drift")
        rule = stated or Rule()
        if case.ask is None and (unpinned := unpinned_refusal(spec, rule, stated=stated is not None)):
            self._refuse(unpinned, where, ())
            return rule
        own = [one.drift.kind for one in layer.get("per_profile", ())]
        if case.ask is not None or promise is None or RuleKind.EXACT not in (rule.kind, *own):
            return rule
        stated_exact = stated is not None or rule.kind != RuleKind.EXACT
        if refusal := exact_refusal(spec, promise, showing, stated=stated_exact):
            if self.overrides.shown("provider"):
                raise UsageError(
                    f"{self.overrides.shown('provider')}: case `{case.id}`: {refusal.message}", refusal.hint
                )
            self._refuse(refusal, where, ())
        return rule

    def _seeds(
        self, case: CaseEntry, layer: Layer, rule: Rule, promise: "Capabilities | None"
    ) -> tuple[Seeds | None, int]:
        if case.ask is not None:
            return case.seeds, 1
        if rule.kind == RuleKind.SET:
            return None, layer.get("samples", DEFAULT_SAMPLES)
        if "seeds" in layer:
            return layer["seeds"], 1
        seeded = promise is None or promise.seed != SeedPromise.NONE
        return (Seeds((range(1),)) if seeded else None), 1

    def _request(self, where: tuple[str | int, ...], case: CaseEntry, layer: Layer, sides: tuple[int, int]) -> Request:
        images: dict[tuple[str | int, ...], InputImage] = {}
        more: list[tuple[tuple[str | int, ...], str]]
        more = [(("input_images", index), name) for index, name in enumerate(case.input_images or ())]
        for at, name in ((("input_image",), case.input_image), *more, (("mask",), case.mask)):
            if name is not None:
                try:
                    images[at] = self.inputs.image(name)
                except FieldError as fault:
                    self.source.complain((*where, *at), fault.message, fault.hint)
        return Request(
            prompt=layer.get("prompt", case.prompt or "") if case.ask is None else "",
            negative_prompt=layer.get("negative_prompt", ""),
            width=sides[0],
            height=sides[1],
            input_image=images.get(("input_image",)),
            input_images=tuple(images[at] for at, _ in more if at in images) or None,
            mask=images.get(("mask",)),
            strength=layer.get("strength"),
            ask=case.ask,
        )

    def _policy(
        self, where: tuple[str | int, ...], case: CaseEntry, layer: Layer, rule: Rule, sides: tuple[int, int]
    ) -> Policy:
        boxes = tuple(layer.get("ignore", ()))
        if not (self.overrides.shown("size") or self.overrides.shown("aspect")):
            at = (*where, "ignore") if self.source.has((*where, "ignore")) else ("defaults", "ignore")
            for index, box in enumerate(boxes):
                if box.x >= sides[0] or box.y >= sides[1]:
                    message = f"the box is outside the image of {sides[0]}x{sides[1]}"
                    self.source.complain((*at, index), message)
        policy = Policy(
            drift=rule,
            warn=layer.get("warn", ()),
            ignore=boxes,
            determinism=layer.get("determinism"),
            confirm=layer.get("confirm", _CONFIRM),
            profile=tuple(layer.get("profile", ())),
            fallback=tuple(map(fields_of, layer.get("fallback", ()))),
            per_profile=tuple(layer.get("per_profile", ())),
            timeout=layer.get("timeout", _TIMEOUT),
            embedding=None if case.ask is not None else self.viewers.measuring(where, layer, rule),
        )
        return self._policies.setdefault(policy, policy)

    def _subject(self, spec: ProviderSpec, layer: Layer) -> Subject:
        subject = subject_of(spec, layer)
        return self._subjects.setdefault(canonical_json(subject), subject)
