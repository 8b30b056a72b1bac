"""The hand-made audits of the report's tests can be imported here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "outputs"))
