"""The command line: one file per command, each of which parses, calls, prints and gives an exit code."""

from dlaudit.cli.app import run_cli as run_cli
