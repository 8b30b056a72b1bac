"""Whole audits of clips: a tiny net on real FLAC files by the command line, and the shipped example made small."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_mel import mel_spectrum
from dlaudit.data.audio_waves import brought
from dlaudit.spec import AudioInput

pytest.importorskip("soundfile", reason="needs the extra `audio`")
pytest.importorskip("soxr", reason="needs the extra `audio`")
sys.path.insert(0, str(Path(__file__).parent))
from level_net import make

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "voice_commands"
FEATURES = {"kind": "logmel", "n_mels": 16, "mean": -6.0, "std": 3.0}
ASKED = AudioInput.model_validate({"seconds": 2.0, "keep": "middle", "features": FEATURES})
CLIPS = 60


@pytest.fixture(scope="module")
def recordings(shared_data: Path) -> Path:
    folder = shared_data / "librispeech_sex"
    if not folder.is_dir():
        pytest.skip("librispeech_sex is absent")
    return folder


def test_every_real_recording_is_decoded_as_it_is(recordings: Path) -> None:
    clips = [decoded(path.read_bytes(), ASKED) for path in sorted((recordings / "flac").iterdir())]
    assert len(clips) == 251
    assert {(clip.rate, clip.channels) for clip in clips} == {(16_000, 1)}
    assert max(len(clip.samples) for clip in clips) == 6 * 16_000
    levels = np.array([np.sqrt(np.mean(clip.samples**2)) for clip in clips])
    assert ((levels > 0.005) & (levels < 0.3)).all()


@pytest.fixture(scope="module")
def audited(recordings: Path, tmp_path_factory: pytest.TempPathFactory, dlaudit_command: Callable[..., Any]) -> Any:
    folder = tmp_path_factory.mktemp("clips")
    index = pd.read_csv(recordings / "index.csv", dtype=str)
    index = index.groupby("sex").head(CLIPS // 2)
    index["loud"] = np.arange(len(index)) % 2
    index.to_csv(folder / "rows.csv", index=False)
    torch.save(make().state_dict(), folder / "model.pt")
    (folder / "level_net.py").write_bytes((Path(__file__).parent / "level_net.py").read_bytes())
    features = ", ".join(f"{name} = {json.dumps(value)}" for name, value in FEATURES.items())
    (folder / "dlaudit.toml").write_text(
        f"""
schema = 1
[model]
path = "model.pt"
code = "level_net.py"
task = "binary"
output = "logit"
[data]
path = "rows.csv"
root = {json.dumps(str(recordings / "flac"))}
audio = "file"
target = "loud"
[input.audio]
seconds = 2.0
keep = "middle"
features = {{ {features} }}
grid = [2, 2]
[slices]
sensitive = ["sex"]
[explain]
sample = 20
decompose = []
checks = false
second_opinion = 0
[discover]
enabled = false
"""
    )
    done = dlaudit_command("run", "--out", "out", cwd=folder)
    assert done.code == 0, done.err
    return json.loads((folder / "out" / "audit.json").read_text()), folder, recordings


def test_real_recordings_are_audited_by_sex(audited: Any) -> None:
    audit, _, _ = audited
    assert (audit["data"]["modality"], audit["data"]["rows"]) == ("audio", CLIPS)
    assert audit["data"]["altered"][0]["what"] == "cut to 2 s"
    assert {one["slice"] for one in audit["attributions"]} >= {"overall", "sex=F", "sex=M"}
    assert {one["feature"].split(", ")[1] for one in audit["attributions"]} == {"0.00-1.00 s", "1.00-2.00 s"}
    assert [one["shape"] for one in audit["maps"]][:1] == [[16, 64]]


def test_scores_are_those_of_the_model_on_the_decoded_clips(audited: Any) -> None:
    _, folder, recordings = audited
    spectrum = mel_spectrum(ASKED.features, 16_000)
    files = pd.read_csv(folder / "rows.csv")["file"][:5]
    waves = [brought(decoded((recordings / "flac" / name).read_bytes(), ASKED), ASKED).samples for name in files]
    with torch.no_grad():
        expected = torch.sigmoid(make()(torch.from_numpy(np.stack([spectrum.of(wave) for wave in waves]))))
    found = pd.read_parquet(folder / "out" / "predictions.parquet")["score"][:5]
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_the_example_s_clips_are_synthesised_and_its_model_trained(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="needs espeakng-loader")
    done = subprocess.run(
        [sys.executable, EXAMPLE / "train.py", tmp_path, "--small"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "test.csv")
    assert set(table["voice_sex"]) == {"female", "male"}
    assert len(list((tmp_path / "clips").iterdir())) == len(table)
    assert (tmp_path / "model.pt").is_file()
