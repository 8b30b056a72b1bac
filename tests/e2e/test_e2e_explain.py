"""Explanations as a user meets them: a budget on the command line, and SHAP's own plots of an audit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import dlaudit
from dlaudit.errors import UsageError
from tests.conftest import Done

SETTINGS = {
    "discover.enabled": False,
    "explain.checks": False,
    "explain.second_opinion": 0,
    "explain.evaluations": 64,
    "explain.decompose": ["mean_score"],
    "input.table.onehot": {"job": ["none", "nurse", "pilot"]},
    "input.table.standardize": {"mean": {"income": 50.0}, "std": {"income": 10.0}},
    "data.features": ["income", "job", "debt"],
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"income": rng.normal(50, 10, 300), "job": rng.choice(["none", "nurse", "pilot"], 300)})
    rows["debt"], rows["sex"] = rng.normal(size=300), ["F", "M", "M"] * 100
    rows["approved"] = (rows.income / 10 - 5 - rows.debt + rng.normal(size=300) > 0).astype(int)
    return rows


@pytest.fixture(scope="module")
def audit(frame: pd.DataFrame) -> dlaudit.Audit:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    return dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings=SETTINGS)


def test_shap_values_add_up_to_the_scores_of_the_rows(audit: dlaudit.Audit) -> None:
    found = audit.shap_values()
    rows, _ = audit.rows_kept
    assert found.values.shape == (300, 3) and found.feature_names == ["income", "job", "debt"]
    np.testing.assert_allclose(found.values.sum(axis=1) + found.base_values, rows.score[:, 0], atol=1e-5)


def test_data_are_the_rows_as_a_reader_knows_them(audit: dlaudit.Audit, frame: pd.DataFrame) -> None:
    found = audit.shap_values()
    np.testing.assert_allclose(found.data[:, 0], frame["income"], rtol=1e-5)
    assert list(found.display_data[:, 1]) == list(frame["job"])
    assert found.data.dtype == float and set(found.data[:, 1]) == {0.0, 1.0, 2.0}


def test_a_slice_holds_its_own_rows(audit: dlaudit.Audit, frame: pd.DataFrame) -> None:
    found = audit.shap_values("sex=F", method="integrated_gradients")
    np.testing.assert_allclose(found.data[:, 2], frame["debt"][frame.sex == "F"], rtol=1e-5)
    means = {one.feature: one.mean for one in audit.attributions if (one.method, one.slice) == METHOD_AND_SLICE}
    np.testing.assert_allclose(found.values.mean(axis=0), [means[name] for name in found.feature_names], atol=1e-9)


METHOD_AND_SLICE = ("integrated_gradients", "sex=F")


def test_the_first_choice_is_the_default_method(audit: dlaudit.Audit) -> None:
    first = audit.explain_plan.methods[0].method
    np.testing.assert_array_equal(audit.shap_values().values, audit.shap_values(method=first).values)


@pytest.mark.filterwarnings("ignore")  # of SHAP's own drawing
@pytest.mark.parametrize("plot", ["beeswarm", "bar", "waterfall", "scatter"])
def test_shaps_own_plots_take_them(audit: dlaudit.Audit, plot: str) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="SHAP's plots need matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import shap

    found = audit.shap_values("sex=M")
    one = {"waterfall": lambda: found[0], "scatter": lambda: found[:, "income"]}.get(plot, lambda: found)()
    getattr(shap.plots, plot)(one, show=False)
    assert plt.gcf().axes
    plt.close("all")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"slice": "sex=f"}, "Did you mean 'sex=F'"),
        ({"method": "integrated_gradient"}, "Did you mean 'integrated_gradients'"),
    ],
)
def test_names_that_are_not_known_are_told(audit: dlaudit.Audit, given: dict[str, str], match: str) -> None:
    with pytest.raises(UsageError, match=match):
        audit.shap_values(**given)


def test_an_audit_without_explanations_says_what_to_do(frame: pd.DataFrame) -> None:
    net = nn.Sequential(nn.Linear(5, 1), nn.Sigmoid())
    bare = dlaudit.audit(
        net, frame, target="approved", sensitive=["sex"], settings={**SETTINGS, "explain.enabled": False}
    )
    with pytest.raises(UsageError, match="holds no explained rows"):
        bare.shap_values()


@pytest.fixture(scope="module")
def budgeted(dlaudit_command: Callable[..., Done], lending: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("budget") / "report"
    done = dlaudit_command(
        "run",
        "--config",
        lending / "dlaudit.toml",
        "--explain-budget",
        "450000",
        "--set",
        "explain.decompose=['mean_score']",
        "--progress",
        "plain",
        "--exit-zero",
        "--out",
        out,
    )
    assert done.code == 0, done.err
    assert "explain: rows" in done.err and "explain: gaps" in done.err
    return out


def test_a_budget_on_the_command_line_makes_things_smaller_and_the_record_says_so(budgeted: Path) -> None:
    plan = json.loads((budgeted / "audit.json").read_text())["explain_plan"]
    assert (plan["budget"], plan["budget_given"]) == (450_000, "450000")
    assert plan["estimated"] <= 450_000 and plan["reduced"]
    least = {name: min(100, rows) for name, rows in plan["rows_by_slice"].items()}
    assert all(plan["rows_by_slice"][name] >= rows for name, rows in least.items())


def test_a_run_that_was_read_back_has_its_shap_values_too(budgeted: Path) -> None:
    audit, _ = dlaudit.read_run(budgeted)
    found = audit.shap_values("race=Black")
    assert found.values.shape[1] == 41 and len(found.values) == audit.explain_plan.rows_by_slice["race=Black"]
    assert found.data is None and np.isfinite(found.base_values).all()


def test_a_run_without_rows_says_what_to_do(budgeted: Path, tmp_path: Path) -> None:
    (tmp_path / "audit.json").write_bytes((budgeted / "audit.json").read_bytes())
    audit, _ = dlaudit.read_run(tmp_path)
    with pytest.raises(UsageError, match="attributions.parquet"):
        audit.shap_values()


@pytest.mark.parametrize(("flag", "said"), [("fast", "not a budget"), ("0", "not a budget")])
def test_what_is_no_budget_is_refused_before_the_work(
    dlaudit_command: Callable[..., Done], lending: Path, tmp_path: Path, flag: str, said: str
) -> None:
    done = dlaudit_command(
        "run", "--config", lending / "dlaudit.toml", "--explain-budget", flag, "--out", tmp_path / "r"
    )
    assert done.code == 2 and said in done.err


def test_methods_and_what_they_need_can_be_listed(dlaudit_command: Callable[..., Any]) -> None:
    listed = dlaudit_command("list", "attributors").out
    (line,) = [one for one in listed.splitlines() if one.startswith("integrated_gradients ")]
    assert "needs GRADIENTS" in line and "adds up: exactly" in line and "passes" in line
    told = dlaudit_command("explain", "shapley_values").out
    assert "add up to the change of the score" in told
