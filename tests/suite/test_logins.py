"""What a message quotes of a suite holds no login."""

from harness.suite.problem import Place, Problem


def test_a_login_in_a_quoted_line_is_masked_and_the_caret_stays() -> None:
    text = '  shop: {base_url: "https://me:pa55word@api.example.com/v1", extra: 1}'
    column = text.index("extra") + 1
    problem = Problem("s.yaml", "unknown", place=Place(4, column, 5), text=text)
    line, caret = problem.quote.splitlines()
    assert "pa55word" not in line
    assert "https://***********@api.example.com/v1" in line
    assert line.index("extra") == caret.index("^")
    plain = Problem("s.yaml", "unknown", place=Place(1, 1), text="mail: me@example.com # see https://example.com/@me")
    assert "me@example.com # see https://example.com/@me" in plain.quote
