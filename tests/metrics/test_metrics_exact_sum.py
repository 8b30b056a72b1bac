import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlaudit.errors import DataRefused
from dlaudit.metrics.exact_sum import exact_products, exact_sums, number

FLOATS = st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=30)


def whole(values):
    return number(exact_sums(np.array(values, dtype=float), np.zeros(len(values), dtype=np.int64), 1)[0])


@given(FLOATS)
def test_a_sum_of_any_floats_has_no_rounding(values):
    assert whole(values) == sum((Fraction(v) for v in values), Fraction(0))


def test_a_float_sum_of_the_same_numbers_has_rounding():
    values = [1e300, 1.0, -1e300]
    assert whole(values) == 1
    assert sum(values) == 0.0


@given(FLOATS, FLOATS)
def test_sums_of_shards_add_up_exactly(left, right):
    assert whole(left) + whole(right) == whole(left + right)


@given(st.lists(st.tuples(st.floats(-1e100, 1e100), st.floats(-1e100, 1e100)), max_size=20))
def test_products_keep_their_last_bit_where_it_is_a_float(pairs):
    a, b = (np.array([p[k] for p in pairs], dtype=float) for k in (0, 1))
    normal = [p for p in pairs if p[0] * p[1] == 0.0 or abs(p[0] * p[1]) > 1e-200]
    if len(normal) == len(pairs):
        found = number(exact_products(a, b, np.zeros(len(pairs), dtype=np.int64), 1)[0])
        exact = sum((Fraction(x) * Fraction(y) for x, y in pairs if x * y != 0.0), Fraction(0))
        assert found == exact


def test_numbers_too_large_to_split_fall_back_to_the_rounded_product():
    a = np.array([1e200, 1e301])
    found = number(exact_products(a, np.array([1e100, 1e-5]), np.zeros(2, dtype=np.int64), 1)[0])
    assert float(found) == pytest.approx(1e300 + 1e296, rel=1e-15)


def test_every_code_has_its_own_sum():
    values, code = np.array([0.1, 0.2, 0.3, 0.4]), np.array([2, 0, 2, 0])
    sums = [float(number(s)) for s in exact_sums(values, code, 3)]
    assert sums == [math.fsum([0.2, 0.4]), 0.0, math.fsum([0.1, 0.3])]


def test_memory_of_a_sum_grows_with_its_rows_and_not_with_codes_times_exponents():
    values, code = 2.0 ** np.arange(-20, 20), np.arange(40) * 5_000
    tracemalloc.start()
    found = exact_sums(values, code, 200_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [number(one) for one in found[code]] == values.tolist() and (found != 0).sum() == 40
    assert peak < 10 * found.nbytes


def test_what_is_no_number_is_refused_and_not_summed():
    with pytest.raises(DataRefused) as refused:
        exact_products(np.array([1e200]), np.array([1e200]), np.zeros(1, dtype=np.int64), 1)
    assert refused.value.code == "DLA212"
