"""A key slides over every place where a text is cut, in every spelling: no part of it is left in what is reported."""

import base64
import html
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from harness.errors import GenerationError, HarnessError, excerpt, know_login, know_secret, redact, redaction
from harness.prompt.llm import LlmInterpreter
from harness.provider import Job, Provider, create
from harness.provider.local.interpreter_option import InterpreterOptions
from harness.records import Recipe, Request, Subject, TrialKey
from tests.provider.servers.base import Act, Loopback, raw, reply
from tests.provider.test_comfyui import SLOTS, TEXT_TO_IMAGE

KEY = "sk-Qx7/9f+Zq=aG&3<Wm~0Lk2vTb8Yd5RpJ4hNc6"
ENV = "SLIDING_TEST_KEY"
PART = 7
"""Letters of a key (or of how it is spelled) that must not be found anywhere."""


def within(encode: Callable[[bytes], bytes], shift: int) -> str:
    return encode(b"key"[:shift] + KEY.encode() + b" is").decode()


SPELLINGS: dict[str, str] = {
    "plain": KEY,
    "url": quote(KEY, safe=""),
    "url, each letter": "".join(f"%{ord(letter):02X}" for letter in KEY),
    "url, twice": quote(quote(KEY, safe=""), safe=""),
    "json": json.dumps(KEY)[1:-1].replace("/", "\\/").replace("+", "\\u002b"),
    "json, each letter": "".join(f"\\u{ord(letter):04x}" for letter in KEY),
    "json, twice": json.dumps(json.dumps("".join(f"\\u{ord(letter):04x}" for letter in KEY)))[2:-2],
    "html": html.escape(KEY),
    "html, each letter": "".join(f"&#{ord(letter)};" for letter in KEY),
    "html, hex": "".join(f"&#x{ord(letter):x};" for letter in KEY),
    "hex": KEY.encode().hex(),
    "HEX": KEY.encode().hex().upper(),
    "hex, apart": KEY.encode().hex(":"),
    "bytes": "".join(f"\\x{ord(letter):02x}" for letter in KEY),
    **{f"base64 at {shift}": within(base64.b64encode, shift) for shift in range(3)},
    **{f"base64 for urls at {shift}": within(base64.urlsafe_b64encode, shift) for shift in range(3)},
    **{f"base64 in a url at {shift}": quote(within(base64.b64encode, shift), safe="") for shift in range(3)},
}


def leaked(spelled: str, said: str, most: int = PART) -> str:
    """The first part of the spelled key that is found. At its ends base64 holds a part of other letters."""
    inner = spelled[6:-8] if spelled not in (KEY, SPELLINGS["url"]) else spelled
    length = most * max(1, round(len(spelled) / len(KEY)))
    parts = (inner[at : at + length] for at in range(len(inner) - length + 1))
    return next((part for part in parts if part in said), "")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, KEY)
    # the one secret: with others, thousands of excerpts take long
    for name, value in (("_known", set()), ("_respelled", set()), ("_patterns", None)):
        monkeypatch.setattr(redaction, name, value)
    know_secret(KEY)


@pytest.mark.parametrize(
    "secret",
    ["a1" * 40, "\\" * 40 + "z", "a\\" * 40 + "z", "%" * 40 + "z", "&" * 40, "%25" * 30, "0" * 60 + "z", "é" * 40],
)
def test_a_text_that_holds_all_but_the_end_of_a_secret_is_read_at_once(secret: str) -> None:
    """With two ways to match a letter this does not end: a process of its own is stopped then."""
    program = (
        "import json, sys\nfrom urllib.parse import quote\nfrom harness.errors import know_secret, redact\n"
        "secret = json.loads(sys.argv[1])\nknow_secret(secret)\npart = secret[:-1]\n"
        "for text in (part, quote(part, safe=''), quote(quote(part, safe='')), json.dumps(part)[1:-1],"
        " json.dumps(json.dumps(part)), '\\\\' * 2000, '%25' * 500, '%' + '25' * 500, '&amp;' * 500, '&' * 2000):\n"
        "    redact(f'x {text} y')\n    assert secret not in redact(f'{text} {secret}')\n"
    )
    subprocess.run([sys.executable, "-c", program, json.dumps(secret)], check=True, timeout=60)


