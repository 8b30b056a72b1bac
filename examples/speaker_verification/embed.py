"""Embed clips of many voices by a pretrained speaker encoder: the samples that the audit compares.

    python examples/speaker_verification/embed.py [FOLDER] [--small] [--librispeech FOLDER]

Writes into FOLDER (default: build/ beside this script) `samples.csv`, one record for each clip, and `vectors.npy`,
their embeddings. The clips are synthesised; with --librispeech they are people's, from a folder of LibriSpeech as it is
published (SPEAKERS.TXT beside it or above it). Needs `pip install 'dlaudit[audio]' espeakng-loader` and
`pip install --no-deps Resemblyzer==0.1.4`.
"""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from encoder import RATE, embedding, load_encoder  # noqa: E402
from voices import FEMALE, MALE, SENTENCES, Synthesiser  # noqa: E402

SECONDS = 3
"""Of each clip."""
MANNERS = ((150, 40), (165, 50), (180, 60))
"""Words a minute and pitch: the same voice does not speak alike twice."""
Clip = tuple[str, str, np.ndarray]
"""Whose it is, their sex, and the samples at `RATE`."""


def synthesised(*, small: bool) -> Iterator[Clip]:
    """A sentence in each manner by every voice; two by few voices for tests."""
    synthesiser = Synthesiser()
    for sex, voices in (("female", FEMALE), ("male", MALE)):
        for voice in voices[: 5 if small else None]:
            said = list(zip(SENTENCES, MANNERS, strict=True))[: 2 if small else None]
            for sentence, (speed, pitch) in said:
                wave = synthesiser.say(sentence, voice, words_a_minute=speed, pitch=pitch)
                yield voice, sex, soxr.resample(wave, synthesiser.rate, RATE)[: SECONDS * RATE]


def recorded(folder: Path) -> Iterator[Clip]:
    """The beginnings of up to three utterances of every speaker."""
    table = next((one / "SPEAKERS.TXT" for one in (folder, *folder.parents) if (one / "SPEAKERS.TXT").is_file()), None)
    if table is None:
        raise SystemExit(f"{folder}: no SPEAKERS.TXT here or above, which says who is a woman")
    lines = (line.split("|") for line in table.read_text().splitlines() if not line.startswith(";"))
    sexes = {cells[0].strip(): {"F": "female", "M": "male"}[cells[1].strip()] for cells in lines}
    of: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.flac")):
        of.setdefault(path.name.partition("-")[0], []).append(path)
    for speaker, paths in of.items():
        for path in paths[:: max(1, len(paths) // len(MANNERS))][: len(MANNERS)]:
            wave, rate = soundfile.read(path, stop=SECONDS * RATE)
            yield speaker, sexes[speaker], wave if rate == RATE else soxr.resample(wave, rate, RATE)


def main(folder: Path, clips: Iterator[Clip]) -> None:
    """Embed the clips and write them."""
    torch.set_num_threads(1)
    net = load_encoder()
    folder.mkdir(parents=True, exist_ok=True)
    vectors = []
    with (folder / "samples.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["voice", "sex"])
        for who, sex, wave in clips:
            table.writerow([who, sex])
            vectors.append(embedding(net, wave))
    np.save(folder / "vectors.npy", np.stack(vectors))
    print(f"samples.csv, vectors.npy: {len(vectors)} clips")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=HERE / "build")
    parser.add_argument("--small", action="store_true", help="few voices, for tests")
    parser.add_argument("--librispeech", type=Path, help="a folder of LibriSpeech, as dev-clean")
    given = parser.parse_args()
    people = given.librispeech
    main(given.folder, recorded(people) if people else synthesised(small=given.small))
