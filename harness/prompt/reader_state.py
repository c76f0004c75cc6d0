"""Where the reader stands: what was just named, and what pronouns and loose attributes refer to."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.prompt.draft import Draft, Ref
from harness.prompt.lexer import Lex, words_of
from harness.prompt.phrases import Phrase
from harness.prompt.text import Words


@dataclass
class State:
    """The reader's memory while it goes through the lexemes at ``i``.

    ``run`` holds the things joined since the clause began ("a circle and a square"): what a relation, place or
    predicate speaks of. ``last`` is the thing named last, ``host`` the one before "with" or "whose".
    ``phrase`` is the last that named a thing, ``ground`` the words of a background whose color may follow.
    ``subjects`` and ``mentioned`` belong to this sentence, ``before`` is what the last one spoke of.
    """

    lexemes: Sequence[Lex]
    draft: Draft
    i: int = 0
    run: list[Ref] = field(default_factory=list)
    run_open: bool = False
    run_all: bool = False
    joiner: str = ""
    last: list[Ref] = field(default_factory=list)
    host: list[Ref] = field(default_factory=list)
    subjects: list[Ref] = field(default_factory=list)
    mentioned: list[Ref] = field(default_factory=list)
    before: list[Ref] = field(default_factory=list)
    before_all: list[Ref] = field(default_factory=list)
    predicate: bool = False
    which: bool = False
    after_target: bool = False
    command: bool = False
    adding: bool = False
    ground: Words | None = None
    moved: bool = False
    bracket: bool = False
    place: Lex | None = None
    phrase: Phrase | None = None
    row: Lex | None = None
    applied: list[tuple[Ref, str, str | None]] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of the lexeme here; empty at the end."""
        return self.lexemes[self.i].kind if self.i < len(self.lexemes) else ""

    def peek(self) -> str:
        """Return the kind of the lexeme after this; empty past the end."""
        return self.lexemes[self.i + 1].kind if self.i + 1 < len(self.lexemes) else ""

    def skip(self, *kinds: str) -> None:
        """Pass over lexemes of these kinds."""
        while self.kind in kinds:
            self.i += 1

    def words(self, start: int, end: int | None = None) -> Words:
        """Return the user's words of the lexemes from ``start`` up to ``end`` (default: here)."""
        return words_of(self.lexemes[start : self.i if end is None else end])

    def give_up(self, start: int) -> None:
        """Leave the rest of the clause unread, and list its words from ``start`` on."""
        while self.kind not in ("", "stop", "comma", "but"):
            self.i += 1
        self.draft.unknown.append(self.words(start))
        self.draft.unread.append(self.words(start))

    def name(self, refs: Sequence[Ref]) -> None:
        """Take in things that were just named, as part of the run or as the start of a new one."""
        if self.run_open and self.joiner in ("and", "comma") and not self.run_all:
            self.run += refs
        else:
            self.run = list(refs)
        self.run_open, self.run_all = True, False
        self.last = list(refs)
        self.mentioned += [ref for ref in refs if ref not in self.mentioned]
        self.subjects += [ref for ref in refs if ref not in self.subjects]
        self.which = self.predicate = self.after_target = False
        self.ground = None

    def set_antecedent(self, refs: Sequence[Ref]) -> None:
        """Let a pronoun speak of ``refs``, all together."""
        self.run = list(refs)
        self.run_open, self.run_all = False, True
        self.last = list(refs)
        self.which = self.after_target = False
        self.ground = None

    def referents(self) -> list[Ref]:
        """Return what a relation or place that follows speaks of."""
        if self.which or self.after_target:
            return self.last
        if self.run_all or self.predicate:
            return self.run
        return self.run if self.joined else self.latest

    @property
    def latest(self) -> list[Ref]:
        """The end of the run that one phrase named: several things after "the shapes"."""
        return self.last if self.last and self.run[-len(self.last) :] == self.last else self.run[-1:]

    joined: bool = False
    """Whether the last two things of the run were joined by "and"."""

    def end_sentence(self) -> None:
        """Forget what belongs to one sentence only."""
        if self.mentioned:
            self.before, self.before_all = self.subjects or self.mentioned, self.mentioned
        self.subjects, self.mentioned, self.run, self.host = [], [], [], []
        self.run_open = self.run_all = self.predicate = self.which = self.after_target = False
        self.command = self.adding = self.joined = False
        self.ground = None
        self.joiner = ""
