"""Do contributions predict what exchanging inputs does? Figures of every row, and of other rows' contributions."""

import numpy as np
from jaxtyping import Float, Int

from dlaudit.attributions.checks.effects import Effects
from dlaudit.attributions.checks.found import RowChecks
from dlaudit.attributions.checks.ranks import cosines

OTHERS = 4
"""Other rows whose contributions are held against each row's effects."""


def others(rows: int, generator: np.random.Generator) -> Int[np.ndarray, " T n"]:
    """For every row other rows, each row serving as often as any other; none with a single row."""
    order = generator.permutation(rows)
    place = np.argsort(order)
    steps = np.arange(1, 1 + min(OTHERS, rows - 1))
    return np.asarray(order[(place + steps[:, None]) % rows])


def faithful(effects: Effects, values: Float[np.ndarray, " n M"], other: Int[np.ndarray, " T n"]) -> RowChecks:
    """How well contributions predict the effects of exchanging coalitions, per row.

    Figures, with d the effects of a row's coalitions beyond an even split, p what its contributions predict for them
    and q what another row's predict; means are over coalitions:

    - `faithfulness`: correlation of d and p (each pair counts in both directions, so that means are 0);
    - `infidelity`: mean (d - p)²; `even_split`: mean d², the infidelity of an even split;
    - `apart`: mean (p - q)², by which infidelity of another row's contributions is larger where the row's are right;
    - `product` and `square`: mean d p and mean p², whose ratio is the slope of effects on predictions.

    Nulls of the first two hold another row's contributions, averaged over several other rows.

    Args:
        effects: What was measured.
        values: Contributions.
        other: Other rows for each row.
    """
    measured, own = effects.split, effects.coalitions.summed(effects.beyond_even(values))
    # what another row has in places that this row does not have would only make the null worse than it is
    theirs = [effects.coalitions.summed(effects.beyond_even(values[which] * effects.held)) for which in other]
    figures = {
        "faithfulness": cosines(measured, own),
        "infidelity": _mean_square(measured - own),
        "even_split": _mean_square(measured),
        "product": np.asarray((measured * own).mean(axis=1)),
        "square": _mean_square(own),
    }
    nulls = {}
    if theirs:
        figures["apart"] = np.asarray(np.mean([_mean_square(own - one) for one in theirs], axis=0))
        nulls = {
            "faithfulness": np.asarray(np.mean([cosines(measured, one) for one in theirs], axis=0)),
            "infidelity": np.asarray(np.mean([_mean_square(measured - one) for one in theirs], axis=0)),
        }
    return RowChecks(figures=figures, nulls=nulls)


def _mean_square(table: Float[np.ndarray, " n P"]) -> Float[np.ndarray, " n"]:
    return np.asarray((table**2).mean(axis=1))
