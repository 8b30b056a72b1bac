"""The summary on a GitHub run's page: Markdown that is added to the file that `$GITHUB_STEP_SUMMARY` names."""

from pathlib import Path

from dlaudit.outputs.markdown import left_out, summary_lines
from dlaudit.outputs.markup import within
from dlaudit.record import Audit, Verdict

MOST_BYTES = 1024 * 1024
"""What GitHub takes of one step, all that its commands wrote together; of more it shows nothing at all."""
LEAST_BYTES = 2_000
"""Less room than this is not worth a summary."""


def step_summary(audit: Audit, verdict: Verdict | None, room: int = MOST_BYTES) -> str:
    """The summary in at most `room` bytes, what is left out counted; empty where there is next to no room."""
    if room < LEAST_BYTES:
        return ""
    return within(summary_lines(audit, verdict), room, left_out(), size=lambda line: len(line.encode("utf-8")))


def add_step_summary(path: Path, audit: Audit, verdict: Verdict | None) -> bool:
    """Add the summary to the step's file, after what other commands wrote; False where there was no room for it.

    Raises:
        OSError: The file cannot be read or written.
    """
    written = path.stat().st_size if path.exists() else 0
    told = step_summary(audit, verdict, MOST_BYTES - written - 1)
    with path.open("ab") as out:
        out.write(("\n" * bool(written and told) + told).encode("utf-8"))
    return bool(told)
