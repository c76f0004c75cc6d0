"""A server with chat completions, for the recording of this suite: it looks at the image that it is sent.

It is no chat model: it reads the letters of the sign one by one and counts the windows.

python judge.py PORT
"""

import base64
import http.server
import io
import json
import string
import sys
from typing import Any

import numpy as np
import shop
from PIL import Image
from scipy import ndimage


def is_color(pixels: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Return where the pixels have a color."""
    return (np.abs(pixels.astype(int) - color) < 24).all(axis=-1)


def sign_of(pixels: np.ndarray) -> str:
    """Read the letters: each cell of the sign is the letter whose pixels are nearest."""
    rows, columns = np.nonzero(is_color(pixels, shop.SIGN))
    board = pixels[rows.min() + 4 : rows.max() - 4, columns.min() + 8 : columns.max() - 8].astype(int)
    known = {letter: np.asarray(shop.letters(letter)).astype(int) for letter in string.ascii_uppercase}
    read = ""
    for left in range(0, board.shape[1], shop.LETTERS):
        cell = board[:, left : left + shop.LETTERS]
        read += min(known, key=lambda letter: np.abs(cell - known[letter]).sum())
    return read


def answer_to(question: str, pixels: np.ndarray, options: list[str]) -> tuple[str, str]:
    """Return what is seen, and the option that answers the question."""
    if "sign" in question:
        seen = sign_of(pixels)
        return f"a sign with the letters {seen}", seen if seen in options else "something else"
    if "windows" in question:
        count = str(ndimage.label(is_color(pixels, shop.WINDOW))[1])
        return f"{count} windows", count if count in options else "more"
    return "a shop", "unsure"


class Judge(http.server.BaseHTTPRequestHandler):
    """Answers POST /v1/chat/completions with one of the answers that the schema allows."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the standard library
        """Print nothing."""

    def do_POST(self) -> None:
        """Answer one question about one image."""
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text, image = asked["messages"][-1]["content"]
        data = base64.b64decode(image["image_url"]["url"].partition(",")[2])
        options = asked["response_format"]["json_schema"]["schema"]["properties"]["answer"]["enum"]
        seen, answer = answer_to(text["text"], np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), options)
        content = json.dumps({"seen": seen, "answer": answer})
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        body = json.dumps(
            {"id": "1", "object": "chat.completion", "model": asked["model"], "choices": [choice]}
        ).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Judge).serve_forever()
