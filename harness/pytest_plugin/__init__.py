"""The pytest plugin: a thin face over the run."""
