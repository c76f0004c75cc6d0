"""A server of images for tests, of the standard library alone: the images API of OpenAI, and some faults.

    python server.py --port PORT [--shade N] [--crash-after N] [--hang-after N] [--never-ready] [--daemon] [--child]
                     [--exit STATUS] [--deaf] [--say TEXT]

Writes the ids of its processes to ``pids.txt`` in the working folder.
"""

import argparse
import base64
import hashlib
import http.server
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")))
    for name in ("shade", "crash-after", "hang-after", "exit"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("never-ready", "daemon", "child", "deaf"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--say", default="")
    return parser.parse_args()


def png(prompt: str, seed: object, width: int, height: int, shade: int) -> bytes:
    """Return blocks of color that prompt and seed decide, ``shade`` brighter."""
    digest = hashlib.sha256(f"{prompt} {seed}".encode()).digest()
    rows = b""
    for y in range(height):
        block = [
            digest[(3 * (x * 4 // width) + 12 * (y * 2 // height) + c) % 32] for x in range(width) for c in range(3)
        ]
        rows += b"\0" + bytes(min(255, 40 + value // 2 + shade) for value in block)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Images(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options: argparse.Namespace
    served = 0

    def do_GET(self) -> None:
        self.reply(503 if self.options.never_ready else 200, {"status": "ok"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        Images.served += 1
        if self.options.hang_after is not None and Images.served > self.options.hang_after:
            time.sleep(600)
        if self.options.crash_after is not None and Images.served > self.options.crash_after:
            print("CUDA error: device-side assert triggered", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        width, height = map(int, asked["size"].split("x"))
        data = png(asked["prompt"], asked.get("seed"), width, height, self.options.shade or 0)
        self.reply(200, {"created": 1, "data": [{"b64_json": base64.b64encode(data).decode()}]})

    def reply(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form: str, *args: object) -> None:
        print(form % args, flush=True)


def note(pid: int) -> None:
    with Path("pids.txt").open("a") as file:
        file.write(f"{pid}\n")


def main() -> None:
    options = parsed()
    print(options.say, os.environ.get("SAID_TOKEN", ""), flush=True)
    if options.exit is not None:
        print("no model was found", file=sys.stderr)
        sys.exit(options.exit)
    if options.daemon:
        # twice, with a session of its own: what a daemon does to leave its starter
        if os.fork():
            os._exit(0)
        os.setsid()
        if os.fork():
            os._exit(0)
    note(os.getpid())
    if options.child:
        quiet = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
        note(subprocess.Popen([sys.executable, "-c", quiet], start_new_session=True).pid)
    if options.deaf:
        threading.Event().wait()
    Images.options = options
    http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Images).serve_forever()


if __name__ == "__main__":
    main()
