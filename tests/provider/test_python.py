"""A function as a provider: what it is called with, what it may return, and what becomes of its exceptions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import DrawFault, DrawRefused
from harness.image import decode
from harness.provider import BadOption, IsolatedProvider, Job, Provider, create

Make = Callable[..., Job]
Start = Callable[..., Provider]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    def start(code: str, **options: Any) -> Provider:
        (tmp_path / "mine.py").write_text(code)
        return create("mine", "python", {"function": "mine.py:draw", **options}, tmp_path)

    return start


def test_it_gets_the_arguments_it_takes(start: Start, job: Make) -> None:
    code = (
        "def draw(prompt, width, *, seed, steps=3, model=None):\n"
        "    return repr((prompt, width, seed, steps, model)).encode()"
    )
    drawn = start(code).draw(job("x", 7, steps=9, model="m", quality="hd", negative_prompt="no"))
    assert drawn.data == b"('x', 64, 7, 9, 'm')"
    assert drawn.environment == {"function": "mine.py:draw", "omitted": ["negative_prompt", "quality"]}


def test_it_may_take_everything(start: Start, job: Make) -> None:
    drawn = start("def draw(**given):\n    return repr(sorted(given)).encode()").draw(job(style="flat"))
    assert b"'style'" in drawn.data
    assert b"'negative_prompt'" in drawn.data
    assert "omitted" not in drawn.environment


@pytest.mark.parametrize("name", ["job", "recipe"])
def test_it_may_take_the_record(start: Start, job: Make, name: str) -> None:
    path = "job.recipe" if name == "job" else "recipe"
    drawn = start(f"def draw({name}):\n    return {path}.request.prompt.encode()").draw(job("hello"))
    assert drawn.data == b"hello"


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np\ndef draw(): return np.full((3, 2, 3), 9, np.uint8)",
        "import numpy as np\ndef draw(): return np.full((3, 2), 9, np.uint8)",
        "from PIL import Image\ndef draw(): return Image.new('RGB', (2, 3), (9, 9, 9))",
        "from pathlib import Path\nfrom PIL import Image\ndef draw():\n"
        "    path = Path(__file__).with_name('out.png'); Image.new('L', (2, 3), 9).save(path); return path",
        "from PIL import Image\nimport io\ndef draw():\n"
        "    out = io.BytesIO(); Image.new('L', (2, 3), 9).save(out, 'PNG'); return memoryview(out.getvalue())",
    ],
)
def test_what_it_may_return(start: Start, job: Make, code: str) -> None:
    picture = decode(start(code).draw(job()).data)
    assert np.array_equal(picture.pixels, np.full((3, 2, 3), 9, np.uint8))


def test_it_may_return_the_whole_story(start: Start, job: Make) -> None:
    code = "from harness.provider import Drawn\ndef draw(): return Drawn(b'x', {'gpu': 'none'}, 1.5, 0.02)"
    drawn = start(code).draw(job())
    assert (drawn.environment, drawn.seconds, drawn.cost) == ({"gpu": "none"}, 1.5, 0.02)


def test_a_question_is_answered_with_a_text(start: Start, job: Make) -> None:
    drawn = start("def draw(ask): return 'two'").draw(job(prompt="", ask="how many?"))
    assert (drawn.answer, drawn.data) == ("two", b"")
    with pytest.raises(DrawFault, match="an answer is a text"):
        start("def draw(ask): return 2").draw(job(prompt="", ask="how many?"))


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def draw(): return None", "returned nothing"),
        ("def draw(): return 3", "returned no picture: a int"),
        ("import numpy as np\ndef draw(): return np.zeros((2, 2, 3))", "an array of float64, not uint8"),
        ("import numpy as np\ndef draw(): return np.zeros((2, 2, 2, 3), np.uint8)", "returned no picture: "),
        ("def draw(): return 'missing.png'", "'missing.png' cannot be read: No such file"),
        (
            "from PIL import Image\ndef draw(): return Image.new('CMYK', (2, 2))",
            "returned no picture: cannot write mode",
        ),
        ("def draw(): raise ValueError('too\\nbad')", "ValueError: too bad"),
        ("def draw(prompt, cfg): return b''", "needs `cfg`, which this trial has not"),
        ("def draw(prompt, /): return b''", "takes `prompt` by position only"),
        ("import no_such_module", "cannot be imported: ModuleNotFoundError"),
        ("def draw(:", "cannot be imported: SyntaxError"),
        ("draw = 3", "has no function `draw`"),
        ("", "has no function `draw`"),
    ],
)
def test_faults(start: Start, job: Make, code: str, said: str) -> None:
    with pytest.raises(DrawFault) as caught:
        start(code).draw(job())
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


def test_it_may_refuse(start: Start, job: Make) -> None:
    code = "from harness.errors import DrawRefused\ndef draw(): raise DrawRefused('x', 'not that')"
    with pytest.raises(DrawRefused, match="not that"):
        start(code).draw(job())


def test_a_missing_file(tmp_path: Path, job: Make) -> None:
    with pytest.raises(DrawFault, match=r"none\.py cannot be imported: FileNotFoundError"):
        create("mine", "python", {"function": "none.py:draw"}, tmp_path).draw(job())


def test_a_module_beside_the_suite(tmp_path: Path, job: Make) -> None:
    (tmp_path / "module_beside_the_suite.py").write_text("def draw(prompt): return prompt.encode()")
    provider = create("mine", "python", {"function": "module_beside_the_suite:draw"}, tmp_path)
    assert provider.draw(job("hello")).data == b"hello"


@pytest.mark.parametrize("function", ["draw", "mine:", ":draw", "mine:a.b", "mine:1", ""])
def test_a_function_that_cannot_be(tmp_path: Path, function: str) -> None:
    with pytest.raises(BadOption):
        create("mine", "python", {"function": function}, tmp_path)


def test_nothing_is_imported_before_the_first_draw(start: Start) -> None:
    assert start("raise SystemExit").capabilities.seed == "best-effort"


def test_a_process_of_its_own(start: Start, job: Make) -> None:
    code = (
        "import os, sys\n"
        "def draw(prompt):\n"
        "    print('noise that must not disturb')\n"
        "    return f\"{os.getpid()} {os.environ.get('OMP_NUM_THREADS')} {os.environ.get('EXTRA')}\".encode()\n"
    )
    provider = start(code)
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated(threads=3) as one, provider.isolated(threads=1) as other:
        first, second = one.draw(job()).data.split(), other.draw(job()).data.split()
        assert one.draw(job()).data.split() == first, "one process serves all draws"
    assert (first[1], second[1]) == (b"3", b"1")
    assert first[0] != second[0]


def test_faults_come_back_from_the_process(start: Start, job: Make) -> None:
    code = (
        "import os, time\n"
        "from harness.errors import DrawRefused\n"
        "def draw(prompt):\n"
        "    if prompt == 'refuse': raise DrawRefused('x', 'not that', 'ask for less')\n"
        "    if prompt == 'hang': time.sleep(600)\n"
        "    if prompt == 'die': os.write(2, b'out of memory'); os._exit(9)\n"
        "    raise ValueError('bad')\n"
    )
    provider = start(code)
    assert isinstance(provider, IsolatedProvider)
    with provider.isolated() as apart:
        with pytest.raises(DrawRefused, match="not that") as refused:
            apart.draw(job("refuse"))
        assert refused.value.remedy == "ask for less"
        with pytest.raises(DrawFault, match="ValueError: bad"):
            apart.draw(job())
        with pytest.raises(DrawFault, match="process ended with status 9: out of memory"):
            apart.draw(job("die"))
        with pytest.raises(DrawFault, match="its process has ended"):
            apart.draw(job())
    with provider.isolated() as apart, pytest.raises(DrawFault, match="no picture within 1 s"):
        apart.draw(job("hang", timeout=1.0))
