"""The hand-made audits of the output tests are rendered here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "outputs"))
