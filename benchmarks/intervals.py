"""Intervals of shares, as the reports print them."""

from scipy.stats import binomtest


def wilson(hits: int, of: int) -> str:
    """Return a share and its 95 % interval (Wilson); a dash where nothing was counted."""
    if not of:
        return "–"
    low, high = binomtest(hits, of).proportion_ci(method="wilson")
    return f"{hits / of:.3f} ({low:.3f} to {high:.3f})"
