"""The lending example in every shape that data and models come in; every number that pandas can check is checked."""

import importlib.util
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
from tests.conftest import Done

THRESHOLD = 0.8
OTHER = ("approve", "race", "sex")
LIGHT = {"explain.sample": 12, "explain.background": 6, "explain.rounds": 1, "explain.decompose_rows": 40}
QUIET = {"explain.enabled": False}


@pytest.fixture(scope="module")
def table(lending: Path) -> pd.DataFrame:
    """The held-out applications with columns that a real table also has: age, weight, person, region."""
    read = pd.read_csv(lending / "test.csv", keep_default_na=False)
    generator = np.random.default_rng(0)
    return read.assign(
        age=generator.integers(18, 80, len(read)),
        weight=generator.choice([0.5, 1.0, 2.0], len(read)),
        person=[f"p{number}" for number in generator.integers(0, 600, len(read))],
        region=generator.choice(["north", "south"], len(read)),
    )


@pytest.fixture(scope="module")
def inputs(lending: Path) -> list[str]:
    """The 41 inputs, in the network's order."""
    return [name for name in pd.read_csv(lending / "test.csv", nrows=1).columns if name not in OTHER]


@pytest.fixture(scope="module")
def net(lending: Path) -> nn.Module:
    """The example's network as an object of ours."""
    found = importlib.util.spec_from_file_location("lending_model", lending / "lending_model.py")
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    loaded: nn.Module = module.load_model(str(lending / "model.pt"), "cpu")
    return loaded


@pytest.fixture(scope="module")
def matrix(table: pd.DataFrame, inputs: list[str]) -> torch.Tensor:
    return torch.tensor(table[inputs].to_numpy(), dtype=torch.float32)


@pytest.fixture(scope="module")
def selected(net: nn.Module, matrix: torch.Tensor, table: pd.DataFrame) -> pd.Series:
    """Whom the network approves, by our own forward pass."""
    with torch.no_grad():
        return pd.Series(net(matrix)[:, 0].double().numpy() >= THRESHOLD, index=table.index)


@pytest.fixture(scope="module")
def audited(net: nn.Module, table: pd.DataFrame, inputs: list[str]) -> Callable[..., dlaudit.Audit]:
    """Audit the network on the table, with further settings."""

    def run(sensitive: list[str], model: Any = net, data: Any = table, **settings: Any) -> dlaudit.Audit:
        given = {"data.features": inputs, "model.threshold": THRESHOLD, **QUIET}
        given |= {key.replace("__", "."): value for key, value in settings.items()}
        return dlaudit.audit(model, data, target="approve", sensitive=sensitive, settings=given)

    return run


def measured(audit: dlaudit.Audit, metric: str, slice_id: str) -> Any:
    (found,) = [one for one in audit.measurements if (one.metric, one.slice) == (metric, slice_id)]
    return found


def report(audit: dlaudit.Audit, folder: Path) -> str:
    audit.to_html(folder / "report.html")
    return (folder / "report.html").read_text(encoding="utf-8")


# --- roles of columns ----------------------------------------------------------------------------------------


def test_a_frame_and_an_object_give_the_rates_that_pandas_gives(
    audited: Any, table: pd.DataFrame, selected: pd.Series, tmp_path: Path
) -> None:
    audit = audited(
        ["race", "sex"], **{key.replace(".", "__"): value for key, value in LIGHT.items()}, explain__enabled=True
    )
    for feature in ("race", "sex"):
        for level, rows in table[table[feature] != ""].groupby(feature).groups.items():
            slice_id, right = f"{feature}={level}", (table["approve"] == 1)[rows]
            assert measured(audit, "selection_rate", slice_id).value == pytest.approx(selected[rows].mean())
            assert measured(audit, "true_positive_rate", slice_id).value == pytest.approx(selected[rows][right].mean())
    html = report(audit, tmp_path)
    assert "Audit of a model in memory on given rows" in html
    assert {one.method for one in audit.attributions} == {"integrated_gradients", "shapley_values"}


