"""The base model on the same rows: the audit's own request with another model in it, scored and aligned row by row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dlaudit.engines import Progress
from dlaudit.errors import DataRefused, UsageError, listed
from dlaudit.metrics.against import BothScored, aligned
from dlaudit.metrics.rows import ScoredRows
from dlaudit.models.host import Host
from dlaudit.record import Guess, OtherModel
from dlaudit.spec import AgainstSpec, AuditSpec, ModelSpec
from dlaudit.stages.explain import Explained
from dlaudit.stages.measure import Measured
from dlaudit.stages.prepare import Subject, prepare
from dlaudit.stages.request import Request
from dlaudit.stages.score import Scored, score, scored_rows

Opener = Callable[[Request], Host | None]
"""What finds the model of a request a place to live in."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The audit of the fine-tuned model, as far as it is done."""

    subject: Subject
    """Model and data."""
    scored: Scored
    """Its scored rows."""
    measured: Measured
    """Slices and gaps."""
    explained: Explained
    """Contributions and splits."""


@dataclass(frozen=True, kw_only=True)
class BaseScored:
    """The base and its scored rows."""

    subject: Subject
    """The base and the data."""
    scored: Scored
    """Its scored rows."""
    rows: ScoredRows
    """The same, as arrays in file order."""
    both: BothScored
    """Rows that both models scored, in file order."""
    same_rows: bool
    """Whether both scored exactly the same rows."""


def wanted(request: Request) -> bool:
    """Whether there is a base to compare with."""
    return request.against is not None or request.spec.against.wanted


def base_request(request: Request, tuned: Subject) -> Request:
    """The request for the base: the same rows and labels, its own model, and only those explanations that are compared.

    Raises:
        UsageError: A base model was named beside given scores, or score columns beside a model (DLA101).
    """
    given = request.spec.against
    if bool(given.scores) == bool(given.model or request.against is not None) or bool(given.scores) != bool(
        request.spec.scores
    ):
        raise UsageError(
            "DLA101",
            "the audited model and its base are not given alike",
            expected="--against-model FILE beside a model, or --against-score COLUMN beside --scores and --score",
            fix="Give both as models, or both as columns of scores.",
        )
    spec = request.spec.model_copy(
        update={"model": _base_model(request.spec, tuned), "scores": list(given.scores), "against": AgainstSpec()}
    )
    return replace(request, spec=spec, model=request.against, against=None, keep=None)


def score_base(request: Request, host: Host | None, tuned: Finished, progress: Progress) -> BaseScored:
    """The base's scores of the same rows.

    Raises:
        DlauditError: Any fault of the base, as of the audited model.
        UsageError: Its labels are not those of the audited model (DLA101).
        DataRefused: The data changed between the two runs (DLA326).
    """
    subject = prepare(request, host)
    ours, theirs = tuned.subject.labels, subject.labels
    if (ours.task, ours.classes) != (theirs.task, theirs.classes):
        raise UsageError(
            "DLA101",
            f"the base is read as {theirs.task} of {listed(theirs.classes)}, the audited model as {ours.task} of "
            f"{listed(ours.classes)}",
            expected="two models of one task with the same labels in the same order",
            fix="Set model.task, model.classes and model.positive.",
        )
    found = score(subject, request, progress)
    rows = scored_rows(found.batches, found.atom_codes, subject)
    ids, others = (ids_of(one) for one in (tuned.scored, found))
    at, at_base = aligned(ids, others)
    assert tuned.measured.rows is not None, "asked for rows that were not kept"
    known = tuned.measured.rows.take(at)
    same = replace(rows.take(at_base), atom=known.atom, unit=known.unit)
    if tuned.subject.raw.sha256 != subject.raw.sha256 or not np.array_equal(known.target, same.target):
        raise DataRefused("DLA326", "the data changed between the two models", fix="Run again on a file at rest.")
    if tuned.scored.standing is not None:
        tuned.scored.standing.check()
    both = BothScored(base=same, tuned=known)
    return BaseScored(subject=subject, scored=found, rows=rows, both=both, same_rows=ids == others)


def ids_of(scored: Scored) -> list[str]:
    """Ids of the scored rows, in file order."""
    return [str(one) for batch in scored.batches for one in batch.row_ids]


def other_model(base: BaseScored) -> OtherModel:
    """What the base is."""
    subject = base.subject
    known: dict[str, Any] = {
        "output": subject.output,
        "threshold": subject.spec.model.threshold if subject.labels.task in {"binary", "multilabel"} else None,
    }
    if subject.host is None:
        return OtherModel(format="scores", loading="No model: the scores were given.", **known)
    loaded = subject.host.loaded
    return OtherModel(
        path=loaded.path,
        sha256=loaded.sha256,
        format=loaded.format,
        fingerprint=loaded.fingerprint,
        loading=loaded.loading,
        **known,
    )


def guesses_of(base: BaseScored, tuned: Subject) -> list[Guess]:
    """How the base's numbers were read, where that was not given and differs from the audited model."""
    if base.subject.output == tuned.output:
        return []
    return [
        one.model_copy(update={"what": "against.output", "toml": one.toml.replace("[model]", "[against]")})
        for one in base.subject.guesses
        if one.what == "model.output"
    ]


def _base_model(spec: AuditSpec, tuned: Subject) -> ModelSpec:
    """`[model]` of the base: the audited model's, but for what `[against]` says."""
    given, labels = spec.against, tuned.labels
    own: dict[str, Any] = {
        "path": given.model,
        "code": given.code or (spec.model.code if given.model is not None else None),
        "output": given.output or spec.model.output,
        "threshold": spec.model.threshold if given.threshold is None else given.threshold,
        "trust": given.trust,
        "task": labels.task,
        "positive": spec.model.positive or (labels.positive if labels.task == "binary" else None),
    }
    return spec.model.model_copy(update=own)
