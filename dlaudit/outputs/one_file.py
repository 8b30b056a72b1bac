"""One file, written whole or not at all."""

import os
import tempfile
from pathlib import Path

from dlaudit.errors import Stopped, shown


def write_file(path: Path, text: str) -> None:
    """Write `text` to `path`; what was there before stays until the new file is complete.

    Raises:
        Stopped: The folder is missing, not writable or full (DLA608).
    """
    try:
        handle, made = tempfile.mkstemp(prefix=".dlaudit-", suffix=".tmp", dir=path.absolute().parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(made).chmod(0o644)
            Path(made).replace(path)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Stopped(
            "DLA608",
            f"{shown(str(path), limit=200)} cannot be written: {error.strerror}",
            fix="Free space, or choose another place.",
        ) from error
