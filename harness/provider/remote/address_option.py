"""The options of whatever is called over HTTP: where it is, and how often it is tried again."""

from typing import Annotated

from pydantic import AfterValidator, Field

from harness.errors import FieldError, UsageError
from harness.provider.options import Text
from harness.provider.started.definition import PORT


def _url(value: str) -> str:
    from harness.http import checked_url

    try:
        checked_url(value.replace(PORT, "1"))
    except UsageError as fault:
        raise FieldError(f"`base_url`: {fault}", fault.hint) from None
    return value.strip().rstrip("/")


Url = Annotated[Text, AfterValidator(_url)]
Retries = Annotated[int, Field(ge=0, le=20)]
