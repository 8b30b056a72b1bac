"""`dlaudit schema`: the JSON Schemas."""

import json

import click


@click.command("schema")
@click.argument("what", type=click.Choice(["audit", "config", "baseline"]), default="audit")
def command(what: str) -> int:
    """Print the JSON Schema of audit.json (default), of dlaudit.toml or of dlaudit-baseline.json."""
    if what == "audit":
        from dlaudit.record.files import json_schema

        click.echo(json.dumps(json_schema(), indent=1))
    elif what == "baseline":
        from dlaudit.record.accepted_file import baseline_schema

        click.echo(json.dumps(baseline_schema(), indent=1))
    else:
        from dlaudit.spec import AuditSpec

        click.echo(json.dumps(AuditSpec.model_json_schema(by_alias=True), indent=1))
    return 0
