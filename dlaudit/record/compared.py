"""Two runs compared: what each was, which gaps changed, and what else is different."""

from typing import Annotated, Literal

from pydantic import Field

from dlaudit.record.against import AgainstModel
from dlaudit.record.base import Estimate, Record
from dlaudit.record.judged import NotApplicable, Outcome
from dlaudit.record.measured import Slice


class RunRef(Record):
    """One of the two runs."""

    place: str
    """Directory, as given."""
    title: str = ""
    """Title of its report."""
    model: str | None = None
    """Path of its model; None for given scores."""
    model_sha256: str | None = None
    """Digest of the model's file."""
    data: str | None = None
    """Path of its data."""
    data_sha256: str | None = None
    """Digest of the data's file."""
    task: str | None = None
    """What its model predicts."""
    rows: int
    """Scored rows."""
    started: str = ""
    """UTC time of its start."""
    outcome: Outcome = "none"
    """Its verdict."""


class Accepted(Record):
    """That somebody took a run for the state that later ones are held against."""

    at: str
    """UTC time, ISO 8601."""
    reason: Annotated[str, Field(max_length=2_000)] = ""
    """Why, as given."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Digest of the dlaudit-baseline.json that says so; None within that file itself."""


class DisparityChange(Record):
    """A disparity that both runs measured, from the figures of two audits alone."""

    metric: str
    """As measurements name it."""
    kind: Literal["difference", "ratio"]
    """How the slices are compared."""
    by: list[str]
    """Features whose levels are compared."""
    within: dict[str, str] = Field(default_factory=dict)
    """Levels of control features that all slices share."""
    old: Estimate
    """In the earlier run."""
    new: Estimate
    """In the later run."""
    change: Estimate
    """New minus old. Its interval takes the two runs as independent samples: where they share rows it is too wide."""
    shown: bool = False
    """Whether 0 lies outside the interval of the change."""


class ValueChange(Record):
    """A metric of one slice that both runs measured, from the figures of two audits alone."""

    metric: str
    """As measurements name it."""
    slice: str
    """Id of the slice."""
    by: list[str]
    """Features whose levels are compared."""
    old: Estimate
    """In the earlier run."""
    new: Estimate
    """In the later run."""
    change: Estimate
    """New minus old. Its interval takes the two runs as independent samples."""


class SettingChange(Record):
    """Something that was set, guessed or given differently."""

    key: str
    """As `model.threshold`."""
    old: str
    """In the earlier run; `–` where absent."""
    new: str
    """In the later run."""


class FindingRef(Record):
    """A finding by what makes it the same one in two runs."""

    code: str
    """`DLA` and three digits."""
    subject: str
    """What it is about."""
    severity: str
    """As in the finding."""
    message: str
    """As in the run that has it."""


class RunComparison(Record):
    """The later run against the earlier one."""

    old: RunRef
    """The earlier run."""
    new: RunRef | None = None
    """The later run; None in its own audit, which says it all itself."""
    accepted: Accepted | None = None
    """That the earlier run is an accepted baseline (dlaudit-baseline.json); None for the directory of a run."""
    paired: AgainstModel | None = None
    """Gaps on the rows that both runs scored; None where the comparison is not paired."""
    unchanged: bool = False
    """Whether the model, its output and threshold, the rows as it was given them and every decision are those of the
    earlier run, so that nothing can have got worse."""
    apart: bool = False
    """Whether no row of the earlier run is in the later one, by their ids: then the two are independent samples."""
    altered: bool = False
    """Whether rows of the earlier run are there by their ids, with other labels, levels, weights or units."""
    not_paired: str = ""
    """Why it is not paired."""
    rows_known: bool = False
    """Whether the earlier run is an accepted baseline that tells what was decided for its rows: where nothing is
    paired, the rows or that file changed since."""
    only_old: int = 0
    """Rows that only the earlier run scored; where not paired, how many fewer than an accepted baseline there are."""
    only_new: int = 0
    """Rows that only the later run scored; 0 where not paired."""
    changes: list[DisparityChange] = Field(default_factory=list)
    """Every disparity that both runs have, whether the comparison is paired or not."""
    values: list[ValueChange] = Field(default_factory=list)
    """Slices that both runs have, of metrics that a rule on a drop is about; empty where the comparison is paired."""
    lost: list[Slice] = Field(default_factory=list)
    """Slices that were compared in the earlier run and that the later run does not have."""
    slices_gone: list[str] = Field(default_factory=list)
    """Slices that only the earlier run has."""
    slices_new: list[str] = Field(default_factory=list)
    """Slices that only the later run has."""
    settings: list[SettingChange] = Field(default_factory=list)
    """What was set differently."""
    metrics_gone: list[str] = Field(default_factory=list)
    """Metrics that only the earlier run measured."""
    metrics_new: list[str] = Field(default_factory=list)
    """Metrics that only the later run measured."""
    findings_gone: list[FindingRef] = Field(default_factory=list)
    """Findings that only the earlier run has."""
    findings_new: list[FindingRef] = Field(default_factory=list)
    """Findings that only the later run has."""
    not_applicable: list[NotApplicable] = Field(default_factory=list)
    """What was not compared and why."""
