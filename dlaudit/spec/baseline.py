"""`[baseline]`: the earlier run that a run is compared with."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from dlaudit.spec.base import Section


class BaselineSpec(Section):
    """`[baseline]`: an earlier run, to tell which gaps grew and which shrank since."""

    path: str | None = None
    """Directory of a finished run, or a `dlaudit-baseline.json` that `dlaudit baseline accept` wrote."""
    rules: Literal["auto", "none"] = "auto"
    """Whether an accepted baseline (`dlaudit-baseline.json`) brings rules where none has a `max_drop`: `auto` asks that
    no slice's error rates got worse by more than `max_drop`."""
    max_drop: Annotated[float, Field(ge=0, lt=1)] = 0.02
    """How much worse, of these rules."""

    @field_validator("path")
    @classmethod
    def _is_named(cls, given: str | None) -> str | None:
        """A variable of a CI job that is not set must not switch the baseline off."""
        if given is not None and not given.strip():
            raise ValueError("must be a path, not an empty text; `--baseline none` runs without a baseline")
        return given

    @field_validator("max_drop", mode="before")
    @classmethod
    def _is_a_share(cls, given: Any) -> Any:
        if isinstance(given, int | float) and not isinstance(given, bool) and 1 <= given <= 100:
            raise ValueError(f"must be a share less than 1, not {given:g}: {given:g} % is {given / 100:g}")
        return given

    @model_validator(mode="after")
    def _says_what_to_compare_with(self) -> Self:
        """A limit without a baseline would do nothing; `--baseline none` gives the path None, and is meant."""
        idle = [name for name in ("max_drop", "rules") if name in self.model_fields_set]
        if idle and "path" not in self.model_fields_set:
            does = "do" if len(idle) > 1 else "does"
            raise ValueError(
                f"{' and '.join(idle)} {does} nothing without path, the baseline that later runs are held against: "
                'add path = "dlaudit-baseline.json", or give --baseline'
            )
        return self
