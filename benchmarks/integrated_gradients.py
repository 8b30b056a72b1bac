"""Integrated and expected gradients: cost, error and memory beside Captum and SHAP.

Run from the repository root; the tables go to benchmarks/integrated_gradients.md:

    OMP_NUM_THREADS=1 python benchmarks/integrated_gradients.py
"""

import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from dlaudit.attributions.layout import Layout
from dlaudit.attributions.paths import expected_gradients, integrated_gradients, integrated_gradients_at, shared_pass
from dlaudit.attributions.players import layout_of
from dlaudit.attributions.request import Request
from dlaudit.attributions.score import Meter

TABLE = Path(__file__).with_suffix(".md")
TRUTH = 1000


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        blocks, before = [], 3
        for width in (16, 32, 64):
            blocks += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            before = width
        self.body, self.head = nn.Sequential(*blocks), nn.Linear(before, 2)

    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(4, 48, batch_first=True), nn.Linear(48, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


class Text(nn.Module):
    def __init__(self, vocabulary=500, width=64, length=128):
        super().__init__()
        self.table = nn.Embedding(vocabulary, width, padding_idx=0)
        self.places = nn.Parameter(torch.randn(1, length, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, batch_first=True, activation="gelu", dropout=0.0)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 2)

    def forward(self, ids):
        return self.head(self.norm(self.encoder(self.table(ids) + self.places)).mean(1))


@dataclass
class Case:
    name: str
    net: nn.Module
    rows: torch.Tensor
    background: torch.Tensor
    patches: int = 0

    def request(self, rows: int | None = None, **given) -> Request:
        def score(inputs: torch.Tensor) -> torch.Tensor:
            return self.net(inputs.clone())[:, 1].double()

        some = (self.rows[:rows],)
        return Request(
            score=Meter(score),
            rows=some,
            background=(self.background,),
            layout=layout_of([], some) if not self.patches else square_patches(self.rows.shape[-1], self.patches),
            generator=np.random.default_rng(0),
            module=self.net,
            **given,
        )


def square_patches(size: int, side: int) -> Layout:
    at = torch.arange(size) // side
    owner = (at[:, None] * (size // side) + at[None, :]).reshape(1, 1, size, size)
    return Layout(names=tuple(f"patch {one}" for one in range((size // side) ** 2)), owner=(owner,))


def trained(net: nn.Module, data: Callable[[int], tuple[torch.Tensor, torch.Tensor]], steps: int, rate=3e-3):
    optimizer = torch.optim.Adam(net.parameters(), rate)
    for step in range(steps):
        inputs, labels = data(step)
        loss = functional.cross_entropy(net(inputs), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net.eval()


def table_case(width: int, hidden: int, rows: int = 2000) -> Case:
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    mixing = torch.randn(width, 4, generator=generator) / width**0.5
    inputs = torch.randn(20000, width, generator=generator)
    z = inputs @ mixing
    labels = ((z[:, 0] * z[:, 1] + torch.sin(2 * z[:, 2]) + z[:, 3].abs() * 2 - 1.2) > 0).long()
    net = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 2))
    trained(net, lambda step: (inputs[(at := step * 256 % 19000) : at + 256], labels[at : at + 256]), 400)
    name = f"table, {width}-{hidden}-{hidden}-2, ReLU"
    return Case(name, net, torch.randn(rows, width, generator=generator), inputs[:100].clone())


def images(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(count, 3, 64, 64, generator=generator) * 0.6
    labels = torch.randint(0, 2, (count,), generator=generator)
    for at, (row, column) in enumerate(torch.randint(4, 44, (count, 2), generator=generator).tolist()):
        x[at, int(labels[at]), row : row + 16, column : column + 16] += 0.4
    return x, labels


def series(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(count, 100, 4, generator=torch.Generator().manual_seed(seed))
    return x, ((x[:, 50:, 0].mean(1) + 0.5 * (x[:, :, 1].abs().mean(1) - 0.8)) > 0).long()


def texts(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(20, 500, (count, 128), generator=generator)
    labels = torch.randint(0, 2, (count,), generator=generator)
    for at in range(count):
        places = torch.randperm(128, generator=generator)[:6]
        ids[at, places] = torch.randint(1, 10, (6,), generator=generator) + 10 * int(labels[at])
    return ids, labels


def deep_case(name: str, make: Callable[[], nn.Module], draw: Callable, steps: int, rows: int, **given) -> Case:
    torch.manual_seed(0)
    net = trained(make(), lambda step: draw(32, 1000 + step), steps, given.pop("rate", 3e-3))
    inputs, _ = draw(rows + 32, 1)
    return Case(name, net, inputs[:rows], inputs[rows:], **given)


def cpu(work: Callable[[], object], repeats: int = 3) -> float:
    """Median CPU seconds of several calls, after one that does not count."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def unit(case: Case) -> float:
    """CPU seconds of one forward and backward pass over the rows."""

    def once():
        points = case.rows.clone().requires_grad_()
        torch.autograd.grad(case.net(points)[:, 1].sum(), points)

    return cpu(once, 9)


def relative(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Error of every row's values over their length."""
    found, truth = found.reshape(len(truth), -1), truth.reshape(len(truth), -1)
    return np.linalg.norm(found - truth, axis=1) / np.linalg.norm(truth, axis=1)


def same_nodes(case: Case) -> str:
    from captum.attr import IntegratedGradients

    baseline = case.background.mean(0, keepdim=True).expand_as(case.rows)
    captum = IntegratedGradients(case.net)
    theirs = captum.attribute(case.rows.clone(), baseline, target=1, n_steps=50).detach().numpy()
    ours = integrated_gradients_at(case.request(), 50)
    slow = cpu(lambda: captum.attribute(case.rows, baseline, target=1, n_steps=50))
    fast = cpu(lambda: integrated_gradients_at(case.request(), 50), 5)
    shared = cpu(lambda: shared_pass(case.request(), 12), 5)
    one = unit(case)
    away = np.abs(ours.elements[0] - theirs).max()
    return (
        f"| {case.name} | {slow / one:,.0f} | {fast / one:.0f} | **{slow / fast:.1f} times** | {away:.1e} | "
        f"{shared / one:.0f} |"
    )


def by_default(case: Case, some: int) -> str:
    request = case.request()
    found = integrated_gradients(request)
    passes = request.score.passes / request.count
    truth = integrated_gradients_at(case.request(some), TRUTH)
    elements, players = (
        relative(found.elements[0][:some], truth.elements[0]),
        relative(found.values[:some], truth.values),
    )
    missed = np.abs(found.completeness) / np.maximum(np.abs(found.change), np.median(np.abs(found.change)))
    return (
        f"| {case.name} | {request.count} | **{passes:.1f}** | {found.detail['nodes']:.1f} / "
        f"{found.detail['most_nodes']} | {np.median(elements):.2%} / {np.quantile(elements, 0.95):.1%} | "
        f"{np.median(players):.2%} / {np.quantile(players, 0.95):.1%} | {np.quantile(missed, 0.95):.2%} | "
        f"{found.detail['rows_over_tolerance']} |"
    )


def expected_truth(case: Case, some: int, nodes: int = 64) -> np.ndarray:
    """Expected gradients by quadrature over the path from every background row."""
    total = np.zeros(case.rows[:some].shape)
    for at in range(len(case.background)):
        alone = Case(case.name, case.net, case.rows, case.background[at : at + 1])
        total += integrated_gradients_at(alone.request(some), nodes).values
    return total / len(case.background)


def equal_error(case: Case, some: int = 40) -> list[str]:
    import shap

    truth, rows = expected_truth(case, some), case.rows[:some]

    def theirs() -> np.ndarray:
        return np.asarray(shap.GradientExplainer(case.net, case.background).shap_values(rows, nsamples=200, rseed=1))

    slow = cpu(theirs) / some
    their_error = float(np.median(relative(theirs()[..., 1], truth)))
    one = unit(case) / len(case.rows)
    lines = [f"| {case.name} | shap.GradientExplainer, 200 | {slow / one:,.0f} | {their_error:.3f} | |"]
    for samples in (50, 60, 70, 80, 90, 100, 120, 140, 170, 200):
        found = expected_gradients(case.request(steps=samples))
        error = float(np.median(relative(found.values[:some], truth)))
        if error <= their_error or samples == 200:
            break
    fast = cpu(lambda: expected_gradients(case.request(steps=samples)), 5) / len(case.rows)
    lines.append(
        f"| {case.name} | ours, {samples} | {fast / one:,.0f} | {error:.3f} | **{slow / fast:,.0f} times cheaper** |"
    )
    return lines


def memory_of(what: str) -> float:
    """Peak of resident memory over that of one pass, GB, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "memory", what], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure_memory(what: str) -> None:
    from captum.attr import IntegratedGradients

    torch.manual_seed(0)
    net = Cnn().eval()
    inputs, _ = images(64, 1)
    case = Case("", net, inputs[:32].clone(), inputs[32:].clone())
    points = case.rows.clone().requires_grad_()
    torch.autograd.grad(net(points)[:, 1].sum(), points)
    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if what == "captum":
        IntegratedGradients(net).attribute(
            case.rows, case.background.mean(0, keepdim=True).expand_as(case.rows), target=1, n_steps=50
        )
    elif what == "same nodes":
        integrated_gradients_at(case.request(), 50)
    elif what == "default":
        integrated_gradients(case.request())
    else:
        expected_gradients(case.request(steps=50))
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 2**20)


def main() -> None:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    start = time.perf_counter()
    tables = [table_case(14, 64), table_case(100, 128)]
    deep = [
        (deep_case("images 3x64x64, 3 blocks of convolution and max pooling", Cnn, images, 150, 32, patches=8), 12),
        (deep_case("series 100x4, LSTM of 48", Recurrent, series, 150, 100), 20),
        (deep_case("texts of 128 tokens, transformer of 2 layers", Text, texts, 80, 64, rate=2e-3), 12),
    ]
    default = [by_default(case, 300) for case in tables] + [by_default(case, some) for case, some in deep]
    kept = [f"| {name} | {memory_of(what):.2f} GB |" for name, what in MEMORY.items()]
    lines = [one for case in tables for one in equal_error(case)]
    same = [same_nodes(case) for case in tables]
    parts = {"{same}": same, "{default}": default, "{expected}": lines, "{memory}": kept}
    text = PAGE
    for mark, found in parts.items():
        text = text.replace(mark, "\n".join(found))
    text = text.replace("{seconds}", f"{time.perf_counter() - start:.0f}")
    TABLE.write_text(text, encoding="utf-8")
    print(text)


MEMORY = {
    "captum.IntegratedGradients, 50 nodes": "captum",
    "ours, 50 nodes": "same nodes",
    "ours, by default": "default",
    "expected gradients, 50 samples": "expected",
}
PAGE = """# Integrated and expected gradients

`OMP_NUM_THREADS=1 python benchmarks/integrated_gradients.py` writes these tables. Synthetic data and small nets trained
on them, seeds 0 and 1; the score is a logit. Costs are CPU time on one thread of 2 shared and busy cores, medians of 3
to 5 calls, in *fb*: the CPU time of one plain forward and backward pass over the same rows. *Passes* are counted, not
timed: one forward and backward pass of a row is 1, a forward pass alone a third.

## The same nodes as Captum

2,000 rows, 50 Gauss-Legendre nodes, reference: the mean of 100 background rows. The shared pass gives saliency,
input x gradient, integrated gradients by 12 nodes and the change of the score at once.

| net | captum.IntegratedGradients, fb | ours, fb | ratio | largest difference | shared pass, fb |
|---|---|---|---|---|---|
{same}

## The default

Tolerance 0.02. Errors are the length of the difference from 1,000 nodes over the length of the values, median and 95th
percentile of rows: of every element, and of players (columns, patches of 8 x 8, places of a series, tokens).
Completeness errors are relative to the change of the score; 95 % of rows are within the figure. Passes include
everything: looking for embeddings, references, checks. The last column counts rows over the tolerance.

| net | rows | passes per row | nodes, mean / largest | error of elements | error of players | completeness | over |
|---|---|---|---|---|---|---|---|
{default}

## Expected gradients at equal error

100 background rows; truth: 64 nodes from each of them. SHAP on 40 rows, scaled per row; ours on 2,000 rows, with the
fewest samples of a list whose median error on the same 40 rows is no larger. fb per row.

| net | method, samples | fb per row | relative error, median | |
|---|---|---|---|---|
{expected}

## Memory

32 images of 3x64x64: peak of resident memory over that after one pass over them, in a process of its own.

| method | over base |
|---|---|
{memory}

{seconds} s.
"""


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        torch.set_num_threads(1)
        measure_memory(sys.argv[2])
    else:
        main()
