"""A function as a provider: what it is called with, what it may return, and what becomes of its exceptions."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import GenerationError, GenerationRefusedError, GenerationTimeoutError
from harness.image import decode
from harness.provider import BadOptionError, IsolatedProvider, Job, Provider, create
from harness.records import PROCESS

Make = Callable[..., Job]
Start = Callable[..., Provider]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def start(code: str, **options: Any) -> Provider:
        (tmp_path / "mine.py").write_text(code)
        return create("mine", "python", {"function": "mine.py:generate", **options}, tmp_path)

    return start


def test_it_gets_the_arguments_it_takes(start: Start, job: Make) -> None:
    code = (
        "def generate(prompt, width, *, seed, steps=3, model=None):\n"
        "    return repr((prompt, width, seed, steps, model)).encode()"
    )
    generated = start(code).generate(job("x", 7, steps=9, model="m", quality="hd", negative_prompt="no"))
    assert generated.data == b"('x', 64, 7, 9, 'm')"
    process = generated.environment[PROCESS]
    assert process["packages"]["numpy"] == np.__version__
    assert generated.environment == {
        "function": "mine.py:generate", "omitted": ["negative_prompt", "quality"], PROCESS: process,
    }  # fmt: skip


def test_it_may_take_everything(start: Start, job: Make) -> None:
    generated = start("def generate(**given):\n    return repr(sorted(given)).encode()").generate(job(style="flat"))
    assert b"'style'" in generated.data
    assert b"'negative_prompt'" in generated.data
    assert "omitted" not in generated.environment


@pytest.mark.parametrize("name", ["job", "recipe"])
def test_it_may_take_the_record(start: Start, job: Make, name: str) -> None:
    path = "job.recipe" if name == "job" else "recipe"
    generated = start(f"def generate({name}):\n    return {path}.request.prompt.encode()").generate(job("hello"))
    assert generated.data == b"hello"


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np\ndef generate(): return np.full((3, 2, 3), 9, np.uint8)",
        "import numpy as np\ndef generate(): return np.full((3, 2), 9, np.uint8)",
        "from PIL import Image\ndef generate(): return Image.new('RGB', (2, 3), (9, 9, 9))",
        "from pathlib import Path\nfrom PIL import Image\ndef generate():\n"
        "    path = Path(__file__).with_name('out.png'); Image.new('L', (2, 3), 9).save(path); return path",
        "from PIL import Image\nimport io\ndef generate():\n"
        "    out = io.BytesIO(); Image.new('L', (2, 3), 9).save(out, 'PNG'); return memoryview(out.getvalue())",
    ],
)
def test_what_it_may_return(start: Start, job: Make, code: str) -> None:
    image = decode(start(code).generate(job()).data)
    assert np.array_equal(image.pixels, np.full((3, 2, 3), 9, np.uint8))


def test_it_may_return_the_whole_story(start: Start, job: Make) -> None:
    code = "from harness.provider import Output\ndef generate(): return Output(b'x', {'gpu': 'none'}, 1.5, 0.02)"
    generated = start(code).generate(job())
    assert generated.environment == {"gpu": "none", PROCESS: generated.environment[PROCESS]}
    assert (generated.seconds, generated.cost) == (1.5, 0.02)


def test_a_question_is_answered_with_a_text(start: Start, job: Make) -> None:
    generated = start("def generate(ask): return 'two'").generate(job(prompt="", ask="how many?"))
    assert (generated.answer, generated.data) == ("two", b"")
    with pytest.raises(GenerationError, match="an answer is a text"):
        start("def generate(ask): return 2").generate(job(prompt="", ask="how many?"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def generate(): return None", "returned nothing"),
        ("def generate(): return 3", "returned no image: a int"),
        ("import numpy as np\ndef generate(): return np.zeros((2, 2, 3))", "an array of float64, not uint8"),
        ("import numpy as np\ndef generate(): return np.zeros((2, 2, 2, 3), np.uint8)", "returned no image: "),
        ("def generate(): return 'missing.png'", "'missing.png' cannot be read: No such file"),
        (
            "from PIL import Image\ndef generate(): return Image.new('CMYK', (2, 2))",
            "returned no image: cannot write mode",
        ),
        ("def generate(): raise ValueError('too\\nbad')", "ValueError: too bad"),
        ("def generate(prompt, cfg): return b''", "needs `cfg`, which this trial has not"),
        ("def generate(prompt, /): return b''", "takes `prompt` by position only"),
        ("import no_such_module", "cannot be imported: ModuleNotFoundError"),
        ("def generate(:", "cannot be imported: SyntaxError"),
        ("generate = 3", "has no function `generate`"),
        ("", "has no function `generate`"),
    ],
)
def test_faults(start: Start, job: Make, code: str, said: str) -> None:
    with pytest.raises(GenerationError) as caught:
        start(code).generate(job())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_it_may_refuse(start: Start, job: Make) -> None:
    refused = "GenerationRefusedError"
    code = f"from harness.errors import {refused}\ndef generate(): raise {refused}('x', 'not that')"
    with pytest.raises(GenerationRefusedError, match="not that"):
        start(code).generate(job())


@pytest.mark.parametrize("function", ["none.py:generate", "no_such_module_anywhere:generate"])
def test_a_missing_file_is_an_option_that_cannot_be_used(tmp_path: Path, function: str) -> None:
    with pytest.raises(BadOptionError) as caught:
        create("mine", "python", {"function": function}, tmp_path)
    assert [problem.path for problem in caught.value.problems] == [("function",)]


def test_a_module_beside_the_suite(tmp_path: Path, job: Make) -> None:
    (tmp_path / "module_beside_the_suite.py").write_text("def generate(prompt): return prompt.encode()")
    provider = create("mine", "python", {"function": "module_beside_the_suite:generate"}, tmp_path)
    assert provider.generate(job("hello")).data == b"hello"


@pytest.mark.parametrize("function", ["generate", "mine:", ":generate", "mine:a.b", "mine:1", ""])
def test_a_function_that_cannot_be(tmp_path: Path, function: str) -> None:
    with pytest.raises(BadOptionError):
        create("mine", "python", {"function": function}, tmp_path)


def test_nothing_is_imported_before_the_first_generate(start: Start) -> None:
    assert start("raise SystemExit").capabilities.seed == "best-effort"


def test_a_process_of_its_own(start: Start, job: Make) -> None:
    code = (
        "import os, sys\n"
        "def generate(prompt):\n"
        "    print('noise that must not disturb')\n"
        "    return f\"{os.getpid()} {os.environ.get('OMP_NUM_THREADS')} {os.environ.get('EXTRA')}\".encode()\n"
    )
    provider = start(code)
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated(threads=3) as one, provider.isolated(threads=1) as other:
        first, second = one.generate(job()).data.split(), other.generate(job()).data.split()
        assert one.generate(job()).data.split() == first, "one process serves all generates"
    assert (first[1], second[1]) == (b"3", b"1")
    assert first[0] != second[0]


def test_faults_come_back_from_the_process(start: Start, job: Make) -> None:
    code = (
        "import os, time\n"
        "from harness.errors import GenerationRefusedError\n"
        "def generate(prompt):\n"
        "    if prompt == 'refuse': raise GenerationRefusedError('x', 'not that', 'ask for less')\n"
        "    if prompt == 'hang': time.sleep(600)\n"
        "    if prompt == 'die': os.write(2, b'out of memory'); os._exit(9)\n"
        "    raise ValueError('bad')\n"
    )
    provider = start(code)
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated() as apart:
        with pytest.raises(GenerationRefusedError, match="not that") as refused:
            apart.generate(job("refuse"))
        assert refused.value.hint == "ask for less"
        with pytest.raises(GenerationError, match="ValueError: bad"):
            apart.generate(job())
        with pytest.raises(GenerationError, match="process ended with status 9: out of memory"):
            apart.generate(job("die"))
        with pytest.raises(GenerationError, match="its process has ended"):
            apart.generate(job())
    with provider.isolated() as apart, pytest.raises(GenerationError, match="no image within 1 s"):
        apart.generate(job("hang", timeout=1.0))


@pytest.mark.parametrize("statement", ["sys.exit(3)", "raise BaseException('odd')", "raise GeneratorExit"])
@pytest.mark.parametrize("imported", [True, False])
def test_leaving_is_the_fault_of_the_trial(
    tmp_path: Path, job: Callable[..., Job], statement: str, *, imported: bool
) -> None:
    body = f"import sys\n{statement if imported else ''}\ndef generate(seed):\n    {statement}\n"
    (tmp_path / "leaving.py").write_text(body)
    provider = create("mine", "python", {"function": "leaving.py:generate"}, tmp_path)
    with pytest.raises(GenerationError) as caught:
        provider.generate(job())
    assert caught.value.hint
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated() as fresh, pytest.raises(GenerationError) as caught:
        fresh.generate(job())
    assert not isinstance(caught.value, GenerationTimeoutError)


def test_a_file_that_was_edited_within_its_second_is_run_as_it_is(
    tmp_path: Path, job: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "own.py"
    for answer in (b"first", b"other"):
        path.write_text(f"def generate():\n    return {answer!r}\n", encoding="utf-8")
        os.utime(path, (1_000_000_000, 1_000_000_000))
        provider = create("mine", "python", {"function": "own.py:generate"}, tmp_path)
        assert provider.generate(job("x")).data == answer