def test_weights_count_and_people_are_then_told_by_weight(
    audited: Any, table: pd.DataFrame, selected: pd.Series, tmp_path: Path
) -> None:
    audit = audited(["race"], data__weight="weight")
    black = table["race"] == "Black"
    expected = np.average(selected[black], weights=table["weight"][black])
    found = measured(audit, "selection_rate", "race=Black")
    assert found.value == pytest.approx(expected)
    assert found.n == black.sum()
    assert "of a weight of " in report(audit, tmp_path)


def test_rows_of_one_person_widen_intervals_and_move_no_rate(audited: Any) -> None:
    alone, clustered = audited(["race"]), audited(["race"], data__unit="person")
    one, other = (measured(audit, "selection_rate", "race=White") for audit in (alone, clustered))
    assert one.value == other.value
    assert (one.low, one.high) != (other.low, other.high)
    assert clustered.data.unit == "person"


def test_bins_keep_the_youngest_and_the_oldest_apart(audited: Any, table: pd.DataFrame, selected: pd.Series) -> None:
    audit = audited(["age"], slices__bins={"age": [25, 40, 60]})
    age = table["age"]
    ends = {
        "age=below 25": age < 25,
        "age=[25, 40)": (age >= 25) & (age < 40),
        "age=[40, 60]": (age >= 40) & (age <= 60),
        "age=above 60": age > 60,
    }
    assert {one.id: one.n for one in audit.slices if one.by} == {name: int(rows.sum()) for name, rows in ends.items()}
    for name, rows in ends.items():
        assert measured(audit, "selection_rate", name).value == pytest.approx(selected[rows].mean())


def test_gaps_within_a_control_feature_are_those_of_its_rows(
    audited: Any, table: pd.DataFrame, selected: pd.Series, tmp_path: Path
) -> None:
    audit = audited(["race"], slices__control=["region"])
    for region in ("north", "south"):
        here = table["region"] == region
        rates = selected[here].groupby(table["race"][here]).mean()
        (gap,) = [
            one for one in audit.disparities if one.id == f"selection_rate.difference by race within region={region}"
        ]
        assert gap.value == pytest.approx(rates.max() - rates.min())
    assert "Gaps within the levels of control features" in report(audit, tmp_path)


def test_levels_that_nobody_recorded_are_shown_and_not_compared(audited: Any, table: pd.DataFrame) -> None:
    audit = audited(["sex"])
    (unknown,) = [one for one in audit.slices if one.unknown]
    assert unknown.id == "sex=(unknown)" and unknown.n == (table["sex"] == "").sum()
    assert all(unknown.id not in one.slices for one in audit.disparities)


# --- files ---------------------------------------------------------------------------------------------------


def test_every_format_gives_the_same_audit(lending: Path, table: pd.DataFrame, audited: Any, tmp_path: Path) -> None:
    table.to_parquet(tmp_path / "test.parquet")
    table.to_json(tmp_path / "test.jsonl", orient="records", lines=True)
    table.to_csv(tmp_path / "test.csv", index=False)
    found = [
        audited(["race", "sex"], lending / "model.pt2", tmp_path / f"test.{suffix}").measurements
        for suffix in ("csv", "parquet", "jsonl")
    ]
    assert found[0] == found[1] == found[2]


def test_demographics_join_from_a_second_file_by_id(
    lending: Path, table: pd.DataFrame, selected: pd.Series, audited: Any, tmp_path: Path
) -> None:
    """The second file is in another order and lacks 20 people, whose race and sex are then not recorded."""
    named = table.assign(application=[f"A{number}" for number in range(len(table))])
    shuffled = named[["application", "race", "sex"]].sample(frac=1, random_state=1)[:-20]
    shuffled.to_csv(tmp_path / "people.csv", index=False)
    named.drop(columns=["race", "sex"]).to_csv(tmp_path / "test.csv", index=False)
    audit = audited(
        ["race", "sex"],
        lending / "model.pt2",
        tmp_path / "test.csv",
        data__demographics=str(tmp_path / "people.csv"),
        data__join="application",
    )
    sizes = {one.id: one.n for one in audit.slices}
    assert sizes["race=(unknown)"] == 20
    black = shuffled.index[shuffled["race"] == "Black"]
    assert sizes["race=Black"] == len(black)
    assert measured(audit, "selection_rate", "race=Black").value == pytest.approx(selected[black].mean())


