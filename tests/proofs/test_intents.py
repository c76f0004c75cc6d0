"""Before every call that costs money an intent is recorded: as many in the ledgers as the provider counts calls."""

from collections.abc import Iterator

import pytest

from tests.proofs.counted.project import BATCHING, BUDGET, PYTHON, Project
from tests.proofs.counted.recorded import calls, intents, ledgers, results
from tests.proofs.counted.service import PaidService

SUITE = "suites/paid.yaml"
FINE = (0, 1)
COMMANDS = {
    "run": ("run", SUITE, "--repeats", "2"),
    "audit": ("audit", SUITE, "--b", "quality=draft", "--repeats", "2"),
    "bench": ("bench", SUITE, "--quality", "standard", "--repeats", "1", "--concurrency", "2"),
    "probe": ("probe", SUITE, "--repeats", "3", "--trials", "1"),
    "calibrate": ("calibrate", SUITE, "--repeats", "3", "--all"),
}
PYTEST = ("suites", "-q", "-p", "no:cacheprovider", "--harness-budget", "100")
PARALLEL = {"pytest": (), "pytest-n2": ("-n", "2")}


def accepted(project: Project) -> None:
    """Accept the images of a first run, and forget that they were paid for."""
    assert project.harness("run", SUITE, *BUDGET) in FINE, project.printed()
    assert project.harness("accept", "--unproven", "--reason", "first") == 0, project.printed()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("provider", [PYTHON, BATCHING.format(price=0.01)], ids=["python", "batching"])
def test_a_program_is_announced_before_each_call(project: Project, command: str, provider: str) -> None:
    project.write(provider)
    if command == "calibrate":
        accepted(project)
    assert project.harness(*COMMANDS[command], *BUDGET) in FINE, project.printed()
    generated = calls(project.folder)
    assert generated.total() >= 4
    assert intents(project.reports) == generated


@pytest.mark.parametrize("more", PARALLEL.values(), ids=PARALLEL)
def test_a_program_is_announced_under_pytest(project: Project, more: tuple[str, ...]) -> None:
    project.write()
    assert project.harness(*PYTEST, *more, module="pytest") == 1, project.printed()
    assert calls(project.folder).total() == 4
    assert intents(project.reports) == calls(project.folder)


def test_confirmations_are_announced(project: Project) -> None:
    project.write(drift="calibrated")
    (project.folder / "noisy").touch()
    accepted(project)
    assert project.harness("calibrate", SUITE, "--repeats", "6", *BUDGET) == 0, project.printed()
    (project.folder / "changed").touch()
    before = calls(project.folder).total()
    assert project.harness("run", SUITE, *BUDGET) == 1, project.printed()
    assert calls(project.folder).total() - before > 4, "confirmed by further images"
    assert intents(project.reports) == calls(project.folder)


@pytest.fixture
def service() -> Iterator[PaidService]:
    with PaidService(failing=2) as service:
        yield service


@pytest.mark.parametrize("command", [*COMMANDS, *PARALLEL])
def test_a_service_is_announced_before_each_call_and_each_retry(
    project: Project, service: PaidService, command: str
) -> None:
    project.write(service.provider)
    if command == "calibrate":
        accepted(project)
        service.failing = 2
    if command in PARALLEL:
        assert project.harness(*PYTEST, *PARALLEL[command], module="pytest") == 1, project.printed()
    else:
        assert project.harness(*COMMANDS[command], *BUDGET) in FINE, project.printed()
    assert service.failing == 0
    assert service.calls >= 4 + 2, "two calls were failed and made again"
    assert intents(project.reports).total() == service.calls


@pytest.mark.parametrize("fault", ["raise", "short", "hang"])
def test_a_spoiled_batch_fails_its_trials_and_the_calibration_goes_on(project: Project, fault: str) -> None:
    project.write(BATCHING.format(price=0))
    accepted(project)
    before = set(ledgers(project.reports))
    project.environment["BATCH_FAULT"] = fault
    code = project.harness("calibrate", SUITE, "--repeats", "4", "--all", "--timeout", "2")
    assert code in (0, 1, 3), project.printed()
    assert "Traceback" not in project.printed()
    assert (project.folder / "first-batch").exists(), "a batch was asked for"
    [ledger] = set(ledgers(project.reports)) - before
    found = results(ledger)
    failed = [one for one in found.values() if one["outcome"]["verdict"] == "failed"]
    assert len(found) == 4 * 4, "every repeat has a result"
    assert len(failed) == 4, "the trials of that batch, and no other"
    assert all("image" in one for one in found.values() if one not in failed)
