"""Real recordings of 251 LibriSpeech speakers: decoded as their index says, and audited with a small net end to end."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from real_models import Figure, audited, compared, measured
from torch import nn

from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_mel import mel_spectrum
from dlaudit.data.audio_waves import brought
from dlaudit.spec import AudioInput

ASKED = {"seconds": 3.0, "features": {"kind": "logmel", "n_mels": 40, "mean": -6.0, "std": 3.0}}
NET = """
import torch
from torch import nn

class Ears(nn.Module):
    def __init__(self):
        super().__init__()
        self.ears = nn.Sequential(nn.Conv1d(40, 24, 5, stride=2), nn.ReLU(), nn.Conv1d(24, 24, 5, stride=2), nn.ReLU())
        self.out = nn.Linear(24, 1)

    def forward(self, audio):
        return self.out(self.ears(audio).mean(dim=2))[:, 0]

def load_model(path, device):
    net = Ears()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net
"""
CONFIG = """schema = 1
[model]
path = "ears.pt"
code = "ears.py"
task = "binary"
output = "logit"
[data]
path = "clips.csv"
root = {root}
audio = "file"
target = "high"
[input.audio]
seconds = 3.0
features = {{ kind = "logmel", n_mels = 40, mean = -6.0, std = 3.0 }}
[slices]
sensitive = ["sex"]
[explain]
enabled = false
[discover]
enabled = false
"""


def figures(data: Path, folder: Path) -> list[Figure]:
    """What the index says of the recordings, and an audit beside the net called by hand."""
    source = data / "librispeech_sex"
    index = pd.read_csv(source / "index.csv")
    asked = AudioInput.model_validate(ASKED)
    clips = [decoded((source / "flac" / name).read_bytes(), asked) for name in index["file"]]
    spectrum = mel_spectrum(asked.features, asked.sample_rate)
    bands = torch.from_numpy(np.stack([spectrum.of(brought(clip, asked).samples) for clip in clips]))
    high = (index["sex"] == "F").to_numpy()
    order = np.random.default_rng(0).permutation(len(index))
    torch.manual_seed(0)
    namespace: dict[str, object] = {}
    exec(NET, namespace)
    net = fit(namespace["Ears"](), bands[order[:125]], high[order[:125]])  # type: ignore[operator]
    torch.save(net.state_dict(), folder / "ears.pt")
    (folder / "ears.py").write_text(NET, encoding="utf-8")
    held = index.iloc[order[125:]].assign(high=high[order[125:]].astype(int))
    held.to_csv(folder / "clips.csv", index=False)
    (folder / "clips.toml").write_text(
        CONFIG.format(root=json.dumps(str((source / "flac").resolve()))), encoding="utf-8"
    )
    audit = audited(folder / "clips.toml")
    with torch.no_grad():
        right = (net(bands[order[125:]]).numpy() > 0) == high[order[125:]]
    by_hand = {sex: float(right[(held["sex"] == sex).to_numpy()].mean()) for sex in ("F", "M")}
    seconds = np.array([len(clip.samples) / clip.rate for clip in clips])
    return [
        exact("recordings decoded", 251, len(clips)),
        exact("of women", 125, int(high.sum())),
        exact("seconds in all, as in the index", float(index["seconds"].sum()), float(seconds.sum())),
        *(
            compared("LibriSpeech, small net", f"accuracy, {sex} (known: the net called by hand)", known,
                     measured(audit, "accuracy", f"sex={sex}"))
            for sex, known in by_hand.items()
        ),
    ]  # fmt: skip


def notes(folder: Path) -> list[str]:
    """What this does not show."""
    return [
        "No real classifier of sound is small enough to come with the data, so the net is trained here on one half, "
        "to tell the speaker's sex, which is no task for an audit: what is checked is the path from file to figure. "
        "The speaker verification figures of this data are under *pairs*."
    ]


def exact(what: str, known: float, found: float) -> Figure:
    """A figure that has no interval."""
    return Figure(data="LibriSpeech", what=what, known=known, found=found, low=found, high=found, digits=0)


def fit(net: nn.Module, bands: torch.Tensor, high: np.ndarray) -> nn.Module:
    """The net after 150 steps."""
    target = torch.from_numpy(high).float()
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(net(bands), target).backward()
        optimizer.step()
    return net.eval()
