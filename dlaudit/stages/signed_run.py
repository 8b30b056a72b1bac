"""A run's files under a reviewer's name: written once, and looked at again whenever somebody asks."""

import datetime
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from dlaudit.errors import InputRefused, Place, UsageError, listed, shown
from dlaudit.findings import by_severity
from dlaudit.gate import judge
from dlaudit.outputs.one_file import write_file
from dlaudit.outputs.policy_told import policy_findings
from dlaudit.record import Audit, Finding, Verdict
from dlaudit.record.files import AUDIT_FILE, read
from dlaudit.record.signed import (
    DETACHED,
    SIGNED_FILE,
    Signature,
    SignedFile,
    SignedRecord,
    damaged,
    dump_signed,
    parse_signed,
)
from dlaudit.spec import Policy
from dlaudit.stages.signed_policy import policy_differences, policy_read, policy_written
from dlaudit.version import __version__


@dataclass(frozen=True)
class Verified:
    """A record whose files are as they were signed."""

    record: SignedRecord
    """Who signed what."""
    audit: Audit
    """The run's audit."""
    verdict: Verdict
    """The verdict: judged again, or the written one where it could not be."""
    findings: list[Finding]
    """What is found about the policy and its baseline, now and when it was written; the most severe first."""
    judged_again: bool
    """Whether the audit was judged again: not where small counts of people were left out of it."""


def sign(run: Path, policy: Policy, signature: Signature, on: datetime.date | None = None) -> SignedRecord:
    """The record written to `run`: checksums of its files, the policy and its verdict, and one signature more.

    Args:
        run: Directory of a finished run.
        policy: The rules that the run was judged by.
        signature: Who reviewed it.
        on: The day on which waivers must hold; where absent, that of the verdict, else the present one (UTC).

    Raises:
        UsageError: There is no finished run (DLA111); or the policy does not give the verdict that audit.json holds,
            or gives it as of another day, or is not the one that the run was signed with before (DLA633).
        InputRefused: A file of the directory is no plain file (DLA631); or it was signed before, and changed since.
        Stopped: The record cannot be written (DLA608).
    """
    audit, written = read(run)
    if (run / SIGNED_FILE).is_symlink() or (run / SIGNED_FILE).exists():
        earlier = _signed_alike(run, policy, on)
        record = earlier.model_copy(update={"signatures": [*earlier.signatures, signature]})
    else:
        judged_on = _day(written)
        day = on or judged_on or datetime.datetime.now(datetime.UTC).date()
        verdict = _judged(audit, policy, written, day)
        if written is not None and _checks(verdict) != _checks(written):
            raise _not_its_policy(run, "these rules do not give the verdict that the run holds")
        if judged_on is not None and day != judged_on:
            raise _not_its_policy(run, f"the run was judged as of {judged_on}, not as of {day}")
        record = SignedRecord(
            dlaudit=__version__,
            files=_files(run),
            policy=policy_written(policy),
            judged_on=day.isoformat(),
            outcome=verdict.outcome,
            checks=[one.outcome for one in verdict.checks],
            signatures=[signature],
        )
    write_file(run / SIGNED_FILE, dump_signed(record))
    return record


def _signed_alike(run: Path, policy: Policy, on: datetime.date | None) -> SignedRecord:
    """The record that is there, if its files are as they were and its policy is the one that holds now.

    Whoever signs next signs for these rules: an older set of them must not come under their name.
    """
    found = verify(run)
    record, compared = found.record, found.audit.baseline
    held = compared is not None and compared.accepted is not None
    if told := policy_differences(policy_read(record.policy), policy, held_against=held):
        raise UsageError(
            "DLA633",
            f"the run was signed by another policy than the one that holds now: {'; '.join(told)}",
            place=Place(file=str(run / SIGNED_FILE)),
            expected="the policy that it was signed by",
            fix="Give that one (--config, --profile, --rule), or run the audit again with the new rules and sign that.",
        )
    if on is not None and on.isoformat() != record.judged_on:
        raise _not_its_policy(run, f"the run was signed as of {record.judged_on}, not as of {on}")
    return record


