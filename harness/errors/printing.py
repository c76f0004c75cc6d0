"""The one way of foreign text to a terminal or a log: nothing in it can steer what shows it."""

import re

_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters but tab and newline (ESC begins the commands of a terminal, as do C1), what reverses or hides
letters, and halves of surrogate pairs. The joiners of scripts and emoji are none of them."""
_COMMAND = re.compile(r"^((?:\s|\x1b\[[0-9;]*m)*):(?=:)|#(?=#\[|#vso\[)", re.MULTILINE)
"""What a log of GitHub or Azure takes for a command: ``::`` at the beginning of a line, ``##[`` and ``##vso[``
anywhere."""


def printable(text: str) -> str:
    """Return the text with every character that could steer a terminal replaced; newlines and tabs stay."""
    return _STEERS.sub("·", text)


def without_commands(text: str) -> str:
    """Return the lines of a log so that none of them is a command of a CI service, each as long as it was."""
    return _COMMAND.sub(r"\1·", text)
