"""The Audit: everything that was found, as plain, versioned data."""

from typing import Any, Literal

from pydantic import Field, PrivateAttr

from dlaudit.record.against import AgainstModel
from dlaudit.record.base import Record
from dlaudit.record.compared import RunComparison
from dlaudit.record.decomposed import Decomposition, ScoreMix
from dlaudit.record.distributions import Calibration, Discovery, ScoreHistogram, Sensitivity, ThresholdSweep
from dlaudit.record.evaluated import Altered as Altered
from dlaudit.record.evaluated import DataInfo as DataInfo
from dlaudit.record.evaluated import Rejected as Rejected
from dlaudit.record.evaluated import Repeated as Repeated
from dlaudit.record.examples import Examples
from dlaudit.record.explained import (
    Attribution,
    AttributionMap,
    AttributionQuality,
    AttributionSwarm,
    ExplainPlan,
    LayerAttribution,
    MapDifference,
    PartGrid,
    ProbeResult,
    Trust,
)
from dlaudit.record.judged import Finding, NotApplicable
from dlaudit.record.measured import Disparity, Measurement, Slice
from dlaudit.record.suppression import Suppression

SCHEMA_VERSION: Literal[1] = 1
"""Version of audit.json: keys may be added within a version, never renamed or removed."""

Task = Literal["binary", "multiclass", "multilabel", "regression"]


class Provenance(Record):
    """What was run, where and when: the only part that differs between two runs of the same audit."""

    dlaudit: str
    """Version of dlaudit."""
    python: str
    """Version of Python."""
    packages: dict[str, str] = Field(default_factory=dict)
    """Versions of the packages that computed numbers."""
    seed: int = 0
    """Seed of every random choice."""
    device: str = "none"
    """Where the model ran; `none` without a model."""
    engine: str = "local"
    """Engine that ran it."""
    batch_size: int = 0
    """Rows of one forward pass."""
    run_id: str | None = None
    """Digest of model, rows, settings, versions, device, batch size and seed: two runs that have the same one have the
    same figures. None where the model is an object without a digest, and in a published report."""
    argv: list[str] = Field(default_factory=list)
    """Command line; empty for the Python API."""
    started: str = ""
    """UTC time of the start, ISO 8601."""
    seconds: dict[str, float] = Field(default_factory=dict)
    """Wall seconds of each stage."""
    git: str | None = None
    """Commit of the working directory, with `+` where it had changes; None outside a repository."""
    sandbox: dict[str, Any] = Field(default_factory=dict)
    """Limits that held for the child process; empty where the model ran in this process."""


class ModelInfo(Record):
    """The model as it was audited."""

    path: str | None = None
    """Path as given; None for an object handed to the API."""
    sha256: str | None = None
    """Digest of the file."""
    format: str = "none"
    """`pt2`, `torchscript`, `module_pickle`, `state_dict`, `safetensors`, `callable`, `scores` (no model)."""
    trusted: bool = False
    """Whether `--trust` let a file load that could execute code."""
    task: Task = "binary"
    """What the model predicts."""
    parameters: int | None = None
    """Number of parameters; None where unknown."""
    capabilities: list[str] = Field(default_factory=list)
    """Of GRADIENTS, HOOKS, EMBEDDINGS, DYNAMIC_BATCH."""
    fingerprint: str | None = None
    """Digest of parameters and buffers, equal before and after scoring."""
    output: str | None = None
    """`logit`, `probability`, `label` or `score`."""
    threshold: float | None = None
    """Prediction is positive where score >= threshold; None for tasks without one."""
    positive: str | None = None
    """Label counted as positive."""
    classes: list[str] = Field(default_factory=list)
    """Class or label names, in the order of the model's outputs."""
    loading: str = ""
    """How far the file could be trusted, in one sentence."""


class Guess(Record):
    """Something that was not given and had to be inferred."""

    what: str
    """Key that would pin it, as `data.target`."""
    value: str
    """What was inferred."""
    why: str
    """From what."""
    toml: str
    """Lines for dlaudit.toml that pin it."""


class Declared(Record):
    """What the user says of the model and the data; dlaudit does not check it."""

    intended_use: str = ""
    """What the model is for."""
    owner: str = ""
    """Who answers for it."""
    data_source: str = ""
    """Where the evaluation set comes from."""
    favourable: str | None = None
    """The label that benefits a person; the positive one where absent."""


class CrossCheck(Record):
    """An independent second calculation of one metric."""

    library: str
    """`fairlearn.MetricFrame`."""
    metric: str
    """Metric recomputed."""
    cells: int
    """Slices compared."""
    defined: int
    """Slices where both sides are defined."""
    largest_difference: float | None
    """Largest absolute disagreement on them; None where no cell is defined."""
    note: str = ""
    """What differed by design, such as an undefined cell that the library prints as 0."""


