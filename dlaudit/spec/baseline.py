"""`[baseline]`: the earlier run that a run is compared with."""

from typing import Annotated, Literal

from pydantic import Field

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
