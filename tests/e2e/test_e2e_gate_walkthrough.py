"""The walk-through of a gate in a repository: every step ends with the exit code that it should have."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODES = [0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 2, 2, 0]


@pytest.fixture(scope="module")
def told(lending: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the script says."""
    if shutil.which("git") is None or shutil.which("bash") is None:
        pytest.skip("needs git and bash")
    folder = tmp_path_factory.mktemp("walk") / "repository"
    here = Path(sys.executable).parent
    env = {
        **os.environ,
        "LENDING": str(lending),
        "PYTHON": sys.executable,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    script = str(ROOT / "examples" / "gate" / "walkthrough.sh")
    done = subprocess.run(["bash", script, str(folder)], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr
    return done.stdout


def test_every_step_ends_as_it_should(told: str) -> None:
    assert [int(code) for code in re.findall(r"^\[exit (\d+)\]$", told, re.MULTILINE)] == CODES
    assert told.rstrip().endswith("Every step ended as it should.")


def steps(told: str) -> dict[str, str]:
    return dict(part.split("\n", 1) for part in told.split("\n== ")[1:])


def test_nothing_is_said_where_nothing_changed_and_the_paired_rule_catches_the_model_that_got_worse(told: str) -> None:
    found = steps(told)
    quiet = found["A pull request that changes no model: silence"]
    assert "Nothing changed" in quiet and "undecided" not in quiet
    caught = found["A pull request with a model that sees one column in another unit"]
    assert re.search(r"true positive rate of [\w ]+ fell by \d\d\.\d\spoints", caught) and "<failure" in caught
    assert re.search(r"^::error file=dlaudit\.toml,line=\d\d,", told, re.MULTILINE)


def test_a_waiver_holds_until_its_last_day(told: str) -> None:
    found = steps(told)
    assert "outside (waived)" in found["The team takes it for two weeks, with a reason, an owner and a last day"]
    assert "DLA108" in found["Two weeks later nobody has mended it"]
    assert "DLA108" in found["The model is mended, the waiver is no longer needed and says so"]