@pytest.mark.parametrize("secret", ["p\\w\\\\x\\", "pässwörd-中文", "\\\\srv\\a%25&amp;b"])
def test_a_secret_of_rare_letters_is_found_in_every_spelling(secret: str) -> None:
    know_secret(secret)
    each = [
        "".join(f"\\u{ord(letter):04x}" for letter in secret),
        "".join(f"&#{ord(letter)};" for letter in secret),
        "".join(f"&#x{ord(letter):X};" for letter in secret),
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        secret.encode().hex(),
        secret,
    ]
    for spelled in each:
        assert redact(f"is {spelled} y").replace("***", "").strip(" isy\\") == "", spelled


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_that_slides_over_a_cut(spelling: str) -> None:
    spelled = SPELLINGS[spelling]
    assert not leaked(spelled, redact(f"is {spelled} a key"))
    letter = max(1, round(len(spelled) / len(KEY)))
    for most in (1, 40, 80, 120, 160, 200, 300, 400, 500):
        for before in range(max(0, most - len(spelled) - 2), most + 2, letter):
            for end in (False, True):
                text = f"{'x' * before} {spelled} {'y' * before}"
                assert not leaked(spelled, excerpt(text, most, end=end))


def test_a_short_text_is_whole_and_a_long_one_says_that_it_is_cut() -> None:
    assert excerpt("a\n b\tc", 5) == "a b c"
    assert excerpt("abcdef", 5) == "abcd…"
    assert excerpt("abcdef", 5, end=True) == "…cdef"


def test_many_marks_of_spellings_take_no_long_time() -> None:
    for mark in ("\\", "%25", "&#0", "://", "%2F%2F", "%40", "0x", "ab:"):
        assert len(redact(mark * 100_000)) > 1


