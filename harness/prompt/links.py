"""Relations and places as they are read: "to the left of a square", "between A and B", "in a row", "at the top"."""

from itertools import pairwise

from harness.prompt.draft import Link, Ref, name_of
from harness.prompt.lexer import Lex, kind_at
from harness.prompt.phrases import THINGS, Phrase, read_phrase
from harness.prompt.reader_state import State
from harness.prompt.reference import find_or_make
from harness.prompt.scene import SKY
from harness.prompt.things import give


def read_relation(s: State, marker: Lex, kinds: tuple[str, ...] = ()) -> None:
    """Read the targets of a relation and link what was spoken of to them; without ``kinds`` its words say which."""
    kinds = kinds or marker.value
    start = s.i - 1
    s.after_target = s.after_target or (s.kind == "pron" and not s.host)
    subjects = list(s.referents())
    first_new = len(s.draft.groups)
    targets = _targets(s, kinds, subjects)
    words = s.words(start)
    if targets is None:
        return
    if not targets and s.host and subjects and not _same(s.host, subjects):
        targets = list(s.host)
    if not targets:
        s.draft.unknown.append(words)
        s.run_open = s.joined = False
        return
    if not subjects:
        s.draft.unknown.append(s.words(start, start + 1))
        s.draft.step(words, "no relation: its target was not understood", "adjust")
        s.run, s.run_open = list(targets), False
        return
    if kinds == ("on",):
        kinds = ("above",)
        s.draft.step(words, "placed above", "adjust")
    holders = subjects if kinds == ("contains",) else targets if marker.words.lower() == "surrounded by" else []
    if sum(_size(ref) for ref in holders) > 1:
        s.draft.unknown.append(marker.words)
        s.draft.step(words, "no relation: things cannot be placed in a circle around others", "adjust")
        kinds = ()
    for kind in kinds:
        _link(s, kind, subjects, targets, words)
    s.mentioned += [ref for ref in targets if ref not in s.mentioned]
    if first_new < len(s.draft.groups):
        s.subjects = [ref for ref in s.subjects if ref not in targets] or s.subjects
    s.run, s.run_open = subjects, False
    s.last, s.after_target = list(targets), True
    s.which = False


def _targets(s: State, kinds: tuple[str, ...], subjects: list[Ref]) -> list[Ref] | None:
    """Return the things after a relation; None when it turned out to speak of the image or its background."""
    found: list[Ref] = []
    while True:
        start = s.i
        s.skip("fill")
        if s.kind == "pron":
            s.i += 1
            return found + _that(s, str(s.lexemes[s.i - 1].value), subjects)
        p = read_phrase(s.lexemes, s.i)
        if p.noun.kind in (*THINGS, "one", "object", "group"):
            s.i = p.end
            saved = (s.run, s.run_open, s.last)
            found += [ref for ref in find_or_make(s, p) if ref not in found]
            s.run, s.run_open, s.last = saved
            s.draft.unknown += [lexeme.words for lexeme in p.unknown]
            if not _another_target(s, kinds, found):
                return found
            s.i += 1
        elif p.unknown and not p.noun.kind:
            s.i = p.end
            s.draft.unread.append(s.words(p.start))
            s.draft.unknown.append(s.words(start if found else start - 1))
            return found or None
        else:
            return None if _of_ground(s, p, start, kinds, subjects) else found


def _of_ground(s: State, p: Phrase, start: int, kinds: tuple[str, ...], subjects: list[Ref]) -> bool:
    """Return whether a relation turned out to speak of the image or its background; its words are read then."""
    before = s.words(start - 1, start)
    s.i = start
    if p.noun.kind in ("scenic", "sky_noun", "ground"):
        _of_image(s, kinds, before, subjects)
        if kinds != ("below",) or p.noun.kind != "scenic":
            s.draft.covered |= before.places
        return True
    about_sky = not p.noun.kind and kind_at(s.lexemes, p.end) in ("time", "empty_sky", "starry")
    s.draft.covered |= before.places if about_sky else set()
    return about_sky


def _another_target(s: State, kinds: tuple[str, ...], found: list[Ref]) -> bool:
    """Return whether "and" brings one more target: "above a square and a star", but not "… and a star at the top"."""
    if s.kind != "and":
        return False
    p = read_phrase(s.lexemes, s.i + 1)
    if p.noun.kind not in (*THINGS, "one", "group"):
        return False
    if kinds == ("between",):
        return len(found) == 1
    following = kind_at(s.lexemes, p.end)
    if following in ("in", "on", "by"):
        return read_phrase(s.lexemes, p.end + 1).noun.kind not in THINGS
    return following not in ("rel", "be", "place", "row", "column", "which", "with")


