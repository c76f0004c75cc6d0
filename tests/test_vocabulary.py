"""Words of the vocabulary are used by their names: no bare string where a verdict, status, source or level is meant."""

import ast
import typing
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

from harness import judge, provider, records, suite, vocabulary
from harness.vocabulary import (
    AuditMethod,
    CheckOutcome,
    Level,
    PairKind,
    ParameterOutcome,
    Part,
    ProbeName,
    ProbeOutcome,
    PromptOutcome,
    Quality,
    RepeatMode,
    RuleKind,
    SeedOutcome,
    SeedPromise,
    Source,
    Status,
    Stop,
    StudyKind,
    Verdict,
)

pytestmark = pytest.mark.checkout

HARNESS = Path(__file__).resolve().parents[1] / "harness"
MEANT = {
    "verdict": Verdict, "verdicts": Verdict, "totals": Verdict, "findings_by_verdict": Verdict, "acceptable": Verdict,
    "status": Status, "statuses": Status, "source": Source, "sources": Source, "stopped": Stop,
    "level": Level, "levels": Level, "determinism": Level, "elsewhere": Level, "promise": SeedPromise,
    "part": Part, "probe": ProbeName, "study": StudyKind,
}  # fmt: skip
"""What a name, an attribute, a keyword or a field of this name means."""
KINDS = {"rule": RuleKind, "drift": RuleKind}
"""Whose ``kind`` is one of the vocabulary."""
GROUPED = (
    Verdict, Status, Source, Level, RuleKind, CheckOutcome, Quality, SeedPromise, AuditMethod, PairKind, PromptOutcome,
    ProbeName, ProbeOutcome, SeedOutcome, ParameterOutcome, RepeatMode, StudyKind,
)  # fmt: skip
"""Enumerations of which two or more bare words together, and no other word among them, are taken to be meant."""
TEXTS = {
    ("provider/remote/pricing.py", "source"),  # where a price was read
    ("provider/remote/parsed_reply.py", "status"),  # what a header says of a cache
}
"""Annotated as texts, with another meaning."""


def positions() -> dict[str, dict[int, type[StrEnum]]]:
    """The arguments of records and the like that are words, by name of the class and position."""
    classes = [kind for name in records.__all__ if isinstance(kind := getattr(records, name), type)]
    found: dict[str, dict[int, type[StrEnum]]] = {}
    for kind in (*classes, judge.Ruling, judge.Evidence, provider.Capabilities, provider.Output, suite.Showing):
        hints = enumerate(typing.get_type_hints(kind).values())
        found[kind.__name__] = {at: word for at, hint in hints if (word := the_word(hint)) is not None}
    return found


def the_word(hint: object) -> type[StrEnum] | None:
    kinds = [one for one in (hint, *typing.get_args(hint)) if isinstance(one, type) and issubclass(one, StrEnum)]
    return kinds[0] if kinds else None


POSITIONS = positions()


def meant_by(node: ast.expr) -> type[StrEnum] | None:
    """The enumeration that an expression is a word of, by its name: ``outcome.verdict``, ``rule.kind``."""
    if isinstance(node, ast.Attribute):
        if node.attr == "kind":
            owner = node.value
            return KINDS.get(owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", ""))
        return MEANT.get(node.attr)
    return MEANT.get(node.id) if isinstance(node, ast.Name) else None


def texts(node: ast.expr) -> list[str]:
    """The bare strings that an expression may come to, alone or as members."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in texts(value)]
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return [text for item in node.elts for text in texts(item)]
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("frozenset", "set", "tuple"):
        return [text for argument in node.args for text in texts(argument)]
    return []


def pairs(node: ast.AST) -> Iterator[tuple[type[StrEnum] | None, ast.expr | None]]:
    """What each part of a statement means, and the expression that stands for it."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        yield from ((meant_by(one), other) for one in sides for other in sides if one is not other)
    elif isinstance(node, ast.keyword):
        yield MEANT.get(node.arg or ""), node.value
    elif isinstance(node, ast.AnnAssign):
        yield meant_by(node.target), node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            both = zip(target.elts, node.value.elts, strict=False) if several else [(target, node.value)]
            yield from ((meant_by(one), value) for one, value in both)
    elif isinstance(node, ast.arguments):
        named = [*node.posonlyargs, *node.args]
        defaults = [*zip(reversed(named), reversed(node.defaults), strict=False)]
        defaults += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d is not None]
        yield from ((MEANT.get(argument.arg), default) for argument, default in defaults)
    elif isinstance(node, ast.Subscript):
        yield meant_by(node.value), node.slice
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        yield from ((POSITIONS.get(name, {}).get(at), argument) for at, argument in enumerate(node.args))
        if name == "get" and isinstance(node.func, ast.Attribute) and node.args:
            yield meant_by(node.func.value), node.args[0]


