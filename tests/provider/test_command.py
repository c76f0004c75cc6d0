"""A program as a provider: its arguments, its end, its output, and nothing left of it behind."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.image import DEFAULT_LIMITS
from harness.provider import BadOptionError, IsolatedProvider, Job, Provider, create
from harness.provider.local.template import NoValueError, parse_template

Make = Callable[..., Job]
Start = Callable[..., Provider]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A command that runs Python code; its arguments follow."""
    made: list[Provider] = []

    def start(code: str, *arguments: Any, **options: Any) -> Provider:
        (tmp_path / "program.py").write_text(code)
        argv = [sys.executable, "program.py", *arguments]
        made.append(create("mine", "command", {"argv": argv, **options}, tmp_path))
        return made[-1]

    yield start
    for provider in made:
        provider.close()


ECHO = "import sys, json; sys.stdout.write(json.dumps(sys.argv[1:]))"


def test_arguments_are_filled_and_no_shell_sees_them(start: Start, job: Make, tmp_path: Path) -> None:
    provider = start(ECHO, "--prompt={prompt}", "{seed}", "{width}x{height}", "{{x}}", "{steps}", "{settings}", 7)
    prompt = "$(touch hacked); `id` && echo 'x' {seed} |"
    generated = provider.generate(job(prompt, 3, steps=4, width=80))
    assert json.loads(generated.data) == [f"--prompt={prompt}", "3", "80x64", "{x}", "4", '{"steps": 4}', "7"]
    assert not (tmp_path / "hacked").exists()


def test_a_group_is_left_out_when_it_has_no_value(start: Start, job: Make, tmp_path: Path) -> None:
    provider = start(ECHO, ["--image", "{input_image}"], ["--model", "{model}"], ["--strength={strength}"])
    assert provider.generate(job(model="m1")).data == b'["--model", "m1"]'
    given = provider.generate(job(image=tmp_path / "in.png", strength=0.5))
    assert given.data.decode() == f'["--image", "{tmp_path}/in.png", "--strength=0.5"]'


def test_a_missing_value_outside_a_group_is_a_fault(start: Start, job: Make) -> None:
    with pytest.raises(GenerationError, match=r"\{steps\} has no value") as caught:
        start(ECHO, "{steps}").generate(job())
    assert "[--steps, '{steps}']" in caught.value.hint


def test_a_file_or_standard_output(start: Start, job: Make) -> None:
    to_file = start("import sys; print('noise'); open(sys.argv[1], 'wb').write(b'image')", "{out}")
    assert to_file.generate(job()).data == b"image"
    to_output = start("import sys; sys.stdout.write('image')")
    assert to_output.generate(job()).data == b"image"


SEES = """
import json, os, sys
text = json.dumps([sys.argv[1], os.environ.get("OMP_NUM_THREADS"), os.environ.get("PYTHONHASHSEED")])
open(sys.argv[1], "w").write(text)
"""


def test_held_still_it_writes_to_one_path_and_sees_other_variables(
    start: Start, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OMP_NUM_THREADS", "PYTHONHASHSEED"):
        monkeypatch.delenv(name, raising=False)
    provider = start(SEES, "{out}")
    assert isinstance(provider, IsolatedProvider)

    def seen(one: Provider) -> list[Any]:
        return list(json.loads(one.generate(job()).data))

    plain = [seen(provider) for _ in range(2)]
    assert plain[0][0] != plain[1][0]
    assert plain[0][1:] == [None, None]
    with provider.isolated(threads=2, environment={"PYTHONHASHSEED": "0"}) as held:
        first, second = seen(held), seen(held)
    assert first == second == [first[0], "2", "0"]
    assert not Path(first[0]).parent.exists()


def test_held_still_programs_at_the_same_time_have_paths_of_their_own(start: Start, job: Make) -> None:
    provider = start("import sys, time; time.sleep(0.5); open(sys.argv[1], 'w').write(sys.argv[1])", "{out}")
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated() as held, ThreadPoolExecutor(2) as pool:
        paths = {one.data for one in pool.map(held.generate, [job(), job()])}
    assert len(paths) == 2


def test_a_question_is_answered_on_standard_output(start: Start, job: Make) -> None:
    provider = start("import sys; print(len(sys.argv[1]))", "{ask}", ["{out}"])
    generated = provider.generate(job(prompt="", ask="how many?"))
    assert (generated.answer, generated.data) == ("9", b"")


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (
            "import sys; sys.exit('no such\\nmodel \\x1b[31mred')",
            GenerationError,
            "failed (exit status 1): no such model [31mred",
        ),
        ("import sys; sys.exit(3)", GenerationError, "failed (exit status 3), without a message"),
        (
            "import sys; sys.stderr.write('not that'); sys.exit(77)",
            GenerationRefusedError,
            "the program refused: not that",
        ),
        ("import os; os.abort()", GenerationError, "failed (killed by SIGABRT)"),
        ("pass", GenerationError, "the program wrote nothing to standard output"),
    ],
)
def test_how_it_ends(start: Start, job: Make, code: str, kind: type[GenerationError], said: str) -> None:
    with pytest.raises(GenerationError) as caught:
        start(code).generate(job())
    assert type(caught.value) is kind
    assert said in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_empty_or_missing_file(start: Start, job: Make) -> None:
    with pytest.raises(GenerationError, match=r"wrote no file to \{out\}"):
        start("print('hello')", "{out}").generate(job())
    with pytest.raises(GenerationError, match=r"wrote nothing to \{out\}"):
        start("import sys; open(sys.argv[1], 'w')", "{out}").generate(job())


