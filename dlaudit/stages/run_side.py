"""One of two runs that are compared: a finished run's directory, its audit.json, or an accepted baseline."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dlaudit.errors import InputRefused, Place, UsageError, shown
from dlaudit.record import Audit, Outcome
from dlaudit.record.accepted import BASELINE_FILE, Baseline
from dlaudit.record.accepted_file import is_baseline, read_baseline
from dlaudit.record.files import AUDIT_FILE, read
from dlaudit.stages.kept_rows import PREDICTIONS


@dataclass(frozen=True)
class RunSide:
    """One of the two runs."""

    place: str
    """Its directory, its audit.json, or dlaudit-baseline.json."""
    audit: Audit
    """What it found, as far as runs are compared."""
    outcome: Outcome = "none"
    """How it was judged."""
    baseline: Baseline | None = None
    """What dlaudit-baseline.json holds; None for a run."""

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return Path(self.place) if Path(self.place).is_dir() else Path(self.place).parent

    @property
    def rows_file(self) -> Path:
        """Where its rows lie, if it kept any."""
        pointed = self.baseline.elsewhere if self.baseline is not None else None
        return self.folder / (pointed.path if pointed is not None else PREDICTIONS)

    @cached_property
    def lacks_rows(self) -> str:
        """Why nothing is known of its rows; empty where something is."""
        if self.baseline is None:
            return "" if self.rows_file.is_file() else f"{self.folder} kept no rows ({PREDICTIONS})"
        if self.baseline.packed is not None:
            return ""
        pointed = self.baseline.elsewhere
        if pointed is None:
            return f"the baseline knows no rows: {self.baseline.no_rows or 'none were kept'}"
        named = shown(pointed.path, limit=100)
        try:
            if not self.rows_file.is_file():
                return f"the rows that the baseline points at are not there ({named})"
            if self.rows_file.stat().st_size != pointed.bytes:
                return f"the rows that the baseline points at are others now ({named})"
            with self.rows_file.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == pointed.sha256
        except (OSError, ValueError) as error:
            return f"the rows that the baseline points at cannot be read ({named}: {shown(error, limit=100)})"
        return "" if same else f"the rows that the baseline points at are others now ({named})"


def read_side(place: str) -> RunSide:
    """The run or the accepted baseline in `place`.

    Raises:
        UsageError: There is neither (DLA111).
        InputRefused: It cannot be read (DLA610).
    """
    if place.endswith(".json") and not Path(place).exists():
        raise UsageError(
            "DLA111",
            "there is no baseline here",
            place=Place(file=place),
            expected=f"a {BASELINE_FILE}, a run's directory or its audit.json",
            fix="`dlaudit baseline accept RUN` writes it; `--baseline none` runs without one.",
        )
    if is_baseline(Path(place)) or (Path(place).name == BASELINE_FILE and Path(place).is_file()):
        found = read_baseline(Path(place))
        return RunSide(place, found.audit, found.outcome, found)
    audit, verdict = read(place)
    return RunSide(place, audit, verdict.outcome if verdict is not None else "none")


def read_earlier(place: str) -> RunSide:
    """What a run is to be held against: as `read_side`, but where a baseline is named, nothing else stands in for it.

    A run's directory or a copy of its audit.json, put in the place of an accepted baseline, would bring no rules.

    Raises:
        UsageError: There is neither (DLA111).
        InputRefused: It cannot be read, or is a .json that is no accepted baseline (DLA610).
    """
    found, path = read_side(place), Path(place)
    if found.baseline is None and path.suffix == ".json" and path.name != AUDIT_FILE:
        raise InputRefused(
            "DLA610",
            "this is no accepted baseline",
            place=Place(file=place),
            expected=f"a {BASELINE_FILE} under this or another name; or a run's directory, or its {AUDIT_FILE}",
            fix="Take it from version control, or accept a run again.",
        )
    return found
