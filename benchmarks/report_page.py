"""The report as a file and as a page: size, rendering, loading, accessibility, printing.

    python benchmarks/report_page.py [NAME=RUN ...]

Measures the pages of finished runs (the directory RUN), of an audit of 5 sensitive features by 6 metrics, of one with
25 times as many slices, both made here from given scores, and of the latter with 210 single rows, 60 of them with a
picture (report_stress.py). Needs Chromium and node beside tests/browser. Writes report_page.md.
"""

import gc
import gzip
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from report_stress import CARDS, PICTURES, with_examples

from dlaudit.outputs.html import render_html
from dlaudit.outputs.pdf import print_pdf
from dlaudit.record import Audit, Verdict
from dlaudit.record.files import read

HERE = Path(__file__).parent
PAGE = HERE / "report_page.md"
METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "precision", "auc")
ROUNDS = 5
HEADS = ["page", "kB (gz)", "render s", "nodes", "load / first paint / long tasks ms"]
HEADS += ["requests", "console", "axe", "sideways", "PDF pages"]
INTRO = f"""# The report as a page

`python benchmarks/report_page.py NAME=RUN …` (2 shared cores, Chromium headless; times are medians of five and depend
on the machine, sizes and counts do not). *Render*: the HTML from the record in seconds of processor time, best of five
(the first page of a process compiles the templates, about 0.2 s more). *Long tasks*: the time
in which the browser could not answer, 0 where no task was longer than 50 ms. *axe*: nodes that violate WCAG 2.0 to 2.2
A and AA or best practice, light, dark and 390 px wide together, with everything unfolded. *Sideways*: pixels that the
page can be scrolled at 390 px. The pictures of the last page are pieces of photographs, 128 pixels wide.

| {" | ".join(HEADS)} |
|{"---|" * len(HEADS)}
"""


def given_scores(folder: Path, features: int, levels: int, rows: int) -> Path:
    """An audit of given scores with so many sensitive features of so many levels."""
    generator = np.random.default_rng(5)
    label = generator.integers(0, 2, rows)
    frame = pd.DataFrame(
        {f"feature {at}": [f"g{one}" for one in generator.integers(0, levels, rows)] for at in range(features)}
    )
    frame = frame.assign(y=label, p=(0.3 * label + generator.normal(0.35, 0.2, rows)).clip(0, 1))
    data, out = folder / f"{levels}.csv", folder / f"run-{levels}"
    frame.to_csv(data, index=False)
    flags = [
        sys.executable,
        "-m",
        "dlaudit",
        "run",
        "--scores",
        str(data),
        "--score",
        "p",
        "--target",
        "y",
        "--no-config",
    ]
    flags += ["--sensitive", ",".join(frame.columns[:features]), "--out", str(out), "--exit-zero", "-q", "--no-config"]
    if levels > 20:  # crossings of so many levels are refused
        flags += ["--set", 'slices.intersections="none"']
    subprocess.run([*flags, "--set", f"metrics.report={json.dumps(METRICS)}"], check=True)
    return out


def measured(name: str, found: tuple[Audit, Verdict | None], folder: Path) -> str:
    """One line of the table."""
    seconds, html = rendered(found)
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    seen = json.loads(
        subprocess.run(["node", str(HERE / "report_page.mjs"), str(page)], check=True, capture_output=True).stdout
    )
    pages = print_pdf(html).count(b"/Type /Page\n")
    size, packed = len(html.encode()) / 1000, len(gzip.compress(html.encode())) / 1000
    times = " / ".join(f"{seen[key]:.0f}" for key in ("load", "paint", "long"))
    took = f"{min(seconds):.2f}"
    cells = [name, f"{size:.0f} ({packed:.0f})", took, f"{seen['nodes']:,}", times]
    cells += [str(seen[key]) for key in ("requests", "console", "axe", "overflow")] + [str(pages)]
    return f"| {' | '.join(cells)} |\n"


def rendered(found: tuple[Audit, Verdict | None]) -> tuple[list[float], str]:
    """Seconds of processor time of every round, and the page."""
    seconds, html = [], ""
    for _ in range(ROUNDS):
        gc.collect()
        start = time.process_time()
        html = render_html(*found)
        seconds.append(time.process_time() - start)
    return seconds, html


def main(runs: list[str]) -> None:
    """Measure every page and write the table."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        cases = [(name, read(Path(run))) for name, _, run in (given.partition("=") for given in runs)]
        cases.append(("5 features of 4 levels by 6 metrics", read(given_scores(folder, 5, 4, 20_000))))
        audit, verdict = read(given_scores(folder, 10, 50, 100_000))
        cases.append(("10 features of 50 levels by 6 metrics", (audit, verdict)))
        cases.append((f"the same with {CARDS} rows, {PICTURES} pictures", (with_examples(audit), verdict)))
        lines = [measured(name, found, folder) for name, found in cases]
    PAGE.write_text(INTRO + "".join(lines), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
