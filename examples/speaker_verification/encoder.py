"""Resemblyzer's pretrained speaker encoder: a clip of speech to 256 numbers that stand for the voice.

Only the weights of the package are read (Apache-2.0, 17 MB), with `weights_only`; none of its code runs, and what
that code needs is not needed. Wan et al. 2018, DOI 10.1109/ICASSP.2018.8462665 (GE2E).
"""

import importlib.util
from pathlib import Path

import numpy as np
import torch
from torch import nn

RATE = 16_000
"""Samples a second that the encoder was trained on."""
WINDOW, STEP, BANDS, SPAN = 400, 160, 40, 160
"""Samples of a frame, samples from one to the next, mel bands, and frames of a piece that is embedded (1.6 seconds)."""
LOUDNESS = 10 ** (-30 / 20)
"""Root mean square that quieter clips are brought to: -30 dBFS."""


class VoiceEncoder(nn.Module):
    """Three LSTM layers over mel frames [n, frames, bands], then a layer of which the positive part is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(BANDS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Embeddings [n, 256] of length 1."""
        _, (hidden, _) = self.lstm(frames)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


def load_encoder() -> VoiceEncoder:
    """The encoder with the weights that the package `Resemblyzer` brings."""
    spec = importlib.util.find_spec("resemblyzer")
    if spec is None or spec.origin is None:
        raise SystemExit("this example needs the weights of Resemblyzer: pip install --no-deps Resemblyzer==0.1.4")
    held = torch.load(Path(spec.origin).with_name("pretrained.pt"), map_location="cpu", weights_only=True)
    net = VoiceEncoder()
    weights = held["model_state"]
    net.load_state_dict({name: value for name, value in weights.items() if not name.startswith("similarity")})
    return net.eval()


def embedding(net: VoiceEncoder, wave: np.ndarray) -> np.ndarray:
    """The embedding [256] of a clip: the mean over pieces of 1.6 seconds, each beginning .77 seconds after the last.

    Args:
        net: The encoder.
        wave: Samples at `RATE`, -1 to 1, without long silences.
    """
    loud = float(np.sqrt(np.mean(wave**2)))
    frames = mel_frames(wave * max(1.0, LOUDNESS / loud) if loud else wave)
    between = round(RATE / 1.3 / STEP)
    starts = range(0, max(1, len(frames) - SPAN + between + 1), between)
    pieces = [frames[start : start + SPAN] for start in starts]
    kept = [one for one in pieces if len(one) >= 0.75 * SPAN] or pieces[:1]
    padded = np.stack([np.pad(one, ((0, SPAN - len(one)), (0, 0))) for one in kept])
    with torch.inference_mode():
        mean = net(torch.from_numpy(padded)).mean(dim=0)
    return nn.functional.normalize(mean, dim=0).numpy()


def mel_frames(wave: np.ndarray) -> np.ndarray:
    """Power in 40 mel bands of every frame [frames, bands], float32: librosa's `melspectrogram` with its defaults."""
    found = torch.stft(
        torch.from_numpy(wave.astype(np.float32)), WINDOW, STEP, window=torch.hann_window(WINDOW), center=True,
        pad_mode="constant", return_complex=True,
    )  # fmt: skip
    power = found.abs().numpy().astype(np.float64) ** 2
    return (mel_filters() @ power).T.astype(np.float32)


def mel_filters() -> np.ndarray:
    """Triangles over the frequencies of a frame [bands, 201], evenly spaced on Slaney's mel scale, of equal area."""
    hertz = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    edges = _hertz(np.linspace(0, _mel(RATE / 2), BANDS + 2))
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]


_BEND, _STEPS = 1000.0, np.log(6.4) / 27
"""Up to 1 kHz Slaney's scale is linear, 200 Hz in three mels; above it, 27 mels are a factor of 6.4."""


def _mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < _BEND else 15 + float(np.log(hertz / _BEND)) / _STEPS


def _hertz(mels: np.ndarray) -> np.ndarray:
    return np.where(mels < 15, mels * 200 / 3, _BEND * np.exp(_STEPS * (mels - 15)))
