"""What a model's process started does not outlive the run, even where it left the process group."""

import os
import subprocess
import sys
import time
from pathlib import Path

from dlaudit.models.leftovers import end_leftovers


def sleeper(scratch: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "import os, time; os.setsid(); print('up', flush=True); time.sleep(600)"]
    process = subprocess.Popen(command, env=os.environ | {"TMPDIR": scratch}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_a_process_in_a_session_of_its_own_is_ended(tmp_path: Path) -> None:
    left = sleeper(str(tmp_path))
    end_leftovers(str(tmp_path))
    assert left.wait(timeout=10) == -9


def test_a_process_with_another_folder_goes_on(tmp_path: Path) -> None:
    other = sleeper(str(tmp_path / "other"))
    end_leftovers(str(tmp_path))
    time.sleep(0.2)
    assert other.poll() is None
    other.kill()
    other.wait(timeout=10)
