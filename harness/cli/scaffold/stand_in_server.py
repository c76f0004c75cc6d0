"""Stands for your server: the images API of OpenAI with a seed, and stripes in place of a model.

python stand_in_server.py --port PORT
"""

import argparse
import base64
import hashlib
import http.server
import json
import struct
import zlib


def generate(prompt: str, seed: int, width: int, height: int) -> bytes:
    """Return stripes, as PNG, in colors that prompt and seed decide."""
    digest = hashlib.sha256(f"{prompt} {seed}".encode()).digest()
    colors = [digest[3 * stripe : 3 * stripe + 3] for stripe in range(8)]
    rows = b"".join(b"\0" + colors[8 * y // height] * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


class Images(http.server.BaseHTTPRequestHandler):
    """Answers GET /health and POST /v1/images/generations."""

    def do_GET(self) -> None:
        """Say that it is ready."""
        self.reply({"status": "ok"})

    def do_POST(self) -> None:
        """Generate one image."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        width, height = map(int, asked["size"].split("x"))
        data = generate(asked["prompt"], asked.get("seed", 0), width, height)
        self.reply({"created": 0, "data": [{"b64_json": base64.b64encode(data).decode()}]})

    def reply(self, document: object) -> None:
        """Send JSON."""
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    http.server.ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Images).serve_forever()
