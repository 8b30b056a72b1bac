"""What may fail for now: waivers with a reason, an owner and a last day."""

import datetime
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from dlaudit.spec.placed import Placed, split_by

Told = Annotated[str, Field(min_length=1, max_length=2_000)]


class Waiver(Placed):
    """A `[[waiver]]` of dlaudit.toml: checks that do not count until a day, and who answers for that."""

    rule: Told | None = None
    """Name (`id`) of the rule; where absent, rules of the metric named."""
    metric: Told | None = None
    """`METRIC`, or `METRIC.difference` or `METRIC.ratio` for rules of that kind alone."""
    by: str | list[str] | None = None
    """The checks by these features alone, as in a rule; where absent, all checks of the rule."""
    slices: str | list[str] | None = None
    """Ids of slices, as `race=Other`: only what involves them is waived; where absent, the whole check."""
    reason: Told
    """Why it may fail for now. It is shown wherever the check is."""
    owner: Told
    """Who answers for it."""
    expires: datetime.date
    """The last day (UTC) on which it holds, as 2026-12-31, without quotes."""

    @field_validator("reason", "owner")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("a waiver says why, and who answers for it")
        return text

    @field_validator("by", "slices")
    @classmethod
    def _names_something(cls, given: Any) -> Any:
        if given == [] or given == "":
            raise ValueError("leave the key out, or name something")
        return given

    @model_validator(mode="after")
    def _is_about_something(self) -> "Waiver":
        if self.rule is None and self.metric is None:
            raise ValueError("a waiver names a rule or a metric")
        return self

    @property
    def features(self) -> list[list[str]] | None:
        """Features of the checks that it is about; None for all."""
        return split_by(self.by)

    @property
    def slice_ids(self) -> list[str]:
        """Slices that it is limited to; empty for the whole check."""
        return [self.slices] if isinstance(self.slices, str) else list(self.slices or [])

    def holds_on(self, day: datetime.date) -> bool:
        """Whether it has not expired: its last day is a whole day."""
        return day <= self.expires

    @property
    def name(self) -> str:
        """What it is about, in the words of the file: `tpr-gap by race (race=Other)`."""
        by = "" if self.by is None else f" by {self.by if isinstance(self.by, str) else ','.join(self.by)}"
        slices = f" ({', '.join(self.slice_ids)})" if self.slices else ""
        return f"{self.rule or self.metric}{by}{slices}"
