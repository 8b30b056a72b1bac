"""Runs that are held against an accepted baseline, small and quick."""

import json

import numpy as np
import pandas as pd
import pytest

from dlaudit.cli.app import run_cli
from dlaudit.record.accepted_file import sealed
from dlaudit.record.files import read

ROWS = 1_500
QUICK = ("--set", "discover.enabled=false")
CONFIG = """schema = 1
scores = ["p"]
[data]
target = "y"
id = "id"
[slices]
sensitive = ["sex"]
[baseline]
path = "dlaudit-baseline.json"
"""


def rows(gap=0.0, seed=1, noise=0.0):
    """Scores that are lower for women by `gap`; rows and labels depend on the seed alone."""
    generator = np.random.default_rng(seed)
    sex = np.where(generator.random(ROWS) < 0.5, "F", "M")
    label = (generator.random(ROWS) < 0.5).astype(int)
    score = 0.5 + 0.3 * (label - 0.5) + generator.normal(0, 0.2, ROWS) - gap * (sex == "F")
    score += np.random.default_rng(9).normal(0, noise, ROWS) if noise else 0
    return pd.DataFrame({"id": np.arange(ROWS), "y": label, "sex": sex, "p": score.clip(0, 1)})


def run(name, table, *more):
    table.to_csv(f"{name}.csv", index=False)
    return run_cli(["run", "--scores", f"{name}.csv", "--score", "p", "--out", name, "-q", *QUICK, *more])


def first_accepted(folder):
    """The folder with a configuration and a first run that is the accepted baseline."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "dlaudit.toml").write_text(CONFIG, encoding="utf-8")
        assert run("first", rows(), "--baseline", "none") == 0
        assert run_cli(["baseline", "accept", "first", "--reason", "release 1", "-q"]) == 0
    return folder


def baseline_of(folder):
    return read(folder)[0].baseline


def rewritten(path, change, *, seal=True):
    """The baseline with what `change` makes of its document, as somebody writes it who knows of the digest, or not."""
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(sealed(document) if seal else document), encoding="utf-8")


def pointing(file, **changes):
    """The baseline pointing at a file of rows instead of holding their decisions."""

    def change(document):
        del document["packed"]
        document["elsewhere"] = {"path": "x.parquet", "bytes": 10, "sha256": "0" * 64, "rows": ROWS, **changes}

    rewritten(file, change)
