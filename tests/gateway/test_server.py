"""A server of the gateway answers."""

import httpx


def test_an_unknown_path_answers_in_the_envelope_of_openai(server):
    reply = httpx.get(f"{server}/nowhere")
    assert reply.status_code == 404
    assert reply.json()["error"]["type"] == "not_found_error"


def test_a_method_that_a_path_has_not_is_answered_with_those_that_it_has(server):
    reply = httpx.options(f"{server}/v1/jobs")
    assert (reply.status_code, reply.headers["allow"]) == (405, "GET, POST")
    assert reply.json()["error"]["type"] == "invalid_request_error"
