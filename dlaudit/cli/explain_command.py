"""`dlaudit explain`: one screen on a code or a metric."""

from typing import TYPE_CHECKING

import click

from dlaudit.errors import UsageError, nearest, shown

if TYPE_CHECKING:
    from dlaudit.metrics import Metric


@click.command("explain")
@click.argument("name", metavar="CODE|METRIC|METHOD|PROFILE")
def command(name: str) -> int:
    """Say what a DLA code, a metric, a method of explanation or a profile means, and what to do or how it is computed.

    \b
    dlaudit explain DLA214
    dlaudit explain selection_rate
    dlaudit explain shapley_values
    dlaudit explain four-fifths
    """
    if name.upper().startswith("DLA") or name.isdigit():
        _code(name)
    elif not _profile(name) and not _method(name):
        _metric(name)
    return 0


def _code(name: str) -> None:
    from dlaudit.findings.codes import explain_code

    found = explain_code(name)
    click.echo(f"{found.code}  {found.title}\n\n{found.meaning}\n\nWhat to do: {found.fix}")


def _profile(name: str) -> bool:
    """Tell of a profile; False where there is none of that name."""
    from dlaudit.spec.profile import profile_named, profile_names

    if name not in profile_names():
        return False
    found = profile_named(name)
    status, note, read = (" ".join(text.split()) for text in (found.status, found.note, found.read))
    click.echo(f"{name}: {found.title}\n\n{note}\n\nStatus as of {found.as_of}: {status}\nSource: {found.source}")
    click.echo(f"What was read: {read}\n")
    for table in found.table:
        click.echo(f"asks for  {table.title}")
    for ask in found.ask:
        click.echo(f"asks for  {ask.what} ({ask.key})")
    for rule in found.rule:
        click.echo(f"rule      {rule.name}: {rule.model_copy(update={'id': None}).name} ({rule.level})")
    if not found.rule:
        click.echo("rules     none: the source sets no limit")
    return True


def _method(name: str) -> bool:
    """Tell of a method of explanation; False where there is none of that name."""
    from dlaudit.attributions import ATTRIBUTORS

    if name not in ATTRIBUTORS:
        return False
    found = ATTRIBUTORS.get(name)
    needs = " and ".join(sorted(found.needs)) or "nothing but scores"
    adds_up = {"no": "do not add up", "exactly": "add up", "in expectation": "add up up to sampling"}[found.adds_up]
    click.echo(f"{found.name}: {found.summary}\n\nNeeds of the model: {needs}.")
    click.echo(f"Contributions {adds_up} to the change of the score from the reference.")
    return True


def _metric(name: str) -> None:
    from dlaudit.metrics import METRICS

    said = _folded(name)
    known = [one for _, one in METRICS.items() if said in (_folded(one.name), *map(_folded, one.aliases))]
    for place, metric in enumerate(known or [_measured(name)]):
        click.echo("\n" * bool(place), nl=False)
        _tell(metric)


def _folded(name: str) -> str:
    return name.casefold().replace("_", " ").replace("-", " ")


def _measured(name: str) -> "Metric":
    """The metric of a library's function, or the one compared by `METRIC.difference` and `METRIC.ratio`."""
    from dlaudit.attributions import ATTRIBUTORS
    from dlaudit.metrics import metric_named
    from dlaudit.spec.profile import profile_names

    try:
        return metric_named(name.removesuffix(".difference").removesuffix(".ratio"))
    except UsageError as error:
        others = nearest(name, [*profile_names(), *ATTRIBUTORS]).strip()
        fix = f"{error.fix} Codes are written as DLA201." if not others or "Did you mean" in error.fix else others
        what = f"there is no code, metric, method or profile {shown(name)}"
        raise UsageError(error.code, what, fix=fix) from error


def _tell(found: "Metric") -> None:
    click.echo(f"{found.name} = {found.formula}\n\n{found.meaning}\n\nUndefined where: {found.undefined}.")
    if found.aliases:
        click.echo(f"Also called: {', '.join(found.aliases)}.")
