"""Whole audits of a few rows of every kind of input, with a secret in every row that `full` has to show."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

import dlaudit
from dlaudit.record import Audit

ROWS = 80
SECRET = "Zwetschgenknoedel"
"""A word that stands in every row and is not common in lower case."""
FAST: dict[str, Any] = {
    "explain.sample": 24,
    "explain.background": 8,
    "explain.evaluations": 32,
    "explain.second_opinion": 0,
    "explain.checks": False,
    "explain.decompose": [],
    "discover.enabled": False,
    "slices.min_size": 10,
}


class Linear(nn.Module):
    """A score from the numbers of a row, in any shape."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.flat, self.out = nn.Flatten(), nn.Linear(size, 1)
        generator = torch.Generator().manual_seed(3)
        with torch.no_grad():
            self.out.weight.copy_(torch.randn(1, size, generator=generator) / size**0.5)
            self.out.bias.zero_()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.flat(x.float()))[:, 0]


class Bag(nn.Module):
    """A score from codes of tokens or symbols: the mean of their vectors."""

    def __init__(self, codes: int) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.table, self.out = nn.Embedding(codes, 6), nn.Linear(6, 1)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.out(self.table(ids).mean(dim=1))[:, 0]


def people(seed: int = 0) -> pd.DataFrame:
    """Rows with an id, a label and a sex."""
    draws = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "who": [f"{SECRET}-{at}" for at in range(ROWS)],
            "y": draws.integers(0, 2, ROWS),
            "sex": np.where(np.arange(ROWS) % 2, "F", "M"),
        }
    )


def audited(model: Any, data: Any, mode: str, settings: dict[str, Any]) -> Audit:
    """The audit of those rows by sex."""
    given = {**FAST, "report.examples": mode, "data.id": "who", "model.output": "logit", **settings}
    return dlaudit.audit(model, data, target="y", sensitive=["sex"], settings=given)


def table(folder: Path, mode: str, **settings: Any) -> Audit:
    """Two numbers and a code that many rows share."""
    rows, draws = people(), np.random.default_rng(1)
    rows["income"] = (draws.normal(size=ROWS)).round(3)
    rows["kids"] = draws.integers(0, 3, ROWS)
    rows.to_csv(folder / "rows.csv", index=False)
    return audited(Linear(2), str(folder / "rows.csv"), mode, {"data.features": ["income", "kids"], **settings})


def scores(folder: Path, mode: str, **settings: Any) -> Audit:
    """A file of scores beside a note and a town."""
    rows, draws = people(), np.random.default_rng(2)
    rows["p"] = draws.random(ROWS).round(2)
    rows["town"] = np.where(np.arange(ROWS) % 4, "Graz", f"{SECRET}dorf")
    rows["town"] = rows["town"].where(np.arange(ROWS) % 40 != 0, "Linz")
    rows["note"] = [f"spoke with {SECRET} about number {at} " + "and so on " * 12 for at in range(ROWS)]
    rows.to_csv(folder / "rows.csv", index=False)
    given = {**FAST, "report.examples": mode, "data.id": "who", **settings}
    return dlaudit.audit(None, str(folder / "rows.csv"), scores="p", target="y", sensitive=["sex"], settings=given)


