"""How prompts that nobody wrote for the grammar are read: ``python -m tests.prompt.strangers``.

``data/strangers*.tsv`` have for each prompt what must hold of its scene, and the words that must be listed as unknown.
Their heads say how many were right, listed and wrong before the grammar was changed for them.
A prompt is ``right`` when all of it holds, ``listed`` when the scene differs but the prompt is refused or further words
are listed, and else silently ``wrong``; what ``not`` excludes is wrong whatever is listed.
"""

import csv
import operator
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.prompt import COLORS, STYLES, PromptError, Scene, interpret

FILES = sorted((Path(__file__).parent / "data").glob("strangers*.tsv"))
_COMPARE: dict[str, Callable[[int, int], bool]] = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}
_COUNT = re.compile(r"(.+?)(<=|>=|=)(\d+)")


@dataclass(frozen=True)
class Case:
    """A prompt, what must hold of its scene, and the words that must be listed."""

    prompt: str
    holds: tuple[str, ...]
    listed: tuple[str, ...]

    def outcome(self) -> str:
        """Return ``right``, ``listed`` or ``wrong``."""
        try:
            scene = interpret(self.prompt)
        except PromptError:
            return "right" if "things=0" in self.holds else "listed"
        unknown = " ".join(scene.unknown).lower()
        named = [words.lower() for words in self.listed]
        excluded = (fact for fact in self.holds if fact.startswith("not "))
        if not all(holds(fact, scene) for fact in excluded):
            return "wrong"
        if any(not all(word in unknown for word in re.findall(r"\w+", words)) for words in named):
            return "wrong"
        if all(holds(fact, scene) for fact in self.holds):
            return "right"
        expected = set(re.findall(r"\w+", " ".join(named)))
        return "listed" if set(re.findall(r"\w+", unknown)) - expected else "wrong"


def holds(fact: str, scene: Scene) -> bool:
    """Return whether a fact is true of a scene: ``small red circle=2``, ``above star house``, ``no red heart``,
    ``background hills night``, ``style outline``, ``place sun top``, ``red thing=0``, ``not style pastel``."""
    if fact.startswith("not "):
        return not holds(fact.removeprefix("not "), scene)
    counted = _COUNT.fullmatch(fact)
    if counted:
        return _COMPARE[counted[2]](_count(counted[1], scene), int(counted[3]))
    kind, *words = fact.split()
    if kind == "background":
        ground = scene.background
        return set(words) <= {ground.kind, ground.color, ground.time}
    if kind == "style":
        return scene.style in STYLES and [scene.style] == words
    if kind == "place":
        return any(thing.shape == words[0] and thing.place == words[1] for thing in scene.things)
    if kind == "no":
        return any([x for x in (a.color, a.shape) if x] == words for a in scene.absent)
    for relation in scene.relations:
        shapes = [scene.things[i].shape for i in (relation.subject, *relation.targets)]
        if relation.kind == kind and shapes[0] == words[0] and set(words[1:]) <= set(shapes[1:] or shapes):
            return True
    return False


def _count(words: str, scene: Scene) -> int:
    if words == "things":
        return sum(thing.count for thing in scene.things if thing.color)
    *attributes, shape = words.split()
    return sum(
        thing.count
        for thing in scene.things
        if shape in ("thing", thing.shape)
        and all(word in ((thing.color if word in COLORS else thing.size) or "") for word in attributes)
    )


def cases() -> list[Case]:
    """Return every case of the files."""
    lines = [line for file in FILES for line in file.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    rows = csv.DictReader(
        (line for i, line in enumerate(lines) if not i or line != lines[0]), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    return [Case(row["prompt"].replace("\\n", "\n"), _split(row["holds"]), _split(row["listed"])) for row in rows]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def main() -> None:
    """Print how many prompts are right, listed and wrong, and each that is wrong."""
    outcomes = {case.prompt: case.outcome() for case in cases()}
    for prompt, outcome in outcomes.items():
        if outcome == "wrong":
            print(f"wrong: {prompt}")
    counts = Counter(outcomes.values())
    print(f"{len(outcomes)} prompts: " + ", ".join(f"{counts[name]} {name}" for name in ("right", "listed", "wrong")))


if __name__ == "__main__":
    main()
