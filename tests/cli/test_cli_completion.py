"""`dlaudit completion`: a real shell completes commands, options and files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def completed(words: str, folder: Path) -> list[str]:
    """What is offered for the last word, as `kind,text`."""
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_DLAUDIT_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "dlaudit"],
        cwd=folder,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("dlaudit re", "plain,report"),
        ("dlaudit run --expl", "plain,--explain-budget"),
        ("dlaudit run --data te", "file,te"),
        ("dlaudit run mo", "file,mo"),
        ("dlaudit gate out", "file,out"),
        ("dlaudit run --format ", "plain,github"),
    ],
)
def test_commands_options_choices_and_files_are_offered(words: str, offered: str, tmp_path: Path) -> None:
    assert offered in completed(words, tmp_path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_lines_for_a_shell_are_ones_that_it_takes(shell: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dlaudit", "completion", shell]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "_DLAUDIT_COMPLETE" in lines
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is absent")
    script = tmp_path / "lines"
    script.write_text(lines)
    assert subprocess.run([shell, "-n", str(script)], capture_output=True, check=False).returncode == 0


def test_paths_are_left_to_dlaudit_when_a_command_runs(tmp_path: Path) -> None:
    """A type of click's would tell an unreadable file in words, and with a code, of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "dlaudit", "inspect", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "DLA" in done.stderr
