"""`dlaudit sign`: write who reviewed a finished run beside checksums of its files."""

import datetime
from pathlib import Path

import click

from dlaudit.errors import UsageError, shown

_LONGEST = 500


@click.command("sign")
@click.argument("run", metavar="RUN")
@click.option("--reviewer", required=True, metavar="NAME", help="Who reviewed the run.")
@click.option("--role", required=True, metavar="ROLE", help="In what role, as 'model risk'.")
@click.option("--note", default="", metavar="TEXT", help="What they add.")
@click.option("--config", metavar="FILE", help="The policy that it was judged by [dlaudit.toml here or above].")
@click.option("--rule", multiple=True, metavar="RULE", help="Rules that it was given by --rule; repeatable.")
def command(run: str, reviewer: str, role: str, note: str, config: str | None, rule: tuple[str, ...]) -> int:
    """Write signed-record.json into the finished run in RUN: checksums of its files, its policy, and who reviewed it.

    \b
    dlaudit sign dlaudit-report --reviewer "Ada Example" --role "model risk" --note "ticket 812"
    dlaudit verify dlaudit-report

    Signing again adds a reviewer, if nothing has changed. A signed run is not overwritten. These are checksums, no
    cryptographic signature: whoever can write the files can write them again (docs/signed-record.md).
    """
    from dlaudit.record.signed import SIGNED_FILE, Signature
    from dlaudit.spec import AuditSpec, Rule, find_config, load_config
    from dlaudit.stages.signed_run import sign

    for name, text, most in (("--reviewer", reviewer, _LONGEST), ("--role", role, _LONGEST), ("--note", note, 2_000)):
        if len(text) > most or (not text.strip() and name != "--note"):
            raise UsageError("DLA101", f"{name} has {len(text)} characters", expected=f"1 to {most}", fix="Correct it.")
    path = config or find_config(Path.cwd())
    policy = (load_config(path).spec if path else AuditSpec()).policy
    policy = policy.model_copy(update={"rules": [*policy.rules, *map(Rule.parse, rule)]})
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    record = sign(Path(run), policy, Signature(reviewer=reviewer, role=role, date=now, note=note))
    click.echo(f"signed: {shown(str(Path(run) / SIGNED_FILE), limit=200, quote=False)}")
    click.echo(f"{len(record.files)} files, verdict {record.outcome}, {_times(len(record.signatures))}")
    click.echo("These are checksums, no cryptographic signature.")
    return 0


def _times(signatures: int) -> str:
    return "1 signature" if signatures == 1 else f"{signatures} signatures"
