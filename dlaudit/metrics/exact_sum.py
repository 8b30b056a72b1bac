"""Sums of floats without rounding: the same bits for every order of rows and every way of sharding them.

A float64 is a whole number of quanta of 2**-1074, so a sum of floats is a whole number too, and Python's integers hold
it. Adding such sums is exact and therefore associative, which no sum of floats is. The idea is Kulisch's long
accumulator (Kulisch 2013, Computer Arithmetic and Validity, DOI 10.1515/9783110301793).
"""

from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int, Num, Shaped

from dlaudit.errors import DataRefused
from dlaudit.metrics import kernels

QUANTUM = -1074
"""Exponent of the quantum: every finite float64 is a whole multiple of 2**QUANTUM."""
UNIT = 1 << -QUANTUM
"""The number 1 in quanta."""
_MANTISSA = 53
_HALF = 26
_MOST_SUMS = 4096  # each takes 34 KB in the compiled loop, which has a place for every exponent
_MOST_ROWS = 1 << 25  # sums of 27-bit halves stay below 2**53 and so exact in bincount's float64


def exact_sums(values: Float[np.ndarray, " n"], code: Int[np.ndarray, " n"], size: int) -> Shaped[np.ndarray, " size"]:
    """Sum of the finite `values` of each code in 0..size-1, as Python integers that count quanta.

    Args:
        values: Finite numbers.
        code: Which sum each value belongs to.
        size: Number of sums.

    Raises:
        DataRefused: A number is not finite (DLA212): the square of a large one (beyond about 1e154) is none.
    """
    if not np.isfinite(values).all():
        what = "a score, or its distance from the label, is so large that its square is beyond float64"
        raise DataRefused("DLA212", what, fix="Give scores and labels in a unit in which they are smaller.")
    totals = np.array([0] * size, dtype=object)
    if size > len(values):  # most codes have no value: what is held while adding up grows with rows, not with codes
        present, place = np.unique(code, return_inverse=True)
        totals[present] = exact_sums(values, place.reshape(-1), len(present))
        return totals
    if len(values) >= kernels.LARGE and size <= _MOST_SUMS:
        exponents = np.arange(kernels.EXPONENTS) + kernels.LEAST_EXPONENT
        _add_halves(totals, kernels.count_quanta(values, code, size), exponents)
        return totals
    for start in range(0, len(values), _MOST_ROWS):
        part = slice(start, start + _MOST_ROWS)
        _add_block(totals, values[part], code[part].astype(np.int64))
    return totals


def exact_products(
    left: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"], code: Int[np.ndarray, " n"], size: int
) -> Shaped[np.ndarray, " size"]:
    """Sum of `left * right` of each code, each product kept to its last bit, in quanta.

    The rounding error of a product is itself a float64 (Dekker 1971, DOI 10.1007/BF01397083), so that a variance
    taken from sums of squares does not cancel, however far the mean is from 0.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # what is no number then is refused below
        product = left * right
    totals = exact_sums(product, code, size)
    errors = exact_sums(_rounding_error(left, right, product), code, size)
    return np.asarray(totals + errors)


def number(quanta: int) -> Fraction:
    """The exact number that `quanta` stands for."""
    return Fraction(quanta, UNIT)


def _add_block(
    totals: Shaped[np.ndarray, " size"], values: Float[np.ndarray, " n"], code: Int[np.ndarray, " n"]
) -> None:
    fraction, exponent = np.frexp(values)
    mantissa = np.ldexp(fraction, _MANTISSA)
    high = np.floor(np.ldexp(mantissa, -_HALF))
    low = mantissa - np.ldexp(high, _HALF)
    shifted = exponent - exponent.min()
    held = np.flatnonzero(np.bincount(shifted))
    which = np.zeros(held[-1] + 1, dtype=np.int64)
    which[held] = np.arange(len(held))
    cells = code * len(held) + which[shifted]
    halves = [np.bincount(cells, weights=half, minlength=len(totals) * len(held)) for half in (high, low)]
    both = np.stack(halves, axis=-1).reshape(len(totals), len(held), 2)
    _add_halves(totals, both, held + exponent.min())


def _add_halves(
    totals: Shaped[np.ndarray, " size"],
    halves: Num[np.ndarray, "size exponents 2"],
    exponents: Int[np.ndarray, " exponents"],
) -> None:
    """Add sums of the upper and lower halves of the mantissas of every exponent, all of them whole numbers."""
    for place, column in zip(*np.nonzero((halves != 0).any(axis=2)), strict=True):
        quanta = (int(halves[place, column, 0]) << _HALF) + int(halves[place, column, 1])
        totals[place] += _shifted(quanta, int(exponents[column]) - _MANTISSA - QUANTUM)


def _shifted(quanta: int, places: int) -> int:
    """`quanta * 2**places`; the bits that a negative shift drops are 0, since no float64 is finer than the quantum."""
    return quanta << places if places >= 0 else quanta >> -places


def _rounding_error(
    left: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"], product: Float[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """`left * right - product` without rounding; 0 where the numbers are too large or too small to be split."""
    left_high, left_low = _split(left)
    right_high, right_low = _split(right)
    error = ((left_high * right_high - product) + left_high * right_low + left_low * right_high) + left_low * right_low
    return np.where(np.isfinite(error), error, 0.0)


def _split(values: Float[np.ndarray, " n"]) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * 134217729.0  # 2**27 + 1, Veltkamp's splitting
        high = scaled - (scaled - values)
    return high, values - high
