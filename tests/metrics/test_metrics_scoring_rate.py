"""The scoring rate against the tables of 6 RCNY 5-301: shares above the median of the whole sample."""

import numpy as np
import pytest
from metrics_samples import binary, groups

from dlaudit.metrics import count, disparities, measure
from dlaudit.stats.adverse_impact import scoring_rates

SEX = {"above": [50, 34], "judged": [92, 76], "rates": [54.3, 44.7], "ratio": 0.82}
RACE = {
    "above": [18, 15, 16, 5, 10, 10, 10],
    "judged": [28, 40, 32, 8, 24, 16, 20],
    "rates": [64.3, 37.5, 50.0, 62.5, 41.7, 62.5, 50.0],
    "ratio": 0.58,
}


def scored(above, judged):
    """One row per person; the order of the scores is all that matters."""
    atom = np.repeat(np.arange(len(judged)), judged).astype(np.int64)
    is_above = np.concatenate([np.arange(n) < k for k, n in zip(above, judged, strict=True)])
    place = np.arange(len(atom)) / len(atom)
    score = np.where(is_above, 0.6 + 0.3 * place, 0.1 + 0.3 * place)[:, None]
    target = (np.arange(len(atom)) % 2).astype(np.int64)
    return binary(len(atom), atom=atom, target=target, prediction=np.zeros(len(atom), dtype=np.int64), score=score)


def measured(rows, slices):
    table, comparison = groups(slices)
    found, _ = measure(count(rows, slices), rows, table, ["scoring_rate"], 0.95)
    gaps = disparities(found, table.slices, [comparison], None, 0.95)
    return {one.slice: one for one in found}, {one.kind: one for one in gaps}


@pytest.mark.parametrize("golden", [SEX, RACE], ids=["sex", "race"])
def test_the_scoring_rates_of_the_rules_own_tables_come_out(golden):
    rows = scored(golden["above"], golden["judged"])
    found, gaps = measured(rows, len(golden["judged"]))
    rates = [round(100 * found[f"g={at}"].value, 1) for at in range(len(golden["rates"]))]
    assert rates == golden["rates"]
    if "ratio" in golden:
        assert round(gaps["ratio"].value, 2) == golden["ratio"]
    same = scoring_rates(rows.score[:, 0], rows.atom, len(golden["judged"]))
    assert [found[f"g={at}"].value for at in range(len(same))] == pytest.approx(list(same))


def test_the_median_of_each_slice_alone_would_hide_every_gap():
    rows = scored(**{key: SEX[key] for key in ("above", "judged")})
    own = [float((part > np.median(part)).mean()) for part in (rows.score[rows.atom == at, 0] for at in (0, 1))]
    assert own == [0.5, 0.5]


def test_scores_that_equal_the_median_are_not_above_it():
    rows = scored([1, 1], [2, 2])
    flat = np.full_like(rows.score, 0.5)
    found, _ = measured(binary(4, atom=rows.atom, target=rows.target, prediction=rows.prediction, score=flat), 2)
    assert found["g=0"].value == 0.0
