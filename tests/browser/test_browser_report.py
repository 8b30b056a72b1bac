"""The report in a real browser: Debian's chromium, driven through playwright-core, read by axe-core."""

import json
import re

import pytest
from report_audits import ALL, PAYLOADS, hostile, lending

from dlaudit.cli.app import run_cli
from dlaudit.metrics.changes import disparity_changes
from dlaudit.outputs import text
from dlaudit.outputs.diff import render_diff
from dlaudit.outputs.html import render_html
from dlaudit.outputs.inventory import render_inventory
from dlaudit.outputs.view.explore import explore
from dlaudit.outputs.view.inventory import Run
from dlaudit.record import RunComparison, RunRef
from dlaudit.stages.write import rewrite_files
from dlaudit.stats import wilson

POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n')

pytestmark = pytest.mark.browser


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
    browser(render_html(*lending()), "light", pdf=pdf)
    assert pdf.read_bytes().startswith(b"%PDF")


def test_another_threshold_gives_the_rates_of_its_rows(browser):
    audit, verdict = lending()
    start, moved, printed = browser(render_html(audit, verdict), "light")["explored"]
    data = json.loads(explore(audit).data)
    assert "equal the audited ones" in start["check"] and int(moved["at"]) == data["used"] - 9
    for row, one in zip(moved["rows"], data["slices"], strict=True):
        at = int(moved["at"])
        shares = [
            (sum(one["p"][at:]) + sum(one["n"][at:])) / (sum(one["p"]) + sum(one["n"])),
            sum(one["p"][at:]) / sum(one["p"]),
            sum(one["n"][at:]) / sum(one["n"]),
        ]
        ends = wilson(shares[0] * (sum(one["p"]) + sum(one["n"])), sum(one["p"]) + sum(one["n"]))
        told = [text.percent(share) for share in shares]
        assert [row[1], row[4], row[5]] == told
        assert row[2] == text.span(float(ends.low), float(ends.high), text.percent)
    assert moved["rows"] != start["rows"]
    assert printed["rows"] == start["rows"] and printed["at"] == start["at"]


def test_counts_that_do_not_give_the_audited_rates_are_not_offered(browser):
    audit, verdict = lending()
    wrong = [one.model_copy(update={"positive": [count + 1 for count in one.positive]}) for one in audit.histograms]
    html = render_html(audit.model_copy(update={"histograms": wrong}), verdict)
    (only,) = browser(html, "light")["explored"]
    assert "nothing can be tried here" in only["check"] and not only["offered"]


def test_the_index_and_the_comparison_are_accessible_and_ask_for_nothing(browser, tmp_path):
    audit, verdict = hostile()
    runs = [Run(place="a", href="./a/report.html", audit=audit, verdict=verdict), Run(place="b", href=None, fault="x")]
    ref = RunRef(place="a", title=PAYLOADS[0], rows=1)
    compared = RunComparison(old=ref, new=ref, not_paired=PAYLOADS[1], changes=disparity_changes(audit, audit))
    for html in (render_inventory(runs), render_diff(compared, audit)):
        for view in ("light", "dark", "narrow"):
            found = browser(html, view)
            assert (found["axe"], found["requests"], found["console"]) == ([], [], [])
            assert (found["ran"], found["dialogs"], found["overflow"]) == (None, 0, 0)


def test_the_command_prints_a_pdf(browser, tmp_path):
    run = tmp_path / "run"
    rewrite_files(run, lending(), rows_from=None)
    assert run_cli(["report", str(run), "--pdf"]) == 0
    assert (run / "report.pdf").read_bytes().startswith(b"%PDF")
    assert run_cli(["report", str(run)]) == 0 and not (run / "report.pdf").exists()
