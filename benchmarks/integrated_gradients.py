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
from pathlib import Path

import numpy as np
import torch
from explaining import trained
from small_nets import Case, Cnn, Recurrent, Text, deep_case, images, series, table_case, texts

from dlaudit.attributions.paths import (
    FAMILY,
    expected_gradients,
    input_x_gradient,
    integrated_gradients,
    integrated_gradients_at,
    saliency,
    shared_pass,
)

TABLE = Path(__file__).with_suffix(".md")
TRUTH = 2000
PAIRS = 7
PLAIN = (12, 24, 48, 96)
"""Nodes of the plain rule on the steep net."""


def cpu(work: Callable[[], object], repeats: int = 3) -> float:
    """Median CPU seconds of several calls, after one that does not count."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def versus(slow: Callable[[], object], fast: Callable[[], object], scale: float = 1.0) -> tuple[float, float, str]:
    """Median CPU seconds of both, called in turn, and the median and range of the ratios of neighbouring calls.

    Args:
        slow: The other library.
        fast: Ours.
        scale: What the seconds of `slow` are multiplied with, where it has fewer rows.
    """
    taken = [(cpu(slow, 1) * scale, cpu(fast, 3)) for _ in range(PAIRS)]
    ratios = [a / b for a, b in taken]
    said = f"**{statistics.median(ratios):,.1f} times** ({min(ratios):,.1f} to {max(ratios):,.1f})"
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken), said


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
    slow, fast, ratio = versus(
        lambda: captum.attribute(case.rows, baseline, target=1, n_steps=50),
        lambda: integrated_gradients_at(case.request(), 50),
    )
    shared = cpu(lambda: shared_pass(case.request(), FAMILY[:3]), 5)
    one = unit(case)
    away = np.abs(ours.elements[0] - theirs).max()
    return f"| {case.name} | {slow / one:,.0f} | {fast / one:.0f} | {ratio} | {away:.1e} | {shared / one:.0f} |"


def steep_case() -> Case:
    """The net of benchmarks/explaining.py: trained until its probabilities are near 0 and 1, and explained as such."""
    net, frame = trained(2000, 14)
    rows = torch.tensor(frame[[f"x{at}" for at in range(14)]].to_numpy(), dtype=torch.float32)

    class Both(torch.nn.Module):
        def forward(self, x):
            one = net(x)
            return torch.cat([1 - one, one], dim=1)

    return Case("table, 14-64-64-1, ReLU, a steep probability", Both().eval(), rows, rows[:100].clone())


def plain_rules(case: Case, some: int = 300) -> list[str]:
    """The steep net by as many nodes for every row, beside the default."""
    truth = integrated_gradients_at(case.request(some), TRUTH).values
    lines = []
    for nodes in (None, *PLAIN):
        request = case.request(some)
        found = integrated_gradients(request) if nodes is None else integrated_gradients_at(request, nodes)
        error = relative(found.values, truth)
        missed = np.abs(found.completeness) / np.maximum(np.abs(found.change), np.median(np.abs(found.change)))
        lines.append(
            f"| {'default' if nodes is None else nodes} | {request.score.passes / some:.1f} | {np.median(error):.1%} / "
            f"{np.quantile(error, 0.95):.1%} | {np.median(missed):.1%} / {np.quantile(missed, 0.95):.1%} |"
        )
    return lines


def sharing(case: Case) -> str:
    """Passes per row of the methods alone and together."""
    alone = []
    for method in (saliency, input_x_gradient, integrated_gradients, expected_gradients):
        request = case.request()
        method(request)
        alone.append(request.score.passes / request.count)
    totals = []
    for methods in (FAMILY[:3], FAMILY):
        request = case.request()
        shared_pass(request, methods)
        totals.append(request.score.passes / request.count)
    said = " | ".join(f"{one:.1f}" for one in alone)
    sums = sum(alone[:3]), sum(alone)
    return f"| {case.name} | {said} | {sums[0]:.1f} / **{totals[0]:.1f}** | {sums[1]:.1f} / **{totals[1]:.1f}** |"


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

    their_error = float(np.median(relative(theirs()[..., 1], truth)))
    one = unit(case) / len(case.rows)
    for samples in (50, 60, 70, 80, 90, 100, 120, 140, 170, 200):
        found = expected_gradients(case.request(steps=samples))
        error = float(np.median(relative(found.values[:some], truth)))
        if error <= their_error or samples == 200:
            break
    rows_each = len(case.rows) / some
    slow, fast, ratio = versus(theirs, lambda: expected_gradients(case.request(steps=samples)), rows_each)
    slow, fast = slow / len(case.rows) / one, fast / len(case.rows) / one
    return [
        f"| {case.name} | shap.GradientExplainer, 200 | {slow:,.0f} | {their_error:.3f} | |",
        f"| {case.name} | ours, {samples} | {fast:,.0f} | {error:.3f} | {ratio} cheaper |",
    ]


def memory_of(what: str) -> float:
    """Peak of resident memory over that after a pass over one row, GB, in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "memory", what], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def measure_memory(what: str) -> None:
    from captum.attr import IntegratedGradients

    torch.manual_seed(0)
    net = Cnn().eval()
    inputs, _ = images(64, 1)
    case = Case("", net, inputs[:32].clone(), inputs[32:].clone())
    points = case.rows[:1].clone().requires_grad_()  # one row: a pass over all of them would hide what is measured
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
    # first: what this process has held counts as the base of those that it starts
    kept = [f"| {name} | {memory_of(what):.2f} GB |" for name, what in MEMORY.items()]
    tables = [table_case(14, 64), table_case(100, 128)]
    deep = [
        (deep_case("images 3x64x64, 3 blocks of convolution and max pooling", Cnn, images, 150, 32, patches=8), 12),
        (deep_case("series 100x4, LSTM of 48", Recurrent, series, 150, 100), 20),
        (deep_case("texts of 128 tokens, transformer of 2 layers", Text, texts, 80, 64, rate=2e-3), 12),
    ]
    steep = steep_case()
    default = [by_default(case, 300) for case in (*tables, steep)] + [by_default(case, some) for case, some in deep]
    plain, together = plain_rules(steep), [sharing(case) for case in (tables[0], steep, deep[0][0], deep[1][0])]
    lines = [one for case in tables for one in equal_error(case)]
    same = [same_nodes(case) for case in tables]
    parts = {
        "{same}": same,
        "{default}": default,
        "{plain}": plain,
        "{together}": together,
        "{expected}": lines,
        "{memory}": kept,
    }
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
on them, seeds 0 and 1; the score is a logit. Costs are CPU time on one thread of 2 shared and busy cores, in *fb*: the
CPU time of one plain forward and backward pass over the same rows. Others keep changing the caches and the clock, so
both sides of a ratio are called in turn, 7 times; the median of the 7 ratios stands first, their range after it.
*Passes* are counted, not timed: one forward and backward pass of a row is 1, a forward pass alone a third.

