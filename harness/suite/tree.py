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
# what YAML does not print; stated as what is left of Unicode it takes ten times as long to compile
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
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

    def find(self, path: Sequence[str | int]) -> "tuple[Node, Place | None, bool]":
        """Return the deepest node on the path that exists, the place of its key when it stands in a mapping, and
        whether it is the end of the path."""
        node, key_place = self, None
        for step in path:
            if isinstance(node.value, dict) and step in node.value:
                entry = node.value[str(step)]
                node, key_place = entry.node, entry.key
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node, key_place = node.value[step], None
            else:
                return node, key_place, False
        return node, key_place, True


@dataclass(slots=True)
class Entry:
    """A key of a mapping with its place, and what it holds."""

    key: Place
    node: Node


@dataclass(slots=True)
class _Reader:
    """Events in, one tree out."""

    events: Iterator[Any]
    anchors: dict[str, Node | None] = field(default_factory=dict)
    aliased: int = 0

    def document(self) -> Node | None:
        root = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise TreeError("a second document begins here", _place(event), "one file holds one suite")
                root = self._node(next(self.events), 0)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        """Return the value that begins with an event, inside ``depth`` lists and mappings."""
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, place)
        _refuse_tag(event, place)
        if event.anchor:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            text = _text(event, place)
            node = Node(text if event.style else resolve(text), place, raw=text)
        else:
            if depth >= MAX_DEPTH:
                raise TreeError(f"nested deeper than {MAX_DEPTH} levels", place)
            value: Any = (self._entries if isinstance(event, yaml.MappingStartEvent) else self._items)(depth + 1)
            inside = [entry.node for entry in value.values()] if isinstance(value, dict) else value
            node = Node(value, place, size=1 + sum(item.size for item in inside))
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _items(self, depth: int) -> list[Node]:
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth))
        return items

    def _entries(self, depth: int) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            place = _place(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise TreeError("a key must be one word", place)
            _refuse_tag(event, place)
            key = _text(event, place)
            if key == "<<":
                raise TreeError("merge keys (`<<`) are not read", place, "write what cases share under `defaults:`")
            if key in entries:
                first = entries[key].key.line
                raise TreeError(f"duplicate key `{key}`, first on line {first}", place, "keep one of the two")
            entries[key] = Entry(place, self._node(next(self.events), depth))
        return entries

    def _alias(self, anchor: str | None, place: Place) -> Node:
        node = self.anchors.get(anchor or "")
        if node is None:
            what = "contains itself" if anchor in self.anchors else "is not defined"
            raise TreeError(f"anchor `{anchor}` {what}", place)
        self.aliased += node.size
        if self.aliased > MAX_ALIASED:
            message = f"anchor `{anchor}` makes the file explode: more than {MAX_ALIASED:,} repeated values"
            raise TreeError(message, place, "write what cases share under `defaults:`")
        return node


_SURROGATE = re.compile(r"\\?\\?u[dD][89a-fA-F]")
"""Half of a character as JSON escapes it, from where the parser complains of it."""


def read_tree(text: str) -> Node | None:
    """Return the tree of a YAML text, None when it is empty. Raises TreeError."""
    bad = _CONTROL.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        raise TreeError(f"character U+{ord(bad.group()):04X} is not allowed in YAML", Place(line, column))
    return _Reader(events_of(text)).document()


def _refuse_tag(event: Any, place: Place) -> None:
    if event.tag not in (None, "!"):
        raise TreeError(f"tag {event.tag!r:.60} is not allowed", place, "write the value without a tag")


def _text(event: Any, place: Place) -> str:
    text: str = event.value
    if _UNICODE_TROUBLE.search(text):
        raise TreeError("half of a surrogate pair is not a character", place)
    return text


def events_of(text: str) -> Iterator[Any]:
    """Yield the events of a YAML text. Raises TreeError."""
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        context = f" ({fault.context.strip()})" if fault.context else ""
        message = f"YAML syntax: {(fault.problem or 'not YAML').strip()}{context}"
        raise TreeError(message, place, _syntax_hint(text, place, message)) from None


def _syntax_hint(text: str, place: Place, message: str) -> str:
    lines = text.split("\n")
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if _SURROGATE.match(line, max(0, place.column - 3)):
        return (
            "write the character itself (json.dumps(…, ensure_ascii=False)): YAML has no pairs such as \\ud83d\\ude00"
        )
    if "\t" in line[: len(line) - len(line.lstrip())] or line[place.column - 1 : place.column] == "\t":
        return "indent with spaces, not tabs"
    if "quoted scalar" in message:
        escaped = "escape" in message or "hexdecimal" in message
        return r"a `\` in double quotes is an escape: write `\\`, or single quotes" if escaped else "close the quotes"
    if ": " in line.partition(": ")[2]:
        return "put a text that contains `: ` in quotes"
    return ""


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if start.line == end.line else 1
    return Place(start.line + 1, start.column + 1, max(1, width))
