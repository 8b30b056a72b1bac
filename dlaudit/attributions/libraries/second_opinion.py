"""A second opinion: Captum or SHAP calculates for a few rows what our own engine found, under the same definition.

It catches mistakes of ours: another reference, a lost factor, players mixed up. It cannot catch what both share, as a
reference that makes no sense or a definition that does not answer the question.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.completeness import holds
from dlaudit.attributions.memory import Memory
from dlaudit.attributions.opinion import Opinion as Opinion
from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError, Explanation, Request

NODES = 256
"""Nodes of Captum's path integral: its error is then far below the tolerance of ours."""
MOST_NODES = 2048
"""Nodes at most, however many `explain.steps` allows: no budget bounds them."""
_FEW_ROWS = 4
"""Rows that are calculated with so many."""
SAMPLES = 256
"""Samples of each of the four runs of a sampled method."""
EXACT = 1e-3
"""Relative difference of two exact calculations that counts as rounding."""
_TOLERANCES = 3.0
"""Our path integral stops within its tolerance, which bounds a row's sum; single inputs may miss by some times more."""
_ERRORS = 2.5
"""Standard errors (of both calculations together) that the root mean square difference of two sampled ones may reach.
One is expected; more than two are rarer than 1 in 1,000 even where only eight players vary independently."""
_EXACT_PLAYERS = 10
_NUMBERS = 1 << 26
"""Numbers that go through the model for the opinion on sampled Shapley values, within the rows below."""
_FEWEST_PASSES, _MOST_PASSES = 1 << 14, 1 << 19
_MOST_EVALUATIONS = 4096
_REGRESSION = "shap.KernelExplainer"
_PER_PLAYER = 10
"""Coalitions per player below which a regression on coalitions says little."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A second calculation to be made."""

    library: str
    """Name of the attributor."""
    rows: int
    """Rows that it may calculate."""
    change: Callable[[Request], Request] = lambda request: request
    """The request with the nodes, samples or coalitions that the opinion takes."""
    runs: int = 1
    """Times that it calculates them; with two, half their difference is its error."""


def second_opinion(request: Request, explanations: Mapping[str, Explanation]) -> list[Opinion]:
    """What Captum or SHAP finds for the rows of the request, beside what our engines found for them.

    Methods without a counterpart of the same definition get none. Every calculation against the same background is
    made within a bounded number of passes, if need be for fewer rows.

    Args:
        request: A few rows.
        explanations: What our methods found for those rows, by name.
    """
    return [
        _opinion(request, method, explanation, asked)
        for method, explanation in explanations.items()
        for asked in _asked(method, request)
    ]


def compared(ours: Explanation, theirs: Explanation, tolerance: float) -> tuple[float, float, float | None]:
    """Largest difference, relative difference and what may be expected of the latter.

    Args:
        ours: Contributions of our engine.
        theirs: Those of a library for the same rows.
        tolerance: Relative completeness error that our engine accepts.
    """
    apart = ours.values - theirs.values
    size = float(np.sqrt(np.mean(theirs.values**2)))
    distance = float(np.sqrt(np.mean(apart**2)))
    relative = distance / size if size > 0 else (0.0 if distance == 0 else float("inf"))
    noise = [one.error for one in (ours, theirs) if one.error is not None]
    expected = _ERRORS * float(np.sqrt(sum(np.mean(one**2) for one in noise))) / size if size > 0 and noise else 0.0
    return float(np.abs(apart).max()), relative, EXACT + expected + tolerance


