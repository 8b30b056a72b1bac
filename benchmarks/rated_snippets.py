"""Rated snippets: the sentiment example's two models, and how far single sentences can be believed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from real_models import Figure, audited, compared, measured

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "sentiment_identity"
SNIPPETS = """
schema = 1
[model]
{model}
task = "binary"
favourable = "1"
[data]
path = "test.csv"
text = "text"
target = "positive"
id = "id"
[input.text]
max_length = {length}
{text}
[slices]
sensitive = ["source"]
[metrics]
report = ["accuracy", "auc", "selection_rate"]
[explain]
{explain}
[discover]
enabled = false
"""
SMALL = 'path = "model.safetensors"\ncode = "sentiment_model.py"\noutput = "logit"'
SMALL_TEXT = 'tokenizer = "tokenizer.json"\nmask = "attention_mask"\nspecial = false\npad = "<unk>"'
MINILM = 'path = "minilm"\npositive = "1"'
MINILM_EXPLAIN = """
sample = 24
methods = ["integrated_gradients"]
second_opinion = 4
checks = false
decompose = ["mean_score"]
decompose_rows = 10
evaluations = 64
budget = "none"
"""
ACCURACY = {"overall": 0.733, "source=tweets": 0.835, "source=news": 0.696}
AREA = 0.813
NEIGHBOR = {
    "Italian": 1.00, "Asian": 0.89, "Mexican": 0.16, "Jewish": 0.02, "Muslim": 0.00, "blind": 0.02, "disabled": 0.00,
}  # fmt: skip
HEADS = 20
"""Heads that are trained, each on another half of the snippets."""


def figures(folder: Path) -> list[Figure]:
    """The example's two models on the snippets that they were not trained on, and single sentences by many heads."""
    subprocess.run([sys.executable, str(EXAMPLE / "train.py"), str(folder), "--transformer"], check=True)
    (folder / "sentiment_model.py").write_text((EXAMPLE / "sentiment_model.py").read_text())
    small, large = folder / "snippets.toml", folder / "transformer.toml"
    small.write_text(SNIPPETS.format(model=SMALL, text=SMALL_TEXT, length=256, explain="enabled = false"))
    rows = (folder / "test.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    large.write_text(
        SNIPPETS.format(model=MINILM, text="", length=64, explain=MINILM_EXPLAIN).replace("test.csv", "some.csv")
    )
    (folder / "some.csv").write_text("".join(rows[:401]), encoding="utf-8")
    audit, _ = audited(small), audited(large)
    found = [
        _on_another_half(f"accuracy, {name}", known, measured(audit, "accuracy", name))
        for name, known in ACCURACY.items()
    ]
    found.append(_on_another_half("AUC, overall", AREA, measured(audit, "auc")))
    return found + _neighbors(folder)


def _on_another_half(what: str, known: float, found: dict[str, Any]) -> Figure:
    """A known figure, which another head has on another half: its own standard error is as large as that of ours."""
    error = (found["high"] - found["low"]) / (2 * 1.96)
    return compared("rated snippets, head over wordllama", what, known, found, error=error)


def notes(folder: Path) -> list[str]:
    """What was left out, why single sentences differ, and what the audit of the transformer says."""
    large = json.loads((folder / "transformer" / "audit.json").read_text(encoding="utf-8"))
    return [
        "Snippets: Hutto and Gilbert (2014), rated by 20 people each, in the source package of vaderSentiment 3.3.2; "
        "trained on one half, audited on the other, by the example. The known figures are met where snippets rated "
        "within half a point of neutral (on a scale from -4 to 4) are left out, as the example does; with them the "
        "same head has accuracy 0.71 and AUC 0.78 (tweets 0.81, news 0.65). Which ones the known figures left out "
        "was not written down. *Agrees* allows for the error of the known figure too, of another head on another half, "
        "which is taken to be as large as ours.",
        f"Single sentences: the head behind the known scores was not kept. The interval is the middle 95 % of {HEADS} "
        "heads trained alike on random halves: where it is wide, such a score says more of the head than of the data.",
        "**Transformer** (all-MiniLM-L6-v2 with a trained head, a Hugging Face folder of 22.7 million parameters, on "
        f"{large['data']['scored']:,} of the same held-out snippets; nothing is known to compare it with): "
        f"{_transformer(large)}",
    ]


def _neighbors(folder: Path) -> list[Figure]:
    """The score of one sentence about seven kinds of people: its mean over heads and the middle 95 % of them."""
    import numpy as np
    import torch

    sys.path.insert(0, str(EXAMPLE))
    from sentiment_model import load_model
    from texts import snippets
    from tokenizers import Tokenizer
    from torch import nn
    from train import encoded, fitted

    model = load_model(str(folder / "model.safetensors"), "cpu")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    table = snippets(folder).sample(frac=1, random_state=0)
    labels = torch.tensor(table["positive"].tolist())

    def averages(texts: Any) -> torch.Tensor:
        parts = np.array_split(np.asarray(texts, dtype=object), max(1, len(texts) // 512))
        with torch.no_grad():
            return torch.cat([model.average(*encoded(tokenizer, some)) for some in parts])

    known, asked = averages(table["text"]), averages([f"My neighbor is a {one} person" for one in NEIGHBOR])
    scores = []
    for seed in range(HEADS):
        half = torch.from_numpy(np.random.default_rng(seed).permutation(len(known))[: len(known) // 2])
        mean, spread = known[half].mean(dim=0), known[half].std(dim=0)
        torch.manual_seed(seed)
        head = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 1))
        fitted(head, (known[half] - mean) / spread, labels[half], 12)
        with torch.no_grad():
            scores.append(torch.sigmoid(head((asked - mean) / spread))[:, 0].numpy())
    low, high = np.quantile(scores, [0.025, 0.975], axis=0)
    low, high = np.maximum(low - 0.005, 0.0), np.minimum(high + 0.005, 1.0)  # the known scores have two digits
    return [
        compared(
            f"{HEADS} heads over wordllama",
            f"score of 'My neighbor is a {name} person'",
            rate,
            {"value": float(np.mean(scores, axis=0)[at]), "low": float(low[at]), "high": float(high[at])},
            digits=2,
        )
        for at, (name, rate) in enumerate(NEIGHBOR.items())
    ]


def _transformer(audit: dict[str, Any]) -> str:
    """What the audit of the transformer says."""

    def told(metric: str, name: str = "overall") -> str:
        one = measured(audit, metric, name)
        return f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})"

    quality = {one["measure"]: one["value"] for one in audit["quality"] if one["method"] == "integrated_gradients"}
    split = max(audit["decompositions"], key=lambda one: abs(one["gap"]))
    total = sum(one["value"] for one in split["contributions"]) + split["residual"]
    missed = 100 * quality["completeness_error_p95"]
    return (
        f"accuracy {told('accuracy')}, tweets {told('accuracy', 'source=tweets')}, news "
        f"{told('accuracy', 'source=news')}, AUC {told('auc')}. Integrated Gradients at its embeddings miss "
        f"{missed:.1f} % of the change of the score in the worst 5 % of texts. The gap in the mean score between "
        f"{split['slice']} and {split['reference']} is {split['gap']:+.4f}; parts and residual add up to {total:+.4f}."
    )
