"""dlaudit-baseline.json: the run that later ones are held against, small enough to be committed."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dlaudit.record.audit import Audit, Provenance
from dlaudit.record.base import Record
from dlaudit.record.compared import Accepted
from dlaudit.record.judged import Outcome

BASELINE_FILE = "dlaudit-baseline.json"
ABOUT_COMPARISON = frozenset({"DLA117", "DLA118", "DLA119"})
"""Findings on how a run was held against its baseline: they say nothing of the model, and later runs have their own."""
MOST_TEXT = 256 * 1024
"""Characters of packed decisions that the file holds; what needs more is pointed at."""
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PackedRows(Record):
    """What the model decided for every row (of a regression: the number that it gave), in the order of the sorted row
    ids, and digests that tell the rows apart.

    No id, label or level stands in it: who has the evaluation set can put decisions and rows together, nobody else can.
    """

    rows: Annotated[int, Field(ge=1)]
    """Scored rows; their ids are unique."""
    ids_sha256: Digest
    """Digest of the sorted row ids."""
    columns_sha256: dict[str, Digest]
    """Digests of the labels, levels, weights and units, column by column of predictions.parquet, in that order."""
    scores_sha256: Digest | None = None
    """Digest of the scores, in that order: equal ones say that the model gave the very same answers."""
    format: Literal["bits", "float64"] = "bits"
    """What `decisions` holds: `bits` of decisions, or of a regression the exact values that the model gave."""
    bits: Annotated[int, Field(ge=1, le=4096)]
    """Bits of each row: enough to number the classes (binary: 1), one for each label of a multilabel task, or 64 of a
    number."""
    decisions: Annotated[str, Field(max_length=MOST_TEXT)]
    """Of `bits`: those of all rows, most significant first, packed into bytes (the last one filled with 0). Of
    `float64`: the first bytes of all numbers (IEEE 754, little-endian), then all second ones, and so on. Either is
    compressed by zlib, in base64."""

    @model_validator(mode="after")
    def _numbers_have_64_bits(self) -> Self:
        if self.format == "float64" and self.bits != 64:
            raise ValueError("a float64 has 64 bits")
        return self


class RowsElsewhere(Record):
    """Where the rows lie, where they are too many for the file."""

    path: Annotated[str, Field(min_length=1, max_length=1024)]
    """predictions.parquet of the accepted run, relative to the file's folder, with `/`."""
    bytes: Annotated[int, Field(ge=0)]
    """Its size."""
    sha256: Digest
    """Its digest."""
    rows: Annotated[int, Field(ge=1)]
    """Scored rows."""


class Baseline(Record):
    """What dlaudit-baseline.json holds."""

    baseline_version: Literal[1, 2] = 2
    """Version of this shape: 1 had no values of a regression, and no digest of its own content."""
    accepted: Accepted
    """When it was accepted and why."""
    outcome: Outcome = "none"
    """How the run was judged."""
    audit: Audit
    """What it found, as far as runs are compared by it: slices, measurements, disparities and findings."""
    packed: PackedRows | None = None
    """What was decided for each row; None where `elsewhere` or `no_rows` says what there is instead."""
    elsewhere: RowsElsewhere | None = None
    """Where the rows lie, if not here."""
    no_rows: str = ""
    """Why there are none; empty where there are."""
    content_sha256: Digest | None = None
    """Digest of all the rest, as JSON with sorted keys, no blanks and whole numbers without a point; None in version 1.
    It shows that a line was changed by hand or taken from another branch; it is no signature."""

    @model_validator(mode="after")
    def _says_one_thing_of_the_rows(self) -> Self:
        """A hand or a merge that takes the decisions away must not make of it a baseline that never had any."""
        told = [self.packed is not None, self.elsewhere is not None, bool(self.no_rows)]
        if sum(told) != 1:
            raise ValueError("it must have just one of packed, elsewhere and no_rows")
        rows = self.packed or self.elsewhere
        if rows is not None and rows.rows != self.audit.data.scored:
            raise ValueError(f"it has {rows.rows} rows, and figures of {self.audit.data.scored}")
        known = self.packed.columns_sha256 if self.packed is not None else ["target"]
        if not any(name.partition("[")[0] == "target" for name in known):
            raise ValueError("it knows no labels of its rows")
        return self


def kept_of(audit: Audit) -> Audit:
    """The part of an Audit that later runs are compared with."""
    run = audit.provenance
    return Audit(
        title=audit.title,
        provenance=Provenance(
            dlaudit=run.dlaudit,
            python=run.python,
            packages=run.packages,
            seed=run.seed,
            device=run.device,
            engine=run.engine,
            batch_size=run.batch_size,
            run_id=run.run_id,
            started=run.started,
            git=run.git,
        ),
        model=audit.model,
        data=audit.data,
        slices=audit.slices,
        measurements=audit.measurements,
        disparities=[one.model_copy(update={"spread": None}) for one in audit.disparities],
        findings=[
            one.model_copy(update={"evidence": {}}) for one in audit.findings if one.code not in ABOUT_COMPARISON
        ],
        min_size=audit.min_size,
        suppression=audit.suppression,
    )
