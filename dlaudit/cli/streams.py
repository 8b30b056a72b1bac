"""Standard streams that cannot break a run: closed, full, of a narrow encoding, or with a reader that left."""

import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk without room."""


def settle_streams() -> None:
    """Make standard output and error writable: a closed one swallows, a character its encoding lacks becomes `?`."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def drop_output() -> None:
    """Send whatever is still to be printed nowhere: its reader left, or there is no room for it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # a stream without a descriptor, as in a notebook
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    os.close(nowhere)


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """Leave with 0 on a closed pipe: click's own exit code for it is 1, which here means a failed gate."""
    try:
        yield
    except BrokenPipeError:
        drop_output()
        raise click.exceptions.Exit(0) from None


def echo_json(document: object) -> None:
    """Print a document as one line of JSON, in which no CI system finds a command (`##[error]`, `##vso[…]`)."""
    # two such signs stand in a text only, where an escape says the same
    click.echo(json.dumps(document, allow_nan=False).replace("##", "#\\u0023"))
