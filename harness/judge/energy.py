"""Sets of images compared with each other: the energy distance and its permutation test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import Reason
from harness.vocabulary import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

TIE = 1e-9
"""Statistics closer than this part of the mean distance are equal: rounding must not decide what is a tie."""
LEAST_SHRUNK = 0.01
"""Correlations are shrunk by this much at least, so that features that are one and the same can be whitened."""


@dataclass(frozen=True, slots=True)
class SetTest:
    """Whether two arms generate from the same distribution, over several prompts (strata).

    ``p``: (1 + number of permutations at least as far) / (1 + permutations), never 0; None where the test cannot be
    made, for the reason in ``problem``. How far is the sum over the prompts of n·m/(n+m) times the energy distance.
    ``strata``: each prompt's energy distance, in standard deviations.
    """

    p: float | None
    permutations: int
    strata: tuple[float, ...]
    problem: Reason | None = None


def set_test(strata: Sequence[tuple["Floats", "Floats"]], *, permutations: int = 999, seed: int = 0) -> SetTest:
    """Return the stratified permutation test of two arms; each stratum is one prompt's vectors in arm A and in arm B.

    Which arm an image is from is permuted within its prompt only, so prompts may differ in everything. Before, the
    vectors of each prompt are whitened by their covariance, both arms pooled: features in small units count as much,
    those that move together count once, and since labels have no part in it the test stays exact. The same input and
    ``seed`` give the same p-value.

    Where the test cannot be made, ``p`` is None and ``problem`` says why: no prompt, an arm without images, one
    image against one, or features that are no numbers. Raises ValueError for vectors of unequal length.
    """
    import numpy as np

    arms = [(np.asarray(x, np.float64), np.asarray(y, np.float64)) for x, y in strata]
    problem = _problem(arms)
    if problem:
        return SetTest(None, 0, (), problem)
    pooled = [np.concatenate(pair) for pair in arms]
    observed, rounding, shuffled, distances = 0.0, 0.0, np.zeros(permutations), []
    for index, (rows, (x, y)) in enumerate(zip(pooled, arms, strict=True)):
        matrix = pair_distances(whitened(rows))
        n, m = len(x), len(y)
        weights = np.concatenate([np.full(n, 1 / n), np.full(m, -1 / m)])
        distance = _energy(matrix, weights)
        distances.append(distance)
        part = n * m / (n + m)
        observed += part * distance
        rounding += TIE * part * float(matrix.mean())
        random = np.random.default_rng([seed, index])
        many = random.permuted(np.broadcast_to(weights, (permutations, n + m)), axis=1)
        shuffled -= part * np.einsum("bi,bi->b", many @ matrix, many)
    as_far = int(np.count_nonzero(shuffled >= observed - rounding))
    return SetTest((1 + as_far) / (1 + permutations), permutations, tuple(distances))


def _problem(arms: "Sequence[tuple[Floats, Floats]]") -> Reason | None:
    import numpy as np

    if not arms:
        return Reason(Code.TEST_NO_PROMPT)
    empty = sum(1 for x, y in arms if not len(x) or not len(y))
    if empty:
        return Reason(Code.TEST_ONE_SIDED, {"count": empty, "of": len(arms)})
    if any(x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1] for x, y in arms):
        raise ValueError("two sets of vectors of one length are needed")
    wrong = sum(1 for x, y in arms if not (np.isfinite(x).all() and np.isfinite(y).all()))
    if wrong:
        return Reason(Code.TEST_NOT_FINITE, {"count": wrong, "of": len(arms)})
    if all(len(x) == len(y) == 1 for x, y in arms):
        return Reason(Code.TEST_SINGLES)
    return None


def _energy(matrix: "Floats", weights: "Floats") -> float:
    """2 E‖X−Y‖ − E‖X−X'‖ − E‖Y−Y'‖ (Székely & Rizzo 2013) from the distances of all pairs, 0 or more; ``weights`` are
    1/n for X and −1/m for Y. A vector is paired with itself too (the V-statistic), so that it is 0 for equal sets."""
    return max(0.0, float(-(weights @ matrix @ weights)))


def whitened(rows: "Floats") -> "Floats":
    """Return the rows (n × d) around their mean, made to have unit covariance: n × k.

    The correlations are shrunk towards none by the share of Ledoit & Wolf (2004), since there are fewer images than
    features. A feature that never varies within the prompt does not separate the arms and is left out.
    """
    import numpy as np

    size = np.abs(rows).max(axis=0)
    rows = rows - rows.mean(axis=0)
    deviation = rows.std(axis=0)
    used = deviation > 1e-12 * size
    rows = rows[:, used] / deviation[used]
    count, each = rows.shape
    if not each:
        return rows
    correlation = rows.T @ rows / count
    total = float(np.square(correlation).sum())
    uncertain = (float(np.square(np.square(rows).sum(axis=1)).sum()) / count - total) / count
    share = min(1.0, max(LEAST_SHRUNK, uncertain / max(total - each, 1e-12)))
    # by Cholesky: any root of the inverse gives the same distances, and eigenvectors take ten times as long
    root = np.linalg.cholesky((1 - share) * correlation + share * np.eye(each))
    return np.asarray(np.linalg.solve(root, rows.T).T)


def pair_distances(rows: "Floats") -> "Floats":
    """Euclidean distances between all rows, n × n: differences squared, since equal rows must be exactly 0 apart."""
    import numpy as np

    squares = np.zeros((len(rows), len(rows)))
    for column in rows.T:
        squares += np.square(column[:, None] - column[None, :])
    return np.sqrt(squares)