def _same(a: list[Ref], b: list[Ref]) -> bool:
    return bool(set(a) & set(b))


def _that(s: State, which: str, subjects: list[Ref]) -> list[Ref]:
    """Return what "it" or "them" means after a relation: the host of "with", else the last other thing."""
    if s.host and not _same(s.host, subjects):
        return list(s.host)
    pool = [ref for ref in (*s.before_all, *s.mentioned) if ref not in subjects]
    return pool[-1:] if which == "it" else [ref for ref in (s.before or s.mentioned) if ref not in subjects]


def _of_image(s: State, kinds: tuple[str, ...], words: str, subjects: list[Ref]) -> None:
    """ "left of the image", "above the sea": a place, not a relation."""
    for kind in kinds:
        where = {"above": "top", "left_of": "left", "right_of": "right"}.get(kind)
        refs = [ref for ref in subjects if ref[0].shape not in SKY and ref[0].get("place", ref[1]) is None]
        if where and refs:
            give(s, refs, "place", where, words)


def _link(s: State, kind: str, subjects: list[Ref], targets: list[Ref], words: str) -> None:
    if kind == "contains":
        kind, subjects, targets = "inside", targets, subjects
    if kind == "between":
        targets = _two(s, targets, words)
        if len(targets) != 2:
            s.draft.unknown.append(words)
            return
    others = [(subject, [ref for ref in targets if ref != subject]) for subject in subjects]
    links = [Link(kind, [subject], rest, words) for subject, rest in others if len(rest) >= 1 + (kind == "between")]
    s.draft.links += links
    if not links:
        s.draft.unknown.append(words)
        return
    who = ", ".join(name_of(ref) for ref in subjects)
    s.draft.step(words, f"{who} {kind} {', '.join(name_of(ref) for ref in targets)}")


def _two(s: State, targets: list[Ref], words: str) -> list[Ref]:
    """Return the two sides of "between": two things, or two members of one group."""
    if len(targets) == 1 and targets[0][1] is None and targets[0][0].count >= 2:
        group = targets[0][0]
        if group.count > 2:
            s.draft.step(words, f"between the first two of {group.count}", "adjust")
        return group.each()[:2]
    return targets


def read_row(s: State, marker: Lex) -> None:
    """ "in a row": what was spoken of stands in order from the left."""
    refs = _lined_up(s)
    if refs:
        link_row(s, refs, marker)
    else:
        s.row = marker


def _lined_up(s: State) -> list[Ref]:
    """Return what a row or column speaks of: the run, or all of the sentence after one thing alone."""
    alone = len(s.run) == 1 and _size(s.run[0]) == 1 and len(s.mentioned) > 1
    return list(s.mentioned if alone else s.run)


def link_row(s: State, refs: list[Ref], marker: Lex) -> None:
    """Put things in a row."""
    refs = [ref for ref in refs if ref[0].shape != "stars"]
    if sum(_size(ref) for ref in refs) < 2:
        s.draft.unknown.append(marker.words)
        return
    s.draft.links.append(Link("row", refs[:1], refs[1:], marker.words))
    s.draft.step(marker.words, f"{', '.join(name_of(ref) for ref in refs)} in a row")
    s.run_open = False


def read_column(s: State, marker: Lex) -> None:
    """ "stacked", "in a column": each stands above the next."""
    refs = _lined_up(s)
    members = [one for group, n in refs for one in ([(group, n)] if n or group.count == 1 else group.each())]
    if len(members) < 2:
        s.draft.unknown.append(marker.words)
        return
    for upper, lower in pairwise(members):
        s.draft.links.append(Link("above", [upper], [lower], marker.words))
    s.draft.step(marker.words, f"{', '.join(name_of(ref) for ref in refs)}: each above the next")
    s.run_open = False


def _size(ref: Ref) -> int:
    return ref[0].count if ref[1] is None else 1


def place(s: State, lexeme: Lex) -> None:
    """Read a place: of what was named before, or of what follows ("at the top a star")."""
    refs = list(s.referents())
    free = [ref for ref in refs if ref[0].get("place", ref[1]) is None or ref[0].from_base or s.command]
    if not free or s.lexemes[min(s.i, len(s.lexemes) - 1)].value == ":":
        if s.place:
            s.draft.unknown.append(s.place.words)
        s.place = lexeme
        return
    give(s, free, "place", str(lexeme.value), lexeme.words)
    s.run_open = False
