"""Real models on real data: what an audit says, beside figures that were measured without dlaudit.

    python benchmarks/real_models.py [KIND …] [--data FOLDER]

Audits the real models of the kinds named (of all, where none is named) by the command line, and writes the part of each
into real_models.md. A kind is a module `real_KIND.py` beside this one with `figures(data, folder)`, and perhaps
`notes(folder)`. The data lie in `../shared/data` beside the checkout, or in FOLDER; they are not part of the project.
"""

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE / "real_models.md"
INTRODUCTION = """# Real models on real data

`python benchmarks/real_models.py KIND` writes the part of each kind (2 shared cores). *Known* is the figure that was
measured without dlaudit when the data set was chosen; *found* is what the audit says, with its 95 % interval.
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure, known and found."""

    data: str
    """Data and model."""
    what: str
    """The figure in words."""
    known: float
    """As it was measured without dlaudit."""
    found: float
    """As the audit says."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end of it."""
    digits: int
    """Digits after the point that are known."""
    error: float = 0.0
    """Standard error of the known figure, where it was measured on a sample of the rows only."""

    @property
    def agrees(self) -> bool:
        """Whether the two are the same to the digits known, or the known one lies in the interval or, where it is an
        estimate itself, within three of its standard errors."""
        same = abs(self.known - self.found) <= max(0.5000001 * 10**-self.digits, 3 * self.error)
        return same or self.low <= self.known <= self.high

    @property
    def row(self) -> str:
        """A row of the table."""
        known, found, low, high = (f"{one:.{self.digits}f}" for one in (self.known, self.found, self.low, self.high))
        answer = "agrees" if self.agrees else "**differs**"
        return f"| {self.data} | {self.what} | {known} | {found} ({low} to {high}) | {answer} |"


def audited(config: Path) -> dict[str, Any]:
    """The record of the audit that a configuration asks for; a broken rule is no fault here."""
    out = config.with_suffix("")
    command = [sys.executable, "-m", "dlaudit", "run", "--config", config.name, "--out", out.name, "-q", "--exit-zero"]
    done = subprocess.run(command, cwd=config.parent, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{config.name}: exit {done.returncode}\n{done.stderr}")
    found: dict[str, Any] = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    return found


def measured(audit: dict[str, Any], metric: str, slice_id: str = "overall") -> dict[str, Any]:
    """The measurement of a metric on a slice."""
    return next(one for one in audit["measurements"] if one["metric"] == metric and one["slice"] == slice_id)


def compared(
    data: str, what: str, known: float, found: dict[str, Any], *, digits: int = 3, error: float = 0.0
) -> Figure:
    """A known figure beside a measurement."""
    ends = {"found": found["value"], "low": found["low"], "high": found["high"]}
    return Figure(data=data, what=what, known=known, digits=digits, error=error, **ends)


def part_of(kind: str, data: Path) -> tuple[str, bool]:
    """The part of a kind as Markdown, and whether all of its figures agree."""
    module = importlib.import_module(f"real_{kind}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as made:
        figures = module.figures(data, Path(made))
        notes = module.notes(Path(made)) if hasattr(module, "notes") else []
    table = ["| data and model | figure | known | found | |", "|---|---|---|---|---|", *(one.row for one in figures)]
    text = "\n\n".join(["\n".join(table), *notes, f"{time.monotonic() - begun:.0f} s of wall time."])
    return f"## {kind}\n\n{text}\n", all(one.agrees for one in figures)


def with_part(page: str, kind: str, text: str) -> str:
    """The page with a part in place of the one of its kind, or at its end."""
    mark = re.compile(rf"^## {kind}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    if mark.search(page):
        return mark.sub(lambda _: f"{text}\n", page).rstrip() + "\n"
    return f"{page.rstrip()}\n\n{text}"


def main() -> int:
    """Measure, and write the page; 1 where a figure differs."""
    # the modules of the kinds import this one by its name
    sys.modules.setdefault("real_models", sys.modules["__main__"])
    sys.path.insert(0, str(HERE))
    there = sorted(path.stem.removeprefix("real_") for path in HERE.glob("real_*.py") if path.stem != "real_models")
    parser = argparse.ArgumentParser()
    parser.add_argument("kinds", nargs="*", help=f"some of {', '.join(there)}")
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data")
    asked = parser.parse_args()
    agree = True
    for kind in asked.kinds or there:
        text, same = part_of(kind, asked.data)
        agree &= same
        page = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else INTRODUCTION
        PAGE.write_text(with_part(page, kind, text), encoding="utf-8")
        print(text)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