def test_only_the_end_of_long_errors_is_reported(start: Start, job: Make) -> None:
    with pytest.raises(GenerationError) as caught:
        start("import sys; sys.stderr.write('x' * 100_000 + ' the reason'); sys.exit(1)").generate(job())
    assert str(caught.value).endswith(" the reason")
    assert len(str(caught.value)) < 600


def test_a_timeout_kills_the_program_and_its_children(start: Start, job: Make, tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(GenerationTimeoutError, match="no image within 2 s"):
        start(code, price=0).generate(job(timeout=2.0))
    child = int((tmp_path / "pid").read_text())
    assert _ends(child)


def test_a_program_that_writes_without_end_is_stopped(start: Start, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.provider.local.command.DEFAULT_LIMITS", type(DEFAULT_LIMITS)(bytes=100_000))
    code = "import sys\nwhile True: sys.stdout.write('x' * 10_000)"
    with pytest.raises(GenerationError, match="wrote more than 100,000 bytes of output"):
        start(code).generate(job())


def test_closing_ends_what_is_running(start: Start, job: Make, tmp_path: Path) -> None:
    provider = start("import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")
    faults: list[BaseException] = []

    def generate() -> None:
        try:
            provider.generate(job(timeout=600))
        except GenerationError as fault:
            faults.append(fault)

    thread = threading.Thread(target=generate)
    thread.start()
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.01)
    provider.close()
    thread.join(30)
    assert "killed by SIGKILL" in str(faults[0])
    with pytest.raises(GenerationError):
        provider.generate(job())


def test_only_named_variables_are_passed_and_their_values_never_reported(
    start: Start, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OTHER_KEY", "hidden")
    code = "import os, sys; sys.exit(f\"key {os.environ.get('MY_API_KEY')} {os.environ.get('OTHER_KEY')}\")"
    with pytest.raises(GenerationError) as caught:
        start(code, env=["MY_API_KEY"]).generate(job())
    assert str(caught.value).endswith(": key *** None")


def test_what_it_is_and_what_it_left_out_is_recorded(start: Start, job: Make) -> None:
    generated = start(ECHO, "{prompt}").generate(job(quality="hd", negative_prompt="green"))
    assert generated.environment["program"] == Path(sys.executable).name
    assert len(generated.environment["program_digest"]) == 64
    assert generated.environment["omitted"] == ["negative_prompt", "quality", "seed", "size"]


def test_its_promise_follows_its_arguments(start: Start) -> None:
    assert start(ECHO, "{prompt}").capabilities.seed == "none"
    seeded = start(ECHO, "{prompt}", "--seed={seed}", "{width}", "{cfg}")
    assert seeded.capabilities.seed == "best-effort"
    assert seeded.capabilities.honors == {"prompt", "seed", "size", "cfg"}
    assert start(ECHO, "{settings}", promise="exact").capabilities.honors == {"*"}
    assert start(ECHO, "{seed}", promise="exact").capabilities.seed == "exact"


def test_a_prompt_with_a_nul_is_no_argument(start: Start, job: Make) -> None:
    with pytest.raises(GenerationError, match="NUL"):
        start(ECHO, "{prompt}").generate(job("a\0b"))


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "argv"),
        ({"argv": "generate --prompt"}, "argv"),
        ({"argv": []}, "argv"),
        ({"argv": [["a"]]}, "argv"),
        ({"argv": ["no-such-program-anywhere"]}, "argv"),
        ({"argv": ["./missing"]}, "argv"),
        ({"argv": ["true"], "suffix": "png"}, "suffix"),
        ({"argv": ["true"], "suffix": "./x"}, "suffix"),
        ({"argv": ["true"], "env": "PATH"}, "env"),
        ({"argv": ["true"], "price": -1}, "price"),
        ({"argv": ["true"], "promise": "always"}, "promise"),
    ],
)
def test_bad_options(tmp_path: Path, options: dict[str, Any], name: str) -> None:
    with pytest.raises(BadOptionError) as caught:
        create("mine", "command", options, tmp_path)
    (problem,) = caught.value.problems
    assert name == (problem.path[0] if problem.path else problem.message.split("`")[1])


def test_a_relative_program_starts_at_the_suite(tmp_path: Path, job: Make) -> None:
    program = tmp_path / "tools" / "draw"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nprintf image\n")
    program.chmod(0o755)
    provider = create("mine", "command", {"argv": ["tools/draw"]}, tmp_path)
    assert provider.generate(job()).data == b"image"


def test_a_file_that_is_no_program(tmp_path: Path, job: Make) -> None:
    (tmp_path / "generate").write_text("image")
    provider = create("mine", "command", {"argv": ["./generate"]}, tmp_path)
    with pytest.raises(GenerationError, match="cannot be started: Permission denied"):
        provider.generate(job())


def test_a_template_keeps_lone_braces() -> None:
    template = parse_template(["x", "{", '{"a": {seed}}', "{}", "{ seed }"])
    assert template is not None
    assert template.fill({"seed": "1"}) == ["x", "{", '{"a": 1}', "{}", "{ seed }"]
    with pytest.raises(NoValueError):
        template.fill({})


def _ends(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent, within ten seconds."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False
