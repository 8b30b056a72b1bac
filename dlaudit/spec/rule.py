"""One requirement: a rule, as a file or a flag writes it."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from dlaudit.errors import UsageError, shown
from dlaudit.spec.placed import Placed, split_by

KINDS = ("difference", "ratio")
_FARTHEST = 1e39
"""Beyond every score and label that is read, so that a limit can be written in percent too."""
_RULE = re.compile(
    r"\s*(?P<metric>[A-Za-z_][\w.]*(?:\[[^\]]+\])?(?:\.\w+)?)\s*(?:\s+by\s+(?P<by>.+?))?"
    r"\s*(?P<sign><=|>=|\bmax_drop\b|\bmax\b|\bmin\b)\s*(?P<limit>-?(?:\d+(?:\.\d*)?|\.\d+)%?)\s*"
)


_COUNTS = {"error": 2, "warning": 1, "note": 0, "ignore": 0}
"""How much a level counts, of being broken and of being undecided alike."""
NOT_OF_A_DROP = {"contrast": None, "reference": None, "scope": "planned", "planning_rate": 0.5}
"""Keys that a rule with `max_drop` has no use for, and what they are where nobody sets them."""
_ALL_OF_A_DROP = "which compares every slice, or every two of a difference or ratio, with the earlier run"
_KEYS = {"<=": "max", ">=": "min"}
"""What a sign of `--rule` is called in a file."""


class Rule(Placed):
    """One requirement, as a `[[rule]]` of dlaudit.toml or `--rule` writes it.

    `metric = "selection_rate.difference"` (or `.ratio`) compares slices; a bare metric holds on every slice.
    """

    metric: str
    """`METRIC`, `METRIC.difference` or `METRIC.ratio`."""
    by: str | list[str] | None = None
    """A sensitive feature; a list for one check each; `"sex & race"` for their intersection; absent for all."""
    min: float | None = Field(default=None, ge=-_FARTHEST, le=_FARTHEST)
    """Least value allowed."""
    max: float | None = Field(default=None, ge=-_FARTHEST, le=_FARTHEST)
    """Largest value allowed."""
    max_drop: float | None = Field(default=None, ge=0, le=_FARTHEST)
    """How much worse it may be than in the earlier run (`baseline.path`): a difference larger by this much, a ratio
    smaller, a value worse in any slice."""
    compare: Literal["baseline"] | None = None
    """What `max_drop` compares with; may be left out."""
    slices: list[str] | None = None
    """Ids of the slices that are compared, as `race=Black`; where absent, all that `by` has."""
    id: str | None = None
    """Name in outputs; made from the rule where absent."""
    judge: Literal["exact", "interval", "point"] = "exact"
    """`exact` and `interval` have error rates; `point` is a screen."""
    level: Literal["error", "warning", "note"] = "error"
    """Whether breaking it fails the gate."""
    undecided: Literal["error", "warning", "ignore"] | None = None
    """Whether being undecided counts, which is never more than `level`; where absent as `level` (`ignore` for a note),
    and no more than a warning for a `max_drop` that has no earlier run to compare with."""
    contrast: Literal["pairs", "reference", "rest"] | None = None
    """What is compared; where absent `reference` if one is named, `rest` for an intersection, else `pairs`. Like
    `reference`, `scope` and `planning_rate` not for a `max_drop`, which compares every slice or every two."""
    reference: str | None = None
    """Level (of `by`) that the others are compared with, or `best` or `overall`."""
    alpha: float = Field(default=0.05, gt=0, le=0.2)
    """Error rate of the rule, each for a wrong FAIL and a wrong PASS, however many features it is over."""
    scope: Literal["planned", "all"] = "planned"
    """Slices that a PASS of a difference or ratio speaks about: those that are large enough for one, as planned before
    any outcome is looked at, or all that are not small. Small slices can always FAIL."""
    planning_rate: float = Field(default=0.5, gt=0, lt=1)
    """Rate that `scope` plans with; say what you expect before you look at the data."""

    @field_validator("by")
    @classmethod
    def _by_is_not_empty(cls, by: Any) -> Any:
        if by == [] or by == "":
            raise ValueError("by must name at least one feature")
        return by

    @field_validator("slices")
    @classmethod
    def _slices_are_named(cls, slices: Any) -> Any:
        if slices == []:
            raise ValueError("slices must name at least one slice, or be left out")
        return slices

    @model_validator(mode="after")
    def _limits_are_possible(self) -> "Rule":
        fault = limit_fault(self.metric, {"min": self.min, "max": self.max, "max_drop": self.max_drop})
        if fault is not None:
            raise ValueError(fault)
        if self.compare is not None and self.max_drop is None:
            raise ValueError('compare = "baseline" goes with max_drop')
        idle = idle_key_fault({name: getattr(self, name) for name in ("max_drop", *NOT_OF_A_DROP)})
        if idle is not None:
            raise ValueError(idle)
        return self

    @model_validator(mode="after")
    def _undecided_counts_no_more_than_broken(self) -> "Rule":
        fault = undecided_fault(self.level, self.undecided)
        if fault is not None:
            raise ValueError(fault)
        return self

    @property
    def kind(self) -> Literal["difference", "ratio", "value"]:
        """How slices are compared."""
        return kind_of(self.metric)

    @property
    def base_metric(self) -> str:
        """The metric without its kind."""
        return self.metric.rpartition(".")[0] if self.kind != "value" else self.metric

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return next(one for one in (self.min, self.max, self.max_drop) if one is not None)

    @property
    def bound(self) -> Literal["min", "max"]:
        """Whether the limit is a floor or a ceiling."""
        return "min" if self.min is not None else "max"

    @property
    def exact_limit(self) -> Fraction:
        """The limit as the decimal that was written: 0.8 is 4/5, not the nearest binary number."""
        return Fraction(repr(self.limit))

    @property
    def features(self) -> list[list[str]] | None:
        """For each check the features whose levels are compared; None where the rule speaks of all of them."""
        return split_by(self.by)

    @property
    def when_undecided(self) -> Literal["error", "warning", "ignore"]:
        """What being undecided counts as."""
        if self.undecided is not None:
            return self.undecided
        return "ignore" if self.level == "note" else self.level

    @property
    def name(self) -> str:
        """The rule's id, made from its words where none was given."""
        if self.id:
            return self.id
        by = "" if self.by is None else f" by {self.by if isinstance(self.by, str) else ','.join(self.by)}"
        sign = "max_drop" if self.max_drop is not None else ">=" if self.min is not None else "<="
        return f"{self.metric}{by} {sign} {self.limit:g}"

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """The rule that `--rule 'METRIC.KIND by COL[,COL] <= LIMIT'` writes; a limit may end in `%`.

        `max` may stand for `<=`, and `min` for `>=`; `METRIC.KIND by COL max_drop LIMIT` compares with the earlier run.

        Raises:
            UsageError: The text is not of this form, or the limit is impossible (DLA107).
        """
        match = _RULE.fullmatch(text)
        if match is None:
            strict = "Write <= or >=: a value that equals the limit is within. " * bool(re.search(r"[<>](?!=)", text))
            raise UsageError(
                "DLA107",
                f"--rule {shown(text, limit=100)} is not a rule",
                expected="'METRIC.KIND by COL <= LIMIT'",
                fix=f"{strict}For example --rule 'selection_rate.ratio by race >= 0.8'.",
            )
        names = [part.strip() for part in (match["by"] or "").split(",") if part.strip()]
        try:
            return cls.model_validate(
                {
                    "metric": match["metric"],
                    "by": None if not names else names[0] if len(names) == 1 else names,
                    _KEYS.get(match["sign"], match["sign"]): _number(match["limit"]),
                }
            )
        except (ValueError, OverflowError) as error:
            raise UsageError(
                "DLA107",
                f"--rule {shown(text, limit=100)}: {_first_message(error)}",
                fix="A ratio needs >=, a difference needs <=, and limits are shares such as 0.8.",
            ) from error


