"""Counting loops compiled by numba, for many rows at once; small runs never import it.

Each gives the same integers as the numpy code beside it, in one pass and without copies of the columns. Compiled code
is cached beside this file or in the user's cache folder; where neither can be written it is compiled again.
"""

import inspect
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Integer

LARGE = 1_000_000
"""Rows from which on compiled loops are used: below, importing numba takes longer than they save."""
EXPONENTS = 2100
"""More than the exponents of float64 (-1074 to 1024)."""
LEAST_EXPONENT = -1074
LOW_BITS = 26
"""Bits of the lower half of a 53-bit mantissa."""


def count_cells(
    atom: Integer[np.ndarray, " n"],
    truth: Integer[np.ndarray, " n"],
    predicted: Integer[np.ndarray, " n"],
    shape: tuple[int, int],
) -> Int[np.ndarray, "atoms side side"]:
    """Confusion tables of atoms.

    Args:
        atom: Atom of each row, any integer type.
        truth: Class code of each label.
        predicted: Class code of each prediction.
        shape: Number of atoms, and of classes.
    """
    atoms, side = shape
    out = np.zeros((atoms, side, side), dtype=np.int64)
    outside = _run(_cells_loop, atom, truth, predicted, out)
    assert outside == 0, "labels and predictions are codes of classes"
    return out


def count_bins(
    place: Integer[np.ndarray, " n"], score: Float[np.ndarray, " n"], scheme: tuple[int, int, float], rows: int
) -> Int[np.ndarray, "rows bins"]:
    """Histograms of scores in 0..1 (`ScoreBins` that is not wide).

    Args:
        place: Which histogram each row belongs to.
        score: Scores in 0..1.
        scheme: Equal bins, bins in all, and the threshold that parts one of them (infinite where none is parted).
        rows: Number of histograms.
    """
    out = np.zeros((rows, scheme[1]), dtype=np.int64)
    _run(_bins_loop, place, score, scheme[0], scheme[2], out)
    return out


def count_quanta(
    values: Float[np.ndarray, " n"], code: Integer[np.ndarray, " n"], size: int
) -> Int[np.ndarray, "size exponents 2"]:
    """Sums of the upper and lower halves of the mantissas of each code and exponent: whole numbers.

    A value is (upper * 2**26 + lower) * 2**(exponent - 53), with exponent counted from LEAST_EXPONENT.

    Args:
        values: Finite numbers.
        code: Which sum each value belongs to.
        size: Number of sums.
    """
    out = np.zeros((size, EXPONENTS, 2), dtype=np.int64)
    _run(_quanta_loop, values, code, out)
    return out


def _cells_loop(atom: Any, truth: Any, predicted: Any, out: Any) -> int:
    side, outside = out.shape[1], 0
    for row in range(len(atom)):
        t, p = truth[row], predicted[row]
        if t < 0 or p < 0 or t >= side or p >= side:
            outside += 1
        else:
            out[atom[row], t, p] += 1
    return outside


def _bins_loop(place: Any, score: Any, size: int, threshold: float, out: Any) -> None:
    for row in range(len(place)):
        bin_ = min(int(score[row] * size), size - 1)
        if score[row] >= threshold:
            bin_ += 1
        out[place[row], bin_] += 1


def _quanta_loop(values: Any, code: Any, out: Any) -> None:
    for row in range(len(values)):
        fraction, exponent = math.frexp(values[row])
        mantissa = int(math.ldexp(fraction, 53))
        out[code[row], exponent + 1074, 0] += mantissa >> 26
        out[code[row], exponent + 1074, 1] += mantissa & 67108863


def _run(loop: Callable[..., Any], *arguments: Any) -> Any:
    compiled, plain = _compiled(loop)
    try:
        return compiled(*arguments)
    except OSError:  # the cache could be opened but not written; nothing was counted yet, since compiling comes first
        return plain()(*arguments)


@cache
def _compiled(loop: Callable[..., Any]) -> tuple[Any, Callable[[], Any]]:
    """The loop compiled with a cache of its machine code, and how to compile it without one."""
    from numba import njit

    source = inspect.unwrap(loop)

    @cache
    def plain() -> Any:
        return njit(source)

    try:
        return njit(cache=True)(source), plain
    except RuntimeError:  # no folder for the cache can be written
        return plain(), plain
