"""Nets and people whose gap is known to flow through a chosen input, with weights set by hand.

Every net is a sum of functions of single inputs, and in one scenario a product of two, so that which inputs can carry a
gap is known without asking an explanation. Slice A is the one explained, B its reference.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

WIDTH = 10
LABEL_MIX = "label mix"
CALIBRATION = "calibration"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A net, people of two slices, and the answer."""

    scenario: str
    net: nn.Module
    """Rows `[n, F]` to one logit `[n, 1]`."""
    a: Float[np.ndarray, " nA F"]
    b: Float[np.ndarray, " nB F"]
    y_a: Int[np.ndarray, " nA"]
    y_b: Int[np.ndarray, " nB"]
    features: tuple[str, ...]
    metric: str
    """Metric whose gap is asked about."""
    answer: frozenset[str]
    """Inputs that carry it; `label mix` or `calibration` where no input does. Empty where there is no gap."""
    together: tuple[frozenset[str], ...] = ()
    """Inputs that go together."""


class Additive(nn.Module):
    """sum of w_j tanh(s_j x_j), plus p x_0 x_1, plus a constant: a net of one hidden layer and a product."""

    def __init__(
        self,
        weights: Float[np.ndarray, " F"],
        *,
        slopes: Float[np.ndarray, " F"] | float = 0.7,
        product: float = 0.0,
        constant: float = 0.0,
    ) -> None:
        super().__init__()
        count = len(weights)
        self.first = nn.Linear(count, count, bias=False)
        self.act = nn.Tanh()
        self.last = nn.Linear(count, 1)
        self.product = product
        with torch.no_grad():
            self.first.weight.copy_(torch.diag(torch.as_tensor(np.broadcast_to(slopes, count).copy())))
            self.last.weight.copy_(torch.as_tensor(weights)[None])
            self.last.bias.fill_(constant)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Logits `[n, 1]`."""
        logit = self.last(self.act(self.first(rows)))
        return logit + self.product * rows[:, :1] * rows[:, 1:2] if self.product else logit


def scores(planted: Planted, rows: Float[np.ndarray, " n F"]) -> Float[np.ndarray, " n"]:
    """The net's probabilities."""
    with torch.no_grad():
        return torch.sigmoid(planted.net(torch.as_tensor(rows, dtype=torch.float32)).double())[:, 0].numpy()


def names(count: int = WIDTH) -> tuple[str, ...]:
    """Names of the inputs, which say nothing of their part."""
    return tuple(f"x{at}" for at in range(count))


def _people(rng: np.random.Generator, n_a: int, n_b: int) -> tuple[Float[np.ndarray, " nA F"], ...]:
    return rng.normal(size=(n_a, WIDTH)), rng.normal(size=(n_b, WIDTH))


def _weights(rng: np.random.Generator) -> Float[np.ndarray, " F"]:
    """Every input matters to the score, whether or not it carries the gap."""
    return rng.uniform(0.4, 0.9, WIDTH) * rng.choice([-1.0, 1.0], WIDTH)


def _labels(
    net: nn.Module, rows: Float[np.ndarray, " n F"], rng: np.random.Generator, shift: float = 0.0
) -> Int[np.ndarray, " n"]:
    """Labels drawn from the net's own probabilities: a calibrated model, but for `shift` on the logit."""
    with torch.no_grad():
        logit = net(torch.as_tensor(rows, dtype=torch.float32)).double()[:, 0].numpy()
    return (rng.random(len(rows)) < 1 / (1 + np.exp(-logit - shift))).astype(np.int64)


