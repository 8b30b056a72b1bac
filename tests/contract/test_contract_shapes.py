"""The test run checks shapes, and goes on checking them in the next test after one that called very often."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError
from shape_checks import ENOUGH

from dlaudit.stats import clopper_pearson

COUNTS = np.ones(3, dtype=np.int64)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_wrong_shape_is_refused_in_the_first_calls_of_every_test(turn):
    with pytest.raises(TypeCheckError):
        clopper_pearson("three", COUNTS, 0.95)
    for _ in range(ENOUGH):
        clopper_pearson(COUNTS, COUNTS, 0.95)
