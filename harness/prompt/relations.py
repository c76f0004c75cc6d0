"""Relations between groups become relations between things, such that a layout can meet them all."""

from dataclasses import replace

from harness.prompt.consistency import consistent
from harness.prompt.draft import Draft, Group, Link, Ref
from harness.prompt.errors import PromptContradictionError, TooManyThingsError
from harness.prompt.scene import SKY, Relation, Thing
from harness.prompt.validation import MAX_RELATIONS

Index = dict[tuple[int, int | None], list[int]]
Found = list[tuple[Relation, str]]


def settle_relations(draft: Draft, parts: list[Thing], index: Index) -> tuple[list[Relation], list[Thing]]:
    """Return the relations of the things, and the things (a nested one gives its place to its holder)."""
    found: Found = []
    for link in draft.links:
        found += [(r, link.words) for r in _expand(draft, link, index)]
    found += _rows(draft, index, found)
    found = list({r: (r, words) for r, words in reversed(found)}.values())[::-1]
    found = [(r, words) for r, words in found if _supported(draft, r, words, parts)]
    holder = _holders(found)
    parts = _inherit_places(draft, parts, holder)
    found = _inherit(draft, found, holder)
    found = _one_row_each(draft, found)
    if len(found) > MAX_RELATIONS:
        raise TooManyThingsError(len(found), MAX_RELATIONS, "relations")
    accepted: list[Relation] = []
    for relation, words in found:
        if not consistent(parts, [*accepted, relation]):
            before = next((w for r, w in found if r in accepted and not consistent(parts, [r, relation])), "the rest")
            if consistent(parts, [relation]):
                raise PromptContradictionError(f"{before!r} is asked for", f"{words!r} cannot hold as well")
            raise PromptContradictionError("the places of things are given", f"{words!r} cannot hold as well")
        accepted.append(relation)
    return accepted, parts


def _expand(draft: Draft, link: Link, index: Index) -> list[Relation]:
    def parts_of(refs: list[Ref]) -> list[int]:
        return [i for g, n in refs for i in index.get((id(g), n if g.count > 1 else None), [])]

    subjects, targets = parts_of(link.subjects), parts_of(link.targets)
    if link.kind == "row":
        members = list(dict.fromkeys(subjects + targets))
        return [Relation("row", members[0], tuple(members[1:]))] if members else []
    if link.kind == "between":
        sides = [parts_of([ref]) for ref in link.targets]
        if len(sides) != 2:
            return []
        return [
            Relation("between", s, (a, b)) for s in subjects for a in sides[0] for b in sides[1] if len({s, a, b}) == 3
        ]
    if link.kind == "inside" and len(targets) > 1:
        draft.step(link.words, "inside the first of them", "adjust")
        targets = targets[:1]
    return [Relation(link.kind, s, (t,)) for s in subjects for t in targets if s != t]


def _rows(draft: Draft, index: Index, found: Found) -> Found:
    """Put groups with a first, a second … in a row, unless something else places them."""
    rows: Found = []
    for group in draft.groups:
        members = index[id(group), None]
        if group.ordered and len(members) > 1 and not _arranged(members, found, group):
            draft.step(group.words, "in a row, so that their order can be seen", "assume")
            rows.append((Relation("row", members[0], tuple(members[1:])), group.words))
    return rows


def _arranged(members: list[int], found: Found, group: Group) -> bool:
    related = any(
        len(set(members) & {r.subject, *r.targets}) > 1 or (r.kind == "inside" and r.subject in members)
        for r, _ in found
    )
    return related or len({group.get("place", n) for n in range(1, group.count + 1)}) > 1


def _supported(draft: Draft, r: Relation, words: str, parts: list[Thing]) -> bool:
    members = [parts[i] for i in (r.subject, *r.targets)]
    problem = ""
    if any(thing.shape == "stars" for thing in members):
        problem = "no relation: stars are scattered over the sky"
    elif r.kind == "row" and sum(thing.count for thing in members) < 2:
        problem = "one thing alone is not a row"
    elif r.kind == "inside" and members[1].shape in SKY:
        problem = f"nothing can be placed inside the {members[1].shape}"
    if problem:
        draft.step(words, problem, "adjust")
    return not problem


def _holders(found: Found) -> dict[int, int]:
    """Return what holds each thing: one for each, no circles."""
    holder: dict[int, int] = {}
    for r, words in found:
        if r.kind != "inside":
            continue
        if r.subject in holder:
            first = next(w for k, w in found if k.kind == "inside" and k.subject == r.subject)
            raise PromptContradictionError(
                f"{first!r} is asked for", f"{words!r} would put the same thing inside another"
            )
        holder[r.subject] = r.targets[0]
        if _root(r.subject, holder) is None:
            raise PromptContradictionError("a thing lies inside another", f"{words!r} would put that one inside it")
    return holder


def _root(i: int, holder: dict[int, int]) -> int | None:
    for _ in range(len(holder) + 1):
        if i not in holder:
            return i
        i = holder[i]
    return None


def _inherit_places(draft: Draft, parts: list[Thing], holder: dict[int, int]) -> list[Thing]:
    out = list(parts)
    for inner in holder:
        place = out[inner].place
        if place is None:
            continue
        root = _root(inner, holder) or 0
        out[inner] = replace(out[inner], place=None)
        if out[root].place is None:
            out[root] = replace(out[root], place=place)
            draft.step(place, f"the {out[root].shape} that holds the {out[inner].shape} has this place", "adjust")
        elif out[root].place != place:
            raise PromptContradictionError(
                f"the {parts[inner].shape} is at the {place}", f"what holds it is at the {out[root].place}"
            )
    return out


def _inherit(draft: Draft, found: Found, holder: dict[int, int]) -> Found:
    """Move the relations of nested things to their outermost holders."""
    out: dict[Relation, tuple[Relation, str]] = {}
    for r, words in found:
        if r.kind == "inside" or not any(i in holder for i in (r.subject, *r.targets)):
            out.setdefault(r, (r, words))
            continue
        members = [_root(i, holder) or 0 for i in (r.subject, *r.targets)]
        if len(set(members)) < len(members):
            draft.step(words, "things inside one shape stand side by side; this is not arranged further", "adjust")
            continue
        outer = Relation(r.kind, members[0], tuple(members[1:]))
        draft.step(words, "holds for the shape around it", "adjust")
        out.setdefault(outer, (outer, words))
    return list(out.values())


def _one_row_each(draft: Draft, found: Found) -> Found:
    out: Found = []
    taken: set[int] = set()
    for r, words in found:
        members = {r.subject, *r.targets} if r.kind == "row" else set()
        if taken & members:
            draft.step(words, "a thing stands in one row only: the first counts", "adjust")
            continue
        taken |= members
        out.append((r, words))
    return out
