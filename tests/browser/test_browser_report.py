"""The report in a real browser: Debian's chromium, driven through playwright-core, read by axe-core."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from report_audits import ALL, PAYLOADS, hostile, lending

from dlaudit.outputs.html import render_html

SCRIPT = Path(__file__).parent / "browser.mjs"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n')

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A function from HTML and a view to what Chromium made of it."""
    chromium, node = os.environ.get("CHROMIUM") or shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("chromium or node is not installed")
    resolve = (
        "const r = require('module').createRequire(process.argv[1]); ['playwright-core', 'axe-core'].map(r.resolve)"
    )
    if subprocess.run([node, "-e", resolve, str(SCRIPT)], check=False, capture_output=True).returncode != 0:
        pytest.skip(
            "playwright-core and axe-core are not installed: npm install them beside tests/browser or set NODE_PATH"
        )
    directory = tmp_path_factory.mktemp("pages")

    def opened(html, view, *more):
        page = directory / f"{len(list(directory.iterdir()))}.html"
        page.write_text(html, encoding="utf-8")
        run = subprocess.run(
            [node, str(SCRIPT), str(page), view, *map(str, more)],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "CHROMIUM": chromium},
        )
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    return opened


@pytest.mark.parametrize("view", ["light", "dark", "narrow"])
@pytest.mark.parametrize("name", ["lending", "hostile"])
def test_axe_finds_nothing_and_nothing_is_asked_for(browser, name, view):
    found = browser(render_html(*ALL[name]()), view)
    assert found["axe"] == []
    assert (found["requests"], found["console"], found["dialogs"], found["overflow"]) == ([], [], 0, 0)


@pytest.mark.parametrize("view", ["light", "narrow"])
def test_hostile_names_are_inert_even_without_the_policy(browser, view):
    html, removed = POLICY.subn("", render_html(*hostile()))
    assert removed == 1
    found = browser(html, view)
    assert (found["ran"], found["images"], found["dialogs"]) == (None, 0, 0)
    assert (found["requests"], found["console"]) == ([], [])


def test_without_the_policy_an_unescaped_name_would_run(browser):
    html = POLICY.sub("", render_html(*lending())).replace("</h1>", f"</h1>{PAYLOADS[0]}")
    assert browser(html, "light")["ran"] == 1


def test_the_policy_stops_an_unescaped_name(browser):
    leaks = "".join((PAYLOADS[0], '<img src=x onerror="window.__ran=2">', '<img src="http://127.0.0.1:9/leak.png">'))
    html = render_html(*lending()).replace("</h1>", f"</h1>{leaks}")
    found = browser(html, "light")
    assert found["ran"] is None
    assert found["console"] and all("Content Security Policy" in line for line in found["console"])


def test_the_report_is_whole_without_scripts(browser):
    found = browser(render_html(*lending()), "noscript")
    assert "Outside tolerance" in found["text"] and "Glossary" in found["text"]
    assert found["console"] == []


def test_the_report_prints(browser, tmp_path):
    pdf = tmp_path / "report.pdf"
    browser(render_html(*lending()), "light", pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
