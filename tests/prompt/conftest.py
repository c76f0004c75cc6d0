from collections.abc import Callable

import pytest

from harness.prompt.scene import Scene, Thing


def _compact(scene: Scene) -> str:
    ground = scene.background
    parts = [
        "; ".join(_thing(t) for t in scene.things),
        ", ".join(" ".join([r.kind, str(r.subject), *map(str, r.targets)]) for r in scene.relations),
        f"plain {ground.color}" if ground.kind == "plain" else f"{ground.kind} {ground.time}",
        scene.style if scene.style != "flat" else "",
        " ".join("-" + "-".join(x for x in (a.color, a.shape) if x) for a in scene.absent),
        "? " + ", ".join(scene.unknown) if scene.unknown else "",
    ]
    return " | ".join(part for part in parts if part)


def _thing(t: Thing) -> str:
    words = (
        str(t.count) if t.count > 1 else "",
        t.size or "",
        t.color or "",
        t.shape,
        f"@{t.place}" if t.place else "",
    )
    return " ".join(word for word in words if word)


@pytest.fixture(scope="session")
def compact() -> Callable[[Scene], str]:
    """A scene in one short line: things; relations; background; style; absences; unknown words."""
    return _compact
