"""The one way of foreign text to a terminal or a log: nothing in it can steer what shows it."""

import os
import re

_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline (ESC begins the commands of a terminal and the sections of GitLab's logs, as
do C1), what reverses or hides letters, and halves of surrogate pairs. The joiners of scripts and emoji are no such."""
_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[|#vso\[)", re.MULTILINE)
"""What the log of GitHub or Azure takes for a command: ``::`` at the beginning of a line, ``##[`` and ``##vso[``
anywhere."""
_LOGS = ("CI", "GITHUB_ACTIONS", "TF_BUILD")
"""Variables of services that read commands in what is printed."""


def printable(text: str) -> str:
    """Return the text with every character that could steer a terminal replaced by U+FFFD; newlines and tabs stay."""
    return _STEERS.sub("\ufffd", text)


def terminal_text(text: str) -> str:
    """Return the text as it may be written to a terminal: printable, and where a CI service reads along without its
    commands."""
    text = printable(text)
    return _COMMAND.sub("\\1\ufffd", text) if any(map(os.environ.get, _LOGS)) else text


def printable_json(text: str) -> str:
    """Return a JSON document with the same content, printable everywhere: such characters are written as escapes."""
    return _COMMAND.sub(r"\\u0023", _STEERS.sub(_escaped, text))


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
