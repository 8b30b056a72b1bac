"""`[explain]`: attributions and decompositions."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from dlaudit.spec.base import Positive, Section

BUDGET = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,18})?)(?P<unit>[smh]?)", re.ASCII)
"""A budget that is neither `auto` nor `none`: seconds, minutes, hours, or a number of passes."""


class ExplainSpec(Section):
    """`[explain]`: attributions and decompositions."""

    enabled: bool = True
    """Whether to explain at all."""
    methods: list[str] | Literal["auto"] = "auto"
    """Names from `dlaudit list attributors`; `auto` chooses two of different families for the model and the task."""
    layers: list[str] = []
    """Layer methods from `dlaudit list attributors`, as `captum.LayerConductance@net.2`."""
    layer: str | None = None
    """Name of the layer of a network of pictures whose Grad-CAM is shown, as `features.28`; where absent that of the
    last convolution, if `methods` are chosen for the model."""
    budget: str = "auto"
    """What explaining may cost: seconds (`60s`, `5m`), forward-and-backward passes of a row (`200000`), `none`, or
    `auto`: 20 million passes for tables, 250,000 for images, text and series."""
    sample: Positive = 2_000
    """Rows explained per method at most, stratified over slices."""
    background: Positive = 64
    """Reference rows."""
    steps: Positive = 64
    """Nodes of a path integral with a fixed rule; an adaptive one starts lower and may go to eight times as many."""
    evaluations: Positive = 512
    """Coalitions of inputs per row that a sampling method evaluates at most."""
    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.02
    """Largest completeness error (95th percentile of rows, relative) with which contributions are shown."""
    decompose: list[str] | Literal["auto", "all"] = "auto"
    """Metrics whose gaps are split over inputs; `auto` takes those shown first and those of the rules."""
    decompose_rows: Positive = 5_000
    """Rows of each slice that a decomposition uses at most."""
    rounds: Positive = 16
    """Rounds of the decomposition's random pairing at most; it stops when more would change little."""
    correlated: Annotated[float, Field(gt=0, le=1)] = 0.7
    """Association from which inputs are taken together in a decomposition."""
    checks: bool = True
    """Whether explanations are checked for faithfulness."""
    second_opinion: Annotated[int, Field(ge=0)] = 16
    """Rows that Captum or SHAP calculates again; 0 for none."""

    @field_validator("budget")
    @classmethod
    def _is_budget(cls, text: str) -> str:
        found = BUDGET.fullmatch(text)
        if text not in {"auto", "none"} and (found is None or not float(found["number"])):
            raise ValueError("not a budget: give seconds as 60s or 5m, a number of passes as 200000, auto or none")
        return text
