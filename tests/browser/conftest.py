"""Chromium for the browser tests, started once; the hand-made audits of tests/outputs are rendered here too."""

import json
import os
import selectors
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "outputs"))

SCRIPT = Path(__file__).parent / "browser.mjs"
_RESOLVE = "const r = require('module').createRequire(process.argv[1]); ['playwright-core', 'axe-core'].map(r.resolve)"
PATIENCE = 120
"""Seconds in which a page must have answered."""


class Chromium:
    """A running Chromium that answers what it made of a page."""

    def __init__(self, node: str, chromium: str, directory: Path) -> None:
        self._directory, self._pages = directory, 0
        self._process = subprocess.Popen(
            [node, str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "CHROMIUM": chromium},
        )
        self._answers = selectors.DefaultSelector()
        self._answers.register(self._process.stdout, selectors.EVENT_READ)

    def __call__(self, html: str, view: str = "light", *, pdf=None, steps: str = "", **context) -> dict:
        """What the page asked for, ran and logged, with what axe found, or with `told`, the value of the steps."""
        self._pages += 1
        file = self._directory / f"{self._pages}.html"
        file.write_text(html, encoding="utf-8", errors="surrogatepass")
        question = {"file": str(file), "view": view, "context": context, "steps": steps, "pdf": str(pdf) if pdf else ""}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        assert self._answers.select(PATIENCE), "Chromium did not answer"
        line = self._process.stdout.readline()
        assert line, "Chromium went away"
        answer = json.loads(line)
        assert "found" in answer, answer["error"]
        return answer["found"]

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._answers.close()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A function from HTML and a view to what Chromium made of it."""
    chromium, node = os.environ.get("CHROMIUM") or shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("chromium or node is not installed")
    if subprocess.run([node, "-e", _RESOLVE, str(SCRIPT)], check=False, capture_output=True).returncode != 0:
        pytest.skip(
            "playwright-core and axe-core are not installed: npm install them beside tests/browser or set NODE_PATH"
        )
    running = Chromium(node, chromium, tmp_path_factory.mktemp("pages"))
    yield running
    running.close()
