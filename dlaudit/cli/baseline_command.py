"""`dlaudit baseline accept`: take a finished run as the state that later ones are held against."""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.errors import InputRefused, Place, UsageError, listed, shown

if TYPE_CHECKING:
    from dlaudit.record import Audit, Verdict
    from dlaudit.record.accepted import Baseline
    from dlaudit.spec import AuditSpec

_LONGEST = 2_000


@click.group("baseline")
def command() -> None:
    """Keep a finished run as dlaudit-baseline.json, a file to commit, which later runs are compared with.

    \b
    dlaudit baseline accept dlaudit-report --reason "release 1.4"
    """


@command.command("accept")
@click.argument("run", metavar="RUN")
@click.option("--reason", default="", metavar="TEXT", help="Why; has to be given for a run that did not pass.")
@click.option("--out", metavar="FILE", help="Where [[baseline] path of the configuration, else dlaudit-baseline.json].")
@click.option("--rows", metavar="FILE", help="Where a copy of rows goes that do not fit into it, as rows.parquet.")
@click.option("--config", metavar="FILE", help="The project's configuration [dlaudit.toml here or above].")
@click.option("-q", "--quiet", is_flag=True, help="Only faults.")
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def accept(run: str, reason: str, out: str | None, config: str | None, **flags: Any) -> int:
    """Write the finished run in RUN as dlaudit-baseline.json: its figures, and one bit for each decision.

    \b
    dlaudit baseline accept dlaudit-report
    dlaudit baseline accept dlaudit-report --reason "ticket 812: retrained, FPR of one slice rises by a point"

    The file holds no ids, labels or levels of rows. Runs that name it ([baseline] path) are compared row by row while
    the evaluation set stays the same, and fail where a slice's error rates got worse (docs/baseline.md). A baseline
    that is there is replaced; version control keeps the old one.
    """
    from dlaudit.record.files import read
    from dlaudit.spec import find_config, load_config

    found_config = config or find_config(Path.cwd())
    spec = load_config(found_config, {}).spec
    path = _place(out, spec, found_config)
    judged = read(run)
    before = _before(path, reason)
    _must_have_reason(judged, reason, run, before)
    if before is not None and not reason.strip():
        _must_not_be_worse(judged[0], run, path, spec)

    from dlaudit.record import Accepted
    from dlaudit.stages.accept import Places, write_accepted

    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    folder = Path(run) if Path(run).is_dir() else Path(run).parent
    places = Places(folder, path.absolute().parent, _rows_place(flags["rows"]))
    made, text = write_accepted(path, places, judged, Accepted(at=now, reason=reason))
    if not flags["quiet"]:
        brings = spec.baseline.rules != "none"
        known = _Known(before, _lines_for(spec, path, found_config), run, flags["rows"], brings)
        click.echo("\n".join(_told(made, path, text, known)))
    return 0


def _place(out: str | None, spec: "AuditSpec", config: "str | Path | None") -> Path:
    """Where the file goes: as told, where the configuration looks for it, or beside the configuration."""
    from dlaudit.record.accepted import BASELINE_FILE
    from dlaudit.record.accepted_file import is_baseline

    named = spec.baseline.path
    path = Path(out) if out else Path(named) if named and named.endswith(".json") else None
    if path is None:
        path = (Path(config).parent if config else Path()) / BASELINE_FILE
    if path.is_dir() or (path.exists() and not is_baseline(path)):
        raise UsageError(
            "DLA110",
            "this is there already and is no baseline",
            place=Place(file=str(path)),
            expected=f"a new file, or a {BASELINE_FILE}",
            fix="Give another --out.",
        )
    return path


