"""`dlaudit completion`: what a shell needs to complete commands, options and files."""

import click

_HOW = {
    "bash": 'eval "$(dlaudit completion bash)"    # in ~/.bashrc',
    "zsh": 'eval "$(dlaudit completion zsh)"     # in ~/.zshrc',
    "fish": "dlaudit completion fish > ~/.config/fish/completions/dlaudit.fish",
}
_FILES = {"FILE", "FILE.py", "MODEL", "RUN", "OLD", "NEW", "DIR"}
"""What stands for a path in --help."""


@click.command("completion")
@click.argument("shell", type=click.Choice(sorted(_HOW)))
def command(shell: str) -> int:
    """Print the lines that let SHELL complete dlaudit's commands, options and files.

    \b
    eval "$(dlaudit completion bash)"    # in ~/.bashrc
    eval "$(dlaudit completion zsh)"     # in ~/.zshrc
    dlaudit completion fish > ~/.config/fish/completions/dlaudit.fish
    """
    from click.shell_completion import get_completion_class

    from dlaudit.cli.app import app

    made = get_completion_class(shell)
    assert made is not None, "click knows the shells that it is asked for here"
    click.echo(made(app, {}, "dlaudit", "_DLAUDIT_COMPLETE").source())
    return 0


def with_files(told: click.Command) -> click.Command:
    """The command with every option and argument that takes a path completed by the shell's own files.

    Only for completion: the types that commands run with check nothing, since faults of files are told by dlaudit.
    """
    for one in told.params:
        name = one.metavar or (one.name or "").upper()
        if isinstance(one.type, click.types.StringParamType) and name in _FILES:
            one.type = click.Path()
    return told
