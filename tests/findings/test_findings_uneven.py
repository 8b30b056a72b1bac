"""Uneven treatment is told where it is more than chance, however small and many the slices are."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact

from dlaudit.findings.slice_rules import people_of
from dlaudit.findings.uneven import uneven
from dlaudit.record import Audit, DataInfo, Measurement, ModelInfo, Provenance, Slice

MANY_SMALL = [5000, 3000, *[2] * 10]
REPEATS = 1500


def looked(done: list[int], rows: list[int], people: list[float] | None = None, looks: int = 1) -> object:
    return uneven(done, rows, people=people or [float(one) for one in rows], looks=looks, difference=0.05, alpha=0.001)


def test_shares_that_are_alike_are_told_no_more_often_than_promised() -> None:
    generator = np.random.default_rng(1)
    told = by_chi_squared = 0
    for _ in range(REPEATS):
        done = generator.binomial(MANY_SMALL, 0.01)
        told += looked(done.tolist(), MANY_SMALL) is not None
        table = np.array([done, np.array(MANY_SMALL) - done]).T
        shares = done / np.array(MANY_SMALL)
        if done.any():
            by_chi_squared += np.ptp(shares) >= 0.05 and chi2_contingency(table, correction=True).pvalue < 0.001
    assert told / REPEATS <= 0.001 + 3 * np.sqrt(0.001 / REPEATS)
    assert by_chi_squared / REPEATS > 0.1  # the twin: one of two rows is a hundred times what is expected there


def test_the_p_value_is_fishers_with_the_bonferroni_bound() -> None:
    found = looked([40, 4, 3], [200, 190, 60], looks=2)
    exact = fisher_exact([[40, 160], [4, 186]], alternative="greater").pvalue
    assert found is not None
    assert (found.most, found.least) == (0, 1)  # type: ignore[attr-defined]
    assert found.p_value == pytest.approx(2 * exact * 3 * 2, rel=1e-6)  # type: ignore[attr-defined]


def test_a_slice_of_one_row_is_never_named_although_its_share_is_the_widest() -> None:
    found = looked([100, 900, 1], [5000, 5000, 1])
    assert (found.most, found.least) == (1, 0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("done", "rows"), [([], []), ([3], [9]), ([0, 0], [50, 60]), ([50, 60], [50, 60]), ([1], [1])])
def test_nothing_is_told_where_there_is_nothing_to_compare(done: list[int], rows: list[int]) -> None:
    assert looked(done, rows) is None


def test_rows_of_one_person_count_as_one() -> None:
    generator = np.random.default_rng(2)
    told = by_rows = 0
    for _ in range(300):
        persons = generator.random(40) < 0.3  # every recorder is resampled or is not, with all its 50 clips
        done = [50 * int(persons[:20].sum()), 50 * int(persons[20:].sum())]
        told += looked(done, [1000, 1000], people=[20.0, 20.0]) is not None
        by_rows += looked(done, [1000, 1000]) is not None
    assert told / 300 <= 0.001 + 3 * np.sqrt(0.001 / 300)
    assert by_rows / 300 > 0.4


def test_people_are_those_that_intervals_rest_on() -> None:
    one = Slice(id="sex=F", by=["sex"], where={"sex": "F"}, n=500, share=0.5, kind="group")
    measured = [Measurement(metric="accuracy", slice="sex=F", value=0.5, freedom=19.0)]
    parts = {"provenance": Provenance(dlaudit="0", python="3"), "model": ModelInfo(format="pt2"), "slices": [one]}
    with_units = Audit(**parts, data=DataInfo(sensitive=["sex"], unit="speaker"), measurements=measured)
    assert people_of(with_units, one) == 20.0
    assert people_of(Audit(**parts, data=DataInfo(sensitive=["sex"]), measurements=[]), one) == 500.0
