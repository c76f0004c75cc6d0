"""The keys of the images that tests check: readable, and never one for two tests.

``tests/test_fox.py::test_fox[night]`` and ``"den"`` is ``tests-test_fox/test_fox-night/den-s0``. A part that holds
other characters than letters, digits and ``= . _ -`` ends in ``~`` and a digest of what it was made of.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

import pytest

from harness.errors import UsageError
from harness.records import TrialKey

FIXTURE = "image_harness"
_OTHER = re.compile(r"[^A-Za-z0-9=._-]+")


def plain(text: str) -> str:
    """Return a text as part of a key, each run of other characters as one hyphen: two texts can become one."""
    return _OTHER.sub("-", text).strip("-.") or "image"


def part(text: str) -> str:
    """Return a text as part of a key of its own. What pytest puts between the parts of a test's name needs no digest:
    folders, ``::``, and the brackets around parameters, where no hyphen could be taken for one of them."""
    return _own(text, _joined(text))


def name_part(text: str) -> str:
    """Return the name of an image as part of a key of its own: whatever is no plain character needs a digest."""
    return _own(text, text)


def key_of(test: str, name: str, seed: int, form: Callable[[str], str] = part) -> TrialKey:
    """Return the key of an image of a test (its node ID) in either form."""
    module, _, case = test.partition("::")
    named = plain(name) if form is plain else name_part(name)
    return TrialKey(form(module.removesuffix(".py")), form(case), named, seed)


def _own(text: str, expected: str | None) -> str:
    name = plain(text)
    return name if name == expected else f"{name}~{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _joined(text: str) -> str | None:
    """Return a text with a hyphen for each separator; None where a hyphen of its own could be one."""
    if "/" in text:
        return None if "-" in text else text.replace("/", "-")
    head, bracket, inner = text.partition("[")
    if not bracket and "::" not in text:
        return text
    if "-" in head or (bracket and not inner.endswith("]")):
        return None
    return head.replace("::", "-") + (f"-{inner[:-1]}" if bracket else "")


class Keys:
    """The keys of one session. ``accepted`` returns whether an image is accepted under a key.

    Before there were digests, a key had none: an image that is accepted under such a key keeps it, unless another test
    has the same one.
    """

    def __init__(self, items: Iterable[pytest.Item], accepted: Callable[[TrialKey], bool]) -> None:
        self._accepted = accepted
        self._tests: dict[tuple[str, str], set[str]] = {}
        self._earlier: dict[tuple[str, str], set[str]] = {}
        for item in items:
            if FIXTURE in getattr(item, "fixturenames", ()):
                for known, form in ((self._tests, part), (self._earlier, plain)):
                    known.setdefault(_case(key_of(item.nodeid, "", 0, form)), set()).add(item.nodeid)

    def key(self, test: str, name: str, seed: int) -> TrialKey:
        """Return the key of an image of a test. Raises UsageError when another test has the same."""
        key, earlier = key_of(test, name, seed), key_of(test, name, seed, plain)
        if others := self._tests.get(_case(key), set()) - {test}:
            raise UsageError(f"{key}: {test} and {min(others)} have the same name there", "rename one of the tests")
        alone = not self._earlier.get(_case(earlier), set()) - {test}
        if key != earlier and alone and not self._accepted(key) and self._accepted(earlier):
            return earlier
        return key


def _case(key: TrialKey) -> tuple[str, str]:
    return key.suite, key.case
