"""Errors as services tell them: one line each, whatever the shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.http import HttpError, Reply, decode_json, error_codes, error_text, is_content_refusal, reported_error
from harness.http.error_body import summary
from harness.http.status import fault_of_status


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b'{"error": {"message": "no such model", "code": "x"}}', "no such model"),
        (b'{"error": "queue full"}', "queue full"),
        (b'{"detail": [{"loc": ["body"], "msg": "field required"}]}', "field required"),
        (b'{"message": "Forbidden"}', "Forbidden"),
        (b'[{"error": {"message": "in a list"}}]', "in a list"),
        (b'{"error": {}}', "JSON without a message"),
        (b"<html><title>\n 502 Bad\n Gateway </title>", "an HTML page titled '502 Bad Gateway'"),
        (b"<!doctype html><body><h1>Just a <b>moment</b></h1>", "an HTML page titled 'Just a moment'"),
        (b"<html><body></body></html>", "an HTML page"),
        (b"upstream\nconnect error", "upstream connect error"),
        (b"\x00\x01\x02\xff" * 20, "unknown binary data"),
        (b'{"broken', "JSON text"),
        (b"", "an empty body"),
    ],
)
def test_one_line(body: bytes, line: str) -> None:
    assert summary(body) == line


@given(st.binary(max_size=300), st.integers(300, 599))
def test_every_body_and_status_is_a_fault_on_one_line(body: bytes, status: int) -> None:
    fault = fault_of_status(status, {}, body, "KEY")
    assert str(fault).startswith(f"status {status}")
    assert "\n" not in str(fault)
    assert len(str(fault)) <= 500


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["error", "message", "code", "detail", "type", "metadata", "other"]), x)))  # fmt: skip
def test_any_document_can_be_asked(document: object) -> None:
    assert isinstance(error_text(document), str)
    assert all(isinstance(code, str) for code in error_codes(document))
    assert is_content_refusal(document) in (True, False)
    reported = reported_error(document)
    assert reported is None or reported


def test_content_refusals() -> None:
    assert is_content_refusal({"error": {"code": "content_policy_violation"}})
    assert is_content_refusal({"error": {"metadata": {"error_type": "moderation"}}})
    assert not is_content_refusal({"error": {"code": "rate_limit", "message": "about safety"}})


def test_an_error_reported_with_success() -> None:
    assert reported_error({"error": {"message": "broke", "code": 502}}) == "broke"
    assert reported_error({"error": None, "data": []}) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"[" * 200_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"{} {}"],
)
def test_json_that_is_none(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        decode_json(body)
    assert caught.value.kind == "body"


def test_a_reply_says_what_came_in_place_of_json() -> None:
    with pytest.raises(HttpError, match="an HTML page") as caught:
        Reply(200, {"content-type": "text/html"}, b"<html>log in</html>").json()
    assert "base_url" in caught.value.hint
    assert Reply(200, {}, b"\xef\xbb\xbf {}").json() == {}
