"""Pairs: is it the same speaker? Embeddings of LibriSpeech speakers by Resemblyzer's pretrained encoder."""

from pathlib import Path

import numpy as np
import pandas as pd
from real_models import Figure, audited, compared, measured

DATA = "LibriSpeech, Resemblyzer"
LISTED = """
schema = 1
[data]
path = "pairs.csv"
[pairs]
a = "first"
b = "second"
samples = "samples.csv"
sample = "sample"
identity = "speaker"
embeddings = "vectors.npy"
target_fmr = 0.01
[slices]
sensitive = ["sex"]
"""
ALL = """
schema = 1
[data]
path = "samples.csv"
[pairs]
identity = "speaker"
embeddings = "vectors.npy"
target_fmr = 0.01
[slices]
sensitive = ["sex"]
"""


def write_speakers(data: Path, folder: Path, speakers: int | None = None) -> None:
    """The two samples of each speaker, their embeddings, and a list of every first with every second sample."""
    with np.load(data / "librispeech_sex" / "resemblyzer_embeddings.npz") as held:
        first, second, sex = (held[name][:speakers] for name in ("A", "B", "S"))
    who = [f"speaker {at:03d}" for at in range(len(sex))]
    samples = {"sample": [f"{name}, {half}" for half in ("first", "second") for name in who], "speaker": who * 2}
    pd.DataFrame({**samples, "sex": [*sex, *sex]}).to_csv(folder / "samples.csv", index=False)
    np.save(folder / "vectors.npy", np.concatenate([first, second]))
    one, other = np.meshgrid(who, who, indexing="ij")
    listed = {"first": one.ravel() + ", first", "second": other.ravel() + ", second"}
    pd.DataFrame(listed).to_csv(folder / "pairs.csv", index=False)


def figures(data: Path, folder: Path) -> list[Figure]:
    """Every first sample with every second one, as the known figures were measured."""
    write_speakers(data, folder)
    (folder / "listed.toml").write_text(LISTED)
    (folder / "all.toml").write_text(ALL)
    audit = audited(folder / "listed.toml")
    pairs = audit["data"]["pairs"]
    threshold = {
        "value": audit["model"]["threshold"], "low": pairs["threshold_low"], "high": pairs["threshold_high"],
    }  # fmt: skip
    false_match, false_non_match, equal = "false_positive_rate", "false_negative_rate", "equal_error_rate"
    return [
        compared(DATA, "threshold at 1 % FMR over all", 0.713, threshold),
        compared(DATA, "FMR, women with women", 0.0241, measured(audit, false_match, "sex=F"), digits=4),
        compared(DATA, "FMR, men with men", 0.0156, measured(audit, false_match, "sex=M"), digits=4),
        compared(DATA, "FNMR, women", 0.008, measured(audit, false_non_match, "sex=F")),
        compared(DATA, "FNMR, men", 0.024, measured(audit, false_non_match, "sex=M")),
        compared(DATA, "EER, women with women", 0.016, measured(audit, equal, "sex=F")),
        compared(DATA, "EER, men with men", 0.024, measured(audit, equal, "sex=M")),
    ]


def notes(folder: Path) -> list[str]:
    """The same from all pairs of samples, women with men among them."""
    audit = audited(folder / "all.toml")
    rates = {name: measured(audit, "false_positive_rate", f"sex={name}") for name in ("F", "M", "F with M")}
    told = ", ".join(f"{n} {one['value']:.5f} ({one['low']:.5f} to {one['high']:.5f})" for n, one in rates.items())
    gap = next(one for one in audit["disparities"] if one["metric"] == "false_positive_rate")
    return [
        "251 speakers (125 F, 126 M), two samples each; 63,001 pairs of a first and a second sample, of which 251 are "
        "of one speaker. The threshold was chosen on the same pairs; intervals leave out one speaker at a time and "
        "allow for that.",
        f"All {audit['data']['scored']:,} pairs of the 502 samples instead: FMR {told}; gap {gap['value']:.4f} "
        f"({gap['low']:.4f} to {gap['high']:.4f}).",
    ]
