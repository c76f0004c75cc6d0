"""Runs whose service cannot be reached or used: one line, its hint, the exit code."""

import ssl
from pathlib import Path

import pytest
import trustme

from harness.ledger import iter_results
from harness.runner import RunOptions, execute, exit_code, plan_of
from harness.suite import SuiteError
from harness.vocabulary import Code
from tests.provider.servers.base import Loopback, reply

SUITE = """\
suite: away
provider: shop
providers:
  shop: {{kind: openai-compatible, base_url: "{url}", model: m, retries: 0}}
defaults: {{size: 64x64, drift: {{max_abs: "<= 255"}}, seeds: [0]}}
cases: [{{id: fox, prompt: a fox}}]
"""


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.chdir(tmp_path)


def options(url: str) -> RunOptions:
    Path("away.yaml").write_text(SUITE.format(url=url))
    return RunOptions(suites=(Path("away.yaml"),), timeout=20)


def ends(url: str) -> tuple[str, str]:
    """What the error of the one trial says, and its hint; the run ends with 3."""
    given = options(url)
    record, folder = execute(plan_of(given), given)
    (result,) = iter_results(folder)
    assert (record.totals, exit_code(record)) == ({"failed": 1}, 3)
    [why] = result.outcome.reasons
    assert why.code == Code.GENERATION_FAILED
    assert "\n" not in why.data["problem"] + why.data["hint"]
    return f"{why.data['provider']}: {why.data['problem']}", why.data["hint"]


def test_a_name_that_is_not_known() -> None:
    reason, hint = ends("https://api.does-not-exist.invalid/v1")
    assert reason == "shop: the host api.does-not-exist.invalid cannot be found"
    assert "check `base_url`" in hint


def test_nothing_there() -> None:
    reason, hint = ends("http://127.0.0.1:9/v1")
    assert reason == "shop: 127.0.0.1:9 refuses connections"
    assert "check `base_url`" in hint


def test_a_certificate_of_its_own() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with Loopback(tls=context) as server:
        reason, hint = ends(server.url)
    assert "is not trusted" in reason
    assert "SSL_CERT_FILE" in hint


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://someone:pa55word@127.0.0.1:9")
    reason, hint = ends("https://api.example.com/v1")
    assert reason == "shop: the proxy 127.0.0.1:9 refuses connections"
    assert "HTTPS_PROXY" in hint


def test_a_model_that_is_not_known() -> None:
    with Loopback(lambda _: reply({"detail": "model m not found"}, 404)) as server:
        reason, hint = ends(server.url)
    assert reason == "shop: status 404: model m not found"
    assert "check `model: m`" in hint


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("api.example.com/v1", "does not begin with https://"),
        ("https://someone:pa55word@api.example.com/v1", "holds a login"),
        ("", "is empty"),
    ],
)
def test_an_invalid_address_is_reported_at_load(url: str, problem: str) -> None:
    with pytest.raises(SuiteError, match=problem) as caught:
        plan_of(options(url))
    assert caught.value.exit_code == 2
    assert caught.value.problems[0].place.line
    assert "pa55word" not in str(caught.value)