def _before(path: Path, reason: str) -> "Baseline | None":
    """The baseline that is replaced; None where there is none, or it can no longer be read and a reason is given.

    Raises:
        UsageError: It cannot be read, as after a merge, so that nothing tells whether the run is worse (DLA101).
    """
    from dlaudit.record.accepted_file import read_baseline

    if not path.exists():
        return None
    try:
        return read_baseline(path)
    except InputRefused as error:
        if reason.strip():
            return None
        raise UsageError(
            "DLA101",
            f"the baseline that it would replace cannot be read ({error.what}), and no reason is given",
            place=Place(file=str(path)),
            expected="a baseline to compare the run with, or --reason TEXT",
            fix="Take it from version control first, or say why it is replaced unseen.",
        ) from error


def _must_have_reason(judged: "tuple[Audit, Verdict | None]", reason: str, run: str, before: "Baseline | None") -> None:
    if len(reason) > _LONGEST:
        told = f"--reason has {len(reason):,} characters"
        raise UsageError("DLA101", told, expected=f"at most {_LONGEST:,}", fix="Shorten it.")
    if reason.strip():
        return
    audit, verdict = judged
    outcome = verdict.outcome if verdict is not None else "none"
    place = Place(file=run)
    if outcome in {"fail", "undecided"}:
        raise UsageError(
            "DLA101",
            f"the run's verdict is {outcome}, and no reason is given to hold later runs against it",
            place=place,
            expected="a run that passed, or --reason TEXT",
            fix="Say why it is accepted all the same: the reason is kept in the file and shown in reports.",
        )
    if before is not None and before.audit.model.task != audit.model.task:
        raise UsageError(
            "DLA101",
            f"the baseline that is there is of a {before.audit.model.task} task, the run of a {audit.model.task} one",
            place=place,
            expected="a run of the same model's line, or --reason TEXT",
            fix="Give --out for a second baseline, or say why it takes the place of the first.",
        )


def _must_not_be_worse(audit: "Audit", run: str, path: Path, spec: "AuditSpec") -> None:
    """Refuse a run that breaks the rules of the baseline that it would replace, where no reason is given."""
    from dlaudit.audit import run as auditing
    from dlaudit.gate import judge
    from dlaudit.spec import Policy
    from dlaudit.stages.baseline import against_baseline

    named = spec.model_copy(update={"baseline": spec.baseline.model_copy(update={"path": str(path)})})
    compared = against_baseline(audit, run, named, auditing)
    verdict = judge(compared, Policy(change=spec.policy.change))
    if verdict.outcome in {"fail", "undecided"}:
        found = compared.baseline
        why = f" ({found.not_paired})" if found is not None and found.not_paired else ""
        told = {
            "fail": "the run is worse than the baseline that it would replace",
            "undecided": f"nothing shows that the run is no worse than the baseline that it would replace{why}",
        }
        raise UsageError(
            "DLA101",
            f"{told[verdict.outcome]}, and no reason is given",
            place=Place(file=run),
            expected="a run that is no worse, or --reason TEXT",
            fix=f"`dlaudit diff {shown(str(path), limit=100, quote=False)} {shown(run, limit=100, quote=False)}` says "
            "what got worse.",
        )


@dataclass(frozen=True)
class _Known:
    """What is told beside the file that was written."""

    before: "Baseline | None"
    """The baseline that was replaced."""
    lines: list[str]
    """What is to be written into the configuration."""
    run: str
    """The run, as it was given."""
    rows: str | None
    """Where a copy of its rows was to go."""
    brings: bool
    """Whether the configuration lets the file bring rules."""


def _lines_for(spec: "AuditSpec", path: Path, config: "str | Path | None") -> list[str]:
    """What dlaudit.toml must say for runs to be held against the file; nothing where it says so."""
    named = spec.baseline.path
    if named is not None and Path(named).resolve() == path.resolve():
        return ["Commit it."]
    folder = Path(config).parent if config else Path()
    line = f'path = "{Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()}"'
    if named is not None:
        return ["Commit it, and in dlaudit.toml let [baseline] say:", "", line]
    return ["Commit it, and add to dlaudit.toml:", "", "[baseline]", line]