## The same nodes as Captum

2,000 rows, 50 Gauss-Legendre nodes, reference: the mean of 100 background rows. The shared pass gives saliency,
input x gradient and integrated gradients by default at once.

| net | captum.IntegratedGradients, fb | ours, fb | ratio | largest difference | shared pass, fb |
|---|---|---|---|---|---|
{same}

## The default

Tolerance 0.02. Errors are the length of the difference from 2,000 nodes over the length of the values, median and 95th
percentile of rows: of every element, and of players (columns, patches of 8 x 8, places of a series, tokens).
Completeness errors are relative to the change of the score; 95 % of rows are within the figure. Passes include
everything: looking for embeddings, references, checks. The last column counts rows over the tolerance.

| net | rows | passes per row | nodes, mean / largest | error of elements | error of players | completeness | over |
|---|---|---|---|---|---|---|---|
{default}

## A steep net with many kinks

The net of [explaining.md](explaining.md), whose probabilities are near 0 and 1: nodes at the same places for all rows
beside the default, on 300 rows. Errors as above, median and 95th percentile. (Earlier versions halved intervals until
the sizes of their misses added up to the tolerance, without the switch: 145 passes, 1.0 % / 4.1 %, 1.7 %, and 126 of
2,000 rows over.) The constants of the default were chosen on this net and the two other table nets, not on the others.

| nodes | passes per row | error of values | completeness |
|---|---|---|---|
{plain}

## Methods together

Passes per row, counted; saliency and input x gradient include the check that the gradient is the score's. Totals are
the sum of the single ones, and what one request for all of them costs. Expected gradients with 64 samples shares only
the scores of the rows: its gradients lie elsewhere.

| net | saliency | input x gradient | integrated | expected | first three: sum / together | all four |
|---|---|---|---|---|---|---|
{together}

## Expected gradients at equal error

100 background rows; truth: 64 nodes from each of them. SHAP on 40 rows, scaled per row; ours on 2,000 rows, with the
fewest samples of a list whose median error on the same 40 rows is no larger. fb per row.

| net | method, samples | fb per row | relative error, median | |
|---|---|---|---|---|
{expected}

## Memory

32 images of 3x64x64: peak of resident memory over that after a pass over one of them, in a process of its own.

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
