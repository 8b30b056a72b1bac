"""Where on 0 to 1 an integral is sampled, and with which weights."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A quadrature rule on 0 to 1."""

    at: Float[np.ndarray, " k"]
    """Its nodes."""
    weights: Float[np.ndarray, " k"]
    """What the value at each node counts."""

    def by_node(self) -> dict[float, float]:
        """The weight of every node."""
        return dict(zip(self.at.tolist(), self.weights.tolist(), strict=True))


AT_THE_END = Rule(at=np.ones(1), weights=np.ones(1))
"""The value at 1."""


@lru_cache(maxsize=64)
def legendre(nodes: int) -> Rule:
    """Gauss-Legendre nodes inside 0..1 and weights that add up to 1: exact for polynomials of degree 2k - 1."""
    at, weights = np.polynomial.legendre.leggauss(nodes)
    return Rule(at=(at + 1) / 2, weights=weights / 2)


@lru_cache(maxsize=64)
def lobatto(nodes: int) -> Rule:
    """Gauss-Lobatto nodes, with 0 and 1 among them, and weights that add up to 1: exact up to degree 2k - 3.

    The inner nodes are the zeros of the derivative of the Legendre polynomial P of degree k - 1; the weights are
    1 / (k (k - 1) P(x)^2) (Abramowitz and Stegun 1964, 25.4.32).
    """
    if nodes < 2:
        raise ValueError(f"{nodes} Gauss-Lobatto nodes, at least 2 are needed")
    polynomial = np.polynomial.legendre.Legendre.basis(nodes - 1)
    inner = np.sort(polynomial.deriv().roots().real)
    at = np.concatenate([[-1.0], inner, [1.0]])
    at = (at - at[::-1]) / 2  # roots are found one by one; the rule is symmetric
    weights = 1 / (nodes * (nodes - 1) * polynomial(at) ** 2)
    return Rule(at=(at + 1) / 2, weights=weights)


@lru_cache(maxsize=64)
def running(nodes: int) -> Float[np.ndarray, "k k"]:
    """Weights of the integrals from 0 to every Gauss-Lobatto node, of the polynomial through the values at all nodes.

    Row i gives the integral up to node i; the last row is the rule itself.
    """
    at = 2 * lobatto(nodes).at - 1
    basis = [np.polynomial.legendre.Legendre.basis(degree) for degree in range(nodes)]
    values = np.stack([one(at) for one in basis], axis=1)
    integrals = np.stack([one.integ(lbnd=-1)(at) for one in basis], axis=1) / 2
    return np.asarray(integrals @ np.linalg.inv(values))
