"""The fine-tuning example runs in a small form, and its report tells the gaps apart."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from example_folder import modules_of

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NEEDED = ("ethnicolr", "genderperformr")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both folders as they are shipped, without anything that was built."""
    import importlib.util

    for name in NEEDED:
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs {name}: see examples/names")
    folder = tmp_path_factory.mktemp("examples")
    for name in ("names", "fine_tuned"):
        shutil.copytree(EXAMPLES / name, folder / name, ignore=shutil.ignore_patterns("build"))
    return folder / "fine_tuned"


def run(folder: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_example_runs_in_a_small_form(copied: Path) -> None:
    run(copied, "train.py", "build", "--names", "30", "--training", "30")
    audited = pd.read_csv(copied / "build" / "names.csv")
    assert audited["group"].value_counts().tolist() == [30] * 4 and audited["name"].is_unique
    small = ["--set", "explain.sample=24", "--set", "explain.steps=2"]
    told = run(copied, "-m", "dlaudit", "run", "--config", "dlaudit.toml", "--out", "report", "--exit-zero", *small)
    assert "Against base.pt" in told
    audit: dict[str, Any] = json.loads((copied / "report" / "audit.json").read_text())
    assert audit["against"]["rows"] == 120 and audit["against"]["changes"]
    assert audit["data"]["rows_sha256"]
    assert {one["feature"] for one in audit["against"]["moved"]}


def test_no_name_is_trained_on_and_audited() -> None:
    names = pd.DataFrame({"name": [f"N{at}" for at in range(80)], "group": ["a", "b"] * 40, "sex": ["F", "M"] * 40})
    with modules_of(EXAMPLES / "names"), modules_of(EXAMPLES / "fine_tuned"):
        import train

        test, others = train.drawn(names, 10, 20)
    assert not set(test["name"]) & set(others["name"])
    assert test["group"].value_counts().to_dict() == {"a": 10, "b": 10} and len(others) == 40