def text(folder: Path, mode: str, **settings: Any) -> Audit:
    """Texts, each with a name and a number."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "the", "food", "was", "good", "bad", "and", "late"]
    made = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))
    rows, draws = people(), np.random.default_rng(3)
    ends = np.where(draws.random(ROWS) < 0.5, "good and late", "bad")
    rows["text"] = [f"the food of {SECRET} 4711 was {end}\nreally" for end in ends]
    rows.to_csv(folder / "rows.csv", index=False)
    given = {
        "data.text": "text", "input.text.tokenizer": str(folder / "tokenizer.json"), "input.text.pad": "[UNK]",
        "input.text.blank": "[UNK]", "explain.methods": ["integrated_gradients"],
    }  # fmt: skip
    return audited(Bag(len(words)), str(folder / "rows.csv"), mode, {**given, **settings})


def image(folder: Path, mode: str, **settings: Any) -> Audit:
    """Small pictures."""
    from PIL import Image

    rows, draws = people(), np.random.default_rng(4)
    for at in range(ROWS):
        Image.fromarray(draws.integers(0, 255, (12, 16, 3), dtype=np.uint8)).save(folder / f"{SECRET}{at}.png")
    rows["file"] = [f"{SECRET}{at}.png" for at in range(ROWS)]
    rows.to_csv(folder / "rows.csv", index=False)
    given = {"data.image": "file", "input.image.mode": "RGB", "input.image.scale": "0-1", "input.image.grid": [2, 2]}
    return audited(Linear(3 * 12 * 16), str(folder / "rows.csv"), mode, {**given, **settings})


def audio(folder: Path, mode: str, **settings: Any) -> Audit:
    """Short tones."""
    rows, draws = people(), np.random.default_rng(5)
    for at in range(ROWS):
        tone = np.sin(2 * np.pi * draws.integers(200, 900) * np.arange(1_600) / 8_000) * 9_000
        with wave.open(str(folder / f"{SECRET}{at}.wav"), "wb") as file:
            file.setparams((1, 2, 8_000, 0, "NONE", ""))
            file.writeframes(tone.astype("<i2").tobytes())
    rows["file"] = [f"{SECRET}{at}.wav" for at in range(ROWS)]
    rows.to_csv(folder / "rows.csv", index=False)
    given = {
        "data.audio": "file",
        "input.audio.sample_rate": 8_000,
        "input.audio.seconds": 0.25,
        "explain.enabled": False,
    }
    return audited(Linear(2_000), str(folder / "rows.csv"), mode, {**given, **settings})


def series(folder: Path, mode: str, **settings: Any) -> Audit:
    """Two channels of ten steps."""
    rows, draws = people(), np.random.default_rng(6)
    rows["hr"] = [draws.normal(80, 9, 10).round(2).tolist() for _ in range(ROWS)]
    rows["bp"] = [draws.normal(120, 9, 10).round(2).tolist() for _ in range(ROWS)]
    rows.to_parquet(folder / "rows.parquet")
    given = {
        "input.sequence.channels": ["hr", "bp"],
        "input.sequence.max_length": 10,
        "input.sequence.name": "x",
        "explain.enabled": False,
    }
    return audited(Linear(20), str(folder / "rows.parquet"), mode, {**given, **settings})


def symbols(folder: Path, mode: str, **settings: Any) -> Audit:
    """First names of people."""
    rows, draws = people(), np.random.default_rng(7)
    rows["name"] = ["".join(draws.choice(list("abcde"), 5)) + "7" for _ in range(ROWS)]
    rows.to_csv(folder / "rows.csv", index=False)
    given = {
        "input.sequence.column": "name", "input.sequence.characters": "abcde7", "input.sequence.max_length": 6,
        "input.sequence.first": 1, "input.sequence.name": "ids",
    }  # fmt: skip
    return audited(Bag(8), str(folder / "rows.csv"), mode, {**given, **settings})


def pairs(folder: Path, mode: str, **settings: Any) -> Audit:
    """Two embeddings for each of twenty people."""
    draws = np.random.default_rng(8)
    centre = 2 * draws.normal(size=(20, 5))
    np.save(folder / "vectors.npy", np.concatenate([centre, centre]) + 1.4 * draws.normal(size=(40, 5)))
    samples = {"voice": [f"{SECRET}-{at}" for at in range(20)] * 2, "sex": (["F", "M"] * 10) * 2}
    pd.DataFrame(samples).to_csv(folder / "samples.csv", index=False)
    given = {
        **FAST, "report.examples": mode, "pairs.identity": "voice", "slices.min_size": 5,
        "pairs.embeddings": str(folder / "vectors.npy"), "pairs.target_fmr": 0.1, **settings,
    }  # fmt: skip
    return dlaudit.audit(None, str(folder / "samples.csv"), sensitive=["sex"], settings=given)


KINDS = {
    "table": table,
    "scores": scores,
    "text": text,
    "image": image,
    "audio": audio,
    "series": series,
    "symbols": symbols,
    "pairs": pairs,
}
