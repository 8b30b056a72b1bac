"""Small files of scores with a gap that is plain, absent, or too small a sample to tell."""

import subprocess
import sys
from pathlib import Path

import pytest

SETTINGS = 'data="scores.csv", scores="p", target="y", sensitive=["sex"]'
"""How a test that is written into a folder audits scores.csv there."""


def write_scores(path: Path, *, rows: int, gap: bool) -> Path:
    """A file of `rows` rows of each sex: where there is a gap, women are selected half as often as men."""
    lines = ["sex,y,p"]
    for at in range(rows):
        for sex in ("F", "M"):
            selected = at % 4 < (1 if gap and sex == "F" else 2)
            lines.append(f"{sex},{at % 2},{0.9 if selected else 0.1}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def must_fit(file: Path, schema: str) -> None:
    """Fail the test where a file does not fit the schema that its system publishes, as `github-actions`."""
    pytest.importorskip("check_jsonschema", reason="needs check-jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
