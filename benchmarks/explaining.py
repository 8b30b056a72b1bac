"""What the whole explain stage costs, part by part: CPU seconds on one thread of a warm process.

Run from the repository root; the table goes to benchmarks/explaining.md:

    OMP_NUM_THREADS=1 python benchmarks/explaining.py

The first audit of the process pays for imports and compilation and is not counted; then every part is timed in each of
three further audits, and medians are told.
"""

import importlib
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

import dlaudit

TABLE = Path(__file__).with_suffix(".md")
REPEATS = 3
SIZES = [(2_000, 14), (2_000, 8), (2_000, 41)]
BAR = 3.0
"""CPU seconds for all default attributions and checks of 2,000 rows of 14 inputs."""
PARTS = {
    "look at the model": ("dlaudit.stages.explain_plan", "look"),
    "attributions, both methods": ("dlaudit.attributions.operations", "explain"),
    "checks of explanations": ("dlaudit.attributions.checks.rows", "check_rows"),
    "second opinion": ("dlaudit.attributions.libraries.second_opinion", "second_opinion"),
    "summary over slices": ("dlaudit.stages.explain_rows", "attributions"),
    "quality records": ("dlaudit.stages.explain_rows", "quality"),
    "trust records": ("dlaudit.stages.explain_rows", "trust"),
    "gaps: walks beside the model": ("dlaudit.attributions.gaps.operations", "decompose"),
    "gaps: whole": ("dlaudit.stages.explain", "explain_gaps"),
    "probes": ("dlaudit.stages.explain", "probe"),
    "whole stage": ("dlaudit.stages.explain", "explain"),
}
BARRED = (
    "attributions, both methods",
    "checks of explanations",
    "summary over slices",
    "quality records",
    "trust records",
)
"""Parts that the bar is about."""


class Watch:
    """CPU seconds of functions, by part.

    The functions are looked up by name where they are called, so that replacing the name is enough.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        for part, (module, name) in PARTS.items():
            holder = importlib.import_module(module)
            setattr(holder, name, self._timed(part, getattr(holder, name)))

    def _timed(self, part: str, function: Any) -> Any:
        def timed(*arguments: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[part] += time.process_time() - start

        return timed


def trained(rows: int, inputs: int) -> tuple[nn.Module, pd.DataFrame]:
    """A net and data: `sex` shifts the first input, `race` has three levels of unequal size."""
    rng = np.random.default_rng(inputs)
    values = rng.normal(size=(rows, inputs))
    sex = np.where(rng.random(rows) < 0.5, "F", "M")
    values[:, 0] += sex == "M"
    frame = pd.DataFrame(values, columns=[f"x{at}" for at in range(inputs)])
    frame["sex"], frame["race"] = sex, rng.choice(list("ABC"), rows, p=[0.7, 0.2, 0.1])
    logit = values[:, 0] - values[:, 1] + values[:, 2] * values[:, 3]
    frame["y"] = (logit + rng.normal(size=rows) > 0).astype(int)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Sigmoid())
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    x, y = torch.tensor(values, dtype=torch.float32), torch.tensor(frame["y"].to_numpy(), dtype=torch.float32)[:, None]
    for _ in range(100):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy(net(x), y).backward()
        optimiser.step()
    return net.eval(), frame


def audited(net: nn.Module, frame: pd.DataFrame) -> dlaudit.Audit:
    """The default audit, without the slice search."""
    settings = {"discover.enabled": False}
    return dlaudit.audit(net, frame, target="y", sensitive=["sex", "race"], settings=settings)


def measured(rows: int, inputs: int, watch: Watch) -> tuple[dict[str, float], dlaudit.Audit]:
    """Median CPU seconds by part, and the last audit."""
    net, frame = trained(rows, inputs)
    found = []
    for _ in range(REPEATS):
        watch.seconds.clear()
        audit = audited(net, frame)
        found.append(dict(watch.seconds))
    return {part: float(np.median([one.get(part, 0.0) for one in found])) for part in PARTS}, audit


def unit(rows: int, inputs: int) -> float:
    """CPU milliseconds of one plain forward and backward pass over all rows: the median of 50."""
    net, frame = trained(rows, inputs)
    x = torch.tensor(frame[[f"x{at}" for at in range(inputs)]].to_numpy(), dtype=torch.float32)
    found = []
    for _ in range(50):
        leaf = x.clone().requires_grad_()
        start = time.process_time()
        torch.autograd.grad(net(leaf).sum(), leaf)
        found.append(1e3 * (time.process_time() - start))
    return float(np.median(found))


def main() -> None:
    torch.set_num_threads(1)
    import dlaudit.stages.explain  # noqa: F401 - the names to be replaced are there

    watch = Watch()
    audited(*trained(300, 14))
    results = {size: measured(*size, watch) for size in SIZES}
    heads = [f"{rows:,} x {inputs}" for rows, inputs in SIZES]
    lines = [
        "# What explaining costs",
        "",
        "`OMP_NUM_THREADS=1 python benchmarks/explaining.py` writes this table: CPU seconds on one thread (2 shared",
        f"cores), medians of {REPEATS} audits in a warm process, with all defaults: two methods, all checks, a second",
        "opinion on 16 rows, gaps of four metrics between all pairs of slices of `sex` (2) and `race` (3). The net",
        "has two hidden layers of 64. Process start and imports (torch, Captum, SHAP) come on top, once per audit. The",
        "time of a plain pass over all rows makes runs on machines of different speed comparable.",
        "",
        f"| part | {' | '.join(heads)} |",
        f"|---|{'---|' * len(heads)}",
    ]
    for part in PARTS:
        lines.append(f"| {part} | {' | '.join(f'{results[size][0][part]:.2f}' for size in SIZES)} |")
    barred = [sum(results[size][0][part] for part in BARRED) for size in SIZES]
    said = " | ".join(f"**{one:.2f}**" for one in barred)
    lines.append(f"| **attributions and checks** (bar for 14 inputs: {BAR:g}) | {said} |")
    lines.append(f"| one pass over all rows, milliseconds | {' | '.join(f'{unit(*size):.2f}' for size in SIZES)} |")
    plans = [results[size][1].explain_plan for size in SIZES]
    lines.append(f"| passes estimated | {' | '.join(f'{one.estimated:,.0f}' for one in plans if one)} |")
    lines.append(f"| passes taken | {' | '.join(f'{one.spent:,.0f}' for one in plans if one)} |")
    for name in ("shapley_values", "integrated_gradients"):
        each = [next(m.spent / m.rows for m in plan.methods if m.method == name) for plan in plans]
        lines.append(f"| passes per row, `{name}` | {' | '.join(f'{one:,.0f}' for one in each)} |")
    text = "\n".join(lines) + "\n"
    print(text)
    TABLE.write_text(text)


if __name__ == "__main__":
    main()
