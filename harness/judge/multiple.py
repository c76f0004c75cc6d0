"""Many tests at once: p-values adjusted so that a whole family keeps its rate of false alarms."""

from collections.abc import Sequence


def holm(p: Sequence[float]) -> list[float]:
    """Return adjusted p-values (Holm 1979), order kept: the chance of *any* false alarm stays below α.

    Holds under any dependence. Raises ValueError for a p-value that is not above 0 and at most 1.
    """
    order = _order(p)
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = largest
    return adjusted


def benjamini_hochberg(p: Sequence[float]) -> list[float]:
    """Return adjusted p-values (Benjamini & Hochberg 1995), order kept: at most a share α of what is called is false.

    Holds for independent and positively dependent tests. Raises ValueError as :func:`holm` does.
    """
    order = _order(p)
    adjusted, smallest = [0.0] * len(p), 1.0
    for rank in range(len(p), 0, -1):
        index = order[rank - 1]
        smallest = min(smallest, p[index] * len(p) / rank)
        adjusted[index] = smallest
    return adjusted


def _order(p: Sequence[float]) -> list[int]:
    wrong = [value for value in p if not 0 < value <= 1]
    if wrong:
        raise ValueError(f"a p-value lies above 0 and is at most 1, not {wrong[0]}")
    return sorted(range(len(p)), key=p.__getitem__)