@pytest.mark.parametrize("url", ["http://me:{}@proxy.example:3128", "me:{}@proxy.example:3128"])
def test_the_login_of_a_proxy_is_known_also_in_its_header(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    password = "pr0xy/p@ss word%"
    monkeypatch.setenv("HTTPS_PROXY", url.format(quote(password, safe="")))
    create("mine", "python", {"function": "json:dumps"}, Path())
    header = base64.b64encode(f"me:{password}".encode()).decode()
    for text in (password, quote(password, safe=""), header, quote(header)):
        assert redact(f"Proxy-Authorization: Basic {text}")[27:30] == "***", text
        assert text[:-6] not in redact(f"saw {text}")
    know_login("no url at all")


@pytest.mark.parametrize(
    "url",
    [
        "https://me:t0ken@github.com/x.git", "http://me:t0k@en@proxy:3128", "https://hooks:t0ken@a.example/x",
        "https:\\/\\/me:t0ken@a.example", "git+ssh://me:t0ken@host/x", "https%3A%2F%2Fme%3At0ken%40a.example%2Fx",
    ],
)  # fmt: skip
def test_no_login_in_a_url_is_shown(url: str) -> None:
    assert "t0k" not in redact(f"cloning {url} failed")
    assert "en@" not in redact(f"cloning {url} failed")


SHAPES: dict[str, Callable[[str], Act]] = {
    "text": lambda said: raw(said.encode(), "text/plain", 400),
    "json": lambda said: reply({"error": {"message": said}}, 422),
    "page": lambda said: raw(f"<html><title>{said}</title></html>".encode(), "text/html", 400),
    "named": lambda said: reply({"detail": said, said: said}, 400, x_request_id=said.replace("\\", "")[:900]),
    "reported": lambda said: reply({"error": {"code": said}}),
    "elsewhere": lambda said: raw(b"", "text/plain", 302, location=f"https://a.example/{said}"),
}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(lambda _: reply({})) as running:
        yield running


def job(kind: str, seed: int = 0) -> Job:
    request = Request("a fox", seed=seed, width=1024, height=1024)
    return Job(Recipe(request, Subject("shop", kind, "gpt-image-1")), TrialKey("s", "c", seed=seed), timeout=5)


def said_by(call: Callable[[], Any]) -> str:
    try:
        return repr(call())
    except HarnessError as fault:
        return f"{fault} {fault!r} {fault.hint} {getattr(fault, 'fault', None)!r}"


def hosted(kind: str, server: Loopback, folder: Path) -> Provider:
    options: dict[str, Any] = {"base_url": f"{server.url}/v1", "api_key_env": ENV, "retries": 0}
    if kind == "comfyui":
        (folder / "flow.json").write_text(json.dumps(TEXT_TO_IMAGE))
        options |= {"workflow": "flow.json", "slots": SLOTS, "base_url": server.url}
    if kind == "automatic1111":
        options["base_url"] = server.url
    return create("shop", kind, options | ({"model": "gpt-image-1"} if kind.startswith("open") else {}), folder)


def answering(act: Act) -> Callable[[Any], Act]:
    return lambda _: act


HOSTED = ("openai", "openai-compatible", "openrouter", "gemini", "comfyui", "automatic1111", "interpreter")
SLIDES = (*range(0, 510, 36),)
"""How much stands before a key of 41 letters: it lies over each cut at least once."""


@pytest.mark.parametrize("kind", HOSTED)
def test_a_service_that_repeats_the_key(server: Loopback, tmp_path: Path, kind: str) -> None:
    settings = InterpreterOptions(model="m", base_url=f"{server.url}/v1", api_key_env=ENV, retries=0)
    spellings = ("plain", "url", "json, each letter", "base64 at 1", "hex")
    tried = 0
    for shape, act in SHAPES.items():
        for before in SLIDES:
            spelled = SPELLINGS[spellings[tried % len(spellings)]]
            tried += 1
            server.answer = answering(act(f"{'x' * before} {spelled} after"))
            # a new one for each: after some failures calls would wait
            if kind == "interpreter":
                reader = LlmInterpreter(settings)
                said = said_by(lambda reader=reader: reader.session().interpret("a fox"))  # type: ignore[misc]
                reader.close()
            else:
                provider = hosted(kind, server, tmp_path)
                said = said_by(lambda provider=provider: provider.generate(job(kind)))  # type: ignore[misc]
                provider.close()
            assert not leaked(spelled, said), (shape, before)
    assert tried == len(SHAPES) * len(SLIDES)


PROGRAM = """\
import sys
sys.stderr.write(open(sys.argv[1]).read())
sys.exit(int(sys.argv[2]))
"""


@pytest.mark.parametrize("status", [1, 77])
def test_a_program_that_repeats_the_value_of_a_variable(tmp_path: Path, status: int) -> None:
    (tmp_path / "p.py").write_text(PROGRAM)
    argv = [sys.executable, "-S", "p.py", "said", str(status), "{prompt}"]
    provider = create("mine", "command", {"argv": argv, "env": [ENV]}, tmp_path)
    for number, after in enumerate((*range(340, 410, 5), *range(18_000, 18_080, 9))):
        spelled = list(SPELLINGS.values())[number % len(SPELLINGS)]
        # what is read of a long output may begin inside the key, with nothing but blanks behind it
        filled = " " * after if number % 2 else "y" * after
        (tmp_path / "said").write_text(f"begin {spelled} {filled}")
        with pytest.raises(GenerationError) as caught:
            provider.generate(job("command"))
        assert not leaked(spelled, f"{caught.value} {caught.value!r}"), after
    provider.close()


def test_a_function_that_raises_with_the_key(tmp_path: Path) -> None:
    (tmp_path / "slides_key.py").write_text("def f(prompt, said):\n    raise RuntimeError(said)\n")
    provider = create("mine", "python", {"function": "slides_key:f"}, tmp_path)
    for before in range(300, 520, 5):
        spelled = list(SPELLINGS.values())[before % len(SPELLINGS)]
        recipe = Recipe(
            Request("a fox", seed=0), Subject("mine", "python", None, {"said": "x" * before + " " + spelled})
        )
        with pytest.raises(GenerationError) as caught:
            provider.generate(Job(recipe, TrialKey("s", "c", seed=0), timeout=20))
        assert not leaked(spelled, f"{caught.value} {caught.value!r}"), before
    provider.close()
