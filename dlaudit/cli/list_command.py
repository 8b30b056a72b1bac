"""`dlaudit list`: what there is to name."""

import click


@click.command("list")
@click.argument("what", type=click.Choice(["metrics", "attributors", "probes", "outputs"]))
def command(what: str) -> int:
    """List what can be named in dlaudit.toml: metrics with their formulae, attributors, probes, outputs."""
    for name, line in _ROWS[what]():
        click.echo(f"{name:<28} {line}")
    return 0


def _metrics() -> list[tuple[str, str]]:
    from dlaudit.metrics import METRICS

    return [(name, f"[{', '.join(metric.tasks)}] {metric.formula}") for name, metric in METRICS.items()]


def _attributors() -> list[tuple[str, str]]:
    from dlaudit.attributions import ATTRIBUTORS

    return [
        (name, "needs " + ", ".join(sorted(item.needs)) if item.needs else "any model")
        for name, item in ATTRIBUTORS.items()
    ]


def _probes() -> list[tuple[str, str]]:
    from dlaudit.probes import PROBES

    return [(name, item.summary) for name, item in PROBES.items()]


def _outputs() -> list[tuple[str, str]]:
    from dlaudit.outputs.registry import OUTPUTS

    return [(name, item.file or f"with --format {name}") for name, item in OUTPUTS.items()]


_ROWS = {"metrics": _metrics, "attributors": _attributors, "probes": _probes, "outputs": _outputs}
