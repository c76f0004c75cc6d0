"""What a message says and quotes of a suite holds no login and no secret."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.app import cli
from harness.errors import HarnessError
from harness.suite import load
from harness.suite.problem import Place, SuiteError
from harness.suite.read import problem_at

SECRET = "sk-0123456789/abc.DEF"
HEAD = "suite: s\ncases: [{id: a, prompt: a fox}]\n"


def test_a_login_in_a_quoted_line_is_masked_and_the_caret_stays() -> None:
    text = '  shop: {base_url: "https://me:pa55word@api.example.com/v1", extra: 1}'
    column = text.index("extra") + 1
    problem = problem_at(Path("s.yaml"), [text], Place(1, column, 5), "unknown")
    line, caret = problem.quote.splitlines()
    assert "pa55word" not in line
    assert "https://***********@api.example.com/v1" in line
    assert line.index("extra") == caret.index("^")
    mail = "mail: me@example.com # see https://example.com/@me"
    plain = problem_at(Path("s.yaml"), [mail], Place(1, 1), "unknown")
    assert "me@example.com # see https://example.com/@me" in plain.quote


@pytest.mark.parametrize(
    "provider",
    [
        f"{{kind: openrouter, model: m, api_key: {SECRET}}}",
        f'{{kind: openrouter, model: m, "api_key": "{SECRET}", extra: 1}}',
        f"{{kind: openrouter, model: m, apiKey: {SECRET}, retries: many}}",
        f"{{kind: openai-compatible, model: m, base_url: 'https://a.example/v1?key={SECRET}'}}",
        f"{{kind: openai-compatible, model: m, base_url: 'https://a.example/v1#{SECRET}'}}",
        f"{{kind: openai-compatible, model: m, base_url: 'ftp://me:{SECRET.replace('/', '')}@a.example/v1'}}",
        f"{{kind: openai-compatible, base_url: 'https://a.example/v1', headers: {{Authorization: Bearer {SECRET}}}}}",
        f"{{kind: no-such-kind, access_token: {SECRET}}}",
        f"{{kind: no-such-kind, nested: {{client_secret: {SECRET}, x: [1}}}}",
        f"\n    kind: openrouter\n    model: m\n    password: {SECRET}, with a comma\n    retries: many",
        f"\n    kind: openrouter\n    token:\n     - {SECRET}\n    retries: many",
        f"\n    kind: openrouter\n    secret: >\n      {SECRET}\n    retries: [{SECRET}]",
        f"{{kind: openrouter, model: m, api_key:\n    {SECRET}, retries: many, extra: {SECRET}}}",
        f"{{kind: openrouter, model: {{{SECRET}: 1}}, api_key: {SECRET}}}",
    ],
)
def test_no_complaint_shows_a_secret_of_a_file(tmp_path: Path, provider: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(f"{HEAD}providers:\n  shop: {provider}\n")
    with pytest.raises((SuiteError, HarnessError)) as caught:
        load([path])
    said = f"{caught.value} {caught.value.hint} {caught.value!r}"
    for start in range(len(SECRET) - 6):
        assert SECRET[start : start + 7].replace("/", "") not in said.replace("/", "")
    ran = CliRunner().invoke(cli, ["run", str(path), "--dry-run", "--json"])
    assert SECRET[4:] not in ran.output + str(ran.exception)


@pytest.mark.parametrize(
    "line", [f"token = '{SECRET}'", f"api_key = '{SECRET}'\nretries = 'many'", f"password = {SECRET}"]
)
def test_no_complaint_shows_a_secret_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    (tmp_path / "harness.toml").write_text(f"[providers.shop]\nkind = 'openrouter'\n{line}\n")
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(cli, ["config", "--json"])
    assert ran.exit_code != 0
    assert SECRET[4:] not in ran.output + str(ran.exception)
