"""The hand-made audits of tests/outputs, and whole audits of a few rows of every kind."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "outputs"))
