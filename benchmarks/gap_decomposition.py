"""Gaps split over inputs: what it costs, how exactly it adds up, and whether its intervals and marks keep their word.

Run from the repository root; the tables go to benchmarks/gap_decomposition.md (about a quarter of an hour):

    OMP_NUM_THREADS=1 python benchmarks/gap_decomposition.py [repetitions]
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "gaps"))
from gap_nets import Plain, side_by_side, split_gap_of

from dlaudit.attributions.gaps import rounds as rounds_module
from dlaudit.attributions.gaps.games import decomposable, game_of
from dlaudit.attributions.gaps.inference import Units, judged, monte_carlo
from dlaudit.attributions.gaps.match import splits
from dlaudit.attributions.gaps.split import Side, Split

TABLE = Path(__file__).with_suffix(".md")
SEED, ROWS, COLUMNS = 4, 1_000, 14
HEAD = """# Gaps split over inputs

`OMP_NUM_THREADS=1 python benchmarks/gap_decomposition.py {repetitions}` writes this file; 2 shared cores, one thread of
them; seed {seed}; {seconds:.0f} s. See docs/method/gap-decomposition.md.

"""


def net_and_slices() -> tuple[torch.nn.Module, torch.Tensor, torch.Tensor, tuple[np.ndarray, np.ndarray]]:
    """The 14-feature net with ReLUs, and two slices of 1,000 rows whose inputs differ in their means."""
    torch.manual_seed(SEED)
    net = torch.nn.Sequential(
        torch.nn.Linear(COLUMNS, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1)
    )
    for one in net.parameters():
        one.data *= 2
    shift = torch.linspace(-0.5, 0.5, COLUMNS)
    a, b = torch.randn(ROWS, COLUMNS) + shift, torch.randn(ROWS, COLUMNS)
    draws = np.random.default_rng(SEED)
    labels = tuple((draws.random(ROWS) < torch.sigmoid(net(x))[:, 0].detach().numpy()).astype(int) for x in (a, b))
    return net, a, b, labels


def cpu(work: Callable[[], Any], repeat: int = 5) -> float:
    """Median CPU seconds."""
    took = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        took.append(time.process_time() - start)
    return float(np.median(took))


def unit_of(net: torch.nn.Module, rows: torch.Tensor) -> float:
    """CPU seconds of one forward and backward pass of all rows."""

    def once() -> None:
        leaf = rows.clone().requires_grad_()
        torch.autograd.grad(net(leaf).sum(), leaf)

    return cpu(once, 60)


def costs() -> list[str]:
    """A line per metric, and one for all of them together."""
    net, a, b, labels = net_and_slices()
    lines = [
        "## Cost and exactness",
        "",
        f"{COLUMNS} inputs, net {COLUMNS}-64-64-1, 2 x {ROWS:,} rows, float32; up to 16 rounds. *fb counted*: model "
        "evaluations in forward-and-backward passes of all rows (a forward pass alone counts a third); *fb of CPU*: "
        "CPU time in such passes. *Monte Carlo*: largest standard error from the luck of the draw, beside the largest "
        "from the sampling of people.",
        "",
        "| metrics | rounds | fb counted | fb of CPU | CPU s | largest |sum - gap| | Monte Carlo | people |".replace(
            "|sum - gap|", "sum minus gap"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for metrics in (*((one,) for one in decomposable("binary")), decomposable("binary")):
        unit = unit_of(net, torch.cat([a, b]))
        match = side_by_side(net, a, b, labels=labels, batch=4096)
        games = [game_of(one, "binary") for one in metrics]
        start = time.process_time()
        found = splits(match, games, 16)
        took = time.process_time() - start
        missed = max(abs(one.values.sum() + (one.label_mix or 0.0) - one.gap) for one in found.values())
        luck = max(float(monte_carlo(one).max()) for one in found.values())
        name = metrics[0] if len(metrics) == 1 else f"all {len(metrics)} together"
        lines.append(
            f"| {name} | {max(len(one.rounds) for one in found.values())} | "
            f"{match.request.score.passes / len(match.mass):.0f} | {took / unit:.0f} | {took:.2f} | {missed:.0e} | "
            f"{luck:.4f} | {max(people_error(one) for one in found.values()):.4f} |"
        )
    return lines


def people_error(split: Split) -> float:
    """Largest standard error of a contribution from the sampling of people."""
    total = 0.0
    for side in (split.a, split.b):
        share = side.weight / side.weight.sum()
        total = total + share**2 @ ((side.values - split.values) ** 2 - side.noise)
    return float(np.sqrt(np.maximum(total, 0).max()))


def peers() -> list[str]:
    """What other tools' values sum to, on the first 100 rows of each slice."""
    import captum.attr
    import shap

    net, a, b, _ = net_and_slices()
    rows, half = torch.cat([a[:100], b[:100]]), torch.cat([a[-50:], b[-50:]])
    unit = unit_of(net, torch.cat([a, b])) / (2 * ROWS)
    seen = net(rows)[:, 0].detach().numpy()
    gap = seen[:100].mean() - seen[100:].mean()
    lines = [
        "",
        "## Peers",
        "",
        f"Gap of the mean logit between the first 100 rows of each slice: {gap:.4f}. Peers' values with 100 background "
        "rows, half and half, and the difference of the slices' means.",
        "",
        "| method | fb of CPU per row | sum of the parts | sum minus gap |",
        "|---|---|---|---|",
    ]
    asked = {
        "shap.GradientExplainer, 200 samples": lambda: shap.GradientExplainer(net, half).shap_values(
            rows, nsamples=200, rseed=0
        ),
        "captum.GradientShap, 5 samples": lambda: captum.attr.GradientShap(net).attribute(rows, half).detach().numpy(),
        "captum.GradientShap, 50 samples": lambda: (
            captum.attr.GradientShap(net).attribute(rows, half, n_samples=50).detach().numpy()
        ),
    }
    for name, work in asked.items():
        torch.manual_seed(0)
        np.random.seed(0)  # noqa: NPY002 - the peers draw from the global generators
        start = time.process_time()
        values = np.asarray(work()).reshape(200, -1)
        took = time.process_time() - start
        total = (values[:100].mean(0) - values[100:].mean(0)).sum()
        lines.append(f"| {name} | {took / 200 / unit:,.0f} | {total:.4f} | {total - gap:.4f} |")
    match = side_by_side(net, a[:100], b[:100], task="regression")
    start = time.process_time()
    split = split_gap_of(match, "mean_prediction", "regression", rounds=16)
    took = time.process_time() - start
    missed = split.values.sum() - gap
    lines.append(f"| dlaudit | {took / 200 / unit:,.0f} | {split.values.sum():.4f} | {missed:.0e} |")
    return lines


