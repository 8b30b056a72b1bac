"""`dlaudit list`: what there is to name."""

from collections.abc import Collection

import click


@click.command("list")
@click.argument("what", type=click.Choice(["metrics", "attributors", "probes", "outputs", "profiles"]))
def command(what: str) -> int:
    """List what can be named in dlaudit.toml: metrics with their formulae, attributors, probes, outputs, profiles."""
    rows = _ROWS[what]()
    width = max(28, *(len(name) for name, _ in rows))
    for name, line in rows:
        click.echo(f"{name:<{width}} {line}")
    return 0


def _metrics() -> list[tuple[str, str]]:
    from dlaudit.metrics import METRICS

    return [(name, f"[{', '.join(metric.tasks)}] {metric.formula}") for name, metric in METRICS.items()]


def _attributors() -> list[tuple[str, str]]:
    from dlaudit.attributions import ATTRIBUTORS, Size

    usual = Size(rows=2_000, players=14, elements=14, background=64, steps=64, evaluations=512)
    return [
        (
            name,
            f"{_needed(item.needs)}; adds up: {item.adds_up}; "
            f"{item.cost(usual):,.0f} passes for a row of 14 inputs, by default",
        )
        for name, item in ATTRIBUTORS.items()
    ]


def _needed(needs: Collection[str]) -> str:
    return "needs " + " and ".join(sorted(needs)) if needs else "any model"


def _probes() -> list[tuple[str, str]]:
    from dlaudit.probes import PROBES

    return [(name, item.summary) for name, item in PROBES.items()]


def _outputs() -> list[tuple[str, str]]:
    from dlaudit.outputs.registry import OUTPUTS

    files = {name: item.file or "printed" for name, item in OUTPUTS.items()}
    width = max(map(len, files.values()))
    return [(name, f"{files[name]:<{width}}  {item.reader}".rstrip()) for name, item in OUTPUTS.items()]


def _profiles() -> list[tuple[str, str]]:
    from dlaudit.spec.profile import profile_named, profile_names

    found = {name: profile_named(name) for name in profile_names()}
    return [(name, f"{one.title} (as of {one.as_of}; rules: {len(one.rule)})") for name, one in found.items()]


_ROWS = {
    "metrics": _metrics,
    "attributors": _attributors,
    "probes": _probes,
    "outputs": _outputs,
    "profiles": _profiles,
}