def bare_words(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the word of every bare string where one of the vocabulary is meant."""
    for node in ast.walk(tree):
        for kind, value in pairs(node):
            if kind is not None and value is not None:
                yield from ((value.lineno, text) for text in texts(value) if text in set(kind))
        members = [node] if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else []
        words = texts(members[0]) if members else []
        count = len(members[0].elts) if members else 0
        if isinstance(node, ast.Dict):
            keys = [key for key in node.keys if key is not None]
            words, count = [text for key in keys for text in texts(key)], len(node.keys)
        if len(words) == count > 1 and any(set(words) <= set(kind) for kind in GROUPED):
            yield node.lineno, " ".join(words)


def text_annotations(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of everything annotated as a text that is meant to be a word."""
    for node in ast.walk(tree):
        name, hint = "", None
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, hint = node.target.id, node.annotation
        elif isinstance(node, ast.arg):
            name, hint = node.arg, node.annotation
        if name in MEANT and hint is not None and ast.unparse(hint) in ("str", "str | None", "frozenset[str]"):
            yield node.lineno, name


def modules(room: Path) -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(room.rglob("*.py")):
        yield path.relative_to(HARNESS).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def faults(room: Path) -> list[str]:
    found = []
    for name, tree in modules(room):
        found += [f"{name}:{line}: {word!r}" for line, word in bare_words(tree)]
        found += [f"{name}:{at}: {one}: str" for at, one in text_annotations(tree) if (name, one) not in TEXTS]
    return found


def rooms() -> list[str]:
    # collected, though not run, where only the wheel is
    places = HARNESS.iterdir() if HARNESS.is_dir() else ()
    return sorted(p.name for p in places if p.is_dir() and (p / "__init__.py").exists())


@pytest.mark.parametrize("room", [room for room in rooms() if room != "vocabulary"])
def test_no_bare_word_where_one_of_the_vocabulary_is_meant(room: str) -> None:
    assert not faults(HARNESS / room)


@pytest.mark.parametrize(
    "code",
    [
        'result.outcome.verdict == "drift"',
        '"drift" != verdict',
        'result.outcome.status not in ("ok", "ignored")',
        'trial.policy.drift.kind == "set"',
        'if rule.kind in frozenset({"exact", "set"}): pass',
        'replace(result, source="cache" if cached else "generated")',
        'def judged(status="ok"): pass',
        'def judged(*, source="none"): pass',
        'class Result:\n    source: Source = "none"',
        'verdict, reason = "drift", why',
        'self.level = level or "none"',
        'tally.statuses["finding"]',
        'record.totals.get("failed")',
        'Outcome("drift", Status.FINDING)',
        'Ruling("benign", "within its limits")',
        'Rule("limits")',
        'UNJUDGED = frozenset({"new", "failed", "refused"})',
        'QUALITIES = ("draft", "standard", "hd")',
        'SIGNS = {"ok": 1, "finding": 2}',
    ],
)
def test_a_bare_word_is_found(code: str) -> None:
    assert list(bare_words(ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "result.outcome.verdict == Verdict.DRIFT",
        'reply.status == 404 or error["type"] == "missing"',
        'price.source == "the page of prices"',
        'fault.kind in ("refused", "auth")',
        'relation.kind == "set"',
        'given.get("set") or folders["cache"]',
        'table = ("images", "refused", "failed")',
        'Ruling(Verdict.DRIFT, "new")',
        "Counter[Verdict]()",
    ],
)
def test_other_meanings_are_no_words_of_the_vocabulary(code: str) -> None:
    assert not list(bare_words(ast.parse(code)))


def test_a_text_for_a_word_is_found() -> None:
    tree = ast.parse("class Outcome:\n    verdict: str\n\ndef of(status: str | None, source: Source): ...")
    assert [name for _, name in text_annotations(tree)] == ["verdict", "status"]


@pytest.mark.parametrize("once", [vocabulary.COMPARATORS, vocabulary.PROVIDERS])
def test_a_group_of_entry_points_is_named_once(once: str) -> None:
    found = [
        name
        for name, tree in modules(HARNESS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == once
    ]
    assert found == ["vocabulary/plugins.py"]


def test_levels_and_promises_are_ordered() -> None:
    assert [level for level in Level if level.exact] == [Level.BYTES, Level.PIXELS]
    assert Level.BYTES.at_least(Level.LSB)
    assert Level.LSB.at_least(Level.LSB)
    assert not Level.NONE.at_least(Level.DISTRIBUTION)
    assert [promise for promise in SeedPromise if promise.exact_here] == [
        SeedPromise.EXACT_PER_ENVIRONMENT, SeedPromise.EXACT,
    ]  # fmt: skip


def test_a_metric_says_where_its_formula_comes_from_and_what_it_does_not_see() -> None:
    assert [metric.name for metric in vocabulary.METRICS.values() if not (metric.source and metric.blind)] == []


def test_a_metric_of_equal_images_has_the_best_value_within_its_bounds() -> None:
    for metric in vocabulary.METRICS.values():
        if metric.same is not None:
            assert metric.can_be(metric.same)
            assert metric.same == (metric.high if metric.higher_is_closer else metric.low)
