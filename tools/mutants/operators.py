"""The mutations of a source text: each changes one place of the code, the smallest way a mistake would."""

import ast
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True)
class Mutation:
    """One place of a file, and what is written there instead."""

    path: str
    scope: str  # the dotted name of the function or class
    before: str  # the changed lines, joined by spaces
    after: str
    lines: tuple[int, int]  # first and last line of the statement, or of its head
    start: int  # in bytes of the file
    end: int
    text: str

    @property
    def name(self) -> str:
        """Name it in results and in the list of equivalent ones; other lines may move."""
        return f"{self.path} {self.scope}: {self.before} -> {self.after}"

    def apply(self, source: bytes) -> bytes:
        """Return the text with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def mutations(path: str, source: str) -> Iterator[Mutation]:
    """Give every mutation of a file. Left alone: annotations, decorators, the heads of classes, texts with fields, and
    what is done on Windows only, elsewhere."""
    data = source.encode()
    offsets = [0]
    for line in data.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    for node, text, scope, statement in _visit(ast.parse(source), "", None):
        assert statement is not None
        start = offsets[node.lineno - 1] + node.col_offset
        end = offsets[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        first, last = offsets[node.lineno - 1], offsets[node.end_lineno or 0]
        before = " ".join(data[first:last].decode().split())
        after = " ".join((data[first:start] + text.encode() + data[end:last]).decode().split())
        yield Mutation(path, scope, before, after, _span(statement), start, end, text)


def sample(found: Iterable[Mutation], number: int, seed: int) -> list[Mutation]:
    """Choose one mutation of each of ``number`` lines; a line stays in the sample when other lines change."""
    lines = defaultdict(list)
    for mutation in found:
        lines[mutation.path, mutation.scope, mutation.before].append(mutation)
    chosen = sorted(lines, key=lambda line: _rank(seed, *line))[:number]
    return [min(lines[line], key=lambda mutation: _rank(seed, mutation.name)) for line in chosen]


def _rank(seed: int, *words: str) -> str:
    return hashlib.sha256("\n".join((str(seed), *words)).encode()).hexdigest()


def _visit(
    node: ast.AST, scope: str, statement: ast.stmt | None
) -> Iterator[tuple[ast.expr | ast.stmt, str, str, ast.stmt | None]]:
    """Find the node to replace, the text in its place, and where it is."""
    match node:
        case ast.JoinedStr():
            return
        case ast.If(test=ast.Compare(comparators=[ast.Constant("win32")])) if sys.platform != "win32":
            for child in node.orelse:
                yield from _visit(child, scope, statement)
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope = f"{scope}.{node.name}".lstrip(".")
    if isinstance(node, ast.stmt):
        statement = node
    if isinstance(node, ast.expr | ast.stmt):
        for text in _replaced(node):
            yield node, text, scope, statement
    if isinstance(node, ast.Return) and node.value and not _is(node.value, None):
        yield node.value, "None", scope, statement
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        if isinstance(node, ast.ClassDef) and field != "body":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _visit(child, scope, statement)


def _replaced(node: ast.expr | ast.stmt) -> Iterator[str]:
    match node:
        case ast.Compare(left, ops, comparators):
            for index, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield _text(ast.Compare(left, [*ops[:index], other(), *ops[index + 1 :]], comparators))
        case ast.BoolOp(op, values):
            yield _text(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield _text(operand)
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield _text(ast.BinOp(left, ARITHMETIC[type(op)](), right))
        case ast.Constant(bool() | 0 | 1 as value):
            yield repr(type(value)(1 - value))
        case ast.AugAssign():
            yield "pass"


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(node)})"


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _span(statement: ast.stmt) -> tuple[int, int]:
    """Return the lines of a statement; of one with a body, those of its head."""
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    first = body[0] if body else None
    if isinstance(first, ast.match_case):
        first = first.pattern
    last = max(statement.lineno, first.lineno - 1) if first else statement.end_lineno or statement.lineno
    return statement.lineno, last
