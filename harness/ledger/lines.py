"""The lines of ``trials.jsonl``: results, and the notes between them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from harness.ledger.errors import DuplicateTrialError, LineCorruptError, RunUnreadableError
from harness.records import (
    FIRST,
    FORMATS,
    Attempt,
    AttemptKind,
    Digest,
    Dollars,
    OtherFormatError,
    TrialKey,
    TrialResult,
    check_format,
    decode_json,
    encode_json,
)


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before a call that may cost money."""

    key: TrialKey
    """Of the trial."""
    attempt: Attempt
    """Whose result answers for the call."""
    recipe: Digest
    """The recipe's digest."""
    estimate: Dollars | None = None
    """US dollars; None unknown."""
    at: str = ""
    """ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """Withdraws the result recorded before it: there is no image, so the trial is generated again."""

    key: TrialKey
    """Of the trial."""
    attempt: Attempt
    """Which generation of it."""
    why: str
    """Why there is no image."""
    billed: bool | None = None
    """True: it may have cost money all the same, and its last intent stays open."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run was resumed: intents still open here were possibly billed."""

    at: str
    """ISO 8601 UTC."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Replaces the result of the same trial recorded before it: what it depends on (the other images of its
    set, its confirmations) came later. One line, so that a kill leaves the one or the other."""

    result: TrialResult
    """The trial, judged again."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a viewer or an interpreter answered to a question: a resumed run does not ask it again. Its intent stays
    open until the result of its trial, which has its cost."""

    recipe: Digest
    """Of the question."""
    answer: str
    """As it came."""
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Who answered."""


Note = Intent | Rerun | Resumed | Judged | Answered

START = f'{{"format":{FORMATS["run"]},'.encode()
"""What each line begins with."""
RESULT = START + b'"key":'
"""What the line of a result begins with."""
RERUN = f'"kind":"{AttemptKind.RERUN}"'.encode()
"""What the line of a result has that a test asked for when it was executed again."""
NOTED = (START + b'"rerun":', START + b'"judged":')


@dataclass(frozen=True, slots=True)
class _Line:
    """What a line holds: a note under its name, or the fields of a result."""

    outcome: Any = None
    intent: Intent | None = None
    rerun: Rerun | None = None
    resumed: Resumed | None = None
    judged: Judged | None = None
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class _Keyed:
    """The part of a result's line that says which trial it is of: decoded in a tenth of the time of the whole."""

    key: TrialKey


def encode(line: TrialResult | Note) -> bytes:
    """One line, with its newline. Raises ValueError or TypeError for what has no JSON form."""
    data = encode_json(line if isinstance(line, TrialResult) else {type(line).__name__.lower(): line})
    return START + data[1:] + b"\n"


def trial_name(key: TrialKey, attempt: Attempt) -> str:
    """Return how messages call a trial."""
    return str(key) if attempt == FIRST else f"{key} {attempt}"


@lru_cache(maxsize=512)  # each trial is asked for several times while it is under way
def trial_digest(key: TrialKey, attempt: Attempt) -> bytes:
    """Return 16 bytes that identify a trial and attempt, so that 100,000 of them stay small in memory."""
    text = repr((key.suite, key.case, key.variant, key.seed, attempt.kind.value, attempt.index, attempt.of))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def whole_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that end with a newline: a torn last one, which a kill leaves, was never recorded."""
    for number, line in enumerate(file, 1):
        if line.endswith(b"\n"):
            yield number, line


def decode(path: Path, number: int, line: bytes) -> TrialResult | Note:
    """Return the record in a line. Raises LineCorruptError."""
    if line.startswith(RESULT):
        with suppress(ValueError, RecursionError):  # said below
            return decode_json(TrialResult, line)
    try:
        if not line.startswith(START):
            check_format("run", decode_json(object, line))
        found = decode_json(_Line, line)
        if found.outcome is not None:
            return decode_json(TrialResult, line)
        note = found.intent or found.rerun or found.resumed or found.judged or found.answered
    except OtherFormatError as error:
        raise RunUnreadableError(path, f"line {number} {error}", error.hint) from error
    except (ValueError, RecursionError) as error:
        raise LineCorruptError(path, number, str(error).splitlines()[0]) from error
    if note is None:
        raise LineCorruptError(path, number, "it is neither a result nor a note")
    return note


class LastAttempts:
    """Which results of a file count: of a test that was executed again the last attempt, every other result."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}

    def add(self, result: TrialResult) -> None:
        """Note an attempt of a test that was executed again."""
        slot, execution = _execution(result)
        self._last[slot] = max(execution, self._last.get(slot, 0))

    def __contains__(self, result: TrialResult) -> bool:
        slot, execution = _execution(result) if self._last else (b"", 0)
        return execution >= self._last.get(slot, 0)


