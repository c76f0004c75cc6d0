"""A scene in many wordings: what its plain description says, by other words, clauses and forms of sentences."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from harness.prompt import vocabulary as v
from harness.prompt.background import USUAL_SKY
from harness.prompt.description import _NUMBERS, _ORDINALS, _absence, _listed, _unique
from harness.prompt.scene import SHAPES, SKY, Absence, Background, Relation, Scene, Thing

_RELATIONS = {
    "left_of": ("to the left of", "left of", "on the left of"),
    "right_of": ("to the right of", "right of", "on the right of"),
    "above": ("above", "over", "higher than"),
    "below": ("below", "under", "beneath", "underneath"),
    "between": ("between", "in between"),
    "inside": ("inside", "within", "inside of"),
    "next_to": ("next to", "beside", "close to"),
    "row": ("in a row", "in a line", "lined up"),
}
_PLACES = {
    "left": ("on the left", "on the left side", "at the left edge"),
    "right": ("on the right", "on the right side", "at the right edge"),
    "top": ("at the top", "at the very top", "at the top of the picture"),
    "bottom": ("at the bottom", "at the bottom of the picture"),
    "center": ("in the middle", "in the center", "in the centre of the picture"),
    "top-left": ("in the top left corner", "at the top left", "in the upper left"),
    "top-right": ("in the top right corner", "at the top right", "in the upper right"),
    "bottom-left": ("in the bottom left corner", "at the bottom left", "in the lower left"),
    "bottom-right": ("in the bottom right corner", "at the bottom right", "in the lower right"),
}
_SKY = {"sun": ("the sun", "a sun"), "moon": ("the moon", "a moon"), "stars": ("stars", "scattered stars", "sky stars")}
_TIMES = {"day": ("by day", "in daylight"), "sunset": ("at sunset", "at sundown"), "night": ("at night", "at midnight")}
_STYLES = {
    "flat": ("in flat style", "in a flat style"),
    "outline": ("in outline style", "with black outlines", "in comic style", "as a cartoon"),
    "pastel": ("in pastel style", "in pastel colors", "in soft colors"),
}
_ODD = {"round shape", "plus sign", "deciduous tree", "annulus", "torus", "minute", "great", "rose colored",
        "normal sized", "five pointed star", "crucifix", "dark", "smaller", "larger", "bigger", "smallest", "largest",
        "biggest", "home", "as large as possible", "as big as possible", "as small as possible"}  # fmt: skip
"""Words that are understood but never chosen here."""


def paraphrase(scene: Scene, wording: int) -> str:
    """One line that says what the scene shows. ``scene`` must be valid; wording 0 is the plain one."""
    return _Writer(scene, wording).text()


@dataclass(slots=True)
class _Writer:
    """``turn`` counts the choices by SHA-256; wording 0 always takes the first."""

    scene: Scene
    wording: int
    turn: int = 0

    def choose(self, options: Sequence[str]) -> str:
        return options[self.number(len(options))]

    def number(self, options: int) -> int:
        if self.wording == 0:
            return 0
        self.turn += 1
        digest = hashlib.sha256(f"{self.wording}\0{self.turn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % options

    def text(self) -> str:
        inline = self._inline()
        things = self._things(inline)
        relations = [self._sentence(r) for r in self.scene.relations if r is not inline]
        ground = self._ground(self.scene.background)
        style = self.choose(_STYLES[self.scene.style])
        if self.scene.style == "flat" and self.number(2) == 0:
            style = ""
        absent = self._absent()
        front = self.number(4)
        if not things:
            parts = [", ".join(x for x in (ground, style) if x)]
        elif front == 1:
            parts = [", ".join(x for x in (ground, style) if x), things]
        elif front == 2 and style:
            parts = [f"{style}, {ground}", things]
        elif front == 3:
            parts = [self.choose(("draw ", "please draw ", "there is ", "a picture of ")) + things, ground, style]
        else:
            parts = [things, ", ".join(x for x in (ground, style) if x)]
        parts += relations
        if absent:
            parts.insert(0 if self.number(4) == 3 else len(parts), absent)
        return " ".join(part[0].upper() + part[1:] + "." for part in parts if part)

    def _things(self, inline: Relation | None) -> str:
        items: list[str] = []
        done: set[int] = set()
        for i, thing in enumerate(self.scene.things):
            if i in done:
                continue
            if inline is not None and i == inline.subject:
                items.append(self._together(inline))
                done |= {inline.subject, *inline.targets}
            else:
                items.append(self._placed(thing))
        simple = inline is None and not any(t.place for t in self.scene.things) and ";" not in "".join(items)
        if simple and len(items) > 1 and self.number(3) < 2:
            return f"{', '.join(items[:-1])} and {items[-1]}"
        return "; ".join(items)

    def _inline(self) -> Relation | None:
        """Return the relation to report together with its things: the only one, between neighbors."""
        if len(self.scene.relations) != 1 or self.number(4) == 3:
            return None
        r = self.scene.relations[0]
        members = (r.subject, *r.targets)
        beside = members == tuple(range(r.subject, r.subject + len(members)))
        return r if beside and not any(self.scene.things[i].place for i in members) else None

    def _together(self, r: Relation) -> str:
        names = [self._name(self.scene.things[i]) for i in (r.subject, *r.targets)]
        words = self.choose(_RELATIONS[r.kind])
        if r.kind == "row":
            return f"{_listed(names)} {words}"
        return f"{names[0]} {words} {' and '.join(names[1:])}"

    def _placed(self, thing: Thing) -> str:
        name = self._name(thing)
        if thing.place is None:
            return name
        place = self.choose(_PLACES[thing.place])
        return f"{place}, {name}" if self.number(4) == 3 else f"{name} {place}"

    def _name(self, thing: Thing) -> str:
        """Return the thing where it is first named."""
        if thing.shape in SKY:
            return self.choose(_SKY[thing.shape])
        words = [self._synonym(thing.color or "", v.COLORS)]
        words.append(self._synonym(thing.size, v.SIZES) if thing.size else "")
        if self.number(3) != 1:
            words.reverse()
        shape = self._synonym(thing.shape, v.SHAPES)
        rest = " ".join([word for word in words if word] + [v.plural_of(shape) if thing.count > 1 else shape])
        if thing.count == 1:
            return f"{'an' if rest[0] in 'aeiou' else 'a'} {rest}"
        return f"{self.choose((_NUMBERS[thing.count], str(thing.count)))} {rest}"

    def _synonym(self, word: str, table: dict[str, tuple[str, ...]]) -> str:
        """Return the word itself half of the time, else one that means the same."""
        if self.number(2) == 0:
            return word
        return self.choose([w for words in table[word] if (w := words.removeprefix("~")) not in _ODD])

    def _sentence(self, r: Relation) -> str:
        names = [self._reference(i) for i in (r.subject, *r.targets)]
        words = self.choose(_RELATIONS[r.kind])
        if r.kind == "row":
            many = len(names) > 1 or self.scene.things[r.subject].count > 1
            return f"{_listed(names)} {'are' if many else 'is'} {words}"
        verb = "are" if self.scene.things[r.subject].count > 1 else "is"
        return f"{names[0]} {verb} {words} {' and '.join(names[1:])}"

    def _reference(self, i: int) -> str:
        """Words that mean thing ``i`` and no other."""
        thing = self.scene.things[i]
        if thing.shape in SKY:
            return f"the {thing.shape}"
        shape = thing.shape if thing.count == 1 else v.plural_of(thing.shape)
        forms = [("color",), (), ("size", "color")] if thing.size else [("color",), ()]
        if thing.size:
            forms.append(("size",))
        names = [
            f"the {' '.join(getattr(thing, name) for name in form)} {shape}".replace("  ", " ")
            for form in forms
            if _unique(self.scene, i, form)
        ]
        return self.choose(names) if names else f"the {_ORDINALS[i]} group"

    def _ground(self, ground: Background) -> str:
        if ground.kind == "plain":
            return self.choose((f"on a plain {ground.color} background", f"on a {ground.color} background"))
        time = ground.time or "day"
        name = {"hills": ("hills", "rolling hills", "a landscape"), "sea": ("the sea", "the ocean")}[ground.kind]
        words = f"{self.choose(name)} {self.choose(_TIMES[time])}"
        forbidden = all(Absence(shape) in self.scene.absent for shape in USUAL_SKY[time])
        if forbidden or any(thing.shape in SKY for thing in self.scene.things):
            return words
        return f"{words} under an empty sky"

    def _absent(self) -> str:
        absent = list(self.scene.absent)
        present = {thing.shape for thing in self.scene.things}
        only = False
        for k in range(len(absent)):
            others = [Absence(s) for s in (*SHAPES, *SKY) if s not in present and Absence(s) not in absent[:k]]
            if absent[k:] == others:
                absent, only = absent[:k], True
                break
        names = [_absence(a) for a in absent]
        written = _listed([f"no {name}" for name in names]) if names else ""
        if names and all(a.shape for a in absent) and self.number(3) == 1:
            written = f"without {_listed(names)}"
        if only:
            return f"{written}, nothing else" if written else "nothing else"
        return written
