"""`dlaudit sign`: write who reviewed a finished run beside checksums of its files."""

import datetime
from pathlib import Path
from typing import Any

import click

from dlaudit.cli.helping import PatientCommand
from dlaudit.cli.options import day_of
from dlaudit.errors import UsageError, shown

_LONGEST = 500


@click.command("sign", cls=PatientCommand)
@click.argument("run", metavar="RUN")
@click.option("--reviewer", required=True, metavar="NAME", help="Who reviewed the run.")
@click.option("--role", required=True, metavar="ROLE", help="In what role, as 'model risk'.")
@click.option("--note", default="", metavar="TEXT", help="What they add.")
@click.option("--config", metavar="FILE", help="The policy that it was judged by [dlaudit.toml here or above].")
@click.option("--no-config", is_flag=True, help="Ignore a dlaudit.toml here or above.")
@click.option("--rule", multiple=True, metavar="RULE", help="Rules that it was given by --rule; repeatable.")
@click.option("--profile", multiple=True, metavar="NAME", help="Profiles that it was given by --profile; repeatable.")
@click.option("--on", metavar="DAY", help="The day as of which waivers were judged [that of the verdict].")
def command(run: str, reviewer: str, role: str, note: str, **flags: Any) -> int:
    """Write signed-record.json into the finished run in RUN: checksums of its files, its policy, and who reviewed it.

    \b
    dlaudit sign dlaudit-report --reviewer "Ada Example" --role "model risk" --note "ticket 812"
    dlaudit sign dlaudit-report --reviewer "Ada Example" --role "model risk" --profile four-fifths
    dlaudit verify dlaudit-report

    The policy is that of the configuration, of --profile and of --rule, as for `dlaudit gate`; where it does not give
    the verdict that the run holds, nothing is signed. Signing again adds a reviewer, if neither the files nor the
    policy have changed. A signed run is not overwritten. These are checksums, no cryptographic signature: whoever can
    write the files can write them again (docs/signed-record.md).
    """
    from dlaudit.cli.run_spec import added_policy
    from dlaudit.gate import check_policy
    from dlaudit.record.signed import SIGNED_FILE, Signature
    from dlaudit.spec import find_config, load_config
    from dlaudit.stages.signed_run import sign

    for name, text, most in (("--reviewer", reviewer, _LONGEST), ("--role", role, _LONGEST), ("--note", note, 2_000)):
        if len(text) > most or (not text.strip() and name != "--note"):
            raise UsageError("DLA101", f"{name} has {len(text)} characters", expected=f"1 to {most}", fix="Correct it.")
    path = flags["config"] or (None if flags["no_config"] else find_config(Path.cwd()))
    policy = load_config(path, {}, added_policy(flags["rule"], flags["profile"])).spec.policy
    check_policy(policy)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    signature = Signature(reviewer=reviewer, role=role, date=now, note=note)
    record = sign(Path(run), policy, signature, day_of(flags["on"]))
    click.echo(f"signed: {shown(str(Path(run) / SIGNED_FILE), limit=200, quote=False)}")
    click.echo(f"{len(record.files)} files, verdict {record.outcome}, {_times(len(record.signatures))}")
    click.echo("These are checksums, no cryptographic signature.")
    return 0


def _times(signatures: int) -> str:
    return "1 signature" if signatures == 1 else f"{signatures} signatures"