def read_results(
    path: Path,
    *,
    opened: dict[bytes, list[Intent]] | None = None,
    last: LastAttempts | None = None,
    answers: dict[str, Answered] | None = None,
    only: Callable[[TrialKey], bool] | None = None,
) -> Iterator[tuple[int, bytes, TrialResult]]:
    """Yield the results that count, each with its line, as written, and where that begins, in bytes; one line in memory
    at a time.

    A result that a later ``rerun`` or ``judged`` withdraws is left out. ``opened`` collects the intents that no
    standing result answers, by trial digest; ``last`` knows from the first result on which of them count;
    ``answers`` collects those to questions, by recipe digest. ``only`` chooses the trials: of other results no more
    than the key is decoded, and their intents stay open. Raises LineCorruptError and DuplicateTrialError.
    """
    taken_back = _looked_ahead(path, LastAttempts() if last is None else last)
    seen: set[bytes] = set()
    answered: dict[bytes, list[Intent]] = {}
    given_up: dict[bytes, list[Intent]] = {}
    still_open: dict[bytes, list[Intent]] = {}
    end = 0
    with path.open("rb") as file:
        for number, line in whole_lines(file):
            begin, end = end, end + len(line)
            if only is not None and line.startswith(RESULT) and not _is_chosen(line, only):
                continue
            match decode(path, number, line):
                case TrialResult() as result:
                    digest = trial_digest(result.key, result.attempt)
                    intents = still_open.pop(digest, [])
                    if digest in taken_back:
                        answered[digest] = intents
                    if taken_back.get(digest, 0) > number:
                        continue
                    if digest in seen:
                        raise DuplicateTrialError(path, trial_name(result.key, result.attempt), number)
                    seen.add(digest)
                    yield begin, line, result
                case Judged(result):
                    digest = trial_digest(result.key, result.attempt)
                    still_open.pop(digest, None)
                    if taken_back[digest] == number and (only is None or only(result.key)):
                        seen.add(digest)
                        yield begin, line, result
                case Intent() as intent:
                    still_open.setdefault(trial_digest(intent.key, intent.attempt), []).append(intent)
                case Answered(recipe) as answer if answers is not None:
                    answers[recipe] = answer
                case Resumed():
                    _move(still_open, given_up)
                case Rerun(key, attempt, billed=billed):
                    digest = trial_digest(key, attempt)
                    if billed and (intents := answered.pop(digest, [])):
                        # those before it were answered: a call that may have been paid for is not sent again
                        given_up.setdefault(digest, []).append(intents[-1])
    if opened is not None:
        _move(still_open, given_up)
        opened.update(given_up)


def _is_chosen(line: bytes, only: Callable[[TrialKey], bool]) -> bool:
    """Return whether a result is of a chosen trial; a line that has no key is one, so that its fault is reported."""
    try:
        key = decode_json(_Keyed, line).key
    except (ValueError, RecursionError):
        return True
    return only(key)


def _execution(result: TrialResult) -> tuple[bytes, int]:
    """Return which image of its trial a result is, and the execution of the test that made it, counted from 0."""
    if result.attempt.kind is not AttemptKind.RERUN:
        return trial_digest(result.key, Attempt(index=result.attempt.index)), 0
    samples = (result.policy.drift.samples if result.policy is not None else None) or 1
    execution, index = divmod(result.attempt.index, samples)
    return trial_digest(result.key, Attempt(index=index)), execution + 1


def _move(source: dict[bytes, list[Intent]], target: dict[bytes, list[Intent]]) -> None:
    for digest, intents in source.items():
        target.setdefault(digest, []).extend(intents)
    source.clear()


def _looked_ahead(path: Path, last: LastAttempts) -> dict[bytes, int]:
    """For each trial with a ``rerun`` or ``judged`` note, the number of its last one; ``last`` learns what counts."""
    found: dict[bytes, int] = {}
    with path.open("rb") as file:
        for number, line in whole_lines(file):
            if not line.startswith(NOTED) and RERUN not in line:
                continue
            match decode(path, number, line):
                case Rerun(key, attempt) | Judged(TrialResult(key=key, attempt=attempt)):
                    found[trial_digest(key, attempt)] = number
                case TrialResult(attempt=Attempt(kind=AttemptKind.RERUN)) as result:
                    last.add(result)
    return found
