"""YAML text to a tree that knows its places: built from parser events, so nothing is ever constructed by a tag.

Refused by name: duplicate keys, tags, several documents, keys that are not words, deep nesting, anchors that
contain themselves or grow too large.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from harness.suite.problem import Place
from harness.suite.scalars import Scalar, resolve

MAX_DEPTH = 20
"""Deepest nesting of lists and mappings."""
MAX_ALIASED = 10_000
"""Most values that anchors may add by being repeated."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNICODE_TROUBLE = re.compile(r"[\ud800-\udfff]")


class TreeError(Exception):
    """The text is not usable YAML: ``message``, ``hint`` and ``place`` say what and where."""

    def __init__(self, message: str, place: Place, hint: str = "") -> None:
        super().__init__(message, place, hint)
        self.message = message
        self.place = place
        self.hint = hint


@dataclass(slots=True)
class Node:
    """A value and its place. ``value`` is a scalar, a list of nodes, or a dict of :class:`Entry` by key.

    ``raw`` is a scalar as written, ``size`` the number of values beneath, itself counted.
    """

    value: "Scalar | list[Node] | dict[str, Entry]"
    place: Place
    raw: str = ""
    size: int = 1

    def plain(self) -> Any:
        """Return the data without places."""
        if isinstance(self.value, dict):
            return {key: entry.node.plain() for key, entry in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, path: Sequence[str | int]) -> "tuple[Node, Place | None]":
        """Return the deepest node on the path that exists, and the place of its key when it stands in a mapping."""
        node, key_place = self, None
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                entry = node.value[str(step)]
                node, key_place = entry.node, entry.key
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node, key_place = node.value[step], None
            else:
                break
        return node, key_place


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its place, and what it holds."""

    key: Place
    node: Node


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read."""

    node: Node
    anchor: str | None
    key: "tuple[str, Place] | None" = None


@dataclass(slots=True)
class _Builder:
    """Events in, one tree out."""

    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    aliased: int = 0

    def feed(self, event: Any) -> None:
        place = _place(event)
        if isinstance(event, yaml.DocumentStartEvent):
            if self.root is not None:
                raise TreeError("a second document begins here", place, "one file holds one suite")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self.stack.pop()
            if done.anchor:
                self.anchors[done.anchor] = done.node
            self._add(done.node)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor, place)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event, place)
            self._scalar(event, place)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._refuse_tag(event, place)
            self._open(event, place)

    def _refuse_tag(self, event: Any, place: Place) -> None:
        if event.tag not in (None, "!"):
            raise TreeError(f"tag {event.tag!r:.60} is not allowed", place, "write the value without a tag")

    def _open(self, event: Any, place: Place) -> None:
        if len(self.stack) >= MAX_DEPTH:
            raise TreeError(f"nested deeper than {MAX_DEPTH} levels", place)
        if self._wants_key():
            raise TreeError("a key must be one word", place)
        if event.anchor:
            self.anchors[event.anchor] = None
        empty: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(Node(empty, place), event.anchor))

    def _scalar(self, event: Any, place: Place) -> None:
        text: str = event.value
        if _UNICODE_TROUBLE.search(text):
            raise TreeError("half of a surrogate pair is not a character", place)
        if self._wants_key():
            self._key(text, place)
            return
        plain = event.style is None or event.style == ""
        node = Node(resolve(text) if plain else text, place, raw=text)
        if event.anchor:
            self.anchors[event.anchor] = node
        self._add(node)

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].node.value, dict) and self.stack[-1].key is None

    def _key(self, text: str, place: Place) -> None:
        top = self.stack[-1]
        assert isinstance(top.node.value, dict)
        if text == "<<":
            raise TreeError("merge keys (`<<`) are not read", place, "write what cases share under `defaults:`")
        if text in top.node.value:
            first = top.node.value[text].key.line
            raise TreeError(f"duplicate key `{text}`, first on line {first}", place, "keep one of the two")
        top.key = (text, place)

    def _alias(self, anchor: str | None, place: Place) -> None:
        if self._wants_key():
            raise TreeError("a key must be one word", place)
        assert anchor is not None
        node = self.anchors.get(anchor)
        if node is None:
            what = "contains itself" if anchor in self.anchors else "is not defined"
            raise TreeError(f"anchor `{anchor}` {what}", place)
        self.aliased += node.size
        if self.aliased > MAX_ALIASED:
            raise TreeError(
                f"anchor `{anchor}` makes the file explode: more than {MAX_ALIASED:,} repeated values",
                place,
                "write what cases share under `defaults:`",
            )
        self._add(node)

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.node.size += node.size
        if isinstance(top.node.value, list):
            top.node.value.append(node)
            return
        assert isinstance(top.node.value, dict)
        assert top.key is not None
        text, place = top.key
        top.node.value[text] = Entry(place, node)
        top.key = None


def read_tree(text: str) -> Node | None:
    """Return the tree of a YAML text, None when it is empty. Raises TreeError."""
    bad = _CONTROL.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        raise TreeError(f"character U+{ord(bad.group()):04X} is not allowed in YAML", Place(line, column))
    builder = _Builder()
    for event in _events(text):
        builder.feed(event)
    return builder.root


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        raise TreeError(_syntax_message(fault), place, _syntax_hint(text, place)) from None


def _syntax_message(fault: yaml.MarkedYAMLError) -> str:
    problem = (fault.problem or "not YAML").strip()
    context = f" ({fault.context.strip()})" if fault.context else ""
    return f"YAML syntax: {problem}{context}"


def _syntax_hint(text: str, place: Place) -> str:
    lines = text.split("\n")
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or line[place.column - 1 : place.column] == "\t":
        return "indent with spaces, not tabs"
    if ": " in line.partition(": ")[2]:
        return "put a text that contains `: ` in quotes"
    return ""


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if start.line == end.line else 1
    return Place(start.line + 1, start.column + 1, max(1, width))
