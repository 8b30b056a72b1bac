"""The hand-made audits of tests/outputs are rendered here too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "outputs"))
