"""A chat model that reads prompts is paid like a provider: allowed, announced before each call, counted, and killed."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.proofs.counted.project import Project
from tests.proofs.counted.recorded import intents
from tests.provider.servers.base import Loopback, hang, status
from tests.provider.servers.chat import SCENE, chat

PRICE = 0.001
READER = 'kind: painter, interpreter: {{kind: llm, model: reader-1, base_url: "{url}/v1", price: 0.001, retries: 2}}'
RUN = ("run", "suites/paid.yaml", "--json")
Made = Callable[..., Project]


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A chat server that tells no cost: the stated price holds."""
    with Loopback(lambda _: chat(SCENE, cost=None)) as running:
        yield running


@pytest.fixture
def made(project: Project, server: Loopback) -> Made:
    """A project whose prompts that server reads, two trials, with a budget."""

    def make(budget: str = "{}") -> Project:
        project.write(READER.format(url=server.url), seeds="[0]")
        (project.folder / "harness.toml").write_text(f"budget = {budget}\n")
        return project

    return make


def interpret(server: Loopback, *more: str) -> tuple[str, ...]:
    asked = ("interpret", "two red circles", "--interpreter", "llm", "--model", "reader-1")
    return (*asked, "--base-url", f"{server.url}/v1", *more)


def month(project: Project) -> Any:
    assert project.harness("history", "--spend", "--json") == 0, project.printed()
    [row] = json.loads(project.printed())["months"]
    return row


def under_way(project: Project, server: Loopback, *arguments: str) -> subprocess.Popen[str]:
    """A command whose next call reached the server, which does not answer."""
    before = len(server.requests)
    process = project.start(*arguments)
    until = time.monotonic() + 60
    while len(server.requests) == before:
        assert process.poll() is None, project.printed()
        assert time.monotonic() < until, project.printed()
        time.sleep(0.02)
    return process


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(60)


@pytest.mark.parametrize("more", [("--price", "0.001"), ()])
def test_nobody_allowed_an_interpretation(made: Made, server: Loopback, more: tuple[str, ...]) -> None:
    project = made()
    assert project.harness(*interpret(server, *more)) == 2
    assert "no paid call is approved" in project.printed()
    assert not server.requests
    assert not project.reports.exists()


def test_an_interpretation_counts_into_the_month(made: Made, server: Loopback) -> None:
    project = made("{month = 0.0015}")
    server.script(status(500), chat("no", cost=None))
    assert project.harness(*interpret(server, "--price", str(PRICE))) == 0, project.printed()
    assert len(server.requests) == 3, "a retry and a repair"
    assert intents(project.reports).total() == 3
    assert month(project)["cost"] == pytest.approx(PRICE)
    assert project.harness(*interpret(server, "--price", str(PRICE))) == 2
    assert len(server.requests) == 3, "the rest of the month does not hold another"


def test_a_free_interpretation_leaves_nothing_behind(made: Made, server: Loopback) -> None:
    project = made()
    assert project.harness(*interpret(server, "--price", "0")) == 0, project.printed()
    assert len(server.requests) == 1
    assert not project.reports.exists()


@pytest.mark.parametrize("limit", ["run", "month"])
def test_a_budget_of_0_sends_nothing(made: Made, server: Loopback, limit: str) -> None:
    project = made(f"{{{limit} = 0}}")
    assert project.harness(*interpret(server, "--price", str(PRICE))) == 2
    assert project.harness(*RUN) == 3
    assert project.harness("suites", "-q", module="pytest") == 1
    assert not server.requests
    assert intents(project.reports).total() == 0


def test_an_answer_that_is_no_scene_was_paid_for(made: Made, server: Loopback) -> None:
    project = made()
    server.script(chat("no", cost=None), chat("no", cost=None))
    assert project.harness(*interpret(server, "--price", str(PRICE), "--live")) == 3
    assert intents(project.reports).total() == len(server.requests) == 2
    row = month(project)
    assert (row["known"], row["possibly_billed"], row["unknown"]) == (0, PRICE, 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_an_interpretation_killed_before_its_answer_was_possibly_billed(made: Made, server: Loopback) -> None:
    project = made("{month = 0.0015}")
    server.script(hang())
    killed(under_way(project, server, *interpret(server, "--price", str(PRICE))))
    assert intents(project.reports).total() == len(server.requests) == 1
    assert month(project)["possibly_billed"] == pytest.approx(PRICE)
    assert project.harness(*interpret(server, "--price", str(PRICE))) == 2
    assert len(server.requests) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_run_killed_while_a_prompt_is_read_goes_on_and_counts_both(made: Made, server: Loopback) -> None:
    project = made("{month = 0.0035}")
    server.script(hang(), hang())
    killed(under_way(project, server, *RUN))
    before = len(server.requests)
    assert 1 <= before <= 2
    assert intents(project.reports).total() >= before, "announced before it was sent"
    assert project.harness(*RUN, "--resume") in (1, 3), project.printed()
    assert intents(project.reports).total() >= len(server.requests)
    row = month(project)
    assert row["cost"] + row["possibly_billed"] <= 0.0035 + 1e-9
    assert row["possibly_billed"] >= before * PRICE - 1e-9