class Kinked(torch.nn.Module):
    """Interactions, a kink and a threshold's worth of curvature, in four inputs."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logit = x[:, 0] * x[:, 1] + 0.7 * x[:, 2] + 0.5 * torch.relu(x[:, 0] + x[:, 3]) - 0.5
        return logit[:, None]


DESIGNS: dict[str, tuple[tuple[int, int], tuple[float, float], float, int]] = {
    "60 and 60": ((60, 60), (1.0, 1.0), 0.4, 1),
    "200 and 200": ((200, 200), (1.0, 1.0), 0.4, 1),
    "60 spread 2, 240 spread .7": ((60, 240), (2.0, 0.7), 0.4, 1),
    "60 and 1,000": ((60, 1_000), (1.0, 1.0), 0.4, 1),
    "120 and 160 rows, 4 a person": ((120, 160), (1.0, 1.0), 0.4, 4),
    "150 and 150, weights lognormal(.5)": ((150, 150), (1.0, 1.0), 0.4, 1),
}
"""Rows, spreads, shift of the first slice's means, rows per person."""
LUCKY = ("mean_score", "selection_rate")
METRICS = ("mean_score", "selection_rate", "true_positive_rate", "accuracy", "log_loss", "calibration_in_the_large")


def drawn(
    design: str, draws: np.random.Generator, seed: int, sizes: tuple[int, int] | None = None
) -> tuple[Any, Units]:
    """Two slices of a design, side by side; labels follow the scores, otherwise in each slice."""
    given, spreads, shift, each = DESIGNS[design]
    rows, units, labels = [], [], []
    for at, count in enumerate(sizes or given):
        who = np.arange(count) // each
        own = draws.standard_normal((count, 4))
        if each > 1:
            own = np.sqrt(0.7) * draws.standard_normal((who[-1] + 1, 4))[who] + np.sqrt(0.3) * own
        one = torch.from_numpy(own * spreads[at] + (shift if at == 0 else 0.0))
        chance = torch.sigmoid(Kinked()(one))[:, 0].numpy() * (0.8 if at == 0 else 1.0)
        rows.append(one)
        units.append(who)
        labels.append((draws.random(count) < chance).astype(int))
    weights = [draws.lognormal(0, 0.5, len(one)) for one in rows] if "weights" in design else None
    match = side_by_side(Kinked(), *rows, labels=labels, weights=weights, seed=seed)
    return match, Units(a=units[0], b=units[1])


