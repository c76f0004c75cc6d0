"""Replies of a known form: a document becomes a record, or a fault that says where it differs."""

from typing import Any, TypeVar

from harness.http import HttpError

T = TypeVar("T")


def decoded(document: Any, form: type[T], hint: str) -> T:
    """The plain values of a reply as ``form``, a dataclass or a type of its parts. What it has more is passed over.

    Raises HttpError of kind ``body``, with the path to the value that is of another type or missing.
    """
    import msgspec

    try:
        return msgspec.convert(document, form)
    except msgspec.ValidationError as error:
        problem = f"the reply has another form than expected: {error}"
        raise HttpError("body", problem, hint, possibly_billed=True) from None
