"""Why: attributions, their quality, what was planned for them, and probes."""

from typing import Any, Literal

from pydantic import Field

from dlaudit.record.base import Record


class Attribution(Record):
    """A method's contribution of one player (a feature, or a group of them) to the score, summed up over a slice."""

    method: str
    """`shapley_values`, `integrated_gradients`, …"""
    slice: str
    """Id of the slice."""
    feature: str
    """Name of the player."""
    mean: float
    """Mean signed contribution, in units of the score."""
    mean_abs: float
    """Mean absolute contribution, in units of the score."""
    low: float | None = None
    """Lower end of the 95 % interval of `mean` over people."""
    high: float | None = None
    """Upper end of the 95 % interval of `mean` over people."""
    low_abs: float | None = None
    """Lower end of the 95 % interval of `mean_abs` over people; None of words, and in audits of earlier versions."""
    high_abs: float | None = None
    """Upper end of the 95 % interval of `mean_abs` over people."""
    rows: int
    """Rows explained in the slice."""


class AttributionSwarm(Record):
    """How one input's contributions are spread over the rows explained, by the input's own value."""

    method: str
    """As in `Attribution`."""
    feature: str
    """Name of the player."""
    end: float
    """Bins are equally wide from `-end` to `end`, in units of the score; what lies beyond is in the outermost ones."""
    bands: list[str]
    """What values the rows of each band have, ascending, as `3.1 to 4.5`, never the smallest or the largest value; one
    empty text where values have no order."""
    counts: list[list[int]]
    """Rows by band and bin."""


class PartGrid(Record):
    """Players of an input that lie on a grid, as the patches of a picture: where contributions to gaps are."""

    input: str
    """Name of the input."""
    axes: list[str]
    """What the axes are called, as `row` and `column`."""
    shape: list[int]
    """Parts along each axis."""
    parts: list[str]
    """Names of the players, the first axis slowest, as `Contribution.feature` and `Attribution.feature` have them."""
    places: list[list[str]] = Field(default_factory=list)
    """Of each axis what its parts are called, as `rows 1-12`; empty where numbers say it."""


class AttributionMap(Record):
    """A method's contributions over the places of an input, averaged over a slice: where the model looks."""

    method: str
    """`integrated_gradients`, …"""
    slice: str
    """Id of the slice."""
    input: str
    """Name of the input."""
    axes: list[str]
    """What the axes are called, as `row` and `column`."""
    shape: list[int]
    """Places along each axis."""
    aligned: bool
    """Whether the same place shows the same thing in every row; else maps of slices are not to be compared."""
    mean: list[float]
    """Mean signed contribution of each place, the first axis slowest, in units of the score."""
    mean_abs: list[float]
    """Mean absolute contribution of each place, in units of the score."""
    rows: int
    """Rows explained in the slice."""
    places: list[list[str]] = Field(default_factory=list)
    """Of each axis what its places are called, as `heart rate` or `0.25-0.50 s`; empty where numbers say it."""


class MapDifference(Record):
    """Two slices' maps compared place by place; only where places are aligned."""

    method: str
    """`integrated_gradients`, …"""
    slice: str
    """Id of the slice."""
    reference: str
    """Id of the slice whose map is taken away."""
    input: str
    """Name of the input."""
    axes: list[str]
    """What the axes are called."""
    shape: list[int]
    """Places along each axis."""
    mean: list[float]
    """Difference of mean signed contributions of each place, the first axis slowest, in units of the score."""
    reach: list[float]
    """How far chance alone moves `mean` at each place: with probability 0.95 no place of two like slices is beyond."""
    mean_abs: list[float]
    """Difference of mean absolute contributions of each place."""
    reach_abs: list[float]
    """How far chance alone moves `mean_abs`, as `reach`."""
    beyond: int
    """Places whose `mean` is beyond its reach."""
    beyond_abs: int
    """Places whose `mean_abs` is beyond its reach."""
    rows: int
    """Rows explained in both slices."""
    places: list[list[str]] = Field(default_factory=list)
    """As of `AttributionMap`."""