def truth(design: str) -> dict[str, np.ndarray]:
    """Parts in the population: from 6 draws of 2 x 40,000 people."""
    found: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
    for run in range(6):
        match, _ = drawn(design, np.random.default_rng([SEED, 1, run]), run, (40_000, 40_000))
        for metric, split in splits(match, [game_of(one, "binary") for one in METRICS], 2).items():
            found[metric].append(parts(split))
    return {metric: np.mean(some, axis=0) for metric, some in found.items()}


def parts(split: Split) -> np.ndarray:
    return split.values if split.label_mix is None else np.append(split.values, split.label_mix)


def with_luck(split: Split) -> Split:
    """As if nothing were known of the luck of the draw."""
    a, b = (
        Side(values=one.values, score=one.score, weight=one.weight, label_mix=one.label_mix)
        for one in (split.a, split.b)
    )
    return Split(features=split.features, a=a, b=b, rounds=split.rounds)


def coverage(repetitions: int) -> list[str]:
    """A line per design and metric."""
    lines = [
        "",
        "## Coverage of nominal 90 % intervals",
        "",
        "Four inputs that interact (x1 x2 + .7 x3 + .5 max(x1 + x4, 0) - .5), normal inputs, the first slice shifted "
        f"by .4; up to 16 rounds; {repetitions:,} samples per line, so 3 s.e. are "
        f"{3 * np.sqrt(0.09 / repetitions):.3f} for a single part (less for the mean of four). "
        "The parts of the population are means of 6 splits of 2 x 40,000 "
        "people. *With luck*: the same bootstrap of people's contributions as they are, with the luck of the draw of "
        "partners in them. *Label mix*: its own interval; it is too wide where it is a product of two differences that "
        "are both near 0 (accuracy, log loss here), and is not where one of them is clear (calibration).",
        "",
        "| slices | metric | mean of the inputs | least | most | with luck | label mix |",
        "|---|---|---|---|---|---|---|",
    ]
    for design in DESIGNS:
        true = truth(design)
        held: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
        lucky: dict[str, list[np.ndarray]] = {metric: [] for metric in METRICS}
        for run in range(repetitions):
            draws = np.random.default_rng([SEED, 2, run])
            match, units = drawn(design, draws, run)
            for metric, split in splits(match, [game_of(one, "binary") for one in METRICS], 16).items():
                if isinstance(split, str):
                    continue
                both = ((split, held), (with_luck(split), lucky)) if metric in LUCKY else ((split, held),)
                for one, into in both:
                    got = judged(one, units, draws, level=0.9, replicates=599)
                    if got.low is not None:
                        into[metric].append((got.low <= true[metric]) & (true[metric] <= got.high))
        for metric in METRICS:
            own = np.mean(held[metric], axis=0)
            mix = f"{own[4]:.3f}" if len(own) > 4 else ""
            luck = f"{np.mean(lucky[metric], axis=0)[:4].mean():.3f}" if metric in LUCKY else ""
            lines.append(
                f"| {design} | {metric} | {own[:4].mean():.3f} | {own[:4].min():.3f} | {own[:4].max():.3f} | "
                f"{luck} | {mix} |"
            )
        print("\n".join(lines[-len(METRICS) :]), flush=True)
    return lines


