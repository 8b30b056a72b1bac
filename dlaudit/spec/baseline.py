"""`[baseline]`: the earlier run that a run is compared with."""

from dlaudit.spec.base import Section


class BaselineSpec(Section):
    """`[baseline]`: an earlier run, to tell which gaps grew and which shrank since."""

    path: str | None = None
    """Directory of a finished run."""
