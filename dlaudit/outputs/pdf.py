"""report.pdf: the report as a Chromium prints it, where one is installed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dlaudit.errors import Stopped, UsageError, shown

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
    "msedge",
)
"""Programs that print a page, first one found; `CHROMIUM` in the environment goes before them."""
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
SECONDS = 120
"""After which printing is given up."""
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pdf-header-footer",
)


def browser() -> str:
    """The program that prints.

    Raises:
        UsageError: None is installed (DLA711).
    """
    asked = os.environ.get("CHROMIUM")
    names = [asked] if asked else [*BROWSERS, *APPLICATIONS]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        what = (
            f"CHROMIUM={shown(asked, limit=200)} is no program"
            if asked
            else "no browser that can print a PDF was found"
        )
        raise UsageError(
            "DLA711",
            what,
            expected="Chromium, Google Chrome or Microsoft Edge",
            fix="Install one (Debian: apt install chromium) or name it in the environment variable CHROMIUM; or open "
            "report.html in any browser and print it.",
        )
    return found


def print_pdf(html: str) -> bytes:
    """That page as PDF.

    The browser gets a home of its own that is removed afterwards, so that neither a running browser nor its settings
    matter. It opens one file, which by its own policy asks for nothing.

    Raises:
        UsageError: No browser is installed (DLA711).
        Stopped: The browser failed or took longer than two minutes (DLA712).
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="dlaudit-pdf-") as home:
        page, made = Path(home) / "report.html", Path(home) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        outcome = _printed([program, *_FLAGS, *_as_root(), f"--user-data-dir={home}/profile"], page, made)
        if outcome is not None or not made.is_file():
            raise Stopped(
                "DLA712",
                f"{shown(program, limit=200)} did not print the report ({outcome or 'it wrote no file'})",
                fix="Open report.html in a browser and print it from there.",
            )
        return made.read_bytes()


def _printed(command: list[str], page: Path, made: Path) -> str | None:
    """What went wrong; None where nothing did."""
    try:
        run = subprocess.run(
            [*command, f"--print-to-pdf={made}", page.as_uri()],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not within {SECONDS} seconds"
    except OSError as error:
        return error.strerror or str(error)
    if run.returncode == 0:
        return None
    told = next((line for line in reversed(run.stderr.splitlines()) if line.strip()), "")
    return f"exit code {run.returncode}" + (f": {shown(told, limit=160, quote=False)}" if told else "")


def _as_root() -> list[str]:
    """Chromium refuses its own sandbox to root, as in a container; the page is ours and has no foreign script."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
