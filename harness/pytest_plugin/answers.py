"""What tests wait for, a result or why there is none: by files, within one process as for the workers of xdist."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.pytest_plugin.attempts import Address, address_of, next_attempt
from harness.records import Trial, TrialResult, decode_json, encode_json, from_json

ANSWERS = "answers.jsonl"
TICK = 0.005
"""Seconds between looks at the file."""


@dataclass(frozen=True, slots=True)
class NotGenerated:
    """Why a test has no result. ``stopped``: the session ended, so its test is skipped."""

    problem: str
    hint: str = ""
    stopped: bool = False


class Answers:
    """Writes a line an answer, ``address TAB value``; the folder of the run and the end have none."""

    def __init__(self, exchange: Path) -> None:
        self._path = exchange / ANSWERS
        self._path.touch()
        self._guard = threading.Lock()

    def put(self, address: Address | None, value: TrialResult | NotGenerated | str) -> None:
        """Answer the tests of a trial. Without an address: the folder of the run, or what every test is answered that
        has no answer, now and later."""
        with self._guard, self._path.open("ab") as file:
            file.write(encode_json(address) + b"\t" + encode_json(value) + b"\n")


class Asking:
    """Asks for the tests of one process. ``gone`` says whether what answers has ended."""

    def __init__(self, exchange: Path, name: str, gone: Callable[[], bool]) -> None:
        self.folder = Path()
        self._asked = exchange / f"{name}.asked"
        self._path, self._read_to = exchange / ANSWERS, 0
        self._gone = gone
        self._found: dict[Address, bytes] = {}
        self._end: NotGenerated | None = None

    def answer(self, trial: Trial, attempt: int) -> TrialResult | NotGenerated:
        """Return what the ``attempt``-th execution of a trial's test is answered. Waits for it while somebody can
        answer.
        """
        with self._asked.open("ab", buffering=0) as file:
            file.write(encode_json([*address_of(trial), attempt]) + b"\n")
        address = address_of(next_attempt(trial, attempt))
        while True:
            gone = self._gone()
            self._read()
            if address in self._found:
                value = self._found[address]
                no_result = value.startswith(b'{"problem"')
                return decode_json(NotGenerated, value) if no_result else decode_json(TrialResult, value)
            if self._end is not None or gone:
                return self._end or NotGenerated("the process that generates has ended")
            time.sleep(TICK)

    def _read(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            while (line := file.readline()).endswith(b"\n"):
                self._read_to = file.tell()
                address, _, value = line.partition(b"\t")
                match decode_json(object, address), decode_json(object, value) if address == b"null" else None:
                    case [str() as key, str() as attempt], _:
                        self._found[key, attempt] = value
                    case _, str() as folder:
                        self.folder = Path(folder)
                    case _, why:
                        self._end = self._end or from_json(NotGenerated, why)
