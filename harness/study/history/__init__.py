"""One case over many runs."""
