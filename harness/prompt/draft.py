"""A scene while it is being read: groups of things whose members may still be distinguished."""

from dataclasses import dataclass, field

from harness.prompt.scene import Absence, Scene, Step
from harness.prompt.vocabulary import plural_of

Ref = tuple["Group", int | None]
"""A whole group (None), or one member of it (counted from 1)."""


@dataclass(eq=False)
class Group:
    """Things named together. ``members`` holds what single members (from 1) have of their own."""

    shape: str
    color: str | None = None
    size: str | None = None
    place: str | None = None
    count: int = 1
    words: str = ""
    members: dict[int, dict[str, str | None]] = field(default_factory=dict)
    ordered: bool = False
    from_base: bool = False
    plural: bool = False

    def get(self, name: str, member: int | None = None) -> str | None:
        """Return the color, size, place or shape of the group, or of one member."""
        own = self.members.get(member, {}) if member else {}
        value: str | None = own[name] if name in own else getattr(self, name)
        return value

    def put(self, name: str, value: str | None, member: int | None = None) -> None:
        """Set an attribute of the group (members lose their own) or of one member."""
        if member is None or self.count == 1:
            setattr(self, name, value)
            for own in self.members.values():
                own.pop(name, None)
        else:
            self.members.setdefault(member, {})[name] = value

    def each(self) -> list[Ref]:
        """Return every member, from here on a thing of its own."""
        for n in range(1, self.count + 1):
            self.members.setdefault(n, {})
        return [(self, n) for n in range(1, self.count + 1)]


@dataclass(eq=False)
class Link:
    """A relation being read: ``kind`` as in RELATIONS, ``words`` as the user wrote it."""

    kind: str
    subjects: list[Ref]
    targets: list[Ref]
    words: str


@dataclass(eq=False)
class Draft:
    """Everything read so far. ``plain`` is true when a plain background was asked for,
    ``base_ground`` when it is the base scene's and nothing was said of it."""

    groups: list[Group] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    absent: list[Absence] = field(default_factory=list)
    plain: bool = False
    ground: str | None = None
    scenic: str | None = None
    time: str | None = None
    style: str | None = None
    empty_sky: bool = False
    only: str = ""
    steps: list[Step] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Those of ``unknown`` that stand where a thing is named."""
    covered: set[int] = field(default_factory=set)
    """Places of words that were read without a step of their own."""
    based: bool = False
    base_ground: bool = False

    def step(self, words: str, effect: str, kind: str = "read") -> None:
        """Record a step."""
        self.steps.append(Step(words, effect, kind))

    def on_plain(self, color: str | None = None) -> None:
        """Ask for a plain background."""
        self.plain, self.scenic, self.base_ground = True, None, False
        self.ground = color or self.ground

    def forbid(self, absence: Absence) -> None:
        """Add an absence once."""
        if absence not in self.absent:
            self.absent.append(absence)

    def load(self, scene: Scene) -> None:
        """Start from the things, relations, background, style and absences of ``scene``."""
        groups = [
            Group(t.shape, t.color, t.size, t.place, t.count, t.shape, from_base=True, plural=t.count > 1)
            for t in scene.things
        ]
        self.groups = groups
        self.links = [
            Link(r.kind, [(groups[r.subject], None)], [(groups[t], None) for t in r.targets], r.kind)
            for r in scene.relations
        ]
        self.absent = list(scene.absent)
        self.style = scene.style
        self.based = True
        if scene.background.kind == "plain":
            self.plain, self.ground, self.base_ground = True, scene.background.color, True
        else:
            self.scenic, self.time = scene.background.kind, scene.background.time
            self.empty_sky = not any(g.shape in ("sun", "moon", "stars") for g in groups)

    def remove(self, group: Group) -> None:
        """Take a group out, with its relations."""
        self.groups = [g for g in self.groups if g is not group]
        for link in self.links:
            link.subjects = [ref for ref in link.subjects if ref[0] is not group]
            link.targets = [ref for ref in link.targets if ref[0] is not group]
        self.links = [k for k in self.links if k.subjects and (k.targets or k.kind == "row")]


def name_of(ref: Ref) -> str:
    """Return a thing in words, for steps: "2 red circles", "circle 2"."""
    group, member = ref
    if member is not None and group.count > 1:
        return f"{group.shape} {member}"
    parts = [str(group.count) if group.count > 1 else "", group.size or "", group.color or ""]
    shape = group.shape if group.count == 1 else plural_of(group.shape)
    return " ".join([part for part in parts if part] + [shape])
