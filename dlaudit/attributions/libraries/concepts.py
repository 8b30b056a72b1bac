"""Testing with concept activation vectors (TCAV): whether a direction that tells a slice apart moves the score.

Kim et al. 2018, arXiv:1711.11279. A direction is fitted on one half of the rows and looked at on the other: how well it
tells the slice apart there, and how the score changes along it. Directions fitted to random sets of as many rows, or of
whole people where several rows belong to one, are the controls. Replicates of one direction are no independent samples
(method.md 22), so none are made: chance is what the controls show.
"""

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from dlaudit.attributions.layer_kinds import kind_of
from dlaudit.attributions.libraries.calls import called, refuse_without_gradient
from dlaudit.attributions.libraries.layers import Chosen, layer_named, one_tensor, penultimate, without_wrappers
from dlaudit.attributions.paths.slope import refuse_false_gradient
from dlaudit.attributions.request import CannotExplainError, Request

if TYPE_CHECKING:
    import torch

    from dlaudit.attributions.libraries.scored_copy import Scored

CONTROLS = 999
FEWEST = 10
"""Rows in and out of a concept, in each half, below which no direction is fitted."""
MOST_UNITS = 4096
"""Units of a layer in which directions are fitted: the cost grows with their third power."""
_RIDGE = 0.1
"""Ridge penalty, relative to the mean variance of a unit."""


@dataclass(frozen=True, kw_only=True)
class Concept:
    """What a direction for one set of rows tells and moves, on rows that it was not fitted to."""

    accuracy: float
    """Mean of the shares of rows in and out of the concept that fall on their own side; 0.5 is chance."""
    accuracy_error: float
    """Its standard error."""
    effect: float
    """Mean change of the score for a step of one standard deviation along the direction, linearly continued."""
    effect_error: float
    """Its standard error over people, with the direction as it is."""
    positive: float
    """Share of rows whose score rises along the direction: Captum's `sign_count`."""
    control_effect: float
    """Standard deviation of the effects of the controls."""
    p: float
    """Share of controls (and the direction itself) whose effect is at least as large."""


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Which rows directions are fitted to, and whose rows they are."""

    fitted: Bool[np.ndarray, " n"]
    """Rows that directions are fitted to; the others are looked at."""
    unit: Int[np.ndarray, " n"] | None = None
    """Person each row belongs to; None where every row is a person of its own."""

    def people(self, chosen: Bool[np.ndarray, " n"]) -> Int[np.ndarray, " m"]:
        """The person of each chosen row, numbered from 0."""
        if self.unit is None:
            return np.arange(int(chosen.sum()))
        return np.asarray(np.unique(self.unit[chosen], return_inverse=True)[1].reshape(-1), dtype=np.int64)


def concepts(request: Request, member: Bool[np.ndarray, "n k"], halves: Halves) -> tuple[str, list[Concept | str]]:
    """The layer in words, and what each concept's direction tells and moves, or why it has none.

    Args:
        request: All rows; its layer is `request.layer`, or what enters the last linear layer.
        member: Which rows are examples of which concept.
        halves: Rows that directions are fitted to, and whose rows they are; no person has rows in both halves.

    Raises:
        CannotExplainError: Hooks see nothing in the model, there is no such layer or no gradient.
    """
    with called("Captum's TCAV", request):
        refuse_without_gradient(request)
        refuse_false_gradient(request)
        from dlaudit.attributions.libraries.scored_copy import scored_copy

        scored = scored_copy(request)
        layer = layer_named(scored.body, request.layer) or penultimate(scored.body, request)
        if layer.inputs:
            layer = _watched(scored, layer)
        seen = _Layer(request, scored, layer)
        rest = np.flatnonzero(~halves.fitted)
        known = Space.of(seen.activations(np.flatnonzero(halves.fitted)), seen.activations(rest), seen.gradients(rest))
        found = [_of_concept(seen, known, member[:, at], halves) for at in range(member.shape[1])]
    return layer.said, found


@dataclass(frozen=True, kw_only=True)
class Space:
    """Activations and gradients at a layer, and what is needed to fit directions to any set of rows at once."""

    inverse: Float[np.ndarray, "d d"]
    """Inverse of the ridge's matrix."""
    centred: Float[np.ndarray, "f d"]
    """Activations of the fitted rows minus their mean."""
    mean: Float[np.ndarray, " d"]
    """Their mean."""
    looked_at: Float[np.ndarray, "e d"]
    """Activations of the other rows."""
    gradients: Float[np.ndarray, "e d"]
    """Gradients of their scores by their activations."""

    @classmethod
    def of(
        cls, fitted: Float[np.ndarray, "f d"], looked_at: Float[np.ndarray, "e d"], gradients: Float[np.ndarray, "e d"]
    ) -> "Space":
        """The space of these activations.

        Raises:
            CannotExplainError: Activations do not vary, or there are too many of them.
        """
        if fitted.shape[1] > MOST_UNITS:
            raise CannotExplainError(
                f"the layer has {fitted.shape[1]} units; directions are fitted in up to {MOST_UNITS}"
            )
        mean = fitted.mean(axis=0)
        centred = fitted - mean
        matrix = centred.T @ centred / len(fitted)
        scale = float(np.trace(matrix)) / len(matrix)
        if not (np.isfinite(scale) and scale > 0):
            raise CannotExplainError("the activations of the layer do not vary")
        inverse = np.linalg.inv(matrix + _RIDGE * scale * np.eye(len(matrix)))
        return cls(inverse=inverse, centred=centred, mean=mean, looked_at=looked_at, gradients=gradients)

    def directions(self, inside: Float[np.ndarray, "f k"]) -> Float[np.ndarray, "k d"]:
        """For each set of rows the ridge direction that tells it apart, a standard deviation of rows long."""
        apart = self.centred.T @ (inside - inside.mean(axis=0)) / len(inside)
        raw = (self.inverse @ apart).T
        length = np.linalg.norm(raw, axis=1, keepdims=True)
        unit = np.divide(raw, length, out=np.zeros_like(raw), where=length > 0)
        return np.asarray(unit * (self.centred @ unit.T).std(axis=0)[:, None])


