"""AuditSpec: what was asked, whole and validated."""

from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from dlaudit.errors import Place
from dlaudit.spec.against import AgainstSpec
from dlaudit.spec.base import Positive, Section
from dlaudit.spec.baseline import BaselineSpec
from dlaudit.spec.change_gate import ChangeGate
from dlaudit.spec.choices import audit_of_choices
from dlaudit.spec.counts import CountsSpec, audit_of_counts
from dlaudit.spec.explain import BUDGET as BUDGET
from dlaudit.spec.explain import ExplainSpec as ExplainSpec
from dlaudit.spec.inputs import InputSpec
from dlaudit.spec.pairs import PairsSpec, scores_of_pairs
from dlaudit.spec.policy import Loosened, Policy, Rule
from dlaudit.spec.probes import ProbesSpec
from dlaudit.spec.values import audit_of_values
from dlaudit.spec.waiver import Waiver


class ModelSpec(Section):
    """`[model]`: the model and how its outputs are read."""

    path: str | None = None
    """A model file; its kind is found by content."""
    code: str | None = None
    """A Python file of yours with `load_model`, `preprocess`, `postprocess`, … (docs/code-file.md)."""
    task: Literal["binary", "multiclass", "multilabel", "regression"] | None = None
    """What the model predicts; inferred from outputs and target where absent."""
    output: Literal["logit", "probability", "label", "score"] | None = None
    """What the model's numbers are; a guess unless given."""
    threshold: Annotated[float, Field(allow_inf_nan=False)] = 0.5
    """A prediction is positive where score >= threshold."""
    positive: str | None = None
    """The label counted as positive; needed unless labels are 0 and 1."""
    favourable: str | None = None
    """The label that benefits a person, where that is not the positive one."""
    classes: list[str] | None = None
    """Labels in the order of the model's outputs."""
    trust: str | None = None
    """SHA-256 of a file that may execute code while it loads."""
    allow_nonfinite_weights: bool = False
    """Whether NaN or Inf among the weights is accepted."""


class DataSpec(Section):
    """`[data]`: the evaluation set."""

    path: str | None = None
    """CSV, JSONL or Parquet."""
    target: str | list[str] | None = None
    """Label column; several for multilabel."""
    id: str | None = None
    """Column that names a row."""
    rows_are: Annotated[str, Field(min_length=1, max_length=30)] | None = None
    """What a row is, in the plural, for sentences: `applicants`, `names`. Where absent by the kind of input: `people`
    of a table, `pictures`, `texts`, `recordings`, else `rows`."""
    features: list[str] | None = None
    """Model inputs in order; where absent, every column that has no other role."""
    missing: list[str] = [""]
    """Texts that mean missing; nothing else does ("NA" stays text)."""
    weight: str | None = None
    """Column of row weights (>= 0)."""
    unit: str | None = None
    """Column of the person or cluster that rows belong to."""
    root: str | None = None
    """Folder that the files of `image` and `audio` lie in; the data file's own where absent. No file outside it is
    read."""
    image: str | None = None
    """Column of image files, relative to `root`."""
    mask: str | None = None
    """Column of mask images, relative to `root`: bright where the object is that the model should look at. The share of
    explanations outside it is then measured by slice."""
    audio: str | None = None
    """Column of sound files, relative to `root`."""
    text: str | None = None
    """Column of texts."""
    text_pair: str | None = None
    """Column of second texts, for models of pairs of texts."""
    demographics: str | None = None
    """A second file with the sensitive columns."""
    join: str | None = None
    """Column that joins it, in both files."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    """Column separator of a CSV; a comma where absent."""
    encoding: str = "utf-8"
    """Encoding of a CSV or JSONL."""
    on_bad: Literal["error", "reject"] = "error"
    """A row without a label, or with a model input that is missing or not finite: refuse the file, or leave the
    row out and count it by slice."""
    max_rows: Positive = 50_000_000
    """Refuse more rows."""
    max_columns: Positive = 5_000
    """Refuse more columns."""
    max_cell: Positive = 1_000_000
    """Refuse a longer cell, in bytes."""
    max_bytes: Positive = 64 * 2**30
    """Refuse more decoded bytes."""


class SlicesSpec(Section):
    """`[slices]`: who is compared with whom."""

    sensitive: list[str] | None = None
    """Demographic columns."""
    intersections: list[list[str]] | Literal["pairs", "none"] = "pairs"
    """Features whose levels are combined: every pair, none, or those listed."""
    multi: dict[str, Annotated[str, Field(min_length=1)]] = {}
    """Columns that hold several levels, with what separates them, as `{ identity_mention = ";" }`: the rows that have a
    level are compared with those that lack it, as the feature `identity_mention: LEVEL`. An empty cell has none."""
    bins: dict[str, list[float]] = {}
    """Edges that cut a numeric column into levels, left-closed; what lies below or above them is a level each."""
    control: list[str] = []
    """Control features: gaps are also measured within each of their levels."""
    unknown: list[str] = [""]
    """Texts that mean not recorded: rows that have them are in no comparison, and are counted in a finding (DLA423)."""
    apart: dict[str, list[str]] = {}
    """Levels that are measured and compared with none, by feature; pairs of people of two levels are."""
    reference: str | dict[str, str] | None = None
    """`best`, `overall`, or feature to level; where absent, all pairs are compared."""
    min_size: Positive = 30
    """No PASS speaks about a smaller slice; it is still shown and can still fail."""
    max_levels: Positive = 50
    """Refuse a sensitive feature with more levels: bins are meant."""
    max_cells: Positive = 1_000
    """Refuse more slices."""
    label_error: Annotated[float, Field(ge=0, lt=0.5)] = 0.03
    """Share of rows that the sensitivity analysis takes to be in a wrong slice, or to have a wrong label."""


class DiscoverSpec(Section):
    """`[discover]`: the search for slices that nobody declared."""

    enabled: bool = True
    """Whether to search at all."""
    columns: list[str] | None = None
    """Columns whose levels are combined; where absent, all that have few levels or are numbers (cut at quantiles)."""
    depth: Annotated[int, Field(ge=1, le=3)] = 3
    """Most conditions in one slice."""
    min_rows: Positive = 50
    """Slices with fewer rows are not tested."""
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    """Probability of confirming any slice where none differs."""


class MetricsSpec(Section):
    """`[metrics]`: what is measured."""

    report: list[str] | None = None
    """Names from `dlaudit list metrics`, or `fairlearn.metrics.NAME`, `sklearn.metrics.NAME`; defaults by task."""
    values: str | None = None
    """Column of a number that is measured as it stands, as the Dice score of each image: its mean, median and tenth
    percentile by slice. No model runs and no label is read."""
    counts: CountsSpec | None = None
    """Columns of counts of each record, as true and false positives and negatives of the boxes of an image. No model
    runs and no label is read."""
    interval: Annotated[float, Field(gt=0.5, le=0.999999)] = 0.95
    """Level of every displayed interval."""


class ReportSpec(Section):
    """`[report]`: what the report says about the audit."""

    title: str = ""
    """Title."""
    intended_use: str = ""
    """What the model is for."""
    owner: str = ""
    """Who answers for it."""
    data_source: str = ""
    """Where the evaluation set comes from."""
    small_cells: Annotated[int, Field(ge=0)] = 0
    """Counts of people from 1 to below this are not shown, nor what they could be worked out from; 11 is usual for
    published reports, 0 shows all."""
    examples: Literal["none", "masked", "full"] = "none"
    """Whether single rows are written into the report and audit.json, chosen by a rule: not at all, with what is rare
    in them masked, or as they are (docs/method/examples.md). Never together with `report.small_cells`."""
    templates: str | None = None
    """Folder of your own templates, which replace sections of the report or add some (docs/report-templates.md)."""
    language: str | None = None
    """File of translations (`.mo`) for the report, the summary and the terminal (docs/translation.md); English without
    one."""


class RunSpec(Section):
    """`[run]`: how it is computed."""

    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0
    """Seed of every random choice."""
    device: str = "cpu"
    """`cpu`, `cuda`, `auto`."""
    batch_size: Positive = 1024
    """Rows of one forward pass; part of the run's identity."""
    threads: Positive = 1
    """Threads of one operation of the model: small batches on shared cores are several times slower with more."""
    engine: Literal["local"] = "local"
    """Engine."""
    memory_limit: str = "8GiB"
    """Memory of the child process that runs the model; `none` for no limit."""
    time_limit: str = "none"
    """Wall time of the model's work, as `30m`; `none` for no limit."""
    rows: bool = True
    """Whether predictions.parquet and attributions.parquet are kept; with `report.small_cells` only where this is
    said."""


