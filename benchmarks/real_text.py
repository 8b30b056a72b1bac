"""Texts: small networks over wordllama embeddings and a transformer; HateCheck, madlibs, and rated snippets.

The suites contain slurs: nothing here prints a text of theirs.
"""

import csv
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import rated_snippets
from real_models import Figure, audited, compared, measured

CODE = """
import importlib.util
from pathlib import Path
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, vectors, held):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(vectors)
        self.register_buffer("mu", held["mu"])
        self.register_buffer("sd", held["sd"])
        self.head = nn.Sequential(nn.Linear(256, 64), nn.ReLU(), nn.Dropout(), nn.Linear(64, 1))
        self.head.load_state_dict(held["state_dict"])

    def forward(self, input_ids, attention_mask):
        kept = attention_mask.unsqueeze(-1).to(self.mu.dtype)
        mean = (self.embedding(input_ids) * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)
        return self.head((mean - self.mu) / self.sd)


def load_model(path, device):
    from safetensors.torch import load_file
    root = Path(importlib.util.find_spec("wordllama").submodule_search_locations[0])
    vectors = load_file(root / "weights" / "l2_supercat_256.safetensors")["embedding.weight"].float()
    return Net(vectors, torch.load(path, weights_only=True)).eval()
"""
CONFIG = """
schema = 1
[model]
path = {model}
code = "net.py"
task = "binary"
output = "logit"
[data]
path = {data}
text = "text"
target = "toxic"
on_bad = "reject"
[input.text]
tokenizer = {tokenizer}
mask = "attention_mask"
special = false
pad = "<unk>"
[slices]
sensitive = ["identity"]
{multi}
intersections = "none"
max_levels = 200
[metrics]
report = ["false_positive_rate", "true_positive_rate", "selection_rate"]
[explain]
{explain}
[discover]
enabled = false
"""
EXPLAIN = """
sample = 300
checks = false
second_opinion = 0
decompose = ["false_positive_rate"]
decompose_rows = 1000
budget = "none"
"""
HATECHECK = {"gay people": 0.972, "women": 0.934, "trans people": 0.566}
MADLIBS = {"homosexual": 0.970, "gay": 0.952, "american": 0.158, "male": 0.131}
DATA = "{suite}, head over wordllama"


def figures(data: Path, folder: Path) -> list[Figure]:
    """False positive rates by the identity that a text names."""
    suites = data / "text_suites"
    (folder / "net.py").write_text(CODE)
    check = audited(_config(folder, suites, "hatecheck", _hatecheck(suites), EXPLAIN, multi=""))
    multi = 'multi = { identity = ";" }'
    madlibs = audited(_config(folder, suites, "madlibs", _madlibs(suites), "enabled = false", multi=multi))
    metric = "false_positive_rate"
    found = [
        compared(DATA.format(suite="HateCheck"), f"{metric}, {name}", rate, measured(check, metric, f"identity={name}"))
        for name, rate in HATECHECK.items()
    ]
    for name, rate in MADLIBS.items():
        own = measured(madlibs, metric, f"identity: {name}=yes")
        found.append(compared(DATA.format(suite="madlibs"), f"{metric}, {name}", rate, own))
    return [*found, *rated_snippets.figures(folder)]


def notes(folder: Path) -> list[str]:
    """What the model and the suites are, and through which words the widest gap of HateCheck goes."""
    check = json.loads((folder / "hatecheck" / "audit.json").read_text(encoding="utf-8"))
    return [
        "Model: our own head over the pretrained token embeddings of wordllama, trained on tweets labelled offensive "
        "or hateful (`davidson_dan_wordllama256.pt`). HateCheck: Röttger et al. 2021 (CC BY 4.0), 3,728 cases; the "
        "rates are over the cases that are not hateful. Madlibs: Dixon et al. 2018 (Apache-2.0), all 76,564 sentences, "
        "of which one may name several identities (`slices.multi`). The known madlibs figures differ by one to two "
        "points from the rates over all its sentences, which were also computed without dlaudit (0.987, 0.934, 0.172, "
        "0.140), as those of a sample would; how they were counted is not known, so two of them differ.",
        "**Through which words** (HateCheck, false positive rate, each text against itself with `<unk>` for every "
        f"word): {_told(check)}",
        *rated_snippets.notes(folder),
    ]


def _hatecheck(suites: Path) -> list[dict[str, object]]:
    with open(suites / "hatecheck_test_suite_cases.csv", encoding="utf-8") as file:
        return [
            {"text": row["test_case"], "toxic": int(row["label_gold"] == "hateful"), "identity": row["target_ident"]}
            for row in csv.DictReader(file)
        ]


def _madlibs(suites: Path) -> list[dict[str, object]]:
    with open(suites / "bias_madlibs_77k.csv", encoding="utf-8") as file:
        return [
            {
                "text": row["Text"],
                "toxic": int(row["Label"] == "BAD"),
                "identity": ";".join(sorted(set(row["Text"].split()) & set(MADLIBS))),
            }
            for row in csv.DictReader(file)
        ]


def _config(folder: Path, suites: Path, name: str, rows: list[dict[str, object]], explain: str, multi: str) -> Path:
    """The configuration of one audit, with its data."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("needs the package wordllama: pip install wordllama==0.4.0.post1")
    root = Path(spec.submodule_search_locations[0])
    with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["text", "toxic", "identity"])
        table.writeheader()
        table.writerows(rows)
    paths = {
        "model": suites / "davidson_dan_wordllama256.pt",
        "data": folder / f"{name}.csv",
        "tokenizer": root / "tokenizers" / "l2_supercat_tokenizer_config.json",
    }
    config = CONFIG.format(**{key: json.dumps(str(path)) for key, path in paths.items()}, explain=explain, multi=multi)
    path = folder / f"{name}.toml"
    path.write_text(config)
    return path


def _told(audit: dict[str, Any]) -> str:
    """The widest gap in words; identity terms only, which the suites name as such."""
    widest = max(audit["decompositions"], key=lambda one: abs(one["gap"]))
    parts = [
        f"{one['feature']} {one['value']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})"
        for one in widest["contributions"]
        if one["marked"]
    ]
    total = sum(one["value"] for one in widest["contributions"])
    other = widest["other_reference"]
    moved = "" if other is None else f" With another reference, {100 * other['moved']:.0f} % of the split moves."
    return (
        f"the gap between {widest['slice']} and {widest['reference']} is {widest['gap']:+.3f}; its "
        f"{len(widest['contributions'])} parts add up to {total:+.6f} (residual {abs(widest['residual']):.0e}). More "
        f"than chance after Holm: {len(parts)} words, {', '.join(parts[:6]) or 'none'}.{moved}"
    )
