"""The Python API as README shows it: any module or callable plus a DataFrame, to a report, in under ten lines."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

import dlaudit
from dlaudit.errors import UsageError


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"income": rng.normal(size=400), "debt": rng.normal(size=400), "sex": ["F", "M"] * 200})
    rows["approved"] = (rows.income - rows.debt + 0.3 * (rows.sex == "M") > 0).astype(int)
    return rows


@pytest.fixture(scope="module")
def net() -> torch.nn.Module:
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 1)]
    return torch.nn.Sequential(*layers, torch.nn.Sigmoid())


def test_a_module_and_a_frame_become_a_judged_report(net: torch.nn.Module, frame: pd.DataFrame, tmp_path) -> None:
    audit = dlaudit.audit(net, frame, target="approved", sensitive=["sex"])
    verdict = dlaudit.judge(audit, dlaudit.Policy.from_rules("selection_rate.ratio by sex >= 0.8"))
    audit.to_html(tmp_path / "report.html", verdict)
    assert verdict.outcome in {"pass", "fail", "undecided"}
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [tmp_path / "report.html"]


def test_the_callers_module_is_left_as_it_was(net: torch.nn.Module, frame: pd.DataFrame) -> None:
    net.train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    dlaudit.audit(net, frame, target="approved", sensitive=["sex"])
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not any(parameter.grad is not None for parameter in net.parameters())


def test_the_numbers_are_those_of_pandas(net: torch.nn.Module, frame: pd.DataFrame) -> None:
    audit = dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={"explain.enabled": False})
    with torch.no_grad():
        scores = net.eval()(torch.tensor(frame[["income", "debt"]].to_numpy(), dtype=torch.float32))[:, 0].numpy()
    for sex in ("F", "M"):
        mine = audit.measurement("selection_rate", f"sex={sex}")
        chosen = (scores >= 0.5)[frame.sex == sex]
        assert (mine.numerator, mine.denominator) == (chosen.sum(), 200)


def test_frames_come_back(net: torch.nn.Module, frame: pd.DataFrame) -> None:
    audit = dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={"explain.enabled": False})
    assert {"metric", "slice", "value", "undefined"} <= set(audit.measurements_frame().columns)
    assert "selection_rate.difference by sex" in set(audit.disparities_frame()["id"])
    theirs = audit.to_metric_frame(["selection_rate", "auc"]).by_group
    assert theirs.loc["F", "selection_rate"] == pytest.approx(audit.measurement("selection_rate", "sex=F").value)


def test_a_notebook_shows_the_report_in_a_shadow_root(net: torch.nn.Module, frame: pd.DataFrame) -> None:
    audit = dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={"explain.enabled": False})
    shown = audit._repr_html_()
    assert shown.startswith('<div class="dlaudit-report"') and '<template shadowrootmode="open">' in shown
    assert "Nothing was judged" in shown


def test_an_audit_without_rows_says_so(net: torch.nn.Module, frame: pd.DataFrame, tmp_path) -> None:
    from dlaudit.record.files import dump

    audit = dlaudit.audit(net, frame, target="approved", sensitive=["sex"], settings={"explain.enabled": False})
    (tmp_path / "audit.json").write_text(dump(audit, None), encoding="utf-8")
    saved, _ = dlaudit.read_run(tmp_path)
    with pytest.raises(UsageError, match="holds no rows"):
        saved.to_metric_frame()


def test_any_callable_is_a_model(frame: pd.DataFrame) -> None:
    audit = dlaudit.audit(
        lambda rows: rows[:, 0] - rows[:, 1],
        frame,
        target="approved",
        sensitive="sex",
        settings={"model.output": "logit"},
    )
    assert {split.metric for split in audit.decompositions} >= {"mean_score", "selection_rate", "true_positive_rate"}
    for split in audit.decompositions:
        assert sum(part.value for part in split.contributions) + split.residual == pytest.approx(split.gap, abs=1e-9)


class Classifier(torch.nn.Module):
    """The shape of a Hugging Face sequence classifier: named inputs, an output object with logits."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = torch.nn.Embedding(128, 8)
        self.head = torch.nn.Linear(8, 2)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        summed = (self.embedding(input_ids) * attention_mask[..., None]).sum(1)
        return SimpleNamespace(logits=self.head(summed / attention_mask.sum(1, keepdim=True)))


def test_a_hugging_face_style_classifier_is_audited_through_preprocess() -> None:
    torch.manual_seed(0)
    comments = pd.DataFrame(
        {"comment": ["good day", "a bad night"] * 60, "who": list("abc") * 40, "toxic": [0, 1] * 60}
    )

    def tokenized(rows: pd.DataFrame) -> dict[str, torch.Tensor]:
        ids = [[min(ord(letter), 127) for letter in text] for text in rows["comment"]]
        longest = max(map(len, ids))
        return {
            "input_ids": torch.tensor([one + [0] * (longest - len(one)) for one in ids]),
            "attention_mask": torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids]),
        }

    audit = dlaudit.audit(
        Classifier(),
        comments,
        target="toxic",
        sensitive=["who"],
        preprocess=tokenized,
        settings={"data.features": ["comment"], "model.output": "logit"},
    )
    assert audit.data.features == ["comment"]
    assert audit.measurement("accuracy", "overall").value is not None
    assert {one.method for one in audit.attributions} == {"integrated_gradients", "shapley_values"}
    assert audit.explain_plan.methods[0].method == "integrated_gradients"
    assert all(abs(one.residual) < 1e-6 for one in audit.decompositions) and audit.decompositions
