"""`dlaudit explain`: one screen on a code or a metric."""

import click


@click.command("explain")
@click.argument("name", metavar="CODE|METRIC")
def command(name: str) -> int:
    """Say what a DLA code or a metric means, and what to do or how it is computed.

    \b
    dlaudit explain DLA214
    dlaudit explain selection_rate
    """
    if name.upper().startswith("DLA") or name.isdigit():
        _code(name)
    else:
        _metric(name)
    return 0


def _code(name: str) -> None:
    from dlaudit.findings.codes import explain_code

    found = explain_code(name)
    click.echo(f"{found.code}  {found.title}\n\n{found.meaning}\n\nWhat to do: {found.fix}")


def _metric(name: str) -> None:
    from dlaudit.metrics import metric_named

    found = metric_named(name)
    click.echo(f"{found.name} = {found.formula}\n\n{found.meaning}\n\nUndefined where: {found.undefined}.")
    if found.aliases:
        click.echo(f"Also called: {', '.join(found.aliases)}.")
