"""Files that a configuration names: one list to resolve, to keep from harm, and to look for change."""

from keyword import iskeyword
from typing import Any

from dlaudit.spec.model import AuditSpec

FILE_KEYS = (
    ("model", "path"),
    ("model", "code"),
    ("against", "model"),
    ("against", "code"),
    ("baseline", "path"),
    ("data", "path"),
    ("data", "demographics"),
    ("data", "root"),
    ("pairs", "embeddings"),
    ("pairs", "samples"),
    ("input", "image", "array"),
    ("input", "table", "standardize", "from"),
    ("input", "text", "tokenizer"),
    ("input", "choices", "tokenizer"),
    ("input", "sequence", "array"),
    ("input", "sequence", "vocabulary"),
    ("input", "sequence", "standardize", "from"),
    ("probes", "swap_file"),
    ("report", "templates"),
    ("report", "language"),
)
"""Keys whose text is the path of a file or a folder, relative to the folder of the configuration."""


def named_files(spec: AuditSpec) -> dict[str, str]:
    """Dotted key to path, of every file and folder that the specification names.

    Files that rows of the data name (`data.image`, `data.audio`, `data.mask`) lie in `data.root` and are not among
    them, nor is what code of the user reads.

    Args:
        spec: What was asked.
    """
    found = {}
    for key in FILE_KEYS:
        at: Any = spec
        for name in key:
            at = getattr(at, f"{name}_" if iskeyword(name) else name, None)
        if at is not None:
            found[".".join(key)] = str(at)
    return found
