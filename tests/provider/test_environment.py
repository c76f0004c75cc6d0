"""What is known of the environment of a provider: stated, reported by its server, read from the process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.provider import BadOptionError, Job, Provider, capabilities_of, create
from harness.provider.process_environment import child_environment, level_of, process_environment
from harness.records import PROCESS, field_of, field_trouble, scalar
from harness.suite import ProviderSpec
from tests.provider.servers.base import Act, Received, hang, html, raw, reply
from tests.provider.servers.compatible import Compatible
from tests.provider.servers.images import PROMPT

Make = Callable[..., Job]
V2 = frozenset({"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"})
V3 = V2 | {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}
V4 = V3 | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


class Reporting(Compatible):
    """A server with a page that tells its environment."""

    version: Act = staticmethod(reply({"device": {"name": "L40S"}, "torch": "2.9.0", "Odd-Name": 1, "reply": 2}))

    def handle(self, received: Received) -> Act:
        return self.version if received.path == "/version" else super().handle(received)


@pytest.fixture
def server() -> Iterator[Reporting]:
    with Reporting() as server:
        yield server


@pytest.fixture
def build(server: Reporting) -> Iterator[Callable[..., Provider]]:
    made: list[Provider] = []

    def build(**options: Any) -> Provider:
        made.append(create("sd", "openai-compatible", {"base_url": server.base_url, **options}, Path()))
        return made[-1]

    yield build
    for provider in made:
        provider.close()


def test_a_url_is_read_after_each_image(build: Callable[..., Provider], server: Reporting, job: Make) -> None:
    provider = build(environment_from={"url": "/version", "fields": {"gpu": "device.name", "torch": "torch"}})
    assert field_of(provider.generate(job(PROMPT)).environment, "gpu") == "L40S"
    server.version = reply({"device": {"name": "A100"}})
    output = provider.generate(job(PROMPT, seed=1))
    assert (output.environment["gpu"], "torch" in output.environment) == ("A100", False)
    assert any("torch" in note for note in output.notes)


def test_without_fields_all_of_it_is_taken_that_has_a_name(build: Callable[..., Provider], job: Make) -> None:
    output = build(environment_from={"url": "/version"}).generate(job(PROMPT))
    assert output.environment["device"] == {"name": "L40S"}
    assert field_of(output.environment, "device.name") == "L40S"
    assert "Odd-Name" not in output.environment
    assert output.environment["reply"] != 2
    assert any("Odd-Name" in note for note in output.notes)


@pytest.mark.parametrize(
    "act",
    [html(502), raw(b"<html>", "text/html"), raw(b"{", "application/json"), reply([1]), reply({}, 404), reply("x")],
)
def test_a_url_that_fails_fails_no_image(
    build: Callable[..., Provider], server: Reporting, job: Make, act: Act
) -> None:
    server.version = act
    output = build(environment_from={"url": "/version", "fields": {"gpu": "device.name"}}).generate(job(PROMPT))
    assert output.data
    assert "gpu" not in output.environment
    assert any(note.startswith("environment: ") for note in output.notes)


def test_a_url_that_hangs_is_left_alone_for_a_while(
    build: Callable[..., Provider], server: Reporting, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.provider.remote.server_environment.READ_TIME", 0.2)
    server.version = hang()
    provider = build(environment_from={"url": "/version"})
    for seed in range(3):
        output = provider.generate(job(PROMPT, seed=seed))
        assert output.data
        assert any(note.startswith("environment: ") for note in output.notes)
    assert sum(one.path == "/version" for one in server.requests) == 1


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('{"gpu": "L40S", "threads": 4}', {"gpu": "L40S", "threads": 4}),
        ("gpu=L40S; threads=4, driver=550.10", {"gpu": "L40S", "threads": 4, "driver": "550.10"}),
        ("GPU=L40S", {"gpu": "L40S"}),
        ("nothing of the kind", {}),
        ("{broken", {}),
        ("", {}),
    ],
)
def test_one_header_may_hold_all(
    build: Callable[..., Provider], server: Reporting, job: Make, header: str, found: dict[str, Any]
) -> None:
    server.every = {"X-Env": header} if header else {}
    output = build(environment_from={"header": "x-env"}).generate(job(PROMPT))
    assert {name: output.environment.get(name) for name in found} == found
    assert bool(found) == (not any(note.startswith("environment: ") for note in output.notes))


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"environment": {"GPU": "x"}}, ("environment", "GPU")),
        ({"environment": {"reply": "x"}}, ("environment", "reply")),
        ({"environment": {"gpu": " "}}, ("environment", "gpu")),
        ({"environment_from": {}}, ("environment_from",)),
        ({"environment_from": {"url": "https://elsewhere.test/version"}}, ("environment_from", "url")),
        ({"environment_from": {"header": {"Gpu": "x-gpu"}}}, ("environment_from", "header", "Gpu")),
        ({"environment_from": {"header": {"gpu": "x-gpu"}, "fields": {"gpu": "x"}}}, ("environment_from", "fields")),
        ({"environment_from": {"fields": {"gpu": "x"}, "adress": "/v"}}, ("environment_from", "adress")),
    ],
)
def test_what_cannot_be_a_source_is_refused(
    build: Callable[..., Provider], options: dict[str, Any], path: tuple[str, ...]
) -> None:
    with pytest.raises(BadOptionError) as refused:
        build(**options)
    assert path in [problem.path for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("source", "known"),
    [
        ({"header": {"gpu": "x-gpu"}}, {"gpu"}),
        ({"url": "/v", "fields": {"torch": "t"}, "header": {"gpu": "x-gpu"}}, {"gpu", "torch"}),
        ({"header": "x-env", "fields": {"gpu": "g"}}, {"gpu"}),
        ({"header": "x-env"}, None),
        ({"url": "/v"}, None),
    ],
)
def test_which_fields_are_supplied_is_known_where_it_can_be(source: dict[str, Any], known: set[str] | None) -> None:
    options = {"base_url": "http://127.0.0.1:1/v1", "environment_from": source, "environment": {"zone": "eu"}}
    reports = capabilities_of(ProviderSpec("sd", "openai-compatible", options)).reports
    if known is None:
        assert reports is None
    else:
        assert reports is not None
        assert reports >= known | {"zone", "served_model"}


def test_text_becomes_a_value() -> None:
    assert [scalar(text) for text in ("4", " true ", "550.10", "007", "L40S", "-3")] == [
        4, True, "550.10", "007", "L40S", -3,
    ]  # fmt: skip
    assert [bool(field_trouble(name)) for name in ("gpu", "gpu_family", "GPU", "", "scene", "a-b", "9x")] == [
        False, False, True, True, True, True, True,
    ]  # fmt: skip


def test_levels_of_the_processor() -> None:
    assert level_of(V4) == "x86-64-v4"
    assert level_of(V4 - {"avx512vl"}) == "x86-64-v3"
    assert level_of(V4 - {"bmi2"}) == "x86-64-v2"
    assert level_of(V4 - {"popcnt"}) == "x86-64"
    assert level_of(frozenset()) == ""


def test_a_process_reads_what_is_imported_and_imports_nothing() -> None:
    code = (
        "import sys, json\n"
        "class torch:\n"
        "    __version__ = '2.9.0'\n"
        "    get_num_threads = staticmethod(lambda: 3)\n"
        "sys.modules['torch'] = torch\n"
        "from harness.provider.process_environment import process_environment\n"
        "before = set(sys.modules)\n"
        "found = process_environment()\n"
        "print(json.dumps([found, sorted(set(sys.modules) - before)]))\n"
    )
    variables = {**os.environ, "OMP_NUM_THREADS": "2", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    found, imported = json.loads(done.stdout)
    assert found["packages"]["torch"] == "2.9.0"
    assert found["threads"] == 3
    assert found["variables"]["OMP_NUM_THREADS"] == "2"
    assert found["variables"]["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert "determinism" not in found
    assert not [name for name in imported if not name.startswith(("harness", "ctypes", "_"))]


def test_a_program_reports_the_variables_that_it_sees(
    tmp_path: Path, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    (tmp_path / "p.py").write_text("import sys; sys.stdout.write('x')")
    options = {"argv": [sys.executable, "p.py"], "env": ["OMP_NUM_THREADS"]}
    process = create("p", "command", options, tmp_path).generate(job()).environment[PROCESS]
    assert process["variables"] == {"OMP_NUM_THREADS": "7"}
    assert process == child_environment({"OMP_NUM_THREADS": "7"})
    assert process_environment()["variables"]["MKL_CBWR"] == "COMPATIBLE"
