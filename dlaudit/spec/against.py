"""`[against]`: the model that the audited one was made from."""

from typing import Annotated, Literal

from pydantic import Field

from dlaudit.spec.base import Section


class AgainstSpec(Section):
    """`[against]`: a base model that is scored on the same rows, to tell which gaps were there before fine-tuning."""

    model: str | None = None
    """The base model's file; its kind is found by content."""
    code: str | None = None
    """Its Python file, where that is not `model.code`."""
    output: Literal["logit", "probability", "label", "score"] | None = None
    """What its numbers are, where that is not `model.output`."""
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """Its decision threshold, where that is not `model.threshold`."""
    trust: str | None = None
    """SHA-256 of its file, which may execute code while it loads."""
    scores: list[str] = []
    """Its score columns, where scores are given instead of models."""

    @property
    def wanted(self) -> bool:
        """Whether there is anything to compare with."""
        return self.model is not None or bool(self.scores)