def _told(made: "Baseline", path: Path, text: str, known: _Known) -> list[str]:
    size = len(text.encode("utf-8"))
    lines = [f"wrote {shown(str(path), limit=200, quote=False)} ({size / 1000:,.0f} kB, verdict {made.outcome})"]
    if known.before is not None:
        taken = known.before.accepted
        why = f" ({shown(taken.reason, limit=200, quote=False)})" if taken.reason.strip() else ""
        lines.append(f"it replaces the one accepted on {shown(taken.at, limit=40, quote=False)}{why}")
    return [
        *lines,
        *_rows_lines(made, path, known),
        *(f"no rule follows from it: {why}" for why in _no_rule(made.audit)),
        *(_lacking(made) if known.brings else []),
        *known.lines,
    ]


def _no_rule(audit: "Audit") -> list[str]:
    from dlaudit.gate.change_rules import why_none

    why = why_none(audit.model.task)
    return [] if why is None else [why]


def _lacking(made: "Baseline") -> list[str]:
    """That rules of this baseline can never be judged: it has neither rows nor the figures that they are about."""
    from dlaudit.gate.change_rules import unmeasured

    lacks = unmeasured(made.audit) if made.elsewhere is None and made.packed is None else []
    if not lacks:
        return []
    names = listed(lacks, quote=False)
    return [
        f"IT HAS NEITHER ROWS NOR {names}, which its rules are about:",
        "runs held against it exit 4, even one in which nothing changed. Accept a run that kept its rows, or one with",
        'these in metrics.report; or add a [[rule]] with max_drop on what it has, and rules = "none" to [baseline].',
    ]


def _rows_lines(made: "Baseline", path: Path, known: _Known) -> list[str]:
    if made.packed is not None:
        what = "values" if made.packed.format == "float64" else "decisions"
        told = f"{what} of {made.packed.rows:,} rows are in it: later runs on the same rows are compared row by row"
        return [told if known.rows is None else f"{told} (so that --rows wrote nothing)"]
    if made.elsewhere is None:
        return [f"no rows are in it ({made.no_rows}): later runs are compared by their figures"]
    where = shown((path.parent / made.elsewhere.path).as_posix(), limit=200, quote=False)
    size = f"{made.elsewhere.rows:,} rows, {made.elsewhere.bytes / 1e6:,.1f} MB"
    return [
        f"IT POINTS AT ANOTHER FILE: {where} ({size}), as the rows do not fit into it",
        "keep it as it is and where it is, in CI too: commit it (with Git LFS, say), or fetch it before the run;",
        "it has ids, labels and levels of rows in it. Without it, later runs are compared by their figures alone.",
        *([] if known.rows is not None else _way_out(known.run)),
    ]


def _way_out(run: str) -> list[str]:
    """What to do about rows that lie in a run's own directory."""
    named = shown(run, limit=100, quote=False)
    return [
        f"The next run into {named} would overwrite it, and is refused. Two ways out:",
        f"- `dlaudit baseline accept {named} --rows dlaudit-baseline.parquet` keeps a copy that no run writes to;",
        "- a run on fewer rows fits into one file: about 1,500,000 decisions, or 27,000 values of a regression.",
    ]


def _rows_place(given: str | None) -> Path | None:
    """Where a copy of rows may go: a new file, or one of rows, outside of every run's directory.

    Raises:
        UsageError: DLA110.
    """
    from dlaudit.record.files import AUDIT_FILE

    if given is None:
        return None
    path = Path(given)
    is_rows = path.is_file() and path.suffix == ".parquet"
    if (path.exists() and not is_rows) or path.suffix != ".parquet" or (path.parent / AUDIT_FILE).exists():
        raise UsageError(
            "DLA110",
            "rows cannot be kept here",
            place=Place(file=str(path)),
            expected="a .parquet file, new or of earlier rows, that is in no run's directory",
            fix="Give another place, as --rows dlaudit-baseline.parquet.",
        )
    return path