def _of_concept(seen: "_Layer", known: Space, member: Bool[np.ndarray, " n"], halves: Halves) -> Concept | str:
    fitted = halves.fitted
    inside, outside = member[fitted], member[~fitted]
    if min(inside.sum(), (~inside).sum(), outside.sum(), (~outside).sum()) < FEWEST:
        return f"fewer than {FEWEST} rows in or out of it in each half"
    direction = known.directions(inside[:, None].astype(np.float64))[0]
    effect, positive = seen.captum(direction, np.flatnonzero(~fitted))
    by_row = known.gradients @ direction
    controls = known.gradients.mean(axis=0) @ known.directions(_random_sets(inside, halves, seen.request.generator)).T
    above = _above(known, direction, inside)
    people = halves.people(~fitted)
    right = np.where(outside, above, ~above) / np.where(outside, 2 * outside.sum(), 2 * (~outside).sum())
    accuracy = float(right.sum())
    return Concept(
        accuracy=accuracy,
        accuracy_error=_error(right - _side_means(right, outside), people),
        effect=effect,
        effect_error=_error((by_row - by_row.mean()) / len(by_row), people),
        positive=positive,
        control_effect=float(controls.std(ddof=1)),
        p=float((1 + (np.abs(controls) >= abs(effect)).sum()) / (1 + len(controls))),
    )


def _random_sets(
    inside: Bool[np.ndarray, " f"], halves: Halves, generator: np.random.Generator
) -> Float[np.ndarray, "f controls"]:
    """`CONTROLS` random sets like the concept: people change places, and so does what differs within people.

    A set has shares of people's rows in place of rows where the rows of one person are in and out of the concept.
    """
    person = halves.people(halves.fitted)
    share = np.bincount(person, weights=inside) / np.bincount(person)
    within = inside - share[person]
    sets = [generator.permutation(share)[person] + generator.permutation(within) for _ in range(CONTROLS)]
    return np.stack(sets, axis=1)


def _above(known: Space, direction: Float[np.ndarray, " d"], inside: Bool[np.ndarray, " f"]) -> Bool[np.ndarray, " e"]:
    """Rows that the direction was not fitted to on the concept's side of a cut half way between the sides' means."""
    along = known.centred @ direction
    cut = (along[inside].mean() + along[~inside].mean()) / 2
    return np.asarray((known.looked_at - known.mean) @ direction > cut)