def _asked(method: str, request: Request) -> Iterator[Asked]:
    """The counterparts of a method."""
    rows, players, size = request.count, len(request.layout), len(request.background[0])
    if method == "integrated_gradients":
        yield Asked(
            library="captum.IntegratedGradients",
            rows=rows,
            change=lambda one: replace(one, steps=min(max(NODES, one.steps), MOST_NODES)),
        )
    elif method == "expected_gradients":
        yield Asked(library="captum.GradientShap", rows=rows, change=lambda one: replace(one, steps=SAMPLES))
    elif method == "shapley_values" and players <= _EXACT_PLAYERS:
        # all coalitions: the regression is then exact, without the seconds that ExactExplainer takes to compile
        few = max(1, min(rows, _passes(request) // (2**players * size)))
        yield Asked(library=_REGRESSION, rows=few, change=lambda one: replace(one, evaluations=2**players))
    elif method == "shapley_values":
        least = _PER_PLAYER * players
        few = max(1, min(rows, _passes(request) // (2 * least * size)))
        evaluations = int(np.clip(_passes(request) // (2 * few * size), least, _MOST_EVALUATIONS))
        yield Asked(library=_REGRESSION, rows=few, change=lambda one: replace(one, evaluations=evaluations), runs=2)


def _passes(request: Request) -> int:
    """Forward passes for an opinion on Shapley values: fewer for larger inputs."""
    numbers = sum(one[0].numel() for one in request.rows)
    return int(np.clip(_NUMBERS // max(1, numbers), _FEWEST_PASSES, _MOST_PASSES))


def _opinion(request: Request, method: str, explanation: Explanation, asked: Asked) -> Opinion:
    path = method == "integrated_gradients"
    try:
        theirs = _calculated(request, asked)
        if path and holds(theirs, _TOLERANCES * request.tolerance) is not None:
            asked, theirs = _with_more_nodes(request, asked)
    except CannotExplainError as error:
        return _none(method, asked.library, f"{asked.library} gives no second opinion: {error}")
    if not np.isfinite(theirs.values).all():
        return _none(method, asked.library, f"{asked.library} gives no second opinion: its numbers are not finite")
    ours = _cut(explanation, asked.rows)
    largest, relative, allowed = compared(ours, theirs, _TOLERANCES * request.tolerance if path else 0.0)
    if not path and ours.error is None and theirs.error is not None and not ours.detail.get("exact", True):
        allowed = None
    ok = None if allowed is None else relative <= allowed
    return Opinion(
        method=method,
        library=asked.library,
        rows=asked.rows,
        largest=largest,
        relative=relative if np.isfinite(relative) else None,
        allowed=allowed,
        ok=ok,
        said=_said(asked, relative, allowed),
    )


def _with_more_nodes(request: Request, asked: Asked) -> tuple[Asked, Explanation]:
    """The integral of fewer rows with the most nodes: 256 can miss a score that bends sharply, as near vectors of 0.

    Raises:
        CannotExplainError: It does not add up either, so that it cannot judge what does.
    """
    more = replace(asked, rows=min(asked.rows, _FEW_ROWS), change=lambda one: replace(one, steps=MOST_NODES))
    found = _calculated(request, more)
    missing = holds(found, _TOLERANCES * request.tolerance)
    if missing is not None:
        raise CannotExplainError(f"with {MOST_NODES} nodes {missing}")
    return more, found


def _calculated(request: Request, asked: Asked) -> Explanation:
    """What the library finds, the mean of its runs."""
    some = asked.change(_first(request, asked.rows))
    seeds = request.generator.integers(2**31, size=asked.runs)
    found = [
        ATTRIBUTORS.get(asked.library).explain(replace(some, generator=np.random.default_rng(int(seed))))
        for seed in seeds
    ]
    if len(found) == 1:
        return found[0]
    values = np.stack([one.values for one in found])
    return replace(found[0], values=values.mean(axis=0), error=values.std(axis=0, ddof=1) / np.sqrt(len(found)))


def _said(asked: Asked, relative: float, allowed: float | None) -> str:
    rows = "1 row" if asked.rows == 1 else f"{asked.rows} rows"
    apart = f"{relative:.2%} of their size" if np.isfinite(relative) else "although the library finds none at all"
    found = f"{asked.library} calculated {rows} again: contributions differ by {apart}"
    if allowed is None:
        return f"{found}; how much chance alone explains is not known."
    verdict = "within" if relative <= allowed else "more than"
    return f"{found}, {verdict} the {allowed:.2%} to be expected."


def _none(method: str, library: str, said: str) -> Opinion:
    return Opinion(
        method=method, library=library, rows=0, largest=None, relative=None, allowed=None, ok=None, said=f"{said}."
    )


def _first(request: Request, rows: int) -> Request:
    """The request about its first rows, with a count of memory of its own."""
    part = slice(0, rows)
    return replace(
        request,
        rows=tuple(one[part] for one in request.rows),
        layout=request.layout.take(part),
        memory=Memory(request.memory.rows),
    )


def _cut(explanation: Explanation, rows: int) -> Explanation:
    error: Float[np.ndarray, " n M"] | None = None if explanation.error is None else explanation.error[:rows]
    return Explanation(
        values=explanation.values[:rows],
        change=explanation.change[:rows],
        reference=explanation.reference,
        error=error,
        detail=explanation.detail,
    )
