"""Between the closed sets of words of the harness and the enumerations of the protos, by name."""

import re
from enum import StrEnum
from typing import Any, TypeVar

from harness.gateway.errors import InvalidRequestError

E = TypeVar("E", bound=StrEnum)


def word_of(kind: type[E], enumeration: Any, number: int, param: str) -> E | None:
    """Return the word of a number of an enumeration; None for the unspecified one. Raises InvalidRequestError for a
    number that it does not have; ``param`` names the field."""
    if number == 0:
        return None
    if number not in enumeration.values():
        raise InvalidRequestError(f"{param} is {number}", f"one of {', '.join(enumeration.keys()[1:])}", param)
    return kind[enumeration.Name(number).removeprefix(_prefix(enumeration))]


def number_of(word: str, enumeration: Any) -> Any:
    """Return the number of a word in an enumeration."""
    return enumeration.Value(_prefix(enumeration) + word.upper())


def _prefix(enumeration: Any) -> str:
    """Return what the names of an enumeration begin with: ``ImageFormat`` is ``IMAGE_FORMAT_``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", enumeration.DESCRIPTOR.name).upper() + "_"
