"""A fine-tuned model against its base, from the command line and from Python."""

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
from dlaudit.outputs.against_sentences import against_line
from dlaudit.outputs.markdown import render_markdown
from dlaudit.outputs.words import plain
from dlaudit.record import Audit

INPUTS = ["income", "district", "age"]
QUICK = {
    "data.features": INPUTS,
    "discover.enabled": False,
    "explain.methods": ["integrated_gradients"],
    "explain.sample": 150,
    "explain.steps": 8,
    "explain.checks": False,
    "explain.second_opinion": 0,
    "explain.rounds": 2,
    "explain.decompose": ["mean_score"],
    "explain.decompose_rows": 150,
}


def people(n: int = 500) -> pd.DataFrame:
    """Labels follow from income; the district tells the sex and nothing else."""
    rng = np.random.default_rng(2)
    female = rng.random(n) < 0.45
    income, age = rng.normal(size=n), rng.normal(size=n)
    table = pd.DataFrame({"income": income, "district": rng.normal(size=n) - 1.5 * female, "age": age})
    return table.assign(approved=(income + rng.normal(0, 0.7, n) > 0).astype(int), sex=np.where(female, "F", "M"))


def net(district: float) -> nn.Module:
    """A linear model; the base does not look at the district."""
    made = nn.Linear(3, 1)
    with torch.no_grad():
        made.weight[:] = torch.tensor([[1.5, district, 0.0]])
        made.bias.zero_()
    return made.eval()


def saved(made: nn.Module, path: Path) -> Path:
    torch.export.save(
        torch.export.export(made, (torch.zeros(4, 3),), dynamic_shapes=({0: torch.export.Dim("n")},)), str(path)
    )
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, dlaudit_command: Callable[..., Any]) -> tuple[Path, str]:
    """One run of the command line with both models as files, the base named in dlaudit.toml."""
    folder = tmp_path_factory.mktemp("tuned")
    saved(net(0.8), folder / "tuned.pt2")
    saved(net(0.0), folder / "base.pt2")
    people().to_csv(folder / "rows.csv", index=False)
    keys = "\n".join(f"{key} = {json.dumps(value)}" for key, value in QUICK.items())
    (folder / "dlaudit.toml").write_text(f'model.output = "logit"\nagainst.model = "base.pt2"\n{keys}\n')
    done = dlaudit_command(
        "run", "tuned.pt2", "--data", "rows.csv", "--target", "approved", "--sensitive", "sex", "--progress", "none",
        cwd=folder,
    )  # fmt: skip
    assert done.code == 0, done.err
    return folder / "dlaudit-report", done.out


def test_the_gap_that_the_tuning_brought_is_created_and_found(finished: tuple[Path, str]) -> None:
    out, _ = finished
    written = json.loads((out / "audit.json").read_text())
    written.pop("verdict")
    audit = Audit.model_validate(written)
    assert audit.against is not None and audit.against.rows == 500
    assert audit.against.model.path is not None and audit.against.model.path.endswith("base.pt2")
    status = {one.metric: one.status for one in audit.against.changes}
    assert status["selection_rate"] == "created" and status["mean_score"] == "created"
    created = [one for one in audit.findings if one.code == "DLA470"]
    assert created and "may be none" in created[0].message
    assert audit.provenance.seconds["base"] > 0


def test_contributions_and_parts_of_the_gap_name_the_input_that_it_goes_through(finished: tuple[Path, str]) -> None:
    written = json.loads((finished[0] / "audit.json").read_text())["against"]
    moved = {(one["slice"], one["feature"]): one for one in written["moved"]}
    assert moved["sex=F", "district"]["base"] == pytest.approx(0, abs=1e-9)
    assert moved["sex=F", "district"]["change"]["shown"]
    assert not moved["sex=F", "age"]["change"]["shown"]
    part = next(one for one in written["parts"] if one["feature"] == "district")
    assert part["base"] == pytest.approx(0, abs=1e-9)
    assert abs(part["change"]) > 0.1 and part["low"] * part["high"] > 0


def test_every_output_tells_it(finished: tuple[Path, str]) -> None:
    out, told = finished
    assert "Against base.pt2" in told
    page = (out / "report.html").read_text()
    assert 'id="against"' in page and "Against the base" in page
    assert "Created: the gap in" in (out / "summary.md").read_text()


def by_scores(**more: Any) -> Audit:
    """Scores of both models as columns of one table."""
    rows = people()
    for name, weight in (("new", 0.8), ("old", 0.0)):
        logit = 1.5 * rows["income"] + weight * rows["district"]
        rows[name] = 1 / (1 + np.exp(-logit))
    settings = {"model.output": "probability", "discover.enabled": False, "metrics.report": ["selection_rate"], **more}
    return dlaudit.audit(
        None, rows, target="approved", sensitive=["sex"], scores="new", against="old", settings=settings
    )


def test_given_scores_are_compared_alike_and_nothing_is_explained(finished: tuple[Path, str]) -> None:
    audit = by_scores()
    written = json.loads((finished[0] / "audit.json").read_text())["against"]
    assert audit.against is not None
    known = {one["metric"]: one["change"]["value"] for one in written["changes"]}
    for one in audit.against.changes:
        assert one.change.value == pytest.approx(known[one.metric], abs=1e-6)
    assert not audit.against.moved and any("not explained" in one.reason for one in audit.against.not_applicable)
    assert "created" in plain(against_line(audit.against))
    assert "Against the base's scores" in render_markdown(audit, None)


def test_the_base_has_its_own_threshold() -> None:
    audit = by_scores(**{"against.threshold": 0.9})
    assert audit.against is not None and audit.against.model.threshold == 0.9
    rate = next(one for one in audit.against.changes if one.metric == "selection_rate")
    assert all(one.gained > one.lost for one in rate.exchanged)


def test_a_base_of_another_kind_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        dlaudit.audit(
            net(0.8),
            people(60),
            target="approved",
            sensitive=["sex"],
            settings={"against.scores": ["old"], "model.output": "logit", **QUICK, "explain.enabled": False},
        )
    assert refused.value.code == "DLA101"


def test_a_published_report_holds_the_comparison_back() -> None:
    from dlaudit.record.privacy.suppress import suppressed

    audit = by_scores()
    shown, _ = suppressed(audit, None, 11)
    assert shown.against is None
    assert any("base model" in one.what for one in shown.not_applicable)
