"""What is required: rules, and the policy that holds them."""

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dlaudit.errors import UsageError, shown

KINDS = ("difference", "ratio")
_FARTHEST = 1e39
"""Beyond every score and label that is read, so that a limit can be written in percent too."""
_RULE = re.compile(
    r"\s*(?P<metric>[A-Za-z_][\w.]*(?:\[[^\]]+\])?(?:\.\w+)?)\s*(?:\s+by\s+(?P<by>.+?))?"
    r"\s*(?P<sign><=|>=)\s*(?P<limit>-?(?:\d+(?:\.\d*)?|\.\d+)%?)\s*"
)


class Rule(BaseModel):
    """One requirement, as a `[[rule]]` of dlaudit.toml or `--rule` writes it.

    `metric = "selection_rate.difference"` (or `.ratio`) compares slices; a bare metric holds on every slice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    metric: str
    """`METRIC`, `METRIC.difference` or `METRIC.ratio`."""
    by: str | list[str] | None = None
    """A sensitive feature; a list for one check each; `"sex & race"` for their intersection; absent for all."""
    min: float | None = Field(default=None, ge=-_FARTHEST, le=_FARTHEST)
    """Least value allowed."""
    max: float | None = Field(default=None, ge=-_FARTHEST, le=_FARTHEST)
    """Largest value allowed."""
    id: str | None = None
    """Name in outputs; made from the rule where absent."""
    judge: Literal["exact", "interval", "point"] = "exact"
    """`exact` and `interval` have error rates; `point` is a screen."""
    level: Literal["error", "warning", "note"] = "error"
    """Whether breaking it fails the gate."""
    undecided: Literal["error", "warning", "ignore"] | None = None
    """Whether being undecided counts; as `level` where absent (`ignore` for a note)."""
    contrast: Literal["pairs", "reference", "rest"] | None = None
    """What is compared; where absent `reference` if one is named, `rest` for an intersection, else `pairs`."""
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

    @model_validator(mode="after")
    def _limits_are_possible(self) -> "Rule":
        if (self.min is None) == (self.max is None):
            raise ValueError("give exactly one of min and max")
        limit = self.limit
        if self.kind == "ratio":
            if self.max is not None:
                raise ValueError("a ratio (smallest over largest) has a min, not a max")
            if not 0 < limit <= 1:
                hint = f"; {limit:g} % is {limit / 100:g}" if 1 < limit <= 100 else ""
                raise ValueError(f"the min of a ratio lies in 0..1{hint}")
        if self.kind == "difference":
            if self.min is not None:
                raise ValueError("a difference (largest minus smallest) has a max, not a min")
            if limit < 0:
                raise ValueError("the max of a difference is not negative")
        return self

    @property
    def kind(self) -> Literal["difference", "ratio", "value"]:
        """How slices are compared."""
        tail = self.metric.rpartition(".")[2]
        if tail == "difference":
            return "difference"
        return "ratio" if tail == "ratio" else "value"

    @property
    def base_metric(self) -> str:
        """The metric without its kind."""
        return self.metric.rpartition(".")[0] if self.kind != "value" else self.metric

    @property
    def limit(self) -> float:
        """The limit, whichever side it is on."""
        return self.min if self.min is not None else self.max  # type: ignore[return-value]

    @property
    def exact_limit(self) -> Fraction:
        """The limit as the decimal that was written: 0.8 is 4/5, not the nearest binary number."""
        return Fraction(repr(self.limit))

    @property
    def features(self) -> list[list[str]] | None:
        """For each check the features whose levels are compared; None where the rule speaks of all of them."""
        if self.by is None:
            return None
        written = [self.by] if isinstance(self.by, str) else self.by
        return [sorted(part.strip() for part in one.split("&")) for one in written]

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
        return f"{self.metric}{by} {'>=' if self.min is not None else '<='} {self.limit:g}"

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """The rule that `--rule 'METRIC.KIND by COL[,COL] <= LIMIT'` writes; a limit may end in `%`.

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
        number = match["limit"]
        limit = float(Fraction(number[:-1]) / 100) if number.endswith("%") else float(number)
        names = [part.strip() for part in (match["by"] or "").split(",") if part.strip()]
        try:
            return cls.model_validate(
                {
                    "metric": match["metric"],
                    "by": None if not names else names[0] if len(names) == 1 else names,
                    "min" if match["sign"] == ">=" else "max": limit,
                }
            )
        except ValueError as error:
            raise UsageError(
                "DLA107",
                f"--rule {shown(text, limit=100)}: {_first_message(error)}",
                fix="A ratio needs >=, a difference needs <=, and limits are shares such as 0.8.",
            ) from error


def part_named(feature: str, level: str) -> str:
    """Name of the yes-or-no feature for one level of a feature of which rows may have several."""
    return f"{feature}: {level}"


class Policy(BaseModel):
    """Rules that an audit is judged by; none of them means not judged."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    rules: list[Rule] = []
    """In the order written."""

    def spread(self, features: Sequence[str]) -> "Policy":
        """The policy in which a rule by a feature of several levels has a check for each of its yes-or-no features.

        Args:
            features: Features that there are.
        """
        return self.model_copy(update={"rules": [_spread(rule, features) for rule in self.rules]})

    @classmethod
    def from_rules(cls, *texts: str) -> "Policy":
        """A policy of rules written as for `--rule`."""
        return cls(rules=[Rule.parse(text) for text in texts])

    @classmethod
    def from_toml(cls, path: str | Path) -> "Policy":
        """The policy of a dlaudit.toml.

        Raises:
            UsageError: The file is missing or wrong; all its faults at once, with lines.
        """
        from dlaudit.spec.toml_file import load_config

        return load_config(path).spec.policy


def _first_message(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    return str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(error)


def _spread(rule: Rule, features: Sequence[str]) -> Rule:
    if rule.by is None:
        return rule
    found: list[str] = []
    for one in [rule.by] if isinstance(rule.by, str) else rule.by:
        parts = [name for name in features if name.startswith(part_named(one, ""))] if one not in features else []
        found += parts or [one]
    return rule.model_copy(update={"by": found, "id": rule.name}) if found != [rule.by] and found != rule.by else rule
