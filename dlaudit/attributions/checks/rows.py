"""The checks of every method, beside the model: figures per explained row."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.checks.curves import some_rows
from dlaudit.attributions.checks.found import CheckSettings, ChecksFound, RowChecks
from dlaudit.attributions.checks.games import Kind, kinds_of
from dlaudit.attributions.checks.material import Material, material, spread
from dlaudit.attributions.checks.randomised import cascade
from dlaudit.attributions.checks.ranks import FEWEST_FEATURES, rank_correlations
from dlaudit.attributions.checks.repeats import (
    Again,
    Repeated,
    baseline_sensitivity,
    part_of_request,
    seed_stability,
)
from dlaudit.attributions.checks.weights import why_not_exchangeable
from dlaudit.attributions.request import CannotExplainError, Explanation, Request
from dlaudit.attributions.score import Meter, frozen, one_function
from dlaudit.record.judged import NotApplicable

FEWEST_ROWS = 2
"""With a single row there is no other row to compare with."""
Figures = dict[str, Float[np.ndarray, " a"]]


def check_rows(
    request: Request, explanations: Mapping[str, Explanation], again: Again, settings: CheckSettings
) -> ChecksFound:
    """Figures of every method's contributions per row, with those of worthless contributions beside them.

    The effects that contributions are held against are measured once, on coalitions and references that no method has
    used (method.md 19), and serve every method. Then inputs are inserted and deleted, and some rows are explained
    again with other random numbers, other references and other weights. The model is left as it was.

    Args:
        request: The explained rows; its background is what the methods used.
        explanations: What each method found for them.
        again: Explains a request by a method.
        settings: How much is checked.
    """
    checked = _checked_at(request.count, settings)
    players = len(request.layout)
    if players < FEWEST_FEATURES or len(checked) < FEWEST_ROWS:
        few = f"{players} inputs" if players < FEWEST_FEATURES else f"{len(checked)} rows"
        left_out = [NotApplicable(what=f"faithfulness of {name}", reason=f"only {few}") for name in explanations]
        return ChecksFound(methods={}, not_applicable=left_out)
    meter = Meter(request.score)
    methods, notes = {}, list[NotApplicable]()
    with frozen(request.module), one_function():
        asked = part_of_request(replace(request, score=meter), checked)
        explained = {name: _of_rows(one, checked) for name, one in explanations.items()}
        kinds = kinds_of(asked, explained)
        known = material(asked, kinds.values(), settings, _again_at(checked, settings))
        for name, explanation in explained.items():
            found = _checked(known, _Asked(name, kinds[name], explanation), again, notes)
            methods[name] = RowChecks(
                figures={measure: spread(one, checked, request.count) for measure, one in found.figures.items()},
                nulls={measure: spread(one, checked, request.count) for measure, one in found.nulls.items()},
            )
    return ChecksFound(methods=methods, model=_about(known, meter.passes), not_applicable=notes)


def _checked_at(rows: int, settings: CheckSettings) -> Int[np.ndarray, " k"]:
    """Places of the checked rows among the explained ones."""
    if settings.rows is None:
        return some_rows(rows, settings.most, settings.generator("rows"))
    return np.asarray(settings.rows, dtype=np.int64)


def _about(known: Material, passes: float) -> dict[str, float]:
    return {
        "rows": float(known.request.count),
        "rows_again": float(len(known.again)),
        "coalitions": 2.0 * known.settings.pairs,
        "games": float(len(known.games)),
        "passes": passes,
    }


def _again_at(checked: Int[np.ndarray, " k"], settings: CheckSettings) -> Int[np.ndarray, " a"]:
    """Places, among the checked rows, of those that are explained again."""
    if settings.again is None:
        return some_rows(len(checked), settings.again_most, settings.generator("again"))
    return np.flatnonzero(np.isin(checked, settings.again))


def _of_rows(explanation: Explanation, checked: Int[np.ndarray, " k"]) -> Explanation:
    """The explanation of some of its rows."""
    error = None if explanation.error is None else explanation.error[checked]
    return replace(
        explanation, values=explanation.values[checked], change=explanation.change[checked], elements=None, error=error
    )


@dataclass(frozen=True)
class _Asked:
    """A method, its game, and its explanation of the checked rows."""

    method: str
    kind: Kind
    explanation: Explanation


def _checked(known: Material, asked: _Asked, again: Again, notes: list[NotApplicable]) -> RowChecks:
    """All figures of one method on the checked rows; what could not be done is added to the notes."""
    found = known.without_repeats(asked.kind, asked.explanation)
    figures, nulls = dict(found.figures), dict(found.nulls)
    if len(known.again) < FEWEST_ROWS:
        return found
    values = asked.explanation.values[known.again]
    rows = part_of_request(known.request, known.again)
    repeated = Repeated(method=asked.method, request=rows, values=values, again=again)
    unlike = rank_correlations(values, asked.explanation.values[known.other[0]][known.again])
    with _noted(f"repeats of {asked.method}", notes):
        more = _repeats(known, repeated)
        figures |= _placed(known, more)
        nulls |= _placed(known, dict.fromkeys(more, unlike))
    with _noted(f"randomised weights of {asked.method}", notes):
        more, last = _randomised(known, repeated)
        own, random = (known.faithfulness_again(asked.kind, one) for one in (values, last))
        figures |= _placed(known, more | {"random_weights": own})
        nulls |= _placed(known, dict.fromkeys(more, unlike) | {"random_weights": random})
    return RowChecks(figures=figures, nulls=nulls)


def _repeats(known: Material, repeated: Repeated) -> Figures:
    """Rank correlations of runs with other random numbers and with other references, where they can be had."""
    draw = known.settings.generator
    found = {
        "seed_stability": seed_stability(repeated, draw(f"seed of {repeated.method}")),
        "baseline_sensitivity": baseline_sensitivity(repeated, draw(f"baselines of {repeated.method}")),
    }
    return {measure: one for measure, one in found.items() if one is not None}


def _randomised(known: Material, repeated: Repeated) -> tuple[Figures, Float[np.ndarray, " a M"]]:
    """Rank correlations after each stage, and the contributions under random weights.

    Raises:
        CannotExplainError: The weights cannot be exchanged, or the method refuses the network that results.
    """
    reason = why_not_exchangeable(repeated.request.module)
    if reason is not None:
        raise CannotExplainError(reason)
    # the same random weights for every method, so that methods are compared on one network
    found = cascade(repeated, known.settings.generator("weights"), known.settings.stages)
    names = [f"randomised_{at}" for at in range(1, len(found.by_stage))] + ["randomised_all"]
    return dict(zip(names, found.by_stage, strict=True)), found.last


def _placed(known: Material, figures: Figures) -> dict[str, Float[np.ndarray, " k"]]:
    """Figures of the rows explained again, at their places among the checked rows."""
    return {measure: spread(one, known.again, known.request.count) for measure, one in figures.items()}


@contextmanager
def _noted(what: str, notes: list[NotApplicable]) -> Iterator[None]:
    """What a method refuses is noted; anything else goes on up."""
    try:
        yield
    except CannotExplainError as error:
        notes.append(NotApplicable(what=what, reason=str(error)))
