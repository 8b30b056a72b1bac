"""What the functions of this package accept and return.

Functions on arrays broadcast their arguments. Where a result is undefined (an empty denominator, fewer than two
clusters) they return NaN in that place; callers turn NaN into *undefined with a reason*.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Real

Number = float | int
"""A plain number; shares and levels lie in 0..1."""
Numbers = Real[np.ndarray, "*#shape"] | np.integer | np.floating | float | int
"""A number, or an array of any shape that broadcasts with the other arguments."""
Floats = Float[np.ndarray, "..."] | np.floating
"""What comes of such numbers: numpy makes a plain float of an array without axes."""


class Limits(NamedTuple):
    """The ends of intervals; infinite where unbounded, NaN where undefined."""

    low: Float[np.ndarray, "*shape"]
    """Lower ends."""
    high: Float[np.ndarray, "*shape"]
    """Upper ends."""


def floats(*numbers: Numbers) -> list[Float[np.ndarray, "..."]]:
    """The arguments as float64 arrays of one common shape, with NaN left as it is."""
    return [np.array(one, dtype=np.float64) for one in np.broadcast_arrays(*numbers)]