def direct(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """One input differs between the slices; all matter."""
    a, b = _people(rng, n_a, n_b)
    at, weights = int(rng.integers(WIDTH)), _weights(rng)
    weights[at] = np.sign(weights[at]) * rng.uniform(0.8, 1.2)
    a[:, at] += 1.0
    net = Additive(weights)
    return _made(f"direct, {metric}", net, a, b, rng, metric, {f"x{at}"})


def within_label(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "true_positive_rate") -> Planted:
    """Labels go with x0 alike in both slices; among the positives (or negatives) another input differs."""
    a, b = _people(rng, n_a, n_b)
    at, weights = int(rng.integers(1, WIDTH)), _weights(rng)
    weights[0], weights[at] = 1.5, np.sign(weights[at]) * rng.uniform(1.0, 1.4)
    y_a, y_b = (rng.integers(0, 2, n) for n in (n_a, n_b))
    a[:, 0] += 1.5 * (y_a - 0.5)
    b[:, 0] += 1.5 * (y_b - 0.5)
    a[y_a == (metric == "true_positive_rate"), at] += 1.2
    return Planted(
        scenario=f"within a label, {metric}",
        net=Additive(weights),
        a=a,
        b=b,
        y_a=y_a,
        y_b=y_b,
        features=names(),
        metric=metric,
        answer=frozenset({f"x{at}"}),
    )


def proxy(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """A proxy of the slice is used; a stronger one has weight 0, so that it reveals the slice but carries nothing."""
    a, b = _people(rng, n_a, n_b)
    used, decoy = rng.permutation(WIDTH)[:2]
    weights = _weights(rng)
    weights[used], weights[decoy] = np.sign(weights[used]) * 1.0, 0.0
    a[:, used] += 1.0
    a[:, decoy] += 3.0
    return _made(f"proxy beside a stronger decoy, {metric}", Additive(weights), a, b, rng, metric, {f"x{used}"})


def correlated_proxies(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """Two inputs with a common factor differ together; two others go together and do not differ."""
    a, b = _people(rng, n_a, n_b)
    one, two, three, four = (int(at) for at in rng.permutation(WIDTH)[:4])
    weights = _weights(rng)
    weights[one] = weights[two] = 0.6
    for rows in (a, b):
        for first, second in ((one, two), (three, four)):
            rows[:, second] = 0.9 * rows[:, first] + np.sqrt(1 - 0.81) * rows[:, second]
    a[:, [one, two]] += 1.0
    pair, other = frozenset({f"x{one}", f"x{two}"}), frozenset({f"x{three}", f"x{four}"})
    made = _made(f"correlated proxies, {metric}", Additive(weights), a, b, rng, metric, set(pair))
    return _with(made, together=(pair, other))


def interaction(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """The slices have the same values of x0 and of x1, but these go together in A and against each other in B."""
    a, b = _people(rng, n_a, n_b)
    a[:, 1] = 0.6 * a[:, 0] + 0.8 * a[:, 1]
    b[:, 1] = -0.6 * b[:, 0] + 0.8 * b[:, 1]
    net = Additive(_weights(rng) * 0.6, product=1.0)
    return _made(f"interaction, {metric}", net, a, b, rng, metric, {"x0", "x1"})


def slice_as_input(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """The slice itself is an input of weight; everything else is alike."""
    a, b = _people(rng, n_a, n_b)
    at, weights = int(rng.integers(WIDTH)), _weights(rng)
    a[:, at], b[:, at] = 1.0, 0.0
    weights[at] = np.sign(weights[at]) * 1.2
    return _made(f"the slice as an input, {metric}", Additive(weights), a, b, rng, metric, {f"x{at}"})


def label_mix_only(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "accuracy") -> Planted:
    """People of equal labels are alike; the slices only have other shares of positives."""
    a, b = _people(rng, n_a, n_b)
    y_a, y_b = (rng.random(n_a) < 0.75).astype(np.int64), (rng.random(n_b) < 0.25).astype(np.int64)
    weights = _weights(rng) * 0.7
    weights[0] = 1.5
    a[:, 0] += 1.5 * (y_a - 0.5)
    b[:, 0] += 1.5 * (y_b - 0.5)
    return Planted(
        scenario=f"label mix only, {metric}",
        net=Additive(weights, constant=-1.2),
        a=a,
        b=b,
        y_a=y_a,
        y_b=y_b,
        features=names(),
        metric=metric,
        answer=frozenset({LABEL_MIX}),
    )


def calibration_only(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "true_positive_rate") -> Planted:
    """The slices have the same scores, but in A equal scores go with more positives."""
    a, b = _people(rng, n_a, n_b)
    net = Additive(_weights(rng) * 1.3, constant=0.3)
    made = _made(f"calibration only, {metric}", net, a, b, rng, metric, {CALIBRATION})
    return _with(made, y_a=_labels(net, a, rng, shift=1.5), y_b=_labels(net, b, rng, shift=-1.5))


def nothing(rng: np.random.Generator, n_a: int, n_b: int, metric: str = "mean_score") -> Planted:
    """The slices are alike in everything."""
    a, b = _people(rng, n_a, n_b)
    return _made(f"nothing, {metric}", Additive(_weights(rng), product=0.3), a, b, rng, metric, set())


def _made(
    scenario: str,
    net: nn.Module,
    a: Float[np.ndarray, " nA F"],
    b: Float[np.ndarray, " nB F"],
    rng: np.random.Generator,
    metric: str,
    answer: set[str],
) -> Planted:
    return Planted(
        scenario=scenario,
        net=net,
        a=a,
        b=b,
        y_a=_labels(net, a, rng),
        y_b=_labels(net, b, rng),
        features=names(),
        metric=metric,
        answer=frozenset(answer),
    )


def _with(planted: Planted, **changes: object) -> Planted:
    from dataclasses import replace

    return replace(planted, **changes)  # type: ignore[arg-type]


Maker = Callable[[np.random.Generator, int, int], Planted]


def _for(maker: Callable[..., Planted], metric: str) -> Maker:
    return lambda rng, n_a, n_b: maker(rng, n_a, n_b, metric)


INDEPENDENT: dict[str, Maker] = {
    "direct, mean_score": direct,
    "direct, selection_rate": _for(direct, "selection_rate"),
    "within label, true_positive_rate": within_label,
    "within label, false_positive_rate": _for(within_label, "false_positive_rate"),
    "proxy and decoy, mean_score": proxy,
    "interaction, mean_score": interaction,
    "slice as input, mean_score": slice_as_input,
    "slice as input, selection_rate": _for(slice_as_input, "selection_rate"),
}
"""One input, or a pair that interacts, carries the gap; inputs are independent within slices."""
CORRELATED: dict[str, Maker] = {
    "correlated proxies, mean_score": correlated_proxies,
    "correlated proxies, selection_rate": _for(correlated_proxies, "selection_rate"),
}
"""A group of inputs that go together carries it."""
ELSEWHERE: dict[str, Maker] = {
    "label mix only, accuracy": label_mix_only,
    "label mix only, brier": _for(label_mix_only, "brier"),
    "calibration only, true_positive_rate": calibration_only,
}
"""No input carries it."""
