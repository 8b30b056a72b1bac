"""What `dlaudit check` found: everything about an audit but the audit itself."""

from pydantic import Field

from dlaudit.record.audit import Guess
from dlaudit.record.base import Record
from dlaudit.record.compared import Accepted
from dlaudit.record.judged import NotApplicable
from dlaudit.record.planned import Planned, PlannedDrop


class CheckedModel(Record):
    """The model that would be audited."""

    path: str | None
    """Path as given."""
    format: str
    """As in the audit's `model.format`."""
    loading: str
    """How far the file can be trusted, in one sentence."""
    parameters: int | None
    """Number of parameters; None where unknown."""
    capabilities: list[str]
    """Of GRADIENTS, HOOKS, EMBEDDINGS, DYNAMIC_BATCH."""


class CheckedData(Record):
    """The rows that would be audited."""

    path: str | None
    """Path as given; None for rows in memory."""
    rows: int
    """Rows whose labels and levels can be used."""
    left_out: int = 0
    """Rows that `data.on_bad = "reject"` leaves out."""
    target: list[str]
    """Label columns."""
    sensitive: list[str]
    """Sensitive features."""
    control: list[str]
    """Control features."""
    id: str | None
    """Column that names a row."""
    unit: str | None
    """Column of the person or cluster."""
    weight: str | None
    """Column of row weights."""
    inputs: list[str]
    """Columns that the model's inputs are made of."""


class CheckedSlice(Record):
    """A level of a feature, counted."""

    slice: str
    """Its id."""
    by: list[str]
    """Features that make it."""
    rows: int
    """Rows in it."""
    positives: int | None
    """Of these with the positive label; None where no single label is the positive one."""


class CheckedCost(Record):
    """What one pass over the rows takes, from the first of them."""

    rows: int
    """Rows that were timed."""
    read_seconds: float
    """Wall seconds to read them and make inputs of them."""
    score_seconds: float
    """Wall seconds of their forward passes."""
    pass_seconds: float
    """Both, for all rows: an estimate in proportion."""


class CheckedDrop(Record):
    """A slice that a rule on a drop is about."""

    slice: str
    """Its id."""
    by: list[str]
    """Features that make it."""
    counted: int
    """Rows that the metric counts, as those with the positive label of `true_positive_rate`."""
    can_pass: bool
    """Whether it would pass if no decision on these rows changed; a model that is the same passes with any rows."""


class CheckedDropRule(Record):
    """A rule on how much worse a metric may get, and what these rows can show of it."""

    rule: str
    """Its name."""
    metric: str
    """As rules name it."""
    max_drop: float
    """How much worse it may be."""
    brought: bool
    """Whether the accepted baseline brings it; False for a rule of the policy."""
    counted_to_pass: int | None
    """Rows of a slice that can pass if no decision on them changed; None where no number of rows can."""
    slices: list[CheckedDrop]
    """Every slice that it judges."""
    planned: list[PlannedDrop] = Field(default_factory=list)
    """What it can decide where decisions flip at random or a slice got worse, feature by feature."""


class CheckedBaseline(Record):
    """The earlier run that the audit would be compared with."""

    place: str
    """As given."""
    accepted: Accepted | None
    """When it was accepted and why; None for the directory of a run, which brings no rule."""
    misfits: list[str]
    """What keeps the two from being compared row by row; empty where nothing is known that does."""
    rows: int
    """Rows that the earlier run scored."""
    data_rows: int
    """Rows that the audit would score."""
    rules: list[CheckedDropRule]
    """The rules on a drop of single slices, its own and the policy's."""
    not_applicable: list[NotApplicable]
    """What is not told of them, and why there are none."""


class Checked(Record):
    """Model, data, slices, cost and what rules can decide; nothing was measured."""

    model: CheckedModel | None
    """None for given scores."""
    data: CheckedData
    """The rows."""
    task: str
    """What is predicted."""
    output: str
    """`logit`, `probability`, `label` or `score`."""
    threshold: float | None
    """Prediction is positive where score >= threshold; None for tasks without one."""
    positive: str | None
    """Label counted as positive; None for tasks without one."""
    classes: list[str]
    """Labels, in the order of the model's outputs."""
    guesses: list[Guess]
    """What was not given."""
    slices: list[CheckedSlice]
    """Levels of sensitive and control features, and those that rules combine."""
    min_size: int
    """Rows below which no PASS speaks about a slice."""
    cost: CheckedCost | None
    """None without a model."""
    explain: str
    """What explanations may cost: `explain.budget`, or `none`."""
    baseline: CheckedBaseline | None = None
    """The earlier run and the rules that it brings; None where none is named."""
    plan: Planned | None = Field(default=None)
    """What the other rules can decide at these sizes; None without rules."""
