"""Profiles: dated data files that say what is asked for, and never that it is met."""

import datetime
import re
from pathlib import Path

import pytest

from dlaudit.errors import UsageError
from dlaudit.metrics import metric_named
from dlaudit.spec import Added, load_config
from dlaudit.spec.profile import profile_named, profile_names, profile_source

NAMES = ["eu-annex-iv", "four-fifths", "lending", "medical", "nist-rmf", "nyc-ll144"]
CLAIMS = re.compile(
    r"\b(fair|unfair|unbiased|compliant|compliance|complies|certif\w*|conform\w*|proves?|proven)\b", re.I
)


def test_the_profiles_are_these() -> None:
    assert profile_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_has_a_source_a_status_and_a_date_and_claims_nothing(name: str) -> None:
    found = profile_named(name)
    assert found.source.startswith("https://") and "read the current text" in found.status
    assert datetime.date(2026, 1, 1) <= found.as_of <= datetime.date(2027, 12, 31)
    assert found.table and found.ask
    told = Path(profile_source.__code__.co_filename).parent / "profiles" / f"{name}.toml"
    assert CLAIMS.findall(told.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_says_what_of_its_source_was_read_and_when_and_what_was_not_opened(name: str) -> None:
    read = " ".join(profile_named(name).read.split())
    assert "opened" in read and f"on {profile_named(name).as_of:%-d %B %Y}" in read
    assert ("word for word" in read or "transcript" in read) != read.startswith("Neither the regulation")


def test_the_guard_would_find_a_claim() -> None:
    assert CLAIMS.findall("This model is fair and compliant.") == ["fair", "compliant"]


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_names_metrics_that_there_are_and_rules_with_ids(name: str) -> None:
    found = profile_named(name)
    for metric in [*found.metrics, *(m for t in found.table for m in t.metrics)]:
        metric_named(metric)
    for rule in found.rule:
        metric_named(rule.base_metric)
        assert rule.id and rule.by is None
    assert len({rule.id for rule in found.rule}) == len(found.rule)


def test_only_sources_with_a_limit_have_rules() -> None:
    rules = {name: [(rule.metric, rule.min, rule.level) for rule in profile_named(name).rule] for name in NAMES}
    assert {name for name, found in rules.items() if found} == {"four-fifths", "lending"}
    assert rules["four-fifths"] == [("selection_rate.ratio", 0.8, "error")]
    assert rules["lending"] == [("selection_rate.ratio", 0.8, "error"), ("selection_rate.ratio", 0.9, "warning")]


def test_a_profile_of_the_file_stands_where_the_file_names_it(tmp_path: Path) -> None:
    path = tmp_path / "dlaudit.toml"
    path.write_text('schema = 1\nprofiles = ["four-fifths"]\n')
    (rule,) = load_config(path).spec.rule
    assert (rule.name, str(rule.place)) == ("four-fifths", "dlaudit.toml, line 2")
    assert load_config(path).spec.policy.profiles == ["four-fifths"]


def test_a_profile_of_a_flag_stands_nowhere_and_twice_is_once(tmp_path: Path) -> None:
    spec = load_config(None, None, Added(profiles=["four-fifths", "four-fifths", "nyc-ll144"])).spec
    assert spec.profiles == ["four-fifths", "nyc-ll144"]
    assert [(rule.name, rule.place) for rule in spec.rule] == [("four-fifths", None)]
    path = tmp_path / "dlaudit.toml"
    path.write_text('profiles = ["four-fifths"]\n[[rule]]\nmetric = "accuracy"\nmin = 0.5\n')
    both = load_config(path, None, Added(profiles=["four-fifths", "lending"])).spec
    assert both.profiles == ["four-fifths", "lending"]
    assert [rule.name for rule in both.rule] == [
        "four-fifths",
        "lending/air-0.80",
        "lending/air-0.90",
        "accuracy >= 0.5",
    ]


def test_loosening_a_profile_is_told_with_its_place_in_the_profile(tmp_path: Path) -> None:
    path = tmp_path / "dlaudit.toml"
    path.write_text('profiles = ["four-fifths"]\n[[rule]]\nid = "four-fifths"\nmin = 0.7\n')
    (one,) = load_config(path).spec.policy.loosened
    assert one.changes == ["min 0.8 to 0.7"]
    assert str(one.inherited).startswith("profile four-fifths, line ")


def test_an_unknown_profile_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="Did you mean 'lending'") as fault:
        load_config(None, None, Added(profiles=["lendign"]))
    assert fault.value.code == "DLA106"