def _side_means(values: Float[np.ndarray, " e"], outside: Bool[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """The mean of each row's own side."""
    return np.asarray(np.where(outside, values[outside].mean(), values[~outside].mean()))


def _error(influence: Float[np.ndarray, " e"], person: Int[np.ndarray, " e"]) -> float:
    """Standard error of a sum of influences, over people."""
    sums = np.bincount(person, weights=influence)
    return float(np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)))


def _watched(scored: "Scored", layer: Chosen) -> Chosen:
    """The layer with a step before it whose output is what enters it, since TCAV looks at outputs."""
    from torch import nn

    if not layer.name:
        raise CannotExplainError("the model is one linear layer, which nothing enters but the inputs")
    inner = without_wrappers(scored.body)
    parent, _, last = layer.name.rpartition(".")
    step = nn.Sequential()
    step.add_module("entering", nn.Identity())
    step.add_module("layer", layer.module)
    setattr(inner.get_submodule(parent), last, step)
    return Chosen(name=layer.name, module=step.get_submodule("entering"), inputs=True, kind=kind_of(layer.module))


class _Layer:
    """The layer of a copied model, looked at by Captum."""

    def __init__(self, request: Request, scored: "Scored", layer: Chosen) -> None:
        self.request, self._scored, self._layer = request, scored, layer
        self._name = next(name for name, part in scored.named_modules() if part is layer.module)

    def activations(self, at: np.ndarray) -> Float[np.ndarray, "m d"]:
        """Outputs of the layer, float64."""
        from captum.attr import LayerActivation

        return self._by(at, LayerActivation(self._scored, self._layer.module).attribute)

    def gradients(self, at: np.ndarray) -> Float[np.ndarray, "m d"]:
        """Gradients of the score by the outputs of the layer, float64."""
        from captum.attr import LayerGradientXActivation

        method = LayerGradientXActivation(self._scored, self._layer.module, multiply_by_inputs=False)
        return self._by(at, lambda rows: method.attribute(rows, target=0))

    def captum(self, direction: Float[np.ndarray, " d"], at: np.ndarray) -> tuple[float, float]:
        """Mean change of the score along the direction and share of rows where it rises, as Captum's TCAV has them."""
        sets, name = _pair(), self._name
        with tempfile.TemporaryDirectory() as folder:  # Captum makes a folder even where it keeps nothing in it
            tcav = _with_direction(self._scored, name, direction, folder)

            def some(part: slice) -> Float[np.ndarray, "1 3"]:
                rows = self._rows(at[part])
                one = tcav.interpret(rows, experimental_sets=[sets], target=0)["0-1"][name]
                return np.array([[float(one["magnitude"][0]), float(one["sign_count"][0]), 1.0]]) * len(rows[0])

            totals = np.concatenate(self.request.memory.parts(len(at), some)).sum(axis=0)
        return float(totals[0] / totals[2]), float(totals[1] / totals[2])

    def _rows(self, at: np.ndarray) -> "tuple[torch.Tensor, ...]":
        import torch

        return tuple(one[torch.from_numpy(at).to(one.device)].clone() for one in self.request.rows)

    def _by(self, at: np.ndarray, look: Any) -> Float[np.ndarray, "m d"]:
        def some(part: slice) -> Float[np.ndarray, "k d"]:
            found = one_tensor(look(self._rows(at[part]))).detach().double()
            return np.asarray(found.reshape(len(found), -1).cpu().numpy())

        return np.concatenate(self.request.memory.parts(len(at), some))


def _pair() -> list[Any]:
    """A concept and the rest, as Captum names them."""
    from captum.concept import Concept as Examples

    return [Examples(id=number, name=name, data_iter=None) for number, name in enumerate(("concept", "rest"))]


def _with_direction(scored: "Scored", layer: str, direction: Float[np.ndarray, " d"], folder: str) -> Any:
    """Captum's TCAV with a direction that is already fitted.

    Left to itself it writes activations and directions to files and loads them again, one row at a time; a confined
    process may write none.
    """
    import torch
    from captum.concept import CAV, TCAV

    along = torch.from_numpy(direction).float()

    class Fitted(TCAV):  # type: ignore[misc]
        def compute_cavs(self, experimental_sets: list[Any], **options: object) -> Any:
            stats = {"weights": torch.stack([along, -along]), "classes": [0, 1]}
            self.cavs["0-1"][layer] = CAV(experimental_sets[0], layer, stats, folder)
            return self.cavs

    return Fitted(scored, [layer], save_path=folder)
