"""Modules of the examples, which have the same names in several folders."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def modules_of(folder: Path) -> Iterator[None]:
    """Inside, `import train` is the folder's; outside, none of its modules is left for another folder to find."""
    names = [path.stem for path in folder.glob("*.py")]
    for name in names:
        sys.modules.pop(name, None)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in names:
            sys.modules.pop(name, None)
