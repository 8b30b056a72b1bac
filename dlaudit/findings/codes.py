"""What every DLA code means and what to do about it: the table behind `dlaudit explain CODE`.

100s: flags and configuration. 200s: the model. 300s: the data. 400s: slices and statistics. 500s: explanations.
600s: output. 700s: the system. Codes are stable; a code is never reused for another meaning.
"""

from dataclasses import dataclass

from dlaudit.errors import UsageError, nearest, shown
from dlaudit.findings.codes_data import DATA
from dlaudit.findings.codes_explain import EXPLAIN
from dlaudit.findings.codes_media import MEDIA
from dlaudit.findings.codes_model import MODEL
from dlaudit.findings.codes_pairs import PAIRS
from dlaudit.findings.codes_run import RUN
from dlaudit.findings.codes_slices import SLICES


@dataclass(frozen=True, kw_only=True)
class Code:
    """One coded fault or finding."""

    code: str
    """`DLA` and three digits."""
    title: str
    """What it is, as a short clause."""
    meaning: str
    """What it means, in one sentence."""
    fix: str
    """What to do about it."""

    @property
    def docs(self) -> str:
        """Where it stands in the documentation, relative to its root."""
        return f"reference/codes.md#{self.code.lower()}"


CODES: dict[str, Code] = {
    code: Code(code=code, title=title, meaning=meaning, fix=fix)
    for code, (title, meaning, fix) in sorted((RUN | MODEL | DATA | MEDIA | PAIRS | SLICES | EXPLAIN).items())
}
"""Every code, in ascending order."""


def explain_code(name: str) -> Code:
    """The code called `name`, in any case, with or without its letters.

    Raises:
        UsageError: There is no such code (DLA106).
    """
    wanted = name.strip().upper()
    wanted = wanted if wanted.startswith("DLA") else f"DLA{wanted}"
    if wanted not in CODES:
        raise UsageError(
            "DLA106",
            f"there is no code {shown(name)}",
            expected="DLA and three digits, as DLA201",
            fix=f"Codes stand in messages and findings.{nearest(wanted, CODES)}",
        )
    return CODES[wanted]