class Audit(Record):
    """Everything that was found. The gate, the report, `diff` and notebooks see nothing else."""

    schema_version: Literal[1] = SCHEMA_VERSION
    """Version of this shape."""
    title: str = ""
    """Title of the report."""
    provenance: Provenance
    """What was run."""
    model: ModelInfo
    """The model."""
    data: DataInfo
    """The evaluation set."""
    declared: Declared = Declared()
    """What the user says of them."""
    guesses: list[Guess] = Field(default_factory=list)
    """What was inferred rather than given."""
    slices: list[Slice] = Field(default_factory=list)
    """`overall` first, then groups, then intersections."""
    measurements: list[Measurement] = Field(default_factory=list)
    """Every metric on every slice."""
    disparities: list[Disparity] = Field(default_factory=list)
    """Every metric's gap over every feature."""
    histograms: list[ScoreHistogram] = Field(default_factory=list)
    """Scores of every slice by label; empty for regression and where scores are labels."""
    calibrations: list[Calibration] = Field(default_factory=list)
    """Reliability of every slice; empty where scores are no probabilities."""
    sweeps: list[ThresholdSweep] = Field(default_factory=list)
    """Gaps at every threshold."""
    sensitivity: list[Sensitivity] = Field(default_factory=list)
    """What doubts about the data could do to a gap."""
    discoveries: list[Discovery] = Field(default_factory=list)
    """Searches for slices that were not declared."""
    attributions: list[Attribution] = Field(default_factory=list)
    """Per method, slice and feature."""
    grids: list[PartGrid] = Field(default_factory=list)
    """Where features lie that are places of an input, as patches of a picture; empty for tables and texts."""
    swarms: list[AttributionSwarm] = Field(default_factory=list)
    """How contributions are spread over rows, by the input's value, of a table's inputs that move the score most."""
    maps: list[AttributionMap] = Field(default_factory=list)
    """Per method, slice and input, for inputs that are no table: where the model looks."""
    map_differences: list[MapDifference] = Field(default_factory=list)
    """Two slices' maps compared place by place, where places are aligned."""
    quality: list[AttributionQuality] = Field(default_factory=list)
    """Checks of the attributions."""
    trust: list[Trust] = Field(default_factory=list)
    """What the checks come to, per method and slice."""
    layers: list[LayerAttribution] = Field(default_factory=list)
    """Contributions of units inside the model."""
    explain_plan: ExplainPlan | None = None
    """What explaining was planned to cost and what it took; None where nothing was explained."""
    decompositions: list[Decomposition] = Field(default_factory=list)
    """Gaps split over features."""
    score_mixes: list[ScoreMix] = Field(default_factory=list)
    """Gaps split into score mix and calibration."""
    probes: list[ProbeResult] = Field(default_factory=list)
    """Experiments."""
    findings: list[Finding] = Field(default_factory=list)
    """Coded statements, most severe first."""
    not_applicable: list[NotApplicable] = Field(default_factory=list)
    """What was not done and why."""
    cross_checks: list[CrossCheck] = Field(default_factory=list)
    """Second calculations."""
    against: AgainstModel | None = None
    """The model compared with the one that it was made from; None where none was given."""
    examples: Examples | None = None
    """Single rows; None where none were asked for (`report.examples`), or none may be shown."""
    baseline: RunComparison | None = None
    """What changed since the earlier run that was named; None where none was. Its `new` is None: that is this audit."""
    min_size: int = 30
    """Slices below this many rows are shown but no PASS speaks about them."""
    suppression: Suppression | None = None
    """What was left out so that no small count of people is told; None where everything is shown."""

    _rows: Any = PrivateAttr(default=None)
    _small_cells: int = PrivateAttr(default=0)
    _explained: Any = PrivateAttr(default=None)
    _folder: str | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        """Whether all that is written is the same; what only this process has at hand is never compared."""
        return isinstance(other, Audit) and self.__dict__ == other.__dict__

    @property
    def small_cells(self) -> int:
        """The `report.small_cells` that this process asked for: a report made of this Audit hides smaller counts."""
        return self._small_cells

    def with_small_cells(self, least: int) -> "Audit":
        """The same Audit with all its figures; only reports made of it hide counts of people below `least`."""
        held = self.model_copy()
        held._small_cells = least
        return held

    @property
    def rows_kept(self) -> Any:
        """Scored rows and their levels, for conversions in the process that made the Audit; None elsewhere."""
        return self._rows

    def with_rows(self, rows: Any) -> "Audit":
        """The same Audit, with the scored rows at hand. They are never written or compared."""
        held = self.model_copy()
        held._rows = rows
        return held

    @property
    def explained_kept(self) -> Any:
        """Contributions of the explained rows and their inputs, in the process that made the Audit; None elsewhere."""
        return self._explained

    def with_explained(self, rows: Any) -> "Audit":
        """The same Audit, with the explained rows at hand. They are never written or compared."""
        held = self.model_copy()
        held._explained = rows
        return held

    @property
    def folder(self) -> str | None:
        """Folder of the run that the Audit was read from; None for one made in this process."""
        return self._folder

    def in_folder(self, path: str) -> "Audit":
        """The same Audit, known to be that of a run's folder."""
        held = self.model_copy()
        held._folder = path
        return held

    def without_examples(self) -> "Audit":
        """The same Audit without any single row."""
        return self.model_copy(update={"examples": None})

    def measurement(self, metric: str, slice: str) -> Measurement:  # noqa: A002 - the field's own word
        """The measurement of `metric` on the slice of that id.

        Raises:
            KeyError: Not measured.
        """
        for found in self.measurements:
            if found.metric == metric and found.slice == slice:
                return found
        raise KeyError((metric, slice))

    def slice_named(self, id: str) -> Slice:  # noqa: A002 - the field's own word
        """The slice of that id.

        Raises:
            KeyError: No such slice.
        """
        for found in self.slices:
            if found.id == id:
                return found
        raise KeyError(id)
