"""`python -m dlaudit.models.child LIMITS`: the process that loads and runs one model.

Its first argument is JSON, the fields of `Limits`. They are applied before anything that could read a model is
imported. Requests come through standard input and replies go through standard output; both are then out of reach of
the user's code, whose own prints go to standard error.
"""

import json
import logging
import os
import signal
import sys
from typing import BinaryIO

from dlaudit.models.sandbox import apply_limits


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    requests, replies = _private_pipes()
    # the parent decides what Ctrl-C means; it ends us when it wants to
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sandbox = apply_limits(**json.loads(sys.argv[1]))
    # its font cache cannot be written here, and nobody draws
    logging.getLogger("matplotlib.font_manager").setLevel(logging.CRITICAL)
    from dlaudit.models.serving import serve

    serve(requests, replies, sandbox)


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as files of our own; in their place nothing to read, and standard error."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, replies


if __name__ == "__main__":
    main()
