"""The shape that every record shares: frozen, closed, and never NaN."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Record(BaseModel):
    """A frozen piece of an audit.

    Unknown keys are refused when a record is made; NaN and infinity never enter one, because JSON has neither and a
    comparison with NaN is silently false.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )


class Estimate(Record):
    """A number with its uncertainty, or the reason why there is none. Exactly one of `value` and `undefined`.

    There is no 0 for undefined anywhere: a rate over an empty denominator is undefined, not 0.
    """

    value: float | None = None
    """Point estimate, in the metric's unit (rates in 0..1)."""
    low: float | None = None
    """Lower end of the interval at `level`; None where no interval is defined or it is unbounded below."""
    high: float | None = None
    """Upper end of the interval at `level`; None where no interval is defined or it is unbounded above."""
    level: float = 0.95
    """Confidence level of the interval."""
    n: int = 0
    """Rows that the estimate rests on."""
    numerator: float | int | None = None
    """Count (or sum of weights) above the line; None where the estimate is no ratio of counts."""
    denominator: float | int | None = None
    """Count (or sum of weights) below the line; None where the estimate is no ratio of counts."""
    undefined: str | None = None
    """Why there is no value, in words that follow `undefined:`; None where there is a value."""
    method: str | None = None
    """Name of the interval's method, as `wilson`."""
    guarantee: str | None = None
    """`finite-sample` or `asymptotic`; None where there is no interval."""

    @property
    def counts(self) -> tuple[int, int] | None:
        """Successes and trials of a share of independent rows that count once each; None of anything else."""
        x, n = self.numerator, self.denominator
        is_share = self.method in {"wilson", "clopper_pearson"} and isinstance(x, int) and isinstance(n, int)
        return (int(x), int(n)) if is_share and x is not None and n is not None and 0 <= x <= n and n > 0 else None

    freedom: float | None = None
    """Degrees of freedom of an interval that rests on Student's quantile; None where it rests on another."""

    @model_validator(mode="before")
    @classmethod
    def _whole_counts_stay_whole(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        given = dict(given)
        for key in ("numerator", "denominator"):
            number = given.get(key)
            if isinstance(number, float) and number.is_integer():
                given[key] = int(number)
        return given

    @model_validator(mode="after")
    def _one_of_value_and_undefined(self) -> "Estimate":
        if (self.value is None) == (self.undefined is None):
            raise ValueError("exactly one of value and undefined must be given")
        if self.undefined is not None and (self.low is not None or self.high is not None):
            raise ValueError("an undefined estimate has no interval")
        return self

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return self.undefined is None


def finite(number: float) -> float | None:
    """`number`, or None where it is NaN or infinite: the only way a float enters a record's optional field."""
    return float(number) if math.isfinite(number) else None
