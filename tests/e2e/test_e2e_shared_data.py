"""Real models and real predictions of others, audited from the command line; figures against those published."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.conftest import Done

pytestmark = pytest.mark.shared_data

NET = '''"""The network of OpenXAI's saved weights."""

import torch
from torch import nn


class ANN(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.input1 = nn.Linear(width, 100)
        self.input2 = nn.Linear(100, 2)

    def forward(self, x):
        return torch.softmax(self.input2(torch.relu(self.input1(x))), dim=1)


def load_model(path, device):
    state = torch.load(path, map_location=device, weights_only=True)
    net = ANN(state["input1.weight"].shape[1])
    net.load_state_dict(state)
    return net
'''
"""Level L2: weights and a class; columns are scaled by [input.table] standardize."""

SCALED = """

import json
from pathlib import Path

SCALE = json.loads((Path(__file__).parent / "adult.json").read_text())


def feature_names():
    return list(SCALE["mean"])


def preprocess(rows):
    low, width = pd.Series(SCALE["mean"]), pd.Series(SCALE["std"])
    return torch.tensor(((rows - low) / width)[feature_names()].to_numpy(), dtype=torch.float32)
"""
"""Level L3: the code file scales, by numbers that were fixed beforehand."""

FITTED = """

def preprocess(rows):
    return torch.tensor(((rows - rows.min()) / (rows.max() - rows.min())).to_numpy(), dtype=torch.float32)
"""
"""The mistake: a scaler fitted on whichever rows come."""


def features_of(csv: Path, target: str) -> list[str]:
    return [name for name in pd.read_csv(csv, nrows=1).columns if name != target]


@pytest.fixture(scope="module")
def openxai(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The data folder, and one with code files and the min-max scales of each test set."""
    source, work = shared_data / "openxai_tabular", tmp_path_factory.mktemp("openxai")
    if not source.is_dir():
        pytest.skip("the data set openxai_tabular is absent")
    (work / "net.py").write_text(NET)
    (work / "scaled.py").write_text("import pandas as pd\n" + NET + SCALED)
    (work / "fitted.py").write_text(NET + FITTED)
    for name, target in (("adult", "income"), ("german", "credit-risk")):
        inputs = pd.read_csv(source / "data" / f"{name}-test.csv").drop(columns=target).astype(float)
        scale = {"mean": inputs.min().to_dict(), "std": (inputs.max() - inputs.min()).to_dict()}
        (work / f"{name}.json").write_text(json.dumps(scale))
    return source, work


@pytest.fixture(scope="module")
def adult(openxai: tuple[Path, Path], dlaudit_command: Callable[..., Done]) -> Callable[..., tuple[Done, Any]]:
    """Audit Adult's network by sex with a code file and settings."""
    source, work = openxai
    data = source / "data" / "adult-test.csv"

    def run(code: str, out: str, *settings: str) -> tuple[Done, Any]:
        done = dlaudit_command(
            *("run", source / "models" / "ANN" / "adult_lr_0.002_acc_0.83.pt", "--code", work / code, "--data", data),
            *("--target", "income", "--sensitive", "sex_Male", "--out", work / out, *settings),
        )
        found = work / out / "audit.json"
        return done, json.loads(found.read_text()) if found.is_file() else None

    return run


@pytest.fixture(scope="module")
def with_features(openxai: tuple[Path, Path]) -> tuple[str, str]:
    """How one says that a sensitive column is a model input too: data.features names every input."""
    return "--set", "data.features=" + json.dumps(features_of(openxai[0] / "data" / "adult-test.csv", "income"))


@pytest.fixture(scope="module")
def standardized(adult: Any, with_features: tuple[str, str], openxai: tuple[Path, Path]) -> Any:
    """The L2 audit of Adult, with a light explanation."""
    scale = f"input.table.standardize.from={openxai[1] / 'adult.json'}"
    light = ("--set", "explain.sample=24", "--set", "explain.rounds=1", "--set", "explain.decompose_rows=300")
    done, audit = adult("net.py", "l2", *with_features, "--set", scale, *light)
    assert done.code == 0, done.err
    return audit


def value(audit: Any, metric: str, slice_id: str) -> float:
    (found,) = [one for one in audit["measurements"] if (one["metric"], one["slice"]) == (metric, slice_id)]
    return float(found["value"])


def messages(audit: Any, code: str) -> list[str]:
    return [one["message"] for one in audit["findings"] if one["code"] == code]


PUBLISHED = [
    ("accuracy", "overall", 0.832),
    ("auc", "overall", 0.889),
    ("selection_rate", "sex_Male=0", 0.068),
    ("selection_rate", "sex_Male=1", 0.237),
    ("true_positive_rate", "sex_Male=0", 0.449),
    ("true_positive_rate", "sex_Male=1", 0.546),
]
"""Adult, 9,045 rows (SOURCE.txt of the data set)."""


def test_a_sensitive_column_that_the_network_needs_is_named_in_the_refusal(adult: Any) -> None:
    done, audit = adult("net.py", "refused")
    assert (done.code, audit) == (3, None)
    assert "takes 13 columns, the data has 12" in done.err
    assert "It fits with 'sex_Male' as input too: [data] features = [" in done.err


@pytest.mark.parametrize(("metric", "slice_id", "published"), PUBLISHED)
def test_adult_has_the_published_figures(standardized: Any, metric: str, slice_id: str, published: float) -> None:
    assert standardized["data"]["scored"] == 9045
    assert value(standardized, metric, slice_id) == pytest.approx(published, abs=5e-4)


def test_the_ratio_of_selection_rates_is_that_of_the_published_ones(standardized: Any) -> None:
    (ratio,) = [one for one in standardized["disparities"] if one["id"] == "selection_rate.ratio by sex_Male"]
    assert ratio["value"] == pytest.approx(0.29, abs=5e-3)


def test_sex_among_the_inputs_is_noticed_once_and_carries_part_of_the_gap(standardized: Any) -> None:
    assert messages(standardized, "DLA418") == ["The model sees sex_Male, a sensitive feature, as an input."]
    (split,) = [one for one in standardized["decompositions"] if one["metric"] == "mean_score"]
    carried = {one["feature"]: one["value"] for one in split["contributions"]}
    assert carried["sex_Male"] < -0.02
    assert min(carried, key=carried.__getitem__) == "marital-status_Non-Married"


def test_a_code_file_that_scales_gives_the_same_audit(
    adult: Any, with_features: tuple[str, str], standardized: Any
) -> None:
    done, audit = adult("scaled.py", "l3", *with_features, "--no-explain")
    assert done.code == 0, done.err
    for metric, slice_id, _ in PUBLISHED:
        assert value(audit, metric, slice_id) == pytest.approx(value(standardized, metric, slice_id), abs=1e-3)
    assert messages(audit, "DLA216") == []


def test_a_scaler_fitted_on_the_rows_at_hand_is_noticed(adult: Any, with_features: tuple[str, str]) -> None:
    """Its figures differ (selection rates .073 and .261), and depend on how the rows are batched."""
    done, audit = adult("fitted.py", "fitted", *with_features, "--no-explain")
    assert done.code == 0, done.err
    assert abs(value(audit, "selection_rate", "sex_Male=1") - 0.237) > 0.02
    assert "rows that are scored beside it" in messages(audit, "DLA216")[0]
    assert "warning  DLA216" in done.out


def test_a_network_that_ranks_no_better_than_chance_is_told_everywhere(
    openxai: tuple[Path, Path], dlaudit_command: Callable[..., Done]
) -> None:
    """German: the order of columns is not the weights' own; AUC .454."""
    source, work = openxai
    data, out = source / "data" / "german-test.csv", work / "german"
    done = dlaudit_command(
        *("run", source / "models" / "ANN" / "german_lr_0.002_acc_0.71.pt", "--code", work / "net.py", "--data", data),
        *("--target", "credit-risk", "--sensitive", "personal-status-sex_2", "--out", out, "--no-explain"),
        *("--set", f"data.features={json.dumps(features_of(data, 'credit-risk'))}"),
        *("--set", f"input.table.standardize.from={work / 'german.json'}"),
    )
    assert done.code == 0, done.err
    audit = json.loads((out / "audit.json").read_text())
    assert value(audit, "auc", "overall") == pytest.approx(0.454, abs=5e-4)
    assert audit["findings"][0]["code"] == "DLA230"
    assert "order" in audit["findings"][0]["next_step"]
    for told in (done.out, (out / "summary.md").read_text(), (out / "report.html").read_text()):
        assert "The AUC is 0.454" in " ".join(told.replace("\n", " ").split())


# --- answers of a language model -----------------------------------------------------------------------------


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


def answers(folder: Path) -> pd.DataFrame:
    """One row per question: the right answer, UnifiedQA's, and what the question is about."""
    rows = []
    for path in sorted(folder.glob("preds_*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            said = plain(one["unifiedqa-t5-11b_pred_race"])
            chosen = [f"ans{at}" for at in range(3) if plain(one[f"ans{at}"]) == said]
            rows.append(
                {
                    "label": f"ans{one['label']}",
                    "said": chosen[0] if len(chosen) == 1 else "",
                    "category": one["category"],
                    "context": one["context_condition"],
                    "asked_about": one["answer_info"][f"ans{one['label']}"][1],
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def bbq(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Path]:
    """The answers as a table and as a predictions file; 9 of 8,876 match no offered answer."""
    if not (shared_data / "bbq_unifiedqa").is_dir():
        pytest.skip("the data set bbq_unifiedqa is absent")
    table, path = answers(shared_data / "bbq_unifiedqa"), tmp_path_factory.mktemp("bbq") / "answers.csv"
    table.to_csv(path, index=False)
    return table, path


@pytest.fixture(scope="module")
def bbq_run(bbq: tuple[pd.DataFrame, Path], dlaudit_command: Callable[..., Done]) -> tuple[Done, Path]:
    """The audit of the predictions file: labels as predictions, no model."""
    out = bbq[1].parent / "report"
    done = dlaudit_command(
        *("run", "--scores", bbq[1], "--score", "said", "--target", "label", "--sensitive", "category,context"),
        *("--set", "model.output=label", "--set", "data.on_bad=reject", "--out", out),
    )
    assert done.code == 0, done.err
    return done, out


def test_predicted_labels_have_the_published_accuracies(bbq: tuple[pd.DataFrame, Path], bbq_run: Any) -> None:
    """Ambiguous .49 to .69, disambiguated .81 to .94, and every one as pandas has it."""
    audit = json.loads((bbq_run[1] / "audit.json").read_text())
    table = bbq[0]
    scored = table[table["said"] != ""]
    assert (audit["data"]["rows"], audit["data"]["scored"]) == (8876, 8867)
    right = (scored["said"] == scored["label"]).groupby([scored["category"], scored["context"]]).mean()
    for (category, context), expected in right.items():
        found = value(audit, "accuracy", f"category={category} & context={context}")
        assert found == pytest.approx(expected, abs=1e-12)
        assert (0.49 < found < 0.69) if context == "ambig" else (0.81 < found < 0.95)


def test_what_cannot_be_read_from_labels_is_said_and_not_measured(bbq_run: Any) -> None:
    audit = json.loads((bbq_run[1] / "audit.json").read_text())
    assert {one["metric"] for one in audit["measurements"]}.isdisjoint({"log_loss", "brier"})
    assert "log_loss" in {one["what"] for one in audit["not_applicable"]}
    assert audit["data"]["rejected"][0]["rows"] == 9


def test_the_report_of_a_predictions_file_is_whole(bbq_run: Any) -> None:
    done, out = bbq_run
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "accuracy by context" in done.out
    assert "are predicted right 34.3 percentage points less often" in html
    assert "none: the scores were given" in html
    assert "fairlearn" in html and "Accuracy" in html
    assert "accuracy.difference by context &lt;= 0.1" in html
    assert "NaN" not in html


def test_religions_differ_as_published_where_the_answer_is_in_the_text(
    bbq: tuple[pd.DataFrame, Path], tmp_path: Path
) -> None:
    """Mormon .788 of 66, Christian .923 of 78: of so few rows, no gap is shown to be more than chance."""
    import dlaudit

    table = bbq[0]
    clear = table[(table["category"] == "Religion") & (table["context"] == "disambig")]
    audit = dlaudit.audit(
        data=clear.reset_index(drop=True),
        scores="said",
        target="label",
        sensitive=["asked_about"],
        settings={"model.output": "label"},
    )
    found = {one.slice: one for one in audit.measurements if one.metric == "accuracy"}
    assert found["asked_about=Mormon"].value == pytest.approx(0.788, abs=5e-4)
    assert found["asked_about=Christian"].value == pytest.approx(0.923, abs=5e-4)
    (gap,) = [one for one in audit.disparities if one.id == "accuracy.difference by asked_about"]
    assert (gap.worst, gap.low) == ("asked_about=Mormon", 0.0)
    audit.to_html(tmp_path / "report.html")
    assert "its interval includes no gap at all" in (tmp_path / "report.html").read_text(encoding="utf-8")
