"""A whole audit of 2,000 pictures of 64 x 64 by the default settings: time, passes and memory, stage by stage.

    python benchmarks/image_audit.py [--rows N] [--side N] [--budget BUDGET]

Pictures are drawn (a disc or a square on noise; paler for one slice), a small network is trained on clearer ones,
and `dlaudit run` audits it in a process of its own, from PNG files to the report. Writes image_audit.md.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import nn

HERE = Path(__file__).parent
PAGE = HERE / "image_audit.md"
CONFIG = """
schema = 1
[model]
path = "net.pt"
task = "binary"
output = "logit"
[data]
path = "rows.csv"
image = "file"
target = "disc"
[input.image]
aligned = true
[slices]
sensitive = ["sex", "site"]
[[rule]]
metric = "true_positive_rate.difference"
by = "sex"
max = 0.05
"""


def drawn(rows: int, side: int, pale: float, generator: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """Pictures, uint8 [rows, side, side, 3], and what is known of them: shapes are `pale` where sex is F."""
    table = pd.DataFrame(
        {
            "file": [f"{at}.png" for at in range(rows)],
            "disc": generator.integers(0, 2, rows),
            "sex": generator.choice(["F", "M"], rows, p=[0.4, 0.6]),
            "site": generator.choice(["north", "south", "west"], rows),
        }
    )
    down, right = np.mgrid[:side, :side] - side / 2 + 0.5
    disc, square = np.hypot(down, right) < side / 4, np.maximum(abs(down), abs(right)) < side / 4.5
    shape = np.where((table["disc"] == 1).to_numpy()[:, None, None], disc, square)[..., None]
    light = np.where(table["sex"] == "F", pale, 60)[:, None, None, None]
    noise = generator.normal(110, 45, (rows, side, side, 3))
    return np.clip(noise + shape * light, 0, 255).astype(np.uint8), table


def trained(side: int, seed: int) -> nn.Sequential:
    """Three convolutions and a linear layer, trained for a short time."""
    torch.manual_seed(seed)
    pictures, table = drawn(1_500, side, 30, np.random.default_rng(seed))
    inputs = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    labels = torch.from_numpy(table["disc"].to_numpy(copy=True)).float()[:, None]
    widths, layers = (3, 8, 16, 32), []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * (side // 8) ** 2, 1))
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    for _ in range(5):
        for some in torch.randperm(len(inputs)).split(50):
            optimiser.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(net(inputs[some]), labels[some]).backward()
            optimiser.step()
    return net.eval()


def audited(folder: Path, budget: str | None) -> dict[str, float]:
    """What the audit of the folder takes, in seconds and mebibytes."""
    asked = ["--explain-budget", budget] if budget else []
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "dlaudit", "run", "--out", "out", "--exit-zero", "-q", *asked]
    subprocess.run(command, cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall": time.monotonic() - started,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "memory": after.ru_maxrss / 1024,
    }


def page(audit: dict, took: dict[str, float], rows: int, side: int, given: str) -> str:
    """The table."""
    plan = audit["explain_plan"]
    told = [
        "# The whole audit of a set of pictures",
        "",
        f"`python benchmarks/image_audit.py{given}`: {rows:,} PNG files of {side} x {side}, two sensitive features,",
        "a network of three convolutions, all else by default; from the command to the report. 2 shared cores, busy",
        "with other work, one thread for the model: seconds by the clock are several times those of the processor.",
        "",
        "| | |",
        "|---|---|",
        f"| processor seconds, both processes | {took['cpu']:.0f} |",
        f"| seconds by the clock | {took['wall']:.0f} |",
        f"| largest memory of a process, MiB | {took['memory']:.0f} |",
        f"| passes planned / taken (one row forward and backward) | {plan['estimated']:,.0f} / {plan['spent']:,.0f} |",
        f"| rows explained | {plan['rows']:,} |",
        f"| gaps split | {len(audit['decompositions'])} |",
        "",
        "| stage | seconds by the clock |",
        "|---|---|",
        *(f"| {name} | {seconds:.1f} |" for name, seconds in audit["provenance"]["seconds"].items()),
        "",
        "| method | rows | passes |",
        "|---|---|---|",
        *(
            f"| {one['method']} ({one['role']}) | {one['rows']:,} | {one['spent'] or 0:,.0f} |"
            for one in plan["methods"]
            if one["spent"] is not None
        ),
        "",
        "Made smaller to stay within the budget: " + ("; ".join(plan["reduced"]) or "nothing") + ".",
    ]
    return "\n".join(told) + "\n"


def main(rows: int, side: int, budget: str | None, given: str) -> None:
    """Draw, train, audit, write."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures, table = drawn(rows, side, 16, np.random.default_rng(1))
        for at, pixels in enumerate(pictures):
            Image.fromarray(pixels).save(folder / f"{at}.png")
        table.to_csv(folder / "rows.csv", index=False)
        torch.save(trained(side, 0), folder / "net.pt")
        (folder / "dlaudit.toml").write_text(CONFIG)
        took = audited(folder, budget)
        audit = json.loads((folder / "out" / "audit.json").read_text())
    text = page(audit, took, rows, side, given)
    print(text)
    if not given:
        PAGE.write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--budget", help="as --explain-budget")
    asked = parser.parse_args()
    main(asked.rows, asked.side, asked.budget, " ".join(["", *sys.argv[1:]]) if sys.argv[1:] else "")
