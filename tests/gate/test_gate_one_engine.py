"""One engine: whoever judges, a run, `dlaudit gate` on its files, or the Python API, the verdict is the same."""

import csv
import datetime
import json
import random
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

import dlaudit
from dlaudit.cli.app import app
from dlaudit.cli.told import exit_code
from dlaudit.errors import UsageError
from dlaudit.gate import judge
from dlaudit.record.files import read
from dlaudit.spec import Policy

WAIVER = '[[waiver]]\nrule = "parity"\nreason = "more data due"\nowner = "board"\nexpires = {day}\n'
PARITY = '[[rule]]\nid = "parity"\nmetric = "selection_rate.ratio"\nby = "race"\nmin = 0.8\n'
POLICIES = {
    "one rule": PARITY,
    "a list of features": '[[rule]]\nmetric = "selection_rate.difference"\nby = ["race", "sex"]\nmax = 0.1\n',
    "an intersection": '[[rule]]\nmetric = "selection_rate.difference"\nby = "race & sex"\nmax = 0.3\n',
    "every feature": '[[rule]]\nmetric = "true_positive_rate.difference"\nmax = 0.2\n',
    "levels": f'{PARITY}level = "warning"\n[[rule]]\nmetric = "accuracy"\nmin = 0.3\nlevel = "note"\n',
    "undecided that may be": '[[rule]]\nmetric = "accuracy.ratio"\nby = "sex"\nmin = 0.97\nundecided = "warning"\n',
    "a screen": f'{PARITY}judge = "point"\n',
    "some slices": f'{PARITY}slices = ["race=a", "race=b"]\n',
    "a reference": f'{PARITY}reference = "a"\n',
    "a drop without a baseline": '[[rule]]\nmetric = "selection_rate.ratio"\nby = "race"\nmax_drop = 0.02\n',
    "a drop that must be decided": '[[rule]]\nmetric = "accuracy"\nby = "sex"\nmax_drop = 0.1\nundecided = "error"\n',
    "a waiver": PARITY + WAIVER.format(day="2999-12-31"),
    "an expired waiver": PARITY + WAIVER.format(day="2020-12-31"),
    "a waiver of one slice": PARITY + WAIVER.format(day="2999-12-31") + 'slices = "race=b"\n',
    "a profile": 'profiles = ["four-fifths"]\n',
    "a profile loosened": 'profiles = ["four-fifths"]\n[[rule]]\nid = "four-fifths"\nmin = 0.2\n',
    "an organisation's": 'extend = "org.toml"\n[[rule]]\nid = "parity"\nlevel = "warning"\n',
}
GAPS = {"even": (0.5, 0.5), "wide": (0.7, 0.3)}


