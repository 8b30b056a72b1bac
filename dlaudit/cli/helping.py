"""What --help shows beside click's own: options in named sections, and the exit codes at the end."""

from typing import Any

import click

from dlaudit.cli.streams import reader_may_leave

EXIT_CODES = """\b
Exit codes:
  0    passed, or no rule was given
  1    a rule of level error is broken
  2    usage or configuration; nothing ran
  3    the model, the data or your code was refused
  4    a required rule is undecided
  5    stopped by a limit
  70   a bug in dlaudit
  130  interrupted (143: terminated)"""


class PatientCommand(click.Command):
    """A command of whose --help a reader may take a part, although it judges when it is called."""

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """The context of a call; nothing is judged before there is one."""
        with reader_may_leave():
            return super().make_context(*arguments, **settings)


class SectionedCommand(PatientCommand):
    """A command whose --help lists its options under titles.

    Args:
        sections: Title to names of options, in the order to show them; options in none come last.
    """

    def __init__(self, *arguments: Any, sections: dict[str, tuple[str, ...]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.sections = sections

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        told = {param.name: record for param in self.get_params(ctx) if (record := _record(param, ctx))}
        named = {name for names in self.sections.values() for name in names}
        rest = tuple(name for name in told if name is not None and name not in named)
        for title, names in {**self.sections, "Other": rest}.items():
            rows = [told[name] for name in names if name in told]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _record(param: click.Parameter, ctx: click.Context) -> tuple[str, str] | None:
    return param.get_help_record(ctx) if isinstance(param, click.Option) else None


def not_here_yet(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Refuse a flag of the contract that this version does not have, in words rather than as a typing error."""
    if value:
        raise click.UsageError(
            f"--{param.name} is not in this version: every run starts from the beginning. Leave the flag out.", ctx
        )