def test_flags_say_it_all_for_given_scores(
    dlaudit_command: Callable[..., Done], table: pd.DataFrame, net: nn.Module, matrix: torch.Tensor, tmp_path: Path
) -> None:
    """A predictions file, a weight column and a rule: the same gate, without a model and without torch."""
    with torch.no_grad():
        scored = table[["approve", "race", "weight"]].assign(p=net(matrix)[:, 0].double().numpy())
    scored.to_csv(tmp_path / "scored.csv", index=False)
    done = dlaudit_command(
        *("run", "--scores", tmp_path / "scored.csv", "--score", "p", "--target", "approve", "--sensitive", "race"),
        *("--set", "data.weight=weight", "--set", f"model.threshold={THRESHOLD}"),
        *("--rule", "selection_rate.ratio by race >= 0.8", "--format", "json", "--out", tmp_path / "report"),
    )
    assert done.code in {1, 4}, done.err
    (check,) = json.loads((tmp_path / "report" / "audit.json").read_text())["verdict"]["checks"]
    rates = scored.groupby("race")[["p", "weight"]].apply(
        lambda rows: np.average(rows["p"] >= THRESHOLD, weights=rows["weight"])
    )
    assert check["observed"] == pytest.approx(rates.min() / rates.max())


# --- kinds of models -----------------------------------------------------------------------------------------


class TwoOutputs(nn.Module):
    """The network with a softmax over both labels."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        p = self.net(rows).clamp(1e-6, 1 - 1e-6)
        return torch.softmax(torch.cat([(1 - p).log(), p.log()], dim=1), dim=1)


def test_two_softmax_outputs_are_read_as_the_second_label(audited: Any, net: nn.Module) -> None:
    one, two = audited(["race"]), audited(["race"], TwoOutputs(net).eval())
    for metric in ("selection_rate", "true_positive_rate", "accuracy"):
        assert measured(two, metric, "race=Black").value == measured(one, metric, "race=Black").value


def fitted(matrix: torch.Tensor, target: torch.Tensor, outputs: int, loss: Callable[..., torch.Tensor]) -> nn.Module:
    """A small linear model, trained for a moment."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(matrix.shape[1]), nn.Linear(matrix.shape[1], outputs))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        optimizer.zero_grad()
        loss(model(matrix), target).backward()
        optimizer.step()
    return model.eval()


def test_three_classes_have_the_recalls_that_pandas_gives(
    table: pd.DataFrame, inputs: list[str], matrix: torch.Tensor, tmp_path: Path
) -> None:
    names = ["approve", "deny", "refer"]
    outcome = pd.Series(
        np.select([table["obrat"] > 40, table["obrat"] > 30], ["deny", "refer"], "approve"), table.index
    )
    codes = torch.tensor([names.index(one) for one in outcome])
    model = fitted(matrix, codes, 3, nn.functional.cross_entropy)
    data = table.drop(columns="approve").assign(outcome=outcome)
    settings = {"data.features": inputs, "model.classes": names, "model.output": "logit", **LIGHT}
    audit = dlaudit.audit(model, data, target="outcome", sensitive=["race"], settings=settings)
    with torch.no_grad():
        predicted = pd.Series(np.array(names)[model(matrix).argmax(dim=1).numpy()], table.index)
    black = table["race"] == "Black"
    right = predicted == outcome
    assert measured(audit, "accuracy", "race=Black").value == pytest.approx(right[black].mean())
    for name in names:
        rows = black & (outcome == name)
        assert measured(audit, f"recall[{name}]", "race=Black").value == pytest.approx(right[rows].mean())
    html = report(audit, tmp_path)
    assert html.index("<h3>Accuracy") < html.index("<h3>Recall of")
    assert {one.metric.partition("[")[0] for one in audit.decompositions} >= {"log_loss"}