def _rows(path: Path, gap: tuple[float, float], count: int) -> None:
    draws = random.Random(5)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "p", "y", "race", "sex"])
        for at in range(count):
            race, sex = "ab"[at % 2], "fm"[at // 2 % 2]
            selected = draws.random() < gap[at % 2]
            right = draws.random() < 0.8
            out.writerow([at, 0.9 if selected else 0.1, int(selected == right), race, sex])


@pytest.fixture(
    scope="module", params=[("even", 2000), ("wide", 2000), ("wide", 60)], ids=lambda one: f"{one[0]}-{one[1]}"
)
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an evaluation set."""
    folder = tmp_path_factory.mktemp("engine")
    name, count = request.param
    _rows(folder / "preds.csv", GAPS[name], count)
    (folder / "org.toml").write_text(PARITY)
    return folder


HEAD = """schema = 1
scores = ["p"]
{policy}
[data]
path = "preds.csv"
target = "y"
id = "id"
[slices]
sensitive = ["race", "sex"]
[explain]
enabled = false
[discover]
enabled = false
"""


def _config(folder: Path, policy: str) -> Path:
    head, table, tail = policy.partition("[[")
    path = folder / "dlaudit.toml"
    path.write_text(HEAD.format(policy=head) + table + tail)
    return path


def _invoked(*argv: str) -> int:
    done = CliRunner().invoke(app, list(argv), standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value


@pytest.fixture(scope="module")
def one_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One small evaluation set, for what runs whole audits."""
    folder = tmp_path_factory.mktemp("one")
    _rows(folder / "preds.csv", GAPS["wide"], 400)
    (folder / "org.toml").write_text(PARITY)
    return folder


@pytest.fixture(scope="module")
def base(finished: Path) -> Path:
    """A run that no rule was given to."""
    _audited(_config(finished, ""), finished / "base")
    return finished / "base"


def _audited(config: Path, out: Path) -> int:
    return _invoked("run", "--config", str(config), "--out", str(out), "-q", "--progress", "none")


@pytest.mark.parametrize("name", ["an expired waiver", "a profile loosened", "an organisation's"])
def test_a_run_judges_as_everybody_else_does(one_set: Path, name: str) -> None:
    config, out = _config(one_set, POLICIES[name]), one_set / "out"
    code = _audited(config, out)
    audit, stored = read(out)
    assert code == exit_code(stored) == _invoked("gate", str(out), "--config", str(config), "-q")
    assert judge(audit, Policy.from_toml(config)) == stored


@pytest.mark.parametrize("name", POLICIES)
def test_every_way_to_judge_comes_to_the_same_verdict(finished: Path, base: Path, name: str) -> None:
    config = _config(finished, POLICIES[name])
    audit, policy = dlaudit.read_run(base)[0], Policy.from_toml(config)
    verdict = judge(audit, policy)
    day = verdict.judged_on and datetime.date.fromisoformat(verdict.judged_on)
    assert judge(audit, policy, today=day) == verdict
    shown = CliRunner().invoke(app, ["gate", str(base), "--config", str(config), "-f", "json"], standalone_mode=False)
    assert shown.return_value == exit_code(verdict)
    assert json.loads(shown.stdout)["verdict"] == verdict.model_dump(mode="json")
    assert _asserted(audit, policy) == verdict.outcome


def _asserted(audit, policy: Policy) -> str:
    """The outcome as a test with `assert_rule` tells it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dlaudit.assert_rule(audit, policy, undecided="pass").outcome
        except AssertionError:
            return "fail"


def test_the_policies_of_the_table_come_to_every_verdict(finished: Path, base: Path) -> None:
    audit, _ = read(base)
    outcomes = {
        name: judge(audit, Policy.from_toml(_config(finished, text))).outcome for name, text in POLICIES.items()
    }
    assert outcomes["a drop that must be decided"] == "undecided"
    if outcomes["one rule"] == "fail":
        assert outcomes["a waiver"] == "pass" and outcomes["an expired waiver"] == "fail"
        assert outcomes["a profile"] == "fail" and outcomes["levels"] == "none"


def test_flags_add_rules_and_profiles_in_the_same_words(one_set: Path) -> None:
    out = one_set / "flags"
    base = ["--config", str(_config(one_set, "")), "-q"]
    asked = ["--profile", "four-fifths", "--rule", "accuracy by sex >= 0.4"]
    ran = _invoked("run", *base, *asked, "--out", str(out), "--progress", "none")
    audit, stored = read(out)
    assert [one.rule for one in stored.checks][-1] == "accuracy by sex >= 0.4" and stored.profiles == ["four-fifths"]
    assert _invoked("gate", str(out), *base, *asked) == ran
    text = 'profiles = ["four-fifths"]\n[[rule]]\nmetric = "accuracy"\nby = "sex"\nmin = 0.4\n'
    written = judge(audit, Policy.from_toml(_config(one_set, text)))
    assert written.outcome == stored.outcome
    with pytest.raises(UsageError, match="no rule to judge by"):
        _invoked("gate", str(out), "--config", str(_config(one_set, 'profiles = ["nyc-ll144"]\n')))


def test_gate_judges_waivers_as_of_the_day_that_is_named(finished: Path, base: Path) -> None:
    config = _config(finished, PARITY + WAIVER.format(day="2026-12-31"))
    audit, out = read(base)[0], base
    held, late = (judge(audit, Policy.from_toml(config), today=datetime.date(2026, 12, 31) + day) for day in DAYS)
    codes = [
        _invoked("gate", str(out), "--config", str(config), "-q", "--on", day) for day in ("2026-12-31", "2027-01-01")
    ]
    assert codes == [exit_code(held), exit_code(late)]
    with pytest.raises(UsageError, match="is not a day"):
        _invoked("gate", str(out), "--config", str(config), "--on", "tomorrow")


DAYS = (datetime.timedelta(0), datetime.timedelta(days=1))
