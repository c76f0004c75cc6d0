"""The command line: thin faces over the rooms, one file a command, loaded when it is called."""

from harness.cli.app import main

__all__ = ["main"]
