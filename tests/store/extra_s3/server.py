"""An S3 server in a process of its own: moto's, which checks signatures and policies from here on."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.request import Request, urlopen

import boto3

BUCKET, PREFIX = "baselines", "project"
ROOT = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "region_name": "us-east-1"}
NAME = f"moto {version('moto')}"


@dataclass(frozen=True)
class S3:
    port: int
    writer: tuple[str, str]
    """Access key and secret of a user who may do everything."""
    reader: tuple[str, str]
    """Of one who may read and list."""

    @property
    def bucket(self) -> Any:
        """The bucket as its owner reaches it, past every proxy."""
        key, secret = self.writer
        given = ROOT | {"aws_access_key_id": key, "aws_secret_access_key": secret}
        return boto3.resource("s3", endpoint_url=f"http://127.0.0.1:{self.port}", **given).Bucket(BUCKET)

    def empty(self) -> None:
        self.bucket.objects.all().delete()


@contextmanager
def s3_server() -> Iterator[S3]:
    """Yield a server with an empty bucket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _answers(port, process)
        endpoint = f"http://127.0.0.1:{port}"
        boto3.client("s3", endpoint_url=endpoint, **ROOT).create_bucket(Bucket=BUCKET)
        iam = boto3.client("iam", endpoint_url=endpoint, **ROOT)
        writer = _user(iam, "writer", ["s3:*"])
        reader = _user(iam, "reader", ["s3:GetObject", "s3:ListBucket"])
        # from the next call on each must be signed by a known key, and allowed
        about = {"Content-Type": "text/plain"}
        urlopen(Request(f"{endpoint}/moto-api/reset-auth", b"0", about, method="POST")).close()
        yield S3(port, writer, reader)
    finally:
        process.terminate()
        process.wait(10)


def _user(iam: Any, name: str, actions: list[str]) -> tuple[str, str]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, "the server ended"
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


def credentials(key: tuple[str, str]) -> dict[str, str]:
    """Return the environment of somebody with these credentials."""
    return {"AWS_ACCESS_KEY_ID": key[0], "AWS_SECRET_ACCESS_KEY": key[1]}


for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
