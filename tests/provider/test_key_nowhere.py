"""The key that was used is nowhere: not in a file of the run, not in what is printed, logged or raised."""

import base64
import logging
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from harness.cli import main
from harness.errors import GenerationError, redact
from harness.http import MissingKeyError
from harness.provider import Job, create
from harness.records import Recipe, Request, Subject, TrialKey
from tests.provider.servers.base import (
    Act,
    Connection,
    Loopback,
    Received,
    html,
    raw,
    redirect,
    reply,
    reset,
    sse,
    status,
)
from tests.provider.servers.images import b64, painted

KEY = "sk-or-v1/9f+Zq=secret~key77"
ENV = "GREP_TEST_KEY"
SUITE = """\
suite: keys
provider: shop
providers:
  shop: {{kind: {kind}, base_url: "{url}/v1", model: m, price: 0.01, api_key_env: {env}, retries: 1, concurrency: 4}}
defaults: {{size: 64x64, drift: {{max_abs: "<= 255"}}, seeds: {seeds}}}
cases: [{{id: fox, prompt: a fox}}]
"""


def forms() -> tuple[bytes, ...]:
    """The key as it may hide: as it is, in a URL, in hexadecimal, and within base64 at each of its three places."""
    raw = KEY.encode()
    within = [base64.b64encode(bytes(n) + raw).decode()[(n * 8 + 5) // 6 + 1 : -4] for n in range(3)]
    inside = [text.encode() for text in (KEY, quote(KEY, safe=""), quote(KEY), raw.hex(), *within)]
    return tuple(inside)


def assert_clean(data: bytes, where: object) -> None:
    for form in forms():
        assert form not in data, f"{form!r} in {where}"


class Echo(Loopback):
    """Answers each seed in another way, with the Authorization header that came wherever text may stand."""

    def __init__(self) -> None:
        super().__init__(self.handle)

    def handle(self, received: Received) -> Act:
        came = received.headers.get("authorization", "")
        seed = received.json()["seed"] if received.body else 0
        data = [{"b64_json": b64(painted("a fox", seed, "png", 64, 64)), "revised_prompt": f"a fox with {came}"}]
        good = {"created": 1, "data": data, "model": came, "usage": {"note": came}}
        turned = base64.b64encode(came.encode()).decode()
        ways: list[Act] = [
            reply(good, x_request_id=came, x_ratelimit_remaining=came, set_cookie=f"k={came}"),
            status(401, f"Incorrect API key provided: {came}"),
            status(429, f"slow down, {came}", retry_after="0", x_ratelimit_limit=came),
            status(500, f"upstream saw {turned}"),
            redirect(f"https://elsewhere.example/?auth={quote(came)}"),
            html(502, more=f"<pre>Authorization: {came}</pre>"),
            raw(f"<title>Authorization: {came}</title>".encode(), "text/html"),
            reply({"error": {"message": f"blocked: {came}", "code": "content_policy_violation"}}, 400),
            reply({"error": {"message": came, came: came}}),
            reply({"data": [{"url": f"https://user:{quote(KEY)}@images.example/a.png?k={quote(KEY)}"}]}),
            reply({"data": [{"b64_json": turned}]}),
            raw(f"{{broken {came}".encode()),
            reset(),
            status(400, came),
        ]
        return ways[seed % len(ways)]


WAYS = 14


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Echo]:
    for name in ("CI", "GITHUB_ACTIONS", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(ENV, KEY)
    monkeypatch.chdir(tmp_path)
    with Echo() as server:
        yield server


def test_no_file_and_no_output_of_a_run_holds_the_key(tmp_path: Path, echo: Echo) -> None:
    seeds = list(range(WAYS))
    (tmp_path / "keys.yaml").write_text(SUITE.format(kind="openai-compatible", url=echo.url, env=ENV, seeds=seeds))
    for more in (["--record", "tape"], ["--cache", "kept", "--json"]):
        argv = [sys.executable, "-m", "harness", "run", "--live", "keys.yaml", "--debug", *more]
        done = subprocess.run(argv, capture_output=True, cwd=tmp_path, timeout=90)
        assert done.returncode == 1, done.stderr
        assert_clean(done.stdout, "standard output")
        assert_clean(done.stderr, "standard error")
    sent = {received.headers["authorization"] for received in echo.requests}
    assert sent == {f"Bearer {KEY}"}, "the key is really used"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"trials.jsonl", "run.json", "index.html", "junit.xml", "summary.md"} <= {path.name for path in files}
    assert any("tape" in path.parts for path in files)
    for path in files:
        assert_clean(path.read_bytes(), path)
    assert b"***" in next(path for path in files if path.name == "trials.jsonl").read_bytes()


@pytest.mark.parametrize("kind", ["openai-compatible", "openai", "openrouter", "gemini"])
def test_nothing_raised_or_logged_holds_the_key(echo: Echo, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    caplog.set_level(logging.DEBUG)
    options = {"base_url": f"{echo.url}/v1", "api_key_env": ENV, "retries": 0}
    provider = create("shop", kind, options | ({} if kind == "gemini" else {"model": "gpt-image-1"}), Path())
    mishaps: list[Act] = [
        status(401, KEY),
        status(403, KEY, x_request_id=KEY),
        html(500, more=KEY),
        redirect(f"https://elsewhere.example/?auth={quote(KEY)}"),
        raw(f"{{{KEY}".encode()),
        reply({"error": {"message": KEY, "status": KEY}}),
        sse({"error": {"message": KEY}}),
        cut_header,
    ]
    parsed = ""
    for index, act in enumerate(mishaps):
        echo.script(act)
        job = Job(
            Recipe(Request("a fox", seed=index, width=1024, height=1024), Subject("shop", kind, "gpt-image-1")),
            TrialKey("s", "c", seed=index),
        )
        with pytest.raises(GenerationError) as caught:
            provider.generate(job)
        parsed += "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.hint
        assert caught.value.__cause__ is None
    provider.close()
    assert_clean(parsed.encode(), "a traceback")
    logged = [f"{record.getMessage()} {record.args}" for record in caplog.records]
    assert any("receive_response_headers" in line for line in logged), "the libraries below do log"
    assert_clean("\n".join(logged).encode(), "the log")


def cut_header(connection: Connection) -> None:
    """A reply that ends inside a header which holds the key."""
    connection.wfile.write(f"HTTP/1.1 200 OK\r\nX-Echo: {KEY}".encode())
    connection.close_connection = True


def test_no_base64_and_no_url_hides_it() -> None:
    echoed = f"Basic user:{KEY}", f'{{"authorization": "Bearer {KEY}"}}', f"?key={KEY}&x=1", KEY
    create("shop", "openai-compatible", {"base_url": "http://127.0.0.1:1"}, Path())
    from harness.http import Secret

    Secret(KEY, ENV)
    for text in echoed:
        for shown in (text, quote(text), base64.b64encode(text.encode()).decode(), text.encode().hex()):
            assert_clean(redact(shown).encode(), shown)
    assert "***" in redact(KEY)
    assert redact("nothing here") == "nothing here"
    assert KEY not in repr(Secret(KEY)) + str(Secret(KEY)) + f"{Secret(KEY)!r:>9}"


@pytest.mark.parametrize(
    ("value", "problem"),
    [(None, "is not set"), ("", "is empty"), (" \n", "is empty"), ("a\nb", "line break"), ("schlüssel", "ASCII")],
)
def test_an_invalid_key_ends_the_run_before_it_begins(
    tmp_path: Path,
    echo: Echo,
    value: str | None,
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "keys.yaml").write_text(SUITE.format(kind="openai-compatible", url=echo.url, env=ENV, seeds=[0]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(ENV, raising=False)
    if value is not None:
        monkeypatch.setenv(ENV, value)

    def run(*more: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["run", "--live", "keys.yaml", *more])
        return int(ended.value.code or 0)

    assert run() == MissingKeyError.exit_code == 2
    first, second = capsys.readouterr().err.splitlines()
    assert ENV in first
    assert problem in first
    assert second.startswith(f"  → export {ENV}=")
    assert not echo.requests
    assert not (tmp_path / "reports").exists()
    assert run("--dry-run") == 0, capsys.readouterr().err
