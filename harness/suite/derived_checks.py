"""``checks: auto``: what a case states and what is derived from its prompt, as one list."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from harness.errors import printable
from harness.prompt import PromptError, Questions, questions_of
from harness.provider import BadOptionError, chat_model
from harness.records import Check, Request
from harness.suite.read import SuiteFile
from harness.suite.viewers import NamedViewers, Where
from harness.vision import AUTO, CheckError, Derived, derive, in_order, viewer_kind

GRAMMAR = "grammar"
VIEWER = (
    "define a viewer that takes questions: viewers: {judge: {kind: vlm, model: some/model, base_url: https://…/v1}}"
)
MODEL = "write the checks, or let a chat model read it: {auto: {interpreter: {kind: llm, model: …, base_url: …}}}"


@dataclass(slots=True)
class DerivedChecks:
    """Derives the checks of one suite; a prompt is read once."""

    source: SuiteFile
    viewers: NamedViewers
    _read: dict[tuple[str, str], Questions] = field(default_factory=dict)

    def expanded(
        self, where: Where, written: Sequence[tuple[Where, Check]], request: Request | None, *, painter: bool
    ) -> Derived:
        """Return the checks of a request with those derived in place of ``auto``, and the words about which there is
        none; complains about ``needs``, and where nothing can be derived. Without a request only about the first."""
        found: list[tuple[Where, Check]] = []
        unchecked: list[str] = []
        names = {check.name for _, check in written if check.name is not None}
        for place, check in written:
            if check.kind != AUTO:
                found.append((place, check))
            elif request is not None:
                derived = self._derived((where, place), check, request, names, painter=painter)
                found += [(place, one) for one in derived.checks]
                unchecked += derived.unchecked
        try:
            in_order([check for _, check in found])
        except CheckError as fault:
            index, *rest = fault.path
            place, check = found[int(index)]
            self.source.complain((*place, *(() if check.derived else rest)), fault.problem, fault.hint)
            return Derived()
        return Derived(tuple(check for _, check in found), tuple(dict.fromkeys(unchecked)))

    def _derived(
        self, at: tuple[Where, Where], auto: Check, request: Request, taken: Container[str], *, painter: bool
    ) -> Derived:
        where, place = at
        viewers = self.viewers.deriving(place, auto, painter=painter)
        if auto.args[AUTO].get("interpreter") not in (None, GRAMMAR, {"kind": GRAMMAR}):
            return self._left_to_a_model(place, replace(auto, viewers=viewers))
        try:
            questions = self._questions(request)
        except PromptError as fault:
            problem = f"no check can be derived from the prompt: {fault}"
            self.source.complain((*where, "prompt"), problem, "write its checks, or `checks: []`")
            return Derived()
        if request.input_image is not None:
            # what the input image shows stays
            questions = replace(questions, asked=tuple(one for one in questions.asked if one.stated))
        derived = derive(questions, viewers, taken)
        words = ", ".join(f"`{printable(one):.60}`" for one in derived.unchecked)
        if not derived.checks:
            unread = f"; no check for {words}" if words else ""
            hint = VIEWER if questions.asked else MODEL
            self.source.complain((*where, "prompt"), f"no check can be derived from the prompt{unread}", hint)
        elif words:
            self.source.warn((*where, "prompt"), f"no check for {words}")
        return derived

    def _left_to_a_model(self, place: Where, auto: Check) -> Derived:
        """Return an ``auto`` check whose checks a chat model will derive; complains about its options, and where no
        viewer takes questions."""
        given = auto.args[AUTO]["interpreter"]
        if not isinstance(given, dict):
            self.source.complain((*place, AUTO, "interpreter"), f"`interpreter` cannot be `{given:.40}`", MODEL)
            return Derived()
        try:
            chat_model(given)
        except BadOptionError as fault:
            for problem in fault.problems:
                path = (*place, AUTO, *problem.path)
                self.source.complain(path, problem.message, problem.hint, at_key=problem.at_key)
        if not any("question" in viewer_kind(spec.kind).grammar.forms for spec in auto.viewers):
            self.source.complain(place, "no viewer answers the questions of a chat model", VIEWER)
        return Derived((replace(auto, derived=True),))

    def _questions(self, request: Request) -> Questions:
        words = request.prompt, request.negative_prompt
        if words not in self._read:
            self._read[words] = questions_of(*words)
        return self._read[words]
