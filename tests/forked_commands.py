"""A process that has imported what a run imports, and forks for each command: `python tests/forked_commands.py`.

Every line read is a command, `{"arguments", "cwd", "env", "out", "err"}`, every line written the pid of the process
that runs it, then `{"code"}`. The forked process has its own folder, surroundings and streams, runs
`dlaudit.__main__.main` and leaves as the interpreter leaves: all that it shares with the next one are the imports,
which take longer than most of the commands that the tests call.
"""

import gc
import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

HEAVY = ("torch", "pandas", "pyarrow.parquet", "scipy.stats", "sklearn.ensemble", "fairlearn.metrics", "captum.attr")
"""Imported before the first command, beside dlaudit's own modules; `shap` is left to the few that need it."""


def _serve() -> dict | None:
    """The command to run, in the process that is to run it; nothing where no more commands come."""
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            return asked
        print(child, flush=True)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"code": code}), flush=True)
    return None


def _become(asked: dict) -> None:
    """Put the command's folder, surroundings and streams in place of this process's own."""
    files = (
        os.open(os.devnull, os.O_RDONLY),
        *(os.open(asked[one], os.O_WRONLY | os.O_CREAT | os.O_TRUNC) for one in ("out", "err")),
    )
    for place, file in enumerate(files):
        os.dup2(file, place)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    sys.argv = ["dlaudit", *asked["arguments"]]


def _own_modules() -> Iterator[str]:
    """Every module of dlaudit that only defines."""
    import dlaudit

    for one in walk_packages(dlaudit.__path__, "dlaudit."):
        if not one.name.endswith("__main__") and "pytest_plugin" not in one.name:
            yield one.name


if __name__ == "__main__":
    for module in (*HEAVY, *_own_modules()):
        import_module(module)
    gc.freeze()  # what is shared is not looked through, and so not copied, by the processes that share it
    command = _serve()
    if command is not None:
        from dlaudit.__main__ import main

        _become(command)
        main()