def kind_of(metric: str) -> Literal["difference", "ratio", "value"]:
    """How a rule on `metric` compares slices."""
    tail = metric.rpartition(".")[2]
    if tail == "difference":
        return "difference"
    return "ratio" if tail == "ratio" else "value"


def limit_fault(metric: str, limits: Mapping[str, float | None]) -> str | None:
    """Why no rule on `metric` has these limits; None where one can.

    Args:
        metric: As the rule names it.
        limits: `min`, `max` and `max_drop`, as far as they are given.
    """
    given = {key: value for key, value in limits.items() if value is not None}
    if len(given) != 1:
        return "give exactly one of min and max (or max_drop)"
    (key, limit), kind = next(iter(given.items())), kind_of(metric)
    if key == "max_drop":
        return None if limit >= 0 else "a max_drop is not negative"
    if kind == "ratio" and key == "max":
        return "a ratio (smallest over largest) has a min, not a max"
    if kind == "ratio" and not 0 < limit <= 1:
        hint = f"; {limit:g} % is {limit / 100:g}" if 1 < limit <= 100 else ""
        return f"the min of a ratio lies in 0..1{hint}"
    if kind == "difference" and key == "min":
        return "a difference (largest minus smallest) has a max, not a min"
    return "the max of a difference is not negative" if kind == "difference" and limit < 0 else None


def undecided_fault(level: str, undecided: str | None) -> str | None:
    """Why no rule has these two levels: that it may be broken would count more than that it is; None where one can."""
    if undecided is None or _COUNTS[undecided] <= _COUNTS[level]:
        return None
    most = '"ignore"' if level == "note" else '"warning" or "ignore"'
    return (
        f'undecided = "{undecided}" counts more than level = "{level}": that a rule may be broken cannot count more '
        f'than that it is; write undecided = {most}, or level = "{undecided}"'
    )


def idle_key_fault(keys: Mapping[str, object]) -> str | None:
    """Why keys of a rule with `max_drop` would change nothing; None where all of them say something.

    Args:
        keys: Keys of the rule, as far as they are given.
    """
    if keys.get("max_drop") is None:
        return None
    idle = [key for key, usual in NOT_OF_A_DROP.items() if keys.get(key, usual) != usual]
    return f"{' and '.join(idle)} cannot be set beside max_drop, {_ALL_OF_A_DROP}" if idle else None


def _number(written: str) -> float:
    return float(Fraction(written[:-1]) / 100) if written.endswith("%") else float(written)


def _first_message(error: ValueError | OverflowError) -> str:
    if isinstance(error, OverflowError):
        return "the limit is too large a number"
    errors = getattr(error, "errors", None)
    return str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(error)