class AuditSpec(Section):
    """Everything that was asked for."""

    version: Literal[1] = Field(default=1, alias="schema")
    """Shape of dlaudit.toml."""
    model: ModelSpec = ModelSpec()
    """The model."""
    data: DataSpec = DataSpec()
    """The evaluation set."""
    scores: list[str] = []
    """Score columns of a predictions file: `data.path` then holds scores and no model runs."""
    input: InputSpec = InputSpec()
    """How rows become inputs."""
    pairs: PairsSpec | None = None
    """Rows that are pairs."""
    slices: SlicesSpec = SlicesSpec()
    """Who is compared."""
    metrics: MetricsSpec = MetricsSpec()
    """What is measured."""
    discover: DiscoverSpec = DiscoverSpec()
    """The search for slices."""
    explain: ExplainSpec = ExplainSpec()
    """Explanations."""
    against: AgainstSpec = AgainstSpec()
    """The base model to compare with."""
    baseline: BaselineSpec = BaselineSpec()
    """The earlier run to compare with."""
    probes: ProbesSpec = ProbesSpec()
    """Experiments that are asked for."""
    extend: str | None = None
    """A file with rules of an organisation that this one builds on (docs/policy.md): a path inside the project, or an
    absolute one."""
    profiles: list[str] = []
    """Names from `dlaudit list profiles`, whose rules and figures are asked for too."""
    rule: list[Rule] = []
    """The policy's rules."""
    waiver: list[Waiver] = []
    """What may fail for now."""
    report: ReportSpec = ReportSpec()
    """Report texts."""
    run: RunSpec = RunSpec()
    """Execution."""

    _loosened: list[Loosened] = PrivateAttr(default=[])
    _baseline_at: Place | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _scores(cls, given: Any) -> Any:
        return audit_of_choices(scores_of_pairs(audit_of_counts(audit_of_values(given))))

    @property
    def policy(self) -> Policy:
        """The rules, waivers and profiles as a Policy."""
        return Policy(
            rules=list(self.rule),
            waivers=list(self.waiver),
            loosened=self._loosened,
            profiles=list(self.profiles),
            change=self._change_gate(),
        )

    def _change_gate(self) -> ChangeGate | None:
        asked = self.baseline
        return ChangeGate(max_drop=asked.max_drop).written_at(self._baseline_at) if asked.rules == "auto" else None

    def with_baseline_at(self, place: Place | None) -> "AuditSpec":
        """The same, known to name its baseline there; that is never a key."""
        held = self.model_copy()
        held._baseline_at = place
        return held

    def with_loosened(self, loosened: list[Loosened]) -> "AuditSpec":
        """The same, known to have loosened rules that it builds on; that is never a key."""
        held = self.model_copy()
        held._loosened = loosened
        return held


Overrides = dict[str, Any]
