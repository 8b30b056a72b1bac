"""Maps of slices are compared with a reach that chance keeps within, over all places at once; masks by shares."""

from typing import Any

import numpy as np
import pytest

from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.attributions.libraries.layer_answers import LayerAnswer
from dlaudit.attributions.map_gaps import map_differences, reach_of
from dlaudit.attributions.maps import with_layer_maps
from dlaudit.attributions.outside import outside_mask, shares_outside
from dlaudit.attributions.resample import people
from dlaudit.attributions.summary import ExplainedRows
from dlaudit.data.grid import Grid, cut

REPEATS = 120
GRID = Grid(
    input="image",
    names=tuple(str(at) for at in range(16)),
    axes={2: cut(4, 4), 3: cut(4, 4)},
    titles=("row", "column"),
)


def answer(mapped: Any, method: str = "integrated_gradients") -> Answer:
    n = len(mapped)
    one = MethodAnswer(
        method=method,
        values=np.zeros((n, 1)),
        completeness=np.zeros(n),
        change=np.zeros(n),
        reference="",
        mapped=mapped,
    )
    return Answer(features=["a"], methods=[one], not_applicable=[], largest_grad_difference=None, unchanged=None)


def two_slices(a: int, b: int, unit: Any = None) -> ExplainedRows:
    first = np.arange(a + b) < a
    return ExplainedRows(
        slices=["overall", "sex=F", "sex=M"],
        member=np.array([np.ones(a + b, bool), first, ~first]),
        unit=unit,
        by=[None, "sex", "sex"],
    )


def skewed(generator: np.random.Generator, rows: int, places: int) -> Any:
    """Values of neighbours go together, and most of them are small."""
    common = generator.exponential(size=(rows, 1)) ** 1.5
    return 0.5 * common + generator.exponential(size=(rows, places))


@pytest.mark.parametrize(("a", "b"), [(12, 40), (30, 200)])
def test_like_slices_stay_within_reach_everywhere(a: int, b: int) -> None:
    generator = np.random.default_rng(1)
    missed = pointwise = 0
    for _ in range(REPEATS):
        parts = [people(skewed(generator, n, 64)) for n in (a, b)]
        found = reach_of(parts[0], parts[1], generator)
        missed += bool((np.abs(found.difference) > found.reach).any())
        error = np.sqrt(sum((part.residual**2).sum(axis=0) / part.mass.sum() ** 2 for part in parts))
        pointwise += bool((np.abs(found.difference) > 1.96 * error).any())
    assert missed / REPEATS <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)
    assert pointwise / REPEATS > 0.3  # intervals place by place would call most like slices different somewhere


def test_people_with_several_rows_are_one_each() -> None:
    generator = np.random.default_rng(2)
    missed = careless = 0
    for _ in range(80):
        persons = [np.repeat(generator.normal(size=(20, 30)), 8, axis=0) for _ in range(2)]
        values = [one + 0.3 * generator.normal(size=one.shape) for one in persons]
        unit = np.repeat(np.arange(20), 8)
        for known, counted in ((unit, "people"), (None, "rows")):
            found = reach_of(people(values[0], unit=known), people(values[1], unit=known), generator)
            wrong = bool((np.abs(found.difference) > found.reach).any())
            missed += wrong and counted == "people"
            careless += wrong and counted == "rows"
    assert missed / 80 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    assert careless / 80 > 0.5


def test_a_planted_difference_is_found_at_its_place_and_sign() -> None:
    generator = np.random.default_rng(3)
    mapped = 0.1 * generator.normal(size=(160, 16))
    mapped[:80, 5] += 0.5
    mapped[80:, 9] = np.abs(mapped[80:, 9]) * 8 * generator.choice([-1, 1], size=80)
    (found,), none = map_differences(answer(mapped), two_slices(80, 80), [GRID], generator)
    assert none == []
    assert (found.slice, found.reference, found.shape, found.rows) == ("sex=M", "sex=F", [4, 4], 160)
    assert np.flatnonzero(np.abs(found.mean) > np.array(found.reach)).tolist() == [5]
    assert found.mean[5] < -0.4
    assert found.beyond == 1
    # sizes that differ while signed means do not: the model looks there in one slice, whichever way it decides
    assert found.mean_abs[9] > found.reach_abs[9]
    assert found.beyond_abs >= 2