def verify(run: Path) -> Verified:
    """The record in `run`, whose files are the signed ones and give the signed verdict when judged again.

    Raises:
        UsageError: There is no record, or no such directory (DLA111).
        InputRefused: Files are changed, missing or added (DLA631), the record is damaged (DLA632), or the policy in it
            gives another verdict than the one signed (DLA633).
    """
    file = run / SIGNED_FILE
    if not os.path.lexists(file):
        raise UsageError(
            "DLA111",
            "there is no signed record here",
            place=Place(file=str(file)),
            expected=f"a run's directory with {SIGNED_FILE}",
            fix="`dlaudit sign DIR --reviewer NAME --role ROLE` writes one.",
        )
    record = parse_signed(_content(file), file)
    _compare(run, record)
    audit, written = read(run)
    policy = _policy(record, file)
    day = _date(record.judged_on, file)
    again = audit.suppression is None
    try:
        verdict = _judged(audit, policy, written, day)
    except UsageError as error:
        what = f"the policy in the record cannot be applied to the audit: {error.what}"
        fix = "Take the record as it was signed."
        raise InputRefused("DLA632", what, place=Place(file=str(file)), fix=fix) from error
    found = (verdict.outcome, [one.outcome for one in verdict.checks])
    if found != (record.outcome, record.checks) or (written is not None and _checks(verdict) != _checks(written)):
        raise InputRefused(
            "DLA633",
            f"judged again by the policy in the record, the audit gives {verdict.outcome}, not the "
            f"{record.outcome} that was signed, or other checks",
            place=Place(file=str(file)),
            fix=_why_another(record),
        )
    findings = policy_findings(audit, verdict)
    findings += [one for one in (written.findings if written is not None else []) if one not in findings]
    return Verified(record=record, audit=audit, verdict=verdict, findings=by_severity(findings), judged_again=again)


def _why_another(record: SignedRecord) -> str:
    """What to do about a record whose policy gives another verdict now."""
    if record.dlaudit != __version__:
        other = shown(record.dlaudit, limit=40, quote=False)
        return f"Verify it with dlaudit {other}, which signed it; this is {__version__}, which may judge otherwise."
    return (
        "The record is not as it was signed: take the directory from where it was, or judge the run by the policy that "
        "you trust (`dlaudit gate DIR --config FILE`), and sign a new run."
    )


def _not_its_policy(run: Path, what: str) -> UsageError:
    return UsageError(
        "DLA633",
        what,
        place=Place(file=str(run / AUDIT_FILE)),
        expected="the policy that the run was judged by",
        fix="Give its --config, --profile, --rule and --on, or run the audit again with the new rules and sign that.",
    )


def _checks(verdict: Verdict) -> tuple[str, list[tuple[str, list[str], float, str]]]:
    """The verdict's outcome, and what every check asked and gave, in order."""
    return verdict.outcome, [(one.rule, one.by, one.limit, one.outcome) for one in verdict.checks]


def _judged(audit: Audit, policy: Policy, written: Verdict | None, day: datetime.date) -> Verdict:
    """The verdict on the audit; the written one where small counts were left out after it was judged."""
    if audit.suppression is not None and written is not None:
        return written
    return judge(audit, policy, today=day)


def _compare(run: Path, record: SignedRecord) -> None:
    """Refuse a directory whose files are not the signed ones."""
    signed = {one.name: one for one in record.files}
    held = {one.name for one in run.iterdir()} - {SIGNED_FILE} - DETACHED
    missing, added = sorted(signed.keys() - held), sorted(held - signed.keys())
    changed = sorted(name for name in signed.keys() & held if _file(run / name) != signed[name])
    told = [
        f"{word} {listed(names)}"
        for word, names in (("changed:", changed), ("missing:", missing), ("added:", added))
        if names
    ]
    if told:
        raise InputRefused(
            "DLA631",
            f"the files are not those that were signed: {'; '.join(told)}",
            place=Place(file=str(run)),
            fix="Take the directory from where it was signed; a new run is signed anew.",
        )


def _files(run: Path) -> list[SignedFile]:
    if not run.is_dir():
        raise UsageError(
            "DLA111", "this is no directory", place=Place(file=str(run)), fix="Name the directory of a finished run."
        )
    names = sorted(one.name for one in run.iterdir())
    return [_file(run / name) for name in names if name not in DETACHED | {SIGNED_FILE}]


def _file(path: Path) -> SignedFile:
    """A plain file's size and digest."""
    with os.fdopen(_opened(path), "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return SignedFile(name=path.name, bytes=file.tell(), sha256=digest)


def _content(path: Path) -> bytes:
    """What stands in a plain file, as far as a record can be long."""
    with os.fdopen(_opened(path), "rb") as file:
        return file.read((1 << 20) + 1)


def _opened(path: Path) -> int:
    """A descriptor of a plain file: a link, a folder or a pipe of that name is not followed or waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise _not_plain(path) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _not_plain(path)
    return descriptor


def _not_plain(path: Path) -> InputRefused:
    return InputRefused(
        "DLA631",
        "this is no plain file that can be read",
        place=Place(file=str(path)),
        expected="files as dlaudit writes them: no links, folders or pipes",
        fix="Take it out of the directory, or the directory from where it was signed.",
    )


def _policy(record: SignedRecord, file: Path) -> Policy:
    try:
        return policy_read(record.policy)
    except ValueError as error:
        raise damaged(file, "its policy is none that this version reads") from error


def _date(text: str, file: Path) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as error:
        raise damaged(file, "judged_on is no day") from error


def _day(written: Verdict | None) -> datetime.date | None:
    return datetime.date.fromisoformat(written.judged_on) if written is not None and written.judged_on else None
