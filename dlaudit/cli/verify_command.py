"""`dlaudit verify`: check a signed run's files against their checksums and judge it again."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dlaudit.cli.helping import EXIT_CODES, PatientCommand
from dlaudit.errors import shown

if TYPE_CHECKING:
    from dlaudit.stages.signed_run import Verified


@click.command("verify", cls=PatientCommand, epilog=EXIT_CODES)
@click.argument("run", metavar="RUN")
@click.option("--exit-zero", is_flag=True, help="Exit 0 where the verdict would give 1 or 4.")
@click.option("-f", "--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", count=True, help="Twice: values in a bug's traceback.")
def command(run: str, exit_zero: bool, shape: str, verbose: int) -> int:
    """Check the files of the signed run in RUN, and judge its audit again by the policy in the record.

    \b
    dlaudit verify dlaudit-report

    Exits 3 where a file was changed, removed or added, where the record is damaged, or where judging again gives
    another verdict; else by the verdict. These are checksums, no cryptographic signature: what they show is that the
    files are those that the record lists, not who wrote the record. No model runs and torch is not imported.
    """
    from dlaudit.cli.streams import drop_output, echo_json
    from dlaudit.cli.told import exit_code
    from dlaudit.stages.signed_run import verify

    found = verify(Path(run))
    try:
        if shape == "json":
            echo_json(_document(found))
        else:
            click.echo("\n".join(_lines(run, found)))
    except BrokenPipeError:  # a reader who leaves does not change what was found
        drop_output()
    return exit_code(found.verdict, exit_zero=exit_zero)


def _lines(run: str, found: "Verified") -> list[str]:
    record = found.record
    lines = [f"files      {len(record.files)} in {_safe(run)}, as they were signed"]
    for one in record.signatures:
        note = f": {_safe(one.note)}" if one.note else ""
        lines.append(f"signed     {_safe(one.reviewer)}, {_safe(one.role)}, {_safe(one.date)}{note}")
    how = (
        f"judged again by the policy in the record, as of {record.judged_on}"
        if found.judged_again
        else "as written: small counts were left out after it was judged"
    )
    lines.append(f"verdict    {_safe(found.verdict.sentence)} ({how})")
    lines += [f"{said.severity:<10} {said.code} {_safe(said.message)}" for said in found.findings]
    return [*lines, "           Checksums, no cryptographic signature."]


def _document(found: "Verified") -> dict[str, Any]:
    return {
        "ok": True,
        "files": len(found.record.files),
        "signatures": [one.model_dump(mode="json") for one in found.record.signatures],
        "outcome": found.verdict.outcome,
        "judged_again": found.judged_again,
        "judged_on": found.record.judged_on,
        "findings": [one.model_dump(mode="json") for one in found.findings],
    }


def _safe(text: str) -> str:
    return shown(text, limit=2_000, quote=False)
