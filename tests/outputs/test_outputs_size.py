"""How large a report may become: sizes only, since times depend on the machine (benchmarks/report_page.py)."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from report_audits import degenerate, kinds

from dlaudit.cli.app import run_cli
from dlaudit.outputs.html import render_html
from dlaudit.outputs.sheets import sheets, style
from dlaudit.outputs.templates import asset
from dlaudit.outputs.view.page import page
from dlaudit.record.files import read

METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "precision", "auc")
FEATURES, LEVELS, ROWS = 5, 4, 2_000


@pytest.fixture(scope="module")
def tabular(tmp_path_factory):
    """An audit of given scores: 5 sensitive features of 4 levels by 6 metrics."""
    folder = tmp_path_factory.mktemp("scores")
    generator = np.random.default_rng(5)
    label = generator.integers(0, 2, ROWS)
    levels = {f"feature {at}": [f"g{one}" for one in generator.integers(0, LEVELS, ROWS)] for at in range(FEATURES)}
    scores = (0.3 * label + generator.normal(0.35, 0.2, ROWS)).clip(0, 1)
    pd.DataFrame(levels).assign(y=label, p=scores).to_csv(folder / "scores.csv", index=False)
    flags = ["run", "--scores", str(folder / "scores.csv"), "--score", "p", "--target", "y", "--no-config", "-q"]
    flags += ["--sensitive", ",".join(levels), "--out", str(folder / "run"), "--exit-zero"]
    assert run_cli([*flags, "--set", f"metrics.report={json.dumps(METRICS)}"]) == 0
    return read(folder / "run")


def test_five_features_of_four_levels_by_six_metrics_stay_under_300_kilobytes(tabular):
    audit, verdict = tabular
    html = render_html(audit, verdict)
    assert {one.metric for one in audit.measurements} >= set(METRICS)
    assert len([one for one in audit.slices if len(one.by) == 1]) == FEATURES * LEVELS
    assert len(html.encode()) < 300_000
    assert 'id="gaps-1"' in html and 'id="explore-data"' in html, "the sections that weigh most are there"


def test_a_figure_of_a_large_table_costs_no_class_of_its_own(tabular):
    html = render_html(*tabular)
    body = re.search(r'<table class="forest stack figures">.*?</table>', html, re.DOTALL).group()
    assert body.count("<td>") > 5 * body.count("<td class=") / 2 and "style=" not in body


def test_the_shell_has_air_below_25_kilobytes():
    html = render_html(*degenerate())
    shell = re.sub(r"<(section|header) id=.*?</\1>|<div popover.*?</div>", "", html, flags=re.DOTALL)
    assert asset("report.css") in shell and len(shell.encode()) < 24_500


def test_only_a_page_that_shows_places_or_single_rows_carries_their_styles():
    plain, full = (page(*made()) for made in (degenerate, kinds))
    assert sheets(plain) == ()
    assert "places.css" in sheets(full)
    assert ".tile" in style(sheets(full)) and ".tile{" not in style(sheets(plain))
