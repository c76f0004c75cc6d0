"""Drawing a recorded trial once more, to prove that its picture repeats."""

from collections.abc import Callable, Mapping
from pathlib import Path

from harness.ledger import read_run
from harness.provider import Job, Provider, create
from harness.records import TrialResult
from harness.run.options import RunOptions
from harness.run.planning import plan_of


def redraw(folder: Path) -> Callable[[TrialResult], bytes | None]:
    """A function that draws a trial of this run again: its bytes, or None where that would prove or cost something
    it should not (the provider does not promise exact seeds, or it costs money, or the suite no longer names it)."""
    providers: dict[str, Provider] | None = None

    def again(result: TrialResult) -> bytes | None:
        nonlocal providers
        if providers is None:
            providers = _providers(folder)
        provider = providers.get(result.recipe.subject.provider)
        if provider is None or result.recipe.subject.kind != provider.kind:
            return None
        can = provider.capabilities
        if not can.seed.startswith("exact") or can.price != 0:
            return None
        return provider.draw(Job(result.recipe, result.key, result.repeat)).data

    return again


def _providers(folder: Path) -> dict[str, Provider]:
    record = read_run(folder)
    overrides = record.arguments.get("set", {})
    options = RunOptions(
        suites=tuple(map(Path, record.suites)),
        baselines=Path(record.baselines),
        overrides=overrides if isinstance(overrides, Mapping) else {},
    )
    specs = plan_of(options).providers
    return {name: create(spec.name, spec.kind, spec.options, Path(spec.root)) for name, spec in specs.items()}
