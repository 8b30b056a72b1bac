"""Two slices that are compared: what few people show, people with rows in both, and places that never vary."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import dlaudit.attributions.resample as resample
from dlaudit.attributions.map_gaps import reach_of
from dlaudit.attributions.persons import People, joined, lent, people
from dlaudit.attributions.resample import studentised, studentised_interval
from dlaudit.stats.multiplicity import holm

REPEATS = 60


def sparse(generator: np.random.Generator, rows: int, columns: int) -> Any:
    """Contributions of words or of pixels that eight rows in a hundred use."""
    return (generator.random((rows, columns)) < 0.08) * generator.normal(1.0, 0.2, size=(rows, columns))


def told_apart(small: int, large: int) -> float:
    """How often any of 60 columns is marked although both slices are of one population."""
    generator = np.random.default_rng(1)
    marked = 0
    for _ in range(REPEATS):
        a, b = (people(sparse(generator, rows, 60)) for rows in (small, large))
        found = studentised([a, b.minus], generator, replicates=999)
        assert found is not None
        marked += bool((np.nan_to_num(holm(found.p_values(a.mean - b.mean)), nan=1.0) <= 0.05).any())
    return marked / REPEATS


def test_what_hardly_anybody_of_a_small_slice_does_is_not_called_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_apart(20, 300) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)
    monkeypatch.setattr(resample, "lent", lambda squares, parts: list(squares))
    assert told_apart(20, 300) > 0.4  # the twin: nobody in twenty would pass for nobody at all


def test_spread_is_lent_only_where_few_vary_and_only_between_two_parts() -> None:
    generator = np.random.default_rng(2)
    few, many = generator.normal(size=(12, 2)), 10 * generator.normal(size=(40, 2))
    few[:, 1] = 0.0
    few[:4, 1] = 1.0
    a, b = people(few), people(many)
    squares = [np.array([1.0, 1.0]), np.array([30.0, 30.0])]
    given = lent(squares, [a, b])
    assert given[0].tolist() == [1.0, 30.0 * 40 / 12] and given[1].tolist() == [30.0, 30.0]
    assert np.array_equal(lent([squares[0]], [a])[0], squares[0])


def both_kinds(generator: np.random.Generator, together: float) -> tuple[People, People]:
    """Twenty writers with texts of both kinds; what they do in one they do in the other, or the opposite."""
    writer = generator.normal(size=20)
    unit = [np.repeat(np.arange(20), 3), np.repeat(np.arange(20), generator.integers(1, 6, size=20))]
    values = [
        sign * writer[who] + 0.5 * generator.normal(size=len(who))
        for sign, who in zip((1, together), unit, strict=True)
    ]
    one, other = (people(value[:, None], unit=who) for value, who in zip(values, unit, strict=True))
    return one, other


def covered(parts: Sequence[tuple[People, People]]) -> float:
    """How often the interval of the difference holds 0, the truth."""
    inside = 0
    for at, (a, b) in enumerate(parts):
        ends = studentised_interval([a, b.minus], np.random.default_rng(at), replicates=999)
        assert ends is not None
        inside += bool(ends[0][0] <= -(a.mean - b.mean)[0] <= ends[1][0])
    return inside / len(parts)


@pytest.mark.parametrize("together", [1.0, -1.0])
def test_people_with_rows_in_both_slices_are_drawn_once(together: float) -> None:
    generator = np.random.default_rng(3)
    known = [both_kinds(generator, together) for _ in range(300)]
    allowed = 3 * np.sqrt(0.95 * 0.05 / 300)
    assert 0.95 - allowed <= covered(known) <= 0.95 + allowed
    apart = covered([(replace(a, who=None), replace(b, who=None)) for a, b in known])
    assert apart > 0.99 if together > 0 else apart < 0.9  # the twin: as if they were other people


def test_slices_without_common_people_stay_two_parts() -> None:
    values = np.arange(6.0)[:, None]
    a, b = people(values, unit=np.array([0, 0, 1, 1, 2, 2])), people(values, unit=np.array([3, 3, 4, 4, 5, 5]))
    assert len(joined([a, b])) == 2
    assert len(joined([a, people(values)])) == 2
    assert len(joined([a, replace(b, who=np.array([2, 3, 4]))])) == 1


def test_a_place_that_is_the_same_for_everybody_is_never_beyond_its_reach() -> None:
    a, b = (people(np.tile([-0.03, -0.03, 0.5 * (rows == 10)], (rows, 1))) for rows in (10, 100))
    assert abs((a.mean - b.mean)[0]) > 0  # by rounding
    found = reach_of(a, b, np.random.default_rng(0))
    assert found.reach.tolist() == [0.0, 0.0, 0.0]
    assert found.difference[:2].tolist() == [0.0, 0.0] and found.difference[2] == pytest.approx(0.5)
