"""Synthesise spoken commands, train a recogniser on some of the voices, and write the clips of all others.

    python examples/voice_commands/train.py [FOLDER] [--small]

Writes into FOLDER (default: build/ beside this script) `clips/` and `test.csv`, the clips that are audited, and
`model.pt`, a small CNN and GRU on log-mel spectrograms that heard four male voices with two accents only. What it hears
is decoded by [input.audio] of dlaudit.toml, as in the audit. Needs `pip install 'dlaudit[audio]' espeakng-loader`.
"""

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import nn

from dlaudit.data.audio_decode import decoded
from dlaudit.data.audio_mel import mel_spectrum
from dlaudit.data.audio_waves import brought
from dlaudit.spec import load_config

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from commands_model import CommandNet  # noqa: E402
from voices import ACCENTS, FEMALE, MALE, WORDS, Speaker, Synthesiser  # noqa: E402

SEED = 0
HEARD = [
    Speaker(variant=variant, accent=accent, words_a_minute=rate, pitch=pitch)
    for variant, accent, rate, pitch in product(
        ("m1", "m2", "m3", "m4"), ("en-us", "en"), (130, 160, 190), (35, 50, 65)
    )
]
"""Who speaks in training."""
OTHERS = [
    Speaker(variant=variant, accent=accent)
    for variant, accent in product((*FEMALE, *(one for one in MALE if one not in ("m1", "m2", "m3", "m4"))), ACCENTS)
]
"""Who speaks in the audit: no voice is in both."""
Said = tuple[str, Speaker, bytes]


def said(synthesiser: Synthesiser, speakers: Sequence[Speaker]) -> list[Said]:
    """Every word by every speaker, as FLAC."""
    made = []
    for word, speaker in product(WORDS, speakers):
        file = io.BytesIO()
        soundfile.write(file, synthesiser.say(word, speaker), synthesiser.rate, format="FLAC")
        made.append((word, speaker, file.getvalue()))
    return made


def heard(clips: Sequence[Said]) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectrograms [n, bands, frames] as the audit makes them, and the number of each word."""
    asked = load_config(HERE / "dlaudit.toml").spec.input.audio
    assert asked is not None
    spectrum = mel_spectrum(asked.features, asked.sample_rate)
    waves = [brought(decoded(data, asked), asked).samples for _, _, data in clips]
    bands = np.stack([spectrum.of(wave) for wave in waves])
    return torch.from_numpy(bands), torch.tensor([WORDS.index(word) for word, _, _ in clips])


def fit(x: torch.Tensor, y: torch.Tensor, steps: int) -> CommandNet:
    """The network after `steps` steps, each on 64 clips shifted in time at random."""
    torch.manual_seed(SEED)
    net = CommandNet().train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    for _ in range(steps):
        rows = torch.randint(len(x), (64,))
        shift = int(torch.randint(0, 12, ()))
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(torch.roll(x[rows], shift, dims=2)), y[rows]).backward()
        optimizer.step()
    return net.eval()


def write_clips(clips: Sequence[Said], folder: Path) -> None:
    """The clips as files, and the table of who says what."""
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    with (folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", "word", "voice", "voice_sex", "accent"])
        for number, (word, speaker, data) in enumerate(clips):
            name = f"{number:04d}.flac"
            (folder / "clips" / name).write_bytes(data)
            table.writerow([name, word, speaker.variant, speaker.sex, ACCENTS[speaker.accent]])


def main(folder: Path, *, small: bool) -> None:
    """Synthesise, train, save."""
    torch.set_num_threads(1)
    synthesiser = Synthesiser()
    write_clips(said(synthesiser, OTHERS[:: 9 if small else 1]), folder)
    training = said(synthesiser, HEARD[:: 9 if small else 1])
    net = fit(*heard(training), steps=40 if small else 400)
    torch.save(net.state_dict(), folder / "model.pt")
    print(f"model.pt: heard {len(training)} clips of {len({one.variant for one in HEARD})} male voices")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "build")
    parser.add_argument("--small", action="store_true", help="few clips and steps, for tests")
    given = parser.parse_args()
    main(given.folder, small=given.small)
