"""The example of speaker verification, with few voices: from synthesis to the report."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.conftest import ROOT, Done
from tests.example_folder import modules_of

EXAMPLE = ROOT / "examples" / "speaker_verification"


def test_its_mel_bands_are_slaneys() -> None:
    """Centres of the bands and sums of the triangles, as librosa's `filters.mel(sr=16000, n_fft=400, n_mels=40)`."""
    with modules_of(EXAMPLE):
        import encoder

        filters = encoder.mel_filters()
    assert filters.shape == (40, 201)
    # up to 1 kHz bands are equally wide; above it each is wider than the last by a constant factor
    peaks = filters.argmax(axis=1) * 40.0
    assert (np.diff(peaks) >= 0).all()
    linear = np.diff(peaks[peaks < 900])
    assert linear.max() <= 120
    area = filters.sum(axis=1) * 40.0
    assert area[8:] == pytest.approx(np.ones(32), rel=0.1)  # narrow triangles fall between frequencies


def test_the_example_runs_and_finds_what_its_readme_says(tmp_path: Path, dlaudit_command: Callable[..., Done]) -> None:
    pytest.importorskip("espeakng_loader")
    pytest.importorskip("soxr")
    if not _has_weights():
        pytest.skip("the weights are absent: pip install --no-deps Resemblyzer==0.1.4")
    build = tmp_path / "build"
    made = subprocess.run(
        [sys.executable, EXAMPLE / "embed.py", build, "--small"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    table, vectors = pd.read_csv(build / "samples.csv"), np.load(build / "vectors.npy")
    assert len(table) == len(vectors) == 20
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(20), abs=1e-5)
    cosine = vectors @ vectors.T
    voice = table["voice"].to_numpy()
    own = cosine[(voice[:, None] == voice) & ~np.eye(20, dtype=bool)]
    across = cosine[(table["sex"].to_numpy()[:, None] != table["sex"].to_numpy())]
    assert own.mean() > across.mean() + 0.1  # the encoder hears voices
    (tmp_path / "dlaudit.toml").write_text((EXAMPLE / "dlaudit.toml").read_text())
    done = dlaudit_command("run", "--out", "report", "--exit-zero", cwd=tmp_path)
    assert done.code == 0, done.err
    audit = json.loads((tmp_path / "report" / "audit.json").read_text())
    assert (audit["data"]["scored"], audit["data"]["pairs"]["identities"]) == (190, 10)
    html = (tmp_path / "report" / "report.html").read_text()
    assert "190 pairs of 10 people" in html.replace("\N{NARROW NO-BREAK SPACE}", " ")


def _has_weights() -> bool:
    import importlib.util

    return importlib.util.find_spec("resemblyzer") is not None
