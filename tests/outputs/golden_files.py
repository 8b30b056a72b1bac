"""Golden files: what an output looked like when somebody last looked at it.

`DLAUDIT_UPDATE_GOLDEN=1 pytest tests/outputs` writes them anew; read the difference before committing it.
"""

import os
import re
from pathlib import Path

GOLDEN = Path(__file__).parent.parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """The text is as in tests/golden/NAME."""
    path = GOLDEN / name
    if os.environ.get("DLAUDIT_UPDATE_GOLDEN") == "1":
        path.write_bytes(text.encode("utf-8"))
    assert path.is_file(), f"no golden file {name}; DLAUDIT_UPDATE_GOLDEN=1 writes it"
    assert text == path.read_bytes().decode("utf-8"), f"{name} differs; DLAUDIT_UPDATE_GOLDEN=1 accepts the change"


def section(html: str, id_: str) -> str:
    """The section of a report with that id, blank lines removed."""
    found = re.search(rf'<(section|header) id="{id_}".*?</\1>', html, re.DOTALL)
    assert found is not None, f"no section {id_}"
    return "\n".join(line.strip() for line in found.group().splitlines() if line.strip()) + "\n"