def test_a_column_of_predicted_classes_is_enough(table: pd.DataFrame) -> None:
    said = pd.Series(np.where(table["obrat"] > 38, "deny", "approve"), table.index)
    truth = pd.Series(np.where(table["approve"] == 1, "approve", "deny"), table.index)
    data = pd.DataFrame({"said": said, "truth": truth, "race": table["race"]})
    settings = {"model.output": "label", "model.positive": "approve"}
    audit = dlaudit.audit(data=data, scores="said", target="truth", sensitive=["race"], settings=settings)
    black = table["race"] == "Black"
    assert measured(audit, "selection_rate", "race=Black").value == pytest.approx((said == "approve")[black].mean())
    assert measured(audit, "accuracy", "race=Black").value == pytest.approx((said == truth)[black].mean())


def test_errors_of_a_regression_are_those_that_pandas_gives(
    table: pd.DataFrame, inputs: list[str], matrix: torch.Tensor, tmp_path: Path
) -> None:
    at = inputs.index("loanamt")
    others = matrix[:, [place for place in range(len(inputs)) if place != at]]
    model = fitted(others, matrix[:, [at]], 1, nn.functional.mse_loss)
    settings = {"data.features": [name for name in inputs if name != "loanamt"], **LIGHT}
    audit = dlaudit.audit(model, table, target="loanamt", sensitive=["race", "sex"], settings=settings)
    with torch.no_grad():
        error = pd.Series(model(others)[:, 0].double().numpy(), table.index) - table["loanamt"]
    assert audit.model.task == "regression"
    for name, rows in (("race=Black", table["race"] == "Black"), ("sex=male", table["sex"] == "male")):
        assert measured(audit, "mean_error", name).value == pytest.approx(error[rows].mean(), abs=1e-3)
        assert measured(audit, "mean_absolute_error", name).value == pytest.approx(error[rows].abs().mean(), abs=1e-3)
        root = measured(audit, "root_mean_squared_error", name).value
        assert root == pytest.approx((error[rows] ** 2).mean() ** 0.5, abs=1e-3)
    # float32 rounds large outputs by more than 1e-6: no reason to call the model unsteady
    assert "DLA216" not in {one.code for one in audit.findings}
    assert "mean error" in report(audit, tmp_path)


def test_several_labels_have_the_rates_that_pandas_gives(
    table: pd.DataFrame, inputs: list[str], matrix: torch.Tensor
) -> None:
    labels = pd.DataFrame({"good": table["approve"].astype(int), "large": (table["loanamt"] > 130).astype(int)})
    loss = nn.functional.binary_cross_entropy_with_logits
    model = fitted(matrix, torch.tensor(labels.to_numpy(), dtype=torch.float32), 2, loss)
    data = pd.concat([table.drop(columns="approve"), labels], axis=1)
    settings = {"data.features": inputs, "model.output": "logit", **QUIET}
    audit = dlaudit.audit(model, data, target=["good", "large"], sensitive=["race"], settings=settings)
    with torch.no_grad():
        predicted = (torch.sigmoid(model(matrix).double()) >= 0.5).numpy()
    black = (table["race"] == "Black").to_numpy()
    for at, name in enumerate(labels):
        rows = black & (labels[name] == 1).to_numpy()
        found = measured(audit, f"true_positive_rate[{name}]", "race=Black")
        assert found.value == pytest.approx(predicted[rows, at].mean())
    exact = (predicted == labels.to_numpy()).all(axis=1)
    assert measured(audit, "accuracy", "race=Black").value == pytest.approx(exact[black].mean())
