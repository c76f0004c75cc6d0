"""The public API, as ``import harness`` offers it: thin, typed, through the one runner. Nothing imports this room."""
