"""Checks of explanations: how often good ones are doubted, how often bad ones are believed, and what they cost.

Run from the repository root; the tables go to benchmarks/explanation_checks.md:

    OMP_NUM_THREADS=1 python benchmarks/explanation_checks.py
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from dlaudit.attributions import ATTRIBUTORS, Answer, ExplainedRows, MethodAnswer, quality, trust
from dlaudit.attributions.checks import CheckSettings
from dlaudit.attributions.checks.rows import check_rows
from dlaudit.attributions.layout import Layout
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.request import Explanation, Request
from dlaudit.attributions.score import Meter

TABLE = Path(__file__).with_suffix(".md")
GOOD = ("integrated_gradients", "shapley_values")
ROWS, SEEDS = 300, 5
SLICES = ("overall", "a=0", "a=1", "b=0", "b=1")
Values = np.ndarray
torch.set_num_threads(1)


# --- nets and rows -------------------------------------------------------------------------------------------


class Recurrent(nn.Module):
    """An LSTM with a score at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.LSTM(2, 16, batch_first=True), nn.Linear(16, 1)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(series)[0][:, -1])


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(14, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def cnn() -> nn.Module:
    layers = nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8 * 36, 1))


KINDS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], torch.Tensor]] = {
    "MLP, 14 inputs": (mlp, (14,), torch.arange(14)[None]),
    "CNN, 16 patches": (cnn, (1, 12, 12), (torch.arange(12)[:, None] // 3 * 4 + torch.arange(12) // 3)[None, None]),
    "LSTM, 5 windows x 2 channels": (Recurrent, (20, 2), (torch.arange(20)[:, None] // 4 * 2 + torch.arange(2))[None]),
}


@cache
def trained(kind: str, seed: int, steps: int = 200) -> nn.Module:
    """A net of that kind that has learnt products, a sine and a size of random projections."""
    torch.manual_seed(seed)
    made, shape, _ = KINDS[kind]
    net, width = made(), int(np.prod(shape))
    weights = torch.randn(width, 4) / width**0.5
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(steps):
        rows = torch.randn(128, *shape)
        z = rows.flatten(1) @ weights
        wanted = ((z[:, 0] * z[:, 1] + torch.sin(2 * z[:, 2]) + z[:, 3].abs() * 2 - 1.2) > 0).float()
        loss = nn.functional.binary_cross_entropy_with_logits(net(rows)[:, 0], wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return net.eval()


@dataclass(frozen=True)
class World:
    """What is explained, and who the rows are."""

    request: Request
    rows: ExplainedRows

    def found(self, method: str) -> Explanation:
        """A method's explanation."""
        return again(method, self.request)

    def checked(self, explanations: dict[str, Explanation], settings: CheckSettings) -> Answer:
        """The explanations with their checks."""
        found = check_rows(self.request, explanations, again, settings).methods
        methods = [
            MethodAnswer(
                method=name,
                values=one.values,
                completeness=one.completeness,
                change=one.change,
                reference=one.reference,
                figures=found[name].figures,
                nulls=found[name].nulls,
            )
            for name, one in explanations.items()
        ]
        names = list(self.request.layout.names)
        return Answer(features=names, methods=methods, not_applicable=[], largest_grad_difference=0.0, unchanged=True)

    def verdicts(self, explanations: dict[str, Explanation], seed: int, repeats: int) -> dict[str, list[bool | None]]:
        """Method to the verdict on every slice."""
        answer = self.checked(explanations, CheckSettings(seed=seed, again_most=repeats))
        checks = quality(answer, self.rows, np.random.default_rng(seed))
        told: dict[str, list[bool | None]] = {name: [] for name in explanations}
        for one in trust(checks, answer, self.rows):
            told[one.method].append(one.ok)
        return told


def again(method: str, request: Request) -> Explanation:
    """A registered method's explanation."""
    return ATTRIBUTORS.get(method).explain(replace(request, generator=np.random.default_rng([7, *method.encode()])))


def world(kind: str, output: str, seed: int, count: int = ROWS) -> World:
    """Rows in two features of two slices each: half and half, and 1 in 5 with shifted inputs."""
    net, (_, shape, owner) = trained(kind, seed), KINDS[kind]
    drawn = torch.randn(count + 64, *shape, generator=torch.Generator().manual_seed(seed))
    a, b = np.arange(count) % 2 == 0, np.arange(count) % 5 == 0
    drawn[:count][torch.from_numpy(b)] += 0.3

    def score(*rows: torch.Tensor) -> torch.Tensor:
        logit = net(*rows)[:, 0].double()
        return logit.sigmoid() if output == "probability" else logit

    request = Request(
        score=Meter(score),
        rows=(drawn[:count],),
        background=(drawn[count:],),
        layout=Layout(names=tuple(str(at) for at in range(int(owner.max()) + 1)), owner=(owner,)),
        generator=np.random.default_rng(seed),
        module=net,
        evaluations=256,
        memory=Memory(4096),
    )
    member = np.stack([np.ones(count, dtype=bool), a, ~a, b, ~b])
    return World(request, ExplainedRows(slices=SLICES, member=member, by=[None, "a", "a", "b", "b"]))


# --- bad explanations ----------------------------------------------------------------------------------------


def adding_up(values: Values, change: Values) -> Values:
    """The same with each row's shortfall spread over its inputs."""
    return values + ((change - values.sum(axis=1)) / values.shape[1])[:, None]


def bad_ones(one: World, good: Explanation, seed: int) -> Iterator[tuple[str, Explanation]]:
    """Explanations that must not be believed."""
    rng, values, change = np.random.default_rng(seed), good.values, good.change
    noise = rng.normal(size=values.shape) * values.std()
    made = {
        "rows scrambled": values[rng.permutation(len(values))],
        "rows scrambled, adding up": adding_up(values[rng.permutation(len(values))], change),
        "inputs shuffled": np.roll(values, 1, axis=1),
        "doubled": 2 * values,
        "halved": 0.5 * values,
        "sign flipped": -values,
        "random": noise,
        "random, adding up": adding_up(noise, change),
        "of a net of random weights": adding_up(elsewhere(one, good, seed), change),
        "sizes of gradients": sizes(one.request),
        "sizes of gradients, adding up": adding_up(sizes(one.request), change),
        "GradientShap, 5 points": gradient_shap(one.request, rng),
    }
    yield from ((name, replace(good, values=one)) for name, one in made.items())


def elsewhere(one: World, good: Explanation, seed: int) -> Values:
    """Contributions to an untrained net of the same kind."""
    torch.manual_seed(1_000 + seed)
    kind = next(name for name, known in KINDS.items() if known[1] == tuple(one.request.rows[0].shape[1:]))
    net = KINDS[kind][0]().eval()
    request = replace(one.request, score=Meter(lambda rows: net(rows)[:, 0].double()), module=net)
    found = again("integrated_gradients", request).values
    return found * good.values.std() / found.std()


def gradients(request: Request, points: torch.Tensor) -> torch.Tensor:
    leaf = points.detach().requires_grad_()
    with torch.enable_grad():
        return torch.autograd.grad(request.score(leaf).sum(), leaf)[0]


def sizes(request: Request) -> Values:
    """Saliency as Captum gives it, taken for contributions."""
    return request.layout.gathered([gradients(request, request.rows[0]).abs()])


def gradient_shap(request: Request, rng: np.random.Generator) -> Values:
    """Captum's GradientShap with its default of five points."""
    rows, total = request.rows[0], torch.zeros_like(request.rows[0])
    for _ in range(5):
        base = request.background[0][torch.from_numpy(rng.integers(len(request.background[0]), size=len(rows)))]
        place = torch.from_numpy(rng.random(len(rows))).float().reshape(-1, *[1] * (rows.dim() - 1))
        total += gradients(request, base + place * (rows - base)) * (rows - base) / 5
    return request.layout.gathered([total])


# --- tables --------------------------------------------------------------------------------------------------


def shares(told: list[bool | None]) -> str:
    """Shares of verdicts: distrusted, open, trusted."""
    return " | ".join(f"{np.mean([one is state for one in told]):.3f}" for state in (False, None, True))


def error_rates() -> list[str]:
    """Verdicts on good and on bad explanations, and on those that are bad on one slice."""
    good: dict[tuple[str, str, str], list[bool | None]] = {}
    bad: dict[tuple[str, str], list[bool | None]] = {}
    partly: dict[str, list[list[bool | None]]] = {}
    for kind in KINDS:
        for output in ("logit", "probability"):
            for seed in range(SEEDS):
                one = world(kind, output, seed)
                explained = {name: one.found(name) for name in GOOD}
                for name, told in one.verdicts(explained, seed, 32).items():
                    good.setdefault((kind, output, name), []).extend(told)
                for name in GOOD:
                    wrong = dict(bad_ones(one, explained[name], seed))
                    for how, told in one.verdicts(wrong, seed, 0).items():
                        bad.setdefault((how, name), []).extend(told)
                shapley = explained["shapley_values"]
                for how, told in one.verdicts(on_one_slice(one, shapley, seed), seed, 0).items():
                    partly.setdefault(how, []).append(told)
            print(kind, output, file=sys.stderr)
    lines = [
        "## Good explanations",
        "",
        "| net | score | method | distrusted | open | trusted |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {kind} | {output} | `{name}` | {shares(told)} |" for (kind, output, name), told in good.items()]
    everything = [told for all_of in good.values() for told in all_of]
    lines += [f"| all | | | {shares(everything)} |", "", "## Bad explanations", ""]
    lines += ["| what | made from | distrusted | open | trusted |", "|---|---|---|---|---|"]
    lines += [f"| {how} | `{name}` | {shares(told)} |" for (how, name), told in bad.items()]
    lines += ["", "## Bad on slice a=1 alone", ""]
    lines += [
        "| what | a=1 distrusted | open | trusted | a=0 distrusted | open | trusted |",
        "|---|---|---|---|---|---|---|",
    ]
    for how, told in partly.items():
        lines.append(f"| {how} | {shares([one[2] for one in told])} | {shares([one[1] for one in told])} |")
    return lines


def on_one_slice(one: World, good: Explanation, seed: int) -> dict[str, Explanation]:
    """Explanations that are right but for the rows of a=1."""
    wrong = one.rows.member[2][:, None]
    bad = dict(bad_ones(one, good, seed))
    return {
        how: replace(good, values=np.where(wrong, bad[how].values, good.values))
        for how in ("rows scrambled, adding up", "sign flipped", "random, adding up", "doubled")
    }


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Median process time."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def costs() -> list[str]:
    """What the checks of 2,000 rows with 14 inputs cost, beside measures of other libraries."""
    one = world("MLP, 14 inputs", "probability", 0, count=2_000)
    explained = {name: one.found(name) for name in GOOD}
    unit = seconds(lambda: gradients(one.request, one.request.rows[0]))
    lines = ["## Cost", "", "| what | fb a row | CPU s |", "|---|---|---|"]
    for said, settings in (
        ("effects, faithfulness, infidelity", CheckSettings(curve_rows=1, again_most=0)),
        ("and insertion-deletion", CheckSettings(again_most=0)),
        ("and repeats, other references, other weights: all checks of both methods", CheckSettings()),
    ):
        passes = check_rows(one.request, explained, again, settings).model["passes"] / 2_000
        taken = seconds(lambda settings=settings: check_rows(one.request, explained, again, settings))
        lines.append(f"| {said} | {passes:.1f} | {taken:.2f} |")
    answer = one.checked(explained, CheckSettings())
    taken = seconds(lambda: trust(quality(answer, one.rows, np.random.default_rng(0)), answer, one.rows))
    lines.append(f"| intervals, levels and verdicts of five slices | 0 | {taken:.2f} |")
    lines += [f"| {said} | {cost / unit:.0f} | {cost:.2f} |" for said, cost in peers(one, explained)]
    return lines


def peers(one: World, explained: dict[str, Explanation]) -> Iterator[tuple[str, float]]:
    """Seconds that Captum's measures of one method take for all rows; the slow one is timed on 100 rows and scaled."""
    from captum.attr import IntegratedGradients
    from captum.metrics import infidelity, sensitivity_max

    def forward(rows: torch.Tensor) -> torch.Tensor:
        return one.request.score(rows).float()

    def nudged(rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        noise = 0.1 * torch.randn_like(rows)
        return noise, rows - noise

    rows, values = one.request.rows[0], torch.from_numpy(explained["integrated_gradients"].values).float()
    yield (
        "`captum.metrics.infidelity`, 64 perturbations, one method",
        seconds(lambda: infidelity(forward, nudged, rows, values, n_perturb_samples=64), 1),
    )

    def explain(given: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        return IntegratedGradients(forward).attribute(given)

    some = rows[:100]
    taken = seconds(lambda: sensitivity_max(explain, some, n_perturb_samples=10), 1)
    yield "`captum.metrics.sensitivity_max`, 10 perturbations of integrated gradients, scaled from 100 rows", 20 * taken


def main() -> None:
    """Write the page."""
    start = time.process_time()
    error = 3 * np.sqrt(0.05 * 0.95 / (SEEDS * len(SLICES)))
    head = [
        "# Checks of explanations",
        "",
        f"`python benchmarks/explanation_checks.py` writes this page: {SEEDS} trained nets a row (seeds 0 to "
        f"{SEEDS - 1}),",
        f"{ROWS} explained rows each, five slices (all rows; two halves; 1 in 5 with shifted inputs, and the rest). "
        "Figures",
        "are shares of slices. Slices of one net are not independent: three standard errors of .05 are at least",
        f"{error:.3f} in a row of the first table. *Distrusted*: a check misses its level. *Open*: the rows do not "
        "tell.",
        "*Adding up*: the shortfall of each row is spread evenly over its inputs, so that completeness sees nothing.",
        "",
    ]
    body = [*error_rates(), "", *costs()]
    fb = (
        "*fb*: a forward-and-backward pass of one row; a forward alone is a third. "
        "Of peers: CPU time over that of a pass."
    )
    tail = ["", fb, "", f"{time.process_time() - start:.0f} s of one of 2 shared cores."]
    TABLE.write_text("\n".join([*head, *body, *tail]) + "\n")
    print(TABLE.read_text())


if __name__ == "__main__":
    main()
