"""The templates and the language that a command's report is to have."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dlaudit.outputs.look import Look
    from dlaudit.spec import AuditSpec


def chosen_look(spec: "AuditSpec | None", templates: str | None = None, language: str | None = None) -> "Look":
    """The look that flags ask for, else the configuration.

    Raises:
        UsageError: A template has a fault (DLA113), or the translations cannot be used (DLA115).
    """
    templates = templates or (spec.report.templates if spec else None)
    language = language or (spec.report.language if spec else None)
    from dlaudit.outputs.look import Look, look_of

    return look_of(templates, language) if templates or language else Look()


@contextmanager
def speaking_of(look: "Look") -> Iterator[None]:
    """Speak the look's language; at the end say on standard error what stayed English for want of a translation."""
    from dlaudit.outputs.look import left_in_english
    from dlaudit.outputs.translate import speaking

    with speaking(look.language):
        yield
    if told := left_in_english(look):
        click.echo(f"note: {told}", err=True)
