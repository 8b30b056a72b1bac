"""An LSTM over visits that tells classes, several labels or a number: the command beside the net alone."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

PATIENTS = 90
NET = """
import torch
from torch import nn


class Lstm(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.rnn, self.out = nn.LSTM(2, 5, batch_first=True), nn.Linear(5, outputs)

    def forward(self, sequence):
        return self.out(self.rnn(sequence)[0][:, -1])


def load_model(path, device):
    state = torch.load(path, map_location=device, weights_only=True)
    net = Lstm(state["out.weight"].shape[0])
    net.load_state_dict(state)
    return net
"""
CONFIG = """
schema = 1
[model]
path = "{task}.pt"
code = "net.py"
task = "{task}"
output = "{output}"
{model}
[data]
path = "visits.csv"
target = {target}
[input.sequence]
id = "patient"
order = "hour"
channels = ["hr", "bp"]
max_length = 4
windows = 2
[slices]
sensitive = ["sex"]
[metrics]
report = {report}
[explain]
methods = ["shapley_values"]
sample = 12
evaluations = 32
decompose = []
checks = false
second_opinion = 0
[discover]
enabled = false
[[rule]]
metric = "{rule}"
by = "sex"
max = {limit}
"""


def visits() -> pd.DataFrame:
    """Four visits of each patient, with a class, two labels and a number that rest on them."""
    rng = np.random.default_rng(2)
    rows = []
    for patient in range(PATIENTS):
        sex, trend = "FM"[patient % 2], rng.normal()
        told = (int(np.digitize(trend, [-0.5, 0.5])), int(trend > 0), int(rng.random() < 0.4), round(trend, 3))
        rows += [(patient, hour, *rng.normal(trend, 1, 2).round(3), *told, sex) for hour in range(4)]
    return pd.DataFrame(rows, columns=["patient", "hour", "hr", "bp", "stage", "ill", "late", "days", "sex"])


def net_of(outputs: int) -> Any:
    names: dict[str, Any] = {}
    exec(compile(NET, "net.py", "exec"), names)
    torch.manual_seed(outputs)
    net = names["Lstm"](outputs).eval()
    with torch.no_grad():
        for one in net.parameters():
            one.mul_(2)
    return net


def outputs_of(net: Any, frame: pd.DataFrame) -> np.ndarray:
    series = torch.tensor(frame[["hr", "bp"]].to_numpy().reshape(PATIENTS, 4, 2), dtype=torch.float32)
    with torch.inference_mode():
        return np.asarray(net(series).numpy(), dtype=np.float64)


TASKS: dict[str, dict[str, Any]] = {
    "multiclass": {
        "outputs": 3, "output": "logit", "target": '"stage"', "model": 'classes = ["0", "1", "2"]',
        "report": '["recall", "accuracy", "macro_recall", "log_loss"]', "rule": "accuracy.difference", "limit": 0.0001,
    },
    "multilabel": {
        "outputs": 2, "output": "logit", "target": '["ill", "late"]', "model": "",
        "report": '["true_positive_rate", "selection_rate", "hamming_loss"]', "rule": "hamming_loss.difference",
        "limit": 0.9,
    },
    "regression": {
        "outputs": 1, "output": "score", "target": '"days"', "model": "",
        "report": '["mean_error", "mean_absolute_error", "r2"]', "rule": "mean_absolute_error.difference", "limit": 50,
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=list(TASKS))
def audited(request: Any, tmp_path_factory: pytest.TempPathFactory, dlaudit_command: Callable[..., Any]) -> Any:
    """The task, the record of its audit, and what the net says of every patient."""
    task, folder = request.param, tmp_path_factory.mktemp(request.param)
    frame, net = visits(), net_of(TASKS[task]["outputs"])
    frame.sample(frac=1, random_state=0).sort_values("patient", kind="stable").to_csv(
        folder / "visits.csv", index=False
    )
    torch.save(net.state_dict(), folder / f"{task}.pt")
    (folder / "net.py").write_text(NET)
    (folder / "dlaudit.toml").write_text(CONFIG.format(task=task, **TASKS[task]))
    done = dlaudit_command("run", "--out", "out", cwd=folder)
    assert done.code in (0, 1, 4), done.err
    assert (folder / "out" / "report.html").is_file()
    return task, json.loads((folder / "out" / "audit.json").read_text()), outputs_of(net, frame)


def known(task: str, outputs: np.ndarray, people: pd.DataFrame, own: np.ndarray) -> dict[str, float]:
    """The figures of some patients by NumPy alone."""
    said, people = outputs[own], people[own]
    if task == "multiclass":
        stage = people["stage"].to_numpy()
        log = said - np.logaddexp.reduce(said, axis=1, keepdims=True)
        recalls = [float((said.argmax(axis=1)[stage == one] == one).mean()) for one in range(3)]
        return {
            "accuracy": float((said.argmax(axis=1) == stage).mean()),
            "log_loss": float(-log[np.arange(len(stage)), stage].mean()),
            "macro_recall": float(np.mean(recalls)),
            **{f"recall[{one}]": recalls[one] for one in range(3)},
        }
    if task == "multilabel":
        truth, chosen = people[["ill", "late"]].to_numpy(), said >= 0
        found = {"hamming_loss": float((truth != chosen).mean())}
        for at, name in enumerate(("ill", "late")):
            found[f"selection_rate[{name}]"] = float(chosen[:, at].mean())
            found[f"true_positive_rate[{name}]"] = float(chosen[truth[:, at] == 1, at].mean())
        return found
    error = said[:, 0] - people["days"].to_numpy()
    total = ((people["days"] - people["days"].mean()) ** 2).sum()
    return {
        "mean_error": float(error.mean()),
        "mean_absolute_error": float(np.abs(error).mean()),
        "r2": float(1 - (error**2).sum() / total),
    }


def test_every_figure_is_that_of_the_net_alone(audited: Any) -> None:
    task, audit, outputs = audited
    people = visits().drop_duplicates("patient").reset_index(drop=True)
    for level in ("overall", "F", "M"):
        own = np.ones(PATIENTS, dtype=bool) if level == "overall" else (people["sex"] == level).to_numpy()
        slice_id = level if level == "overall" else f"sex={level}"
        found = {m["metric"]: m["value"] for m in audit["measurements"] if m["slice"] == slice_id}
        expected = known(task, outputs, people, own)
        assert set(found) == set(expected)
        for name, value in expected.items():
            assert found[name] == pytest.approx(value, abs=1e-5), (slice_id, name)


def test_windows_of_time_are_explained_and_rules_are_judged(audited: Any) -> None:
    task, audit, _ = audited
    assert {one["feature"] for one in audit["attributions"]} >= {"hr, steps 1-2", "bp, steps 3-4"}
    # no gap in accuracy at all cannot be shown with 90 patients
    assert audit["verdict"]["outcome"] == ("undecided" if task == "multiclass" else "pass")