def nulls(repetitions: int) -> list[str]:
    """Slices whose parts are all nothing: how often anything is marked."""
    lines = [
        "",
        "## Marks where nothing is to be found",
        "",
        f"x1 x2 + x3, inputs of mean 0 in both slices: every contribution is 0. {repetitions:,} samples per line; "
        f"share of samples in which any part is marked at .05 (3 s.e. {3 * np.sqrt(0.0475 / repetitions):.3f}), and "
        "in which a permutation of people would mark one (999 permutations, Bonferroni).",
        "",
        "| slices | marked | by permutation |",
        "|---|---|---|",
    ]
    for sizes, spreads in (((200, 200), (1, 1)), ((60, 60), (1, 1)), ((30, 200), (3, 0.5)), ((200, 30), (3, 0.5))):
        marks, shuffled = [], []
        for run in range(repetitions):
            draws = np.random.default_rng([SEED, 3, run])
            rows = [torch.from_numpy(draws.standard_normal((n, 3)) * s) for n, s in zip(sizes, spreads, strict=True)]
            net = Plain(lambda x: x[:, 0] * x[:, 1] + x[:, 2])
            match = side_by_side(net, *rows, task="regression", seed=run)
            split = split_gap_of(match, "mean_prediction", "regression", pooled=True)
            marks.append(judged(split, Units(), draws).marked.any())
            shuffled.append(permuted(split, draws))
        said = f"{sizes[0]} spread {spreads[0]}, {sizes[1]} spread {spreads[1]}"
        lines.append(f"| {said} | {np.mean(marks):.3f} | {np.mean(shuffled):.3f} |")
        print(lines[-1], flush=True)
    return lines


def permuted(split: Split, draws: np.random.Generator, count: int = 999) -> bool:
    """Whether shuffling people between the slices, with their contributions against both, marks a part."""
    values = np.vstack([split.a.pooled, split.b.pooled])
    first = len(split.a.values)
    seen = np.abs(split.values)
    moved = np.empty((count, values.shape[1]))
    for at in range(count):
        order = draws.permutation(len(values))
        moved[at] = values[order[:first]].mean(0) - values[order[first:]].mean(0)
    p = (1 + (np.abs(moved) >= seen).sum(0)) / (count + 1)
    return bool(p.min() * len(p) <= 0.05)


class Bars:
    """Stands in for matplotlib's axes and keeps the bars that shap draws."""

    def barh(self, _: Any, width: np.ndarray, xerr: np.ndarray, **__: Any) -> None:
        self.value, self.below, self.above = width, xerr[1], xerr[0]

    def __getattr__(self, name: str) -> Any:
        from unittest.mock import MagicMock

        return MagicMock()


def bars(repetitions: int) -> list[str]:
    """The error bars of shap.plots.group_difference against ours, where contributions are known exactly."""
    from shap.plots import group_difference

    lines = [
        "",
        "## Error bars of shap.plots.group_difference (5th to 95th percentile of random relabellings)",
        "",
        "A linear model x1 + x2 + x3, so that everybody's contributions are exact; the true differences are .5. "
        f"{repetitions:,} samples per line.",
        "",
        "| slices | dlaudit, nominal 90 % | shap's bars |",
        "|---|---|---|",
    ]
    for sizes, spreads in (((200, 200), (1, 1)), ((40, 400), (3, 0.5)), ((60, 1_000), (2.5, 0.5))):
        held, drew = [], []
        for run in range(repetitions):
            draws = np.random.default_rng([SEED, 4, run])
            np.random.seed(run)  # noqa: NPY002 - shap draws from the global generator
            rows = [draws.standard_normal((n, 3)) * s for n, s in zip(sizes, spreads, strict=True)]
            rows[0] += 0.5
            axes = Bars()
            mask = np.arange(sum(sizes)) < sizes[0]
            group_difference(np.vstack(rows), mask, sort=False, ax=axes)
            drew.append((axes.value - axes.below <= 0.5) & (axes.value + axes.above >= 0.5))
            net = Plain(lambda x: x.sum(dim=1))
            match = side_by_side(net, *(torch.from_numpy(one) for one in rows), task="regression", seed=run)
            got = judged(
                split_gap_of(match, "mean_prediction", "regression"), Units(), draws, level=0.9, replicates=999
            )
            held.append((got.low <= 0.5) & (got.high >= 0.5))
        said = f"{sizes[0]} spread {spreads[0]}, {sizes[1]} spread {spreads[1]}"
        lines.append(f"| {said} | {np.mean(held):.3f} | {np.mean(drew):.3f} |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    torch.set_num_threads(1)
    assert rounds_module.LOOK_EVERY == 4
    start = time.perf_counter()
    lines = [*costs(), *peers()]
    print("\n".join(lines), flush=True)
    lines += [*coverage(repetitions), *nulls(repetitions), *bars(repetitions)]
    head = HEAD.format(repetitions=repetitions, seed=SEED, seconds=time.perf_counter() - start)
    TABLE.write_text(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
