"""Shards as one run: what only the whole can tell is made again."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.baseline import Baselines
from harness.ledger import Merged, merge, rewrite_record
from harness.runner.sets import pooled_sets


def merge_shards(folders: Sequence[Path], into: Path, *, baselines: Baselines | None = None, name: str = "") -> Merged:
    """Merge shards (:func:`harness.ledger.merge`), and test all sets of the whole against what was accepted in
    ``baselines`` (None: where the run looked). Raises as :func:`harness.ledger.merge`."""
    merged = merge(folders, into, name=name)
    sets = pooled_sets(merged.folder, baselines or Baselines(Path(merged.record.baselines)))
    if sets is None:
        return merged
    record = replace(merged.record, sets=sets)
    rewrite_record(merged.folder, record)
    return replace(merged, record=record)
