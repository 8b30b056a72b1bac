"""dlaudit-baseline.json: the run that later ones are held against, small enough to be committed."""

from typing import Annotated, Literal

from pydantic import Field

from dlaudit.record.audit import Audit, Provenance
from dlaudit.record.base import Record
from dlaudit.record.compared import Accepted
from dlaudit.record.judged import Outcome

BASELINE_FILE = "dlaudit-baseline.json"
MOST_TEXT = 256 * 1024
"""Characters of packed decisions that the file holds; what needs more is pointed at."""
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PackedRows(Record):
    """What the model decided for every row, in the order of the sorted row ids, and digests that tell the rows apart.

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
    bits: Annotated[int, Field(ge=1, le=4096)]
    """Bits of each row: enough to number the classes (binary: 1), or one for each label of a multilabel task."""
    decisions: Annotated[str, Field(max_length=MOST_TEXT)]
    """The bits of all rows, most significant first, packed into bytes (the last one filled with 0), compressed by zlib,
    in base64."""


class RowsElsewhere(Record):
    """Where the rows lie, where they are too many for the file or no decisions."""

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

    baseline_version: Literal[1] = 1
    """Version of this shape."""
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
        findings=[one.model_copy(update={"evidence": {}}) for one in audit.findings],
        min_size=audit.min_size,
        suppression=audit.suppression,
    )
