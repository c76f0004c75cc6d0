"""How much the dependencies of an installation take on disk, and what would go with each that is declared.

python -m tools.install_size
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution, requires
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_.-]+")
PACKAGE = "image-harness"


def needs(name: str) -> list[str]:
    """Return the distributions that one needs here, without those of its extras."""
    found = [NAME.match(text)[0] for text in requires(name) or () if "extra ==" not in text and is_here(text)]  # type: ignore[index]
    return [one.lower().replace("_", "-") for one in found]


def is_here(requirement: str) -> bool:
    """Return whether what a requirement names is installed."""
    try:
        distribution(NAME.match(requirement)[0])  # type: ignore[index]
    except PackageNotFoundError:
        return False
    return True


def closure(names: list[str]) -> set[str]:
    """Return the distributions and everything that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs(name)
    return found


def size(one: Distribution) -> float:
    """Return the MB of the files of a distribution, without bytecode."""
    paths = [Path(str(one.locate_file(file))) for file in one.files or () if "__pycache__" not in file.parts]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6


def main() -> None:
    """Print a row for each declared dependency: its own size, and what goes with it where nothing else needs it."""
    declared = needs(PACKAGE)
    every = closure(declared)
    sizes = {name: size(distribution(name)) for name in every}
    rows = []
    for name in declared:
        alone = every - closure([other for other in declared if other != name])
        rows.append((sum(sizes[one] for one in alone), name, sizes[name], sorted(alone - {name})))
    print(f"{sum(sizes.values()):.0f} MB in {len(every)} distributions, without bytecode\n")
    print("| dependency | MB | MB that go with it | of these |")
    print("|---|---|---|---|")
    for gone, name, own, others in sorted(rows, reverse=True):
        print(f"| {name} | {own:.1f} | {gone:.1f} | {', '.join(others)} |")


if __name__ == "__main__":
    main()
