"""``--resume --rerun``: what failed in an outage is generated again within its run, and nothing else."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.ledger import iter_results
from harness.records import RunRecord, TrialResult
from harness.runner import RunOptions, execute, plan_of, unfinished

Project = Callable[..., Path]
SUITES = (Path("suites/small.yaml"),)
OUTAGE = """
    if (HERE / "down").exists() and seed in (1, 2):
        raise OSError("the service is down")
    if (HERE / "prude").exists() and seed == 3:
        from harness.errors import GenerationRefusedError
        raise GenerationRefusedError("mine", "not that")
"""


@pytest.fixture
def outage(project: Project) -> Path:
    """Two cases of four seeds; while ``down`` is stored seeds 1 and 2 fail, while ``prude`` does 3 is refused."""
    folder = project(seeds="0..3", options=", concurrency: 1")
    program = folder / "generation.py"
    program.write_text(program.read_text().replace('    if "slow" in prompt', f'{OUTAGE}    if "slow" in prompt'))
    for file in ("down", "prude"):
        (folder / file).touch()
    return folder


def run(*rerun: str, name: str = "latest", **options: object) -> tuple[RunRecord, dict[str, TrialResult], Path]:
    there = unfinished(Path("reports"), name, SUITES, rerun) if rerun else None
    given = RunOptions(SUITES, resume=there, rerun=rerun, **options)  # type: ignore[arg-type]
    record, folder = execute(plan_of(given), given)
    return record, {str(result.key): result for result in iter_results(folder)}, folder


def generated(folder: Path) -> Counter[str]:
    return Counter(line.split("|")[1] for line in (folder / "generated.txt").read_text().splitlines())


def test_what_failed_is_generated_again_in_a_run_that_was_complete(outage: Path) -> None:
    record, _, folder = run()
    assert (record.totals, record.complete) == ({"failed": 4, "new": 2, "refused": 2}, True)
    before = {str(r.key): r for r in iter_results(folder) if r.image is not None}
    (outage / "down").unlink()
    record, results, again = run("failed")
    assert again == folder
    assert (record.totals, record.complete) == ({"new": 6, "refused": 2}, True)
    assert {name: results[name] for name in before} == before
    assert generated(outage) == {"0": 2, "1": 4, "2": 4, "3": 2}
    (outage / "prude").unlink()
    assert run("failed", "refused")[0].totals == {"new": 8}
    assert generated(outage)["3"] == 4
    with pytest.raises(UsageError, match=r"no unfinished run of .*, and none with failed or refused trials"):
        run("failed", "refused")
    assert run("failed", name=folder.name)[0].totals == {"new": 8}
    assert sum(generated(outage).values()) == 14


def test_a_run_that_was_cut_short_is_finished_too(outage: Path) -> None:
    from harness.runner import Run

    options = RunOptions(SUITES)
    with Run(plan_of(options), options) as first:
        for number, _ in enumerate(first.results(plan_of(options).trials(1)), 1):
            if number == 3:
                first.session.limits.stop.set()
        first.finish(complete=False, stopped="interrupted")
    (outage / "down").unlink()
    record, _, _ = run("failed")
    assert (record.totals, record.complete) == ({"new": 6, "refused": 2}, True)


def test_what_was_possibly_billed_is_reported_and_counts_against_the_budget(outage: Path) -> None:
    suite = Path("suites/small.yaml")
    suite.write_text(suite.read_text().replace("price: 0", "price: 0.1"))
    program = outage / "generation.py"
    lost = 'from harness.errors import GenerationError; raise GenerationError("mine", "lost", possibly_billed=True)'
    program.write_text(program.read_text().replace('raise OSError("the service is down")', lost))
    _, results, _ = run()
    assert [name for name, result in results.items() if result.possibly_billed] == [
        f"small/{case}/base-s{seed}" for case in ("plain", "other") for seed in (1, 2)
    ]
    (outage / "down").unlink()
    # 0.20 for images, 0.40 that may have been spent: 0.15 leaves room for one more
    record, _, folder = run("failed", budget=0.75)
    assert (record.stopped, record.totals["new"]) == ("budget", 3)
    assert record.notes == (
        "4 calls were possibly billed without an image, up to $0.4: small/plain/base-s1, "
        "small/plain/base-s2, small/other/base-s1 …",
    )
    record, _, _ = run("failed", budget=2)
    assert record.totals == {"new": 6, "refused": 2}
    assert "4 calls were possibly billed" in (record.notes or ("",))[0]
    assert sum('"rerun"' in line for line in (folder / "trials.jsonl").read_text().splitlines()) == 4


def test_the_refusals_of_a_set_stay(chance: Callable[..., Path]) -> None:
    chance("  - {id: free, prompt: free dots, provider: free, drift: set, samples: 4}\n")
    Path("refusing").write_text("2")
    given = RunOptions((Path("suites/chance.yaml"),))
    record, folder = execute(plan_of(given), given)
    assert record.totals["refused"] == 2
    given = RunOptions(given.suites, resume=folder, rerun=("failed", "refused"))
    assert execute(plan_of(given), given)[0].totals == record.totals
