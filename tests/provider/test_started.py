"""Servers that the harness starts itself: real processes, and nothing of them left afterwards."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationTimeoutError, HarnessError
from harness.provider import (
    BadOptionError,
    Job,
    ReadyProvider,
    capabilities_of,
    create,
    identity_of,
    know_secrets,
    price_of,
)
from harness.provider.errors import ServerEndedError, ServerNotStartedError, ServerUnreadyError
from harness.suite import ProviderSpec
from tests.processes import alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SERVER = str(Path(__file__).parent / "started_servers" / "server.py")
BASE = "http://127.0.0.1:{port}/v1"
Make = Callable[..., Job]


def definition(*more: object, **options: Any) -> dict[str, Any]:
    command = [sys.executable, SERVER, "--port", "{port}", *map(str, more)]
    return {"command": command, "ready": "/health", "timeout": 20, **options}


def options(*more: object, base_url: str = BASE, **given: Any) -> dict[str, Any]:
    return {"base_url": base_url, "server": definition(*more, **given), "concurrency": 4}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., ReadyProvider]]:
    """``opened(…)`` makes a provider of the test server; all are closed at the end, and no process is left."""
    made: list[ReadyProvider] = []

    def make(*more: object, name: str = "mine", **given: Any) -> ReadyProvider:
        provider = create(name, "openai-compatible", options(*more, **given), tmp_path)
        assert isinstance(provider, ReadyProvider)
        made.append(provider)
        return provider

    yield make
    for provider in made:
        provider.close()
    assert not list(filter(alive, pids(tmp_path)))


def pids(folder: Path) -> list[int]:
    path = folder / "pids.txt"
    return list(map(int, path.read_text().split())) if path.exists() else []


def test_it_is_started_when_it_is_needed_and_ended_with_its_last_user(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path
) -> None:
    one, two = opened(name="one"), opened(name="two")
    assert not pids(tmp_path)
    one.ready()
    image = one.generate(job("a lake", seed=1))
    assert two.generate(job("a lake", seed=1)).data == image.data
    assert len(pids(tmp_path)) == 1
    assert image.environment["server"]["command"].endswith("server.py --port {port}")
    assert image.cost == 0.0
    one.close()
    assert all(map(alive, pids(tmp_path)))
    two.close()
    assert not any(map(alive, pids(tmp_path)))


def test_another_definition_is_another_server(opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path) -> None:
    dark, bright = opened(name="dark"), opened("--shade", 20, name="bright")
    assert dark.generate(job("a lake", seed=1)).data != bright.generate(job("a lake", seed=1)).data
    assert len(pids(tmp_path)) == 2


@pytest.mark.parametrize("flag", ["--daemon", "--child"])
def test_what_leaves_the_server_is_ended_too(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path, flag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the child ignores SIGTERM
    monkeypatch.setattr("harness.provider.started.process.GRACE", 0.2)
    provider = opened(flag)
    provider.ready()
    assert provider.generate(job("a lake", seed=1)).data
    found = pids(tmp_path)
    assert list(map(alive, found)) == [True] * (2 if flag == "--child" else 1)
    provider.close()
    assert not any(map(alive, found))


def test_a_crash_fails_the_trials_in_flight_and_the_rest_at_once(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path
) -> None:
    provider = opened("--crash-after", 1)
    provider.ready()
    provider.generate(job("a lake", seed=1))
    with ThreadPoolExecutor(2) as pool:
        faults = [pool.submit(provider.generate, job("a lake", seed=seed, timeout=30)).exception() for seed in (2, 3)]
    for fault in faults:
        assert isinstance(fault, GenerationError)
        assert "SIGKILL" in fault.problem
        assert "device-side assert" in fault.problem
        assert fault.failover
    assert len(pids(tmp_path)) == 1
    with pytest.raises(ServerEndedError) as again:
        provider.ready()
    assert "SIGKILL" in again.value.problem


def test_it_is_started_again_as_often_as_it_may(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path
) -> None:
    provider = opened("--crash-after", 1, restart=1)
    for expected in (True, False, True, False, False):
        try:
            provider.generate(job("a lake", seed=1))
        except GenerationError:
            assert not expected
        else:
            assert expected
    assert len(pids(tmp_path)) == 2


def test_a_server_that_hangs_times_out_trial_by_trial(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path
) -> None:
    provider = opened("--hang-after", 0)
    provider.ready()
    with pytest.raises(GenerationTimeoutError):
        provider.generate(job("a lake", seed=1, timeout=0.3))
    assert all(map(alive, pids(tmp_path)))


@pytest.mark.parametrize(
    ("more", "given", "expected", "words"),
    [
        (("--never-ready",), {"timeout": 0.5}, ServerUnreadyError, "answers 503"),
        (("--deaf", "--say", "loading"), {"timeout": 0.5, "ready": None}, ServerUnreadyError, "loading"),
        (("--exit", 3), {}, ServerUnreadyError, "no model was found"),
        ((), {"command": ["no-such-program", "{port}"]}, ServerNotStartedError, "no-such-program"),
        ((), {"cwd": "nowhere"}, ServerNotStartedError, "nowhere"),
        ((), {"version": [sys.executable, "-c", "raise SystemExit(4)"]}, ServerNotStartedError, "exit status 4"),
    ],
)
def test_a_server_that_does_not_start(
    opened: Callable[..., ReadyProvider],
    job: Make,
    tmp_path: Path,
    more: tuple[object, ...],
    given: dict[str, Any],
    expected: type[HarnessError],
    words: str,
) -> None:
    provider = opened(*more, **given)
    with pytest.raises(expected) as raised:
        provider.ready()
    assert words in str(raised.value)
    assert raised.value.hint
    assert not any(map(alive, pids(tmp_path)))
    with pytest.raises(GenerationError):
        provider.generate(job("a lake", seed=1))


def test_a_fixed_port_that_is_taken(opened: Callable[..., ReadyProvider], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, SERVER, "--port", str(port)]
        provider = opened(base_url=f"http://127.0.0.1:{port}/v1", command=command)
        with pytest.raises(ServerNotStartedError) as raised:
            provider.ready()
    assert str(port) in str(raised.value)
    assert not pids(tmp_path)
    # it fails the same way as long as the run lasts; the next run finds the port free
    provider.close()
    opened(base_url=f"http://127.0.0.1:{port}/v1", command=command).ready()
    assert len(pids(tmp_path)) == 1


def test_a_free_port_that_another_program_takes_first(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness.provider.started import server

    free = server._free_port
    # the other program accepts a connection and answers nothing
    monkeypatch.setattr(server, "_ANSWER_TIME", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1]])
        monkeypatch.setattr(server, "_free_port", lambda: next(ports, None) or free())
        assert opened().generate(job("a lake", seed=1)).data
    assert len(pids(tmp_path)) == 2


def test_the_port_can_come_by_a_variable(opened: Callable[..., ReadyProvider], job: Make) -> None:
    provider = opened(command=[sys.executable, SERVER], env={"PORT": "{port}"}, ready="http://127.0.0.1:{port}/health")
    assert provider.generate(job("a lake", seed=1)).data


def test_version_and_commit_are_recorded(opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "code.py").write_text("one")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "add", "code.py"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    version = [sys.executable, "-c", "print('v1.2'); print('more')"]
    one = opened(version=version)
    found = one.generate(job("a lake", seed=1)).environment["server"]
    assert (found["version"], found["commit"]) == ("v1.2", commit)
    one.close()
    (tmp_path / "code.py").write_text("two")
    assert opened().generate(job("a lake", seed=1)).environment["server"]["commit"] == f"{commit}-dirty"


def test_secrets_reach_the_server_and_nothing_that_is_kept(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAID_TOKEN", "tok-0123456789-secret")
    monkeypatch.setenv("OTHER_TOKEN", "tok-9876543210-secret")
    monkeypatch.delenv("NO_TOKEN", raising=False)
    provider = opened("--say", "it is", pass_env=["SAID_TOKEN", "NO_TOKEN"])
    image = provider.generate(job("a lake", seed=1))
    assert image.notes == ("pass_env: NO_TOKEN is not set",)
    provider.log_to(tmp_path)  # type: ignore[attr-defined]
    provider.log_to(tmp_path)  # type: ignore[attr-defined]
    provider.close()
    log = (tmp_path / "server-mine.log").read_text()
    assert log.count("it is ***") == 1
    assert "POST /v1/images" in log
    assert "tok-0123456789-secret" not in log + str(image.environment)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"base_url": BASE}, ("base_url",)),
        ({"base_url": BASE, "server": {"command": ["a"]}}, ("server", "command")),
        ({"base_url": "http://127.0.0.1:9/v1", "server": {"command": ["a", "{port}"]}}, ("base_url",)),
        ({"base_url": "http://127.0.0.1:9/v1", "server": {"command": []}}, ("server", "command")),
        ({"base_url": "http://127.0.0.1:9/v1", "server": {"command": "a b"}}, ("server", "command")),
        ({"base_url": "http://127.0.0.1:9/v1", "server": {}}, ("server", "command")),
        ({"base_url": "http://127.0.0.1:9/v1", "server": "main"}, ("server",)),
        ({"base_url": "http://127.0.0.1:9", "server": {"command": ["a"], "env": {"API_KEY": "x"}}},
         ("server", "env", "API_KEY")),
        ({"base_url": "http://127.0.0.1:9", "server": {"command": ["a"], "ready": "/{port}"}}, ("server", "ready")),
        ({"base_url": "http://127.0.0.1:9", "server": {"command": ["a"], "reday": "/"}}, ("server", "reday")),
    ],
)  # fmt: skip
def test_definitions_that_cannot_be_used(given: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(BadOptionError) as raised:
        capabilities_of(ProviderSpec("mine", "openai-compatible", given))
    assert [problem.path for problem in raised.value.problems] == [path]


@pytest.mark.parametrize("kind", ["openai", "openai-compatible", "automatic1111", "gemini", "openrouter"])
def test_it_is_free_needs_no_key_and_is_never_cached(
    kind: str, job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    spec = ProviderSpec("mine", kind, options(), str(tmp_path))
    recipe = job("a lake", seed=1).recipe
    assert price_of(spec, recipe) == 0.0
    assert identity_of(spec, recipe) is None
    assert price_of(ProviderSpec("mine", kind, options() | {"price": 0.5}), recipe) == 0.5
    provider = create("mine", kind, spec.options, tmp_path)
    assert isinstance(provider, ReadyProvider)
    provider.ready()
    provider.close()


KILLED = """
import sys
from pathlib import Path
from harness.provider import create
provider = create("mine", "openai-compatible", {options!r}, Path({folder!r}))
provider.ready()
print("ready", flush=True)
import time
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_the_harness_however_that_ends(tmp_path: Path, number: signal.Signals) -> None:
    program = KILLED.format(options=options("--daemon"), folder=str(tmp_path))
    errors = tmp_path / "errors.txt"
    with (
        errors.open("wb") as to,
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=to,
        ) as harness,
    ):
        assert harness.stdout is not None
        assert harness.stdout.readline() == b"ready\n", errors.read_text()
        found = pids(tmp_path)
        assert list(map(alive, found)) == [True]
        harness.send_signal(number)
        try:
            harness.wait(30)
        finally:
            harness.kill()
    wait_until(lambda: not any(map(alive, found)))


def test_the_server_ends_though_its_supervisor_is_killed(
    opened: Callable[..., ReadyProvider], job: Make, tmp_path: Path
) -> None:
    provider = opened()
    provider.ready()
    (server,) = pids(tmp_path)
    supervisor = int(Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not alive(server))
    with pytest.raises(GenerationError):
        provider.generate(job("a lake", seed=1))


def test_variables_that_are_passed_are_known_as_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.errors import redact

    monkeypatch.setenv("HUB_TOKEN", "hub-5555-token-5555")
    know_secrets({"server": definition(pass_env=["HUB_TOKEN"])})
    assert "hub-5555" not in redact("it is hub-5555-token-5555")
