"""The evaluation set as it was audited: its rows, those left out, those changed on the way, and copies."""

from pydantic import Field

from dlaudit.record.base import Record
from dlaudit.record.pairs import PairsInfo


class Rejected(Record):
    """Rows that could not be used, for one reason."""

    reason: str
    """Why."""
    rows: int
    """How many."""
    by_slice: dict[str, int] = Field(default_factory=dict)
    """How many in each single-feature slice."""


class Altered(Record):
    """Rows that were changed on the way to the model, as texts that were cut."""

    what: str
    """What was done."""
    rows: int
    """To how many."""
    by_slice: dict[str, int] = Field(default_factory=dict)
    """How many in each single-feature slice."""


class Repeated(Record):
    """Files or texts that several rows hold."""

    items: int
    """How many of them."""
    rows: int
    """Rows that hold one of them."""
    across: dict[str, int] = Field(default_factory=dict)
    """Sensitive or control feature to how many of them stand in several of its levels."""
    other_labels: int = 0
    """How many of them stand with different labels."""


class DataInfo(Record):
    """The evaluation set as it was audited."""

    path: str | None = None
    """Path as given; None for a DataFrame."""
    sha256: str | None = None
    """Digest of the file."""
    rows_sha256: str | None = None
    """Digest of the rows that were scored, in file order, as the model was given them: ids, labels, levels, weights,
    units and inputs, after pictures and sound were decoded and texts were cut into tokens. Two audits with the same
    digest are of the same rows, prepared alike, whatever their files are called; a picture, an array or a vocabulary
    that differs makes another. What the user's own code reads besides is not in it.
    None in a published report (`report.small_cells`): who knows all rows but one could try values for it."""
    inputs_sha256: str | None = None
    """Digest of the ids and inputs of the rows that were scored, in whatever order they stand: two audits with the same
    digest gave a model the same inputs under the same ids. None of given scores, of more than 2,000,000 rows, and in a
    published report."""
    modality: str = "table"
    """Name in the modality registry."""
    rows_are: str = "people"
    """What the rows are called in sentences, in the plural: as `data.rows_are` says, else by the kind of input."""
    rows: int | None = 0
    """Records in the file; None where that would tell how few were rejected (see `suppression`)."""
    scored: int = 0
    """Records that were scored and measured."""
    rejected: list[Rejected] = Field(default_factory=list)
    """Records left out, by reason."""
    altered: list[Altered] = Field(default_factory=list)
    """Records changed on the way to the model, by what was done."""
    repeated: Repeated | None = None
    """Files or texts that several records hold; None where there are none, or copies are not looked for."""
    near_threshold: int | None = None
    """Rows with a score within 1e-6 of the decision threshold, which rounding alone could decide otherwise; None for
    tasks without one, and where the count is held back (see `suppression`)."""
    features: list[str] = Field(default_factory=list)
    """Model inputs, in order, by their name in the data."""
    target: str | None = None
    """Label column."""
    sensitive: list[str] = Field(default_factory=list)
    """Sensitive features."""
    control: list[str] = Field(default_factory=list)
    """Control features."""
    unit: str | None = None
    """Column of the person or cluster that rows belong to."""
    weight: str | None = None
    """Column of row weights."""
    pairs: PairsInfo | None = None
    """What the rows are, where they are pairs of samples."""
