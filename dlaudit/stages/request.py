"""What one audit is asked for: the specification, and the live objects that a specification cannot hold."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlaudit.engines.progress import Progress, Silent
from dlaudit.record import Audit
from dlaudit.spec import AuditSpec

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Request:
    """An audit to run."""

    spec: AuditSpec
    """What was asked."""
    model: Any = None
    """A callable or module of the caller; None where `spec.model.path` names a file or scores are given."""
    against: Any = None
    """A callable or module of the caller that `model` was made from; None where `spec.against` names it, or none is."""
    frame: Any = None
    """A DataFrame or Arrow table of the caller; None where `spec.data.path` names a file."""
    preprocess: Callable[[Any], Any] | None = None
    """Raw rows (DataFrame) to the model's inputs; only for a model of the caller."""
    postprocess: Callable[[Any], Any] | None = None
    """Raw outputs to scores; only for a model of the caller."""
    frozen: bool = False
    """Whether a guess is refused (exit 2)."""
    argv: list[str] = field(default_factory=list)
    """Command line, for the provenance."""
    progress: Progress = field(default_factory=Silent)
    """Told how far the audit is."""
    keep: Path | None = None
    """Folder for per-row files while the run lasts; None keeps no rows."""


@dataclass(frozen=True)
class Stopwatch:
    """Wall seconds of each stage."""

    progress: Progress
    """Told of each stage."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage to seconds, rounded to milliseconds."""

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[None]:
        """Measure what happens inside."""
        self.progress.stage(name, total)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 3)


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What a run leaves: the Audit, and the per-row tables that stand beside it."""

    audit: Audit
    """Everything that was found."""
    predictions: Path | None
    """predictions.parquet; None where rows are not kept."""
    attributions: "pa.Table | None"
    """Per-row attributions; None without explanations."""
    explained: Any = None
    """Per-row attributions and the explained rows' inputs as a reader knows them (`KeptRows`)."""
    rows: Any = None
    """Scored rows and their slices, where the rows fit in memory."""