class AttributionQuality(Record):
    """One check of an explanation."""

    method: str
    """The method checked."""
    slice: str
    """Id of the slice it was checked on."""
    measure: str
    """`completeness_error_p95`, `agreement`, …"""
    value: float | None
    """The figure; None where it could not be computed (`meaning` says why)."""
    ok: bool | None
    """Whether the figure is on the right side of its required level; None where there is no such level."""
    meaning: str
    """What the figure says, and what it cannot say, in one sentence."""
    low: float | None = None
    """Lower end of the figure's 95 % interval over people."""
    high: float | None = None
    """Upper end of it."""
    required: float | None = None
    """The level that `value` must reach; it comes from this audit's own nulls wherever `null` is given."""
    null: float | None = None
    """The same figure where the explanation is known to be worthless (shuffled rows, random weights)."""


class Trust(Record):
    """Whether one method's explanation deserves belief on one slice, by the checks that have a required level."""

    method: str
    """The method."""
    slice: str
    """Id of the slice."""
    ok: bool | None
    """True where every required level is met, False where one is missed; None where none could be computed."""
    reasons: list[str] = Field(default_factory=list)
    """What is missed, or why nothing could be computed, a plain clause each."""
    rows: int
    """Explained rows that the checks rest on."""


class PlannedMethod(Record):
    """A method as it was planned and carried out."""

    method: str
    """Name of the attributor."""
    role: Literal["primary", "secondary", "opinion", "asked"]
    """`primary` and `secondary` are dlaudit's choice for this model and task, from two families; `opinion` is the other
    library's second calculation on a few rows; `asked` was named by the user."""
    why: str
    """Why it was chosen, in one clause."""
    rows: int
    """Rows explained."""
    estimated: float
    """Forward-and-backward passes expected, over all rows."""
    spent: float | None = None
    """Passes it took; None where it was not run."""


class ExplainPlan(Record):
    """What explaining was expected to cost, what it was allowed and what it took.

    The unit is one forward-and-backward pass of one row; a forward pass alone counts a third.
    """

    budget: float | None
    """Passes allowed; None for no limit."""
    budget_given: str
    """The budget as it was written: `auto`, `60s`, `200000`."""
    estimated: float
    """Passes expected, all methods, checks and decompositions."""
    spent: float
    """Passes it took."""
    seconds_per_pass: float | None = None
    """Measured before a budget in seconds was turned into passes; None otherwise, as results then depend on nothing
    but the input."""
    methods: list[PlannedMethod] = Field(default_factory=list)
    """The methods, first choice first."""
    rows: int = 0
    """Rows explained."""
    rows_by_slice: dict[str, int] = Field(default_factory=dict)
    """Rows explained in each slice of a single feature."""
    reduced: list[str] = Field(default_factory=list)
    """What was made smaller to stay within the budget, a clause each."""
    halved: list[int] = Field(default_factory=list)
    """Rows of a forward pass that ran out of memory, in order; the pass was repeated with half of them."""


class LayerAttribution(Record):
    """A method's contribution of one unit (neuron, channel) of a layer, summed up over a slice."""

    method: str
    """`captum.LayerConductance`, …"""
    layer: str
    """Name of the layer, as `net.2 (Linear)`."""
    unit: str
    """Number of the unit, or what it stands for."""
    slice: str
    """Id of the slice."""
    reference: str | None = None
    """Id of the slice it is compared with, where `value` is a part of a gap; None for a mean over `slice`."""
    value: float
    """Mean contribution in units of the score, or the part of the gap."""
    low: float | None = None
    """Lower end of its 95 % interval over people."""
    high: float | None = None
    """Upper end of it."""
    rows: int
    """Rows it rests on."""


class ProbeResult(Record):
    """An experiment on the model."""

    probe: str
    """Name in the probe registry."""
    subject: str
    """What it was done to."""
    value: float
    """The figure."""
    low: float | None = None
    """Lower end of its interval."""
    high: float | None = None
    """Upper end of its interval."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """Further figures."""
