"""All mistakes of a configuration at once: what is looked up later is told beside what is wrong now."""

import pytest

from dlaudit.cli.run_spec import added_policy
from dlaudit.errors import UsageError
from dlaudit.spec import load_config

BROKEN = """schema = 1
[slices]
sensitive = ["race", "sex"]
[[rule]]
id = "a"
metric = "true_positive_rate.difference"
by = "sexx"
max = 15
[[rule]]
metric = "selektion_rate.ratio"
min = 0.8
[[waiver]]
rule = "b"
reason = "r"
ownr = "o"
expires = 2026-12-31
"""


def told(tmp_path, text):
    path = tmp_path / "dlaudit.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        load_config(path, {}, added_policy([]))
    return str(refused.value)


def test_keys_metrics_limits_features_and_waivers_stand_in_one_answer(tmp_path):
    found = told(tmp_path, BROKEN)
    for line, what in (
        (7, "no feature 'sexx' is declared. Did you mean 'sex'?"),
        (8, "15 % is 0.15"),
        (10, "selection_rate"),
        (13, "no rule of this policy has the name 'b'"),
        (15, "unknown key 'ownr'. Did you mean 'owner'?"),
    ):
        assert any(f":{line}:" in part and what in part for part in found.splitlines()), (line, found)


def test_features_are_not_looked_up_where_the_data_says_them(tmp_path):
    for slices in ("", '[slices]\nsensitive = ["race"]\nmulti = {jobs = ";"}\n'):
        text = BROKEN.replace('[slices]\nsensitive = ["race", "sex"]\n', slices)
        assert "no feature" not in told(tmp_path, text)


def test_a_rule_that_cannot_be_read_is_told_for_that_alone(tmp_path):
    found = told(tmp_path, BROKEN.replace("max = 15", 'max = "15"'))
    assert "sexx" not in found and ":8:" in found
