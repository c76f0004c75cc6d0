"""What differs between two scenes, for generating only what changed."""

from dataclasses import dataclass

from harness.prompt.scene import Scene, Thing


@dataclass(frozen=True, slots=True)
class Changes:
    """``changed`` pairs (index in the new scene, index in the base) of things that took the place of one of the base;
    ``added`` are indices of the new scene, ``removed`` of the base. ``background`` and ``style`` say whether those
    differ; a changed style touches everything.
    """

    changed: tuple[tuple[int, int], ...] = ()
    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    background: bool = False
    style: bool = False


def changed_things(base: Scene, scene: Scene) -> Changes:
    """Pair the things of ``scene`` with those of ``base``: equal ones first, then by how much they share.

    A pair of different things needs an equal shape, or an equal color and count; what is left is added or removed.
    """
    free = list(range(len(base.things)))
    rest: list[int] = []
    for i, thing in enumerate(scene.things):
        twin = next((j for j in free if base.things[j] == thing), None)
        if twin is None:
            rest.append(i)
        else:
            free.remove(twin)
    pairs = [(i, j, _likeness(scene.things[i], base.things[j])) for i in rest for j in free]
    scores = sorted((-likeness, i, j) for i, j, likeness in pairs if likeness)
    changed: list[tuple[int, int]] = []
    for _, i, j in scores:
        if i in rest and j in free:
            rest.remove(i)
            free.remove(j)
            changed.append((i, j))
    return Changes(
        tuple(sorted(changed)),
        tuple(rest),
        tuple(free),
        base.background != scene.background,
        base.style != scene.style,
    )


def _likeness(a: Thing, b: Thing) -> int:
    """Return how much two things share: 0 unless the shape is equal, or color and count are."""
    alike = a.color is not None and a.color == b.color and a.count == b.count
    if a.shape != b.shape and not alike:
        return 0
    weights = {"shape": 4, "color": 2, "count": 2, "size": 1, "place": 1}
    return 1 + sum(weight for name, weight in weights.items() if getattr(a, name) == getattr(b, name))
