"""A server of the gateway answers."""

import httpx


def test_an_unknown_path_answers_in_the_envelope_of_openai(server):
    reply = httpx.get(f"{server}/nowhere")
    assert reply.status_code == 404
    assert reply.json()["error"]["type"] == "not_found_error"
