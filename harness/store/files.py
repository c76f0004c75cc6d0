"""Files that are written whole or not at all, and never over others."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def create_file(path: Path, data: bytes) -> bool:
    """Write a whole file where none is; returns False, and changes nothing, where one is. Raises OSError."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_bytes(data)
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:
            # a file system without links
            if path.exists():
                return False
            temporary.replace(path)
        return True
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