def test_places_that_are_not_aligned_are_not_compared() -> None:
    generator = np.random.default_rng(4)
    loose = Grid(input="image", names=GRID.names, axes=GRID.axes, titles=GRID.titles, aligned=False)
    made, left_out = map_differences(answer(generator.normal(size=(60, 16))), two_slices(30, 30), [loose], generator)
    assert made == []
    assert "aligned = true" in left_out[0].reason


def test_slices_of_few_people_are_not_compared() -> None:
    generator = np.random.default_rng(5)
    rows = two_slices(30, 30, unit=np.concatenate([np.arange(30), np.repeat(100 + np.arange(5), 6)]))
    assert map_differences(answer(generator.normal(size=(60, 16))), rows, [GRID], generator) == ([], [])


def test_the_share_outside_is_a_share_of_sizes() -> None:
    inside = np.array([[1.0, 1.0, 0.0, 0.5]])
    assert shares_outside(np.array([[3.0, -3.0, 1.0, -2.0]]), inside)[0] == pytest.approx((1 + 1) / 9)
    assert np.isnan(shares_outside(np.zeros((1, 4)), inside)[0])
    signed = np.array([[3.0, -3.0, 1.0, -1.0]])
    assert shares_outside(signed, inside)[0] == pytest.approx(1.5 / 8)  # signs do not cancel


def test_a_planted_shortcut_is_found_between_slices_and_its_interval_holds_the_truth() -> None:
    generator = np.random.default_rng(6)
    inside = np.zeros((200, 16))
    inside[:, [5, 6, 9, 10]] = 1
    held = 0
    for _ in range(30):
        mapped = generator.exponential(size=(200, 16)) * (inside + 0.05)
        mapped[:100, 0] += generator.exponential(size=100)
        found = outside_mask(answer(mapped), inside, two_slices(100, 100), generator)
        assert [one.slice for one in found.quality] == ["overall", "sex=F", "sex=M"]
        assert found.quality[0].null == pytest.approx(0.75)
        (pair,) = found.differences
        assert pair.detail["p_adjusted"] < 1e-6
        assert pair.low is not None and pair.high is not None
        held += pair.low <= TRUTH <= pair.high
    assert held / 30 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 30)


def _truth() -> float:
    generator = np.random.default_rng(7)
    inside = np.zeros((400_000, 16))
    inside[:, [5, 6, 9, 10]] = 1
    plain = generator.exponential(size=inside.shape) * (inside + 0.05)
    more = plain.copy()
    more[:, 0] += generator.exponential(size=len(more))
    return float(shares_outside(plain, inside).mean() - shares_outside(more, inside).mean())


TRUTH = _truth()


def test_grad_cam_is_added_up_over_the_places_of_the_map() -> None:
    seen = np.arange(2 * 8 * 8, dtype=float).reshape(2, 8, 8)
    layer = LayerAnswer(
        method="captum.LayerGradCam",
        layer="",
        values=np.zeros((2, 3)),
        completeness=np.zeros(2),
        change=np.zeros(2),
        reference="",
        adds_up=False,
        map=seen,
    )
    grid = Grid(input="image", names=GRID.names, axes={2: cut(8, 4), 3: cut(8, 4)}, titles=GRID.titles)
    (method,) = with_layer_maps([layer], grid)
    assert method.mapped is not None
    assert np.array_equal(method.mapped.reshape(2, 4, 4), seen.reshape(2, 4, 2, 4, 2).sum(axis=(2, 4)))
