"""Policies in several files: what stands nearer wins, and whatever it loosens is told with both places."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.errors import UsageError
from dlaudit.spec import Added, Rule, load_config
from dlaudit.spec.loosening import loosened

ORG = """schema = 1
[[rule]]
id = "parity"
metric = "selection_rate.ratio"
by = ["race", "sex"]
min = 0.8
[[rule]]
metric = "true_positive_rate.difference"
max = 0.05
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "dlaudit.toml"


def loaded(folder: Path, **files: str):
    return load_config(written(folder, **files)).spec


def fault_of(folder: Path, **files: str) -> UsageError:
    with pytest.raises(UsageError) as fault:
        loaded(folder, **files)
    return fault.value


def test_rules_are_inherited_with_the_place_where_they_stand(tmp_path: Path) -> None:
    own = 'extend = "org.toml"\n[[rule]]\nmetric = "accuracy"\nmin = 0.7\n'
    spec = loaded(tmp_path, org=ORG, dlaudit=own)
    assert [rule.name for rule in spec.rule] == [
        "parity",
        "true_positive_rate.difference <= 0.05",
        "accuracy >= 0.7",
    ]
    assert [(rule.place.file, rule.place.line) for rule in spec.rule] == [
        ("org.toml", 2),
        ("org.toml", 7),
        ("dlaudit.toml", 2),
    ]
    assert spec.policy.loosened == []


def test_a_rule_of_the_same_id_changes_only_what_it_says(tmp_path: Path) -> None:
    spec = loaded(tmp_path, org=ORG, dlaudit='extend = "org.toml"\n[[rule]]\nid = "parity"\nmin = 0.9\n')
    rule = spec.rule[0]
    assert (rule.min, rule.by, rule.metric) == (0.9, ["race", "sex"], "selection_rate.ratio")
    assert spec.policy.loosened == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("min = 0.7", "min 0.8 to 0.7"),
        ('level = "warning"', "level error to warning"),
        ('undecided = "ignore"', "undecided error to ignore"),
        ('by = "race"', "by race, sex to race"),
        ('slices = ["race=a"]', "slices all to race=a"),
        ('judge = "point"', "judge exact to point"),
        ("alpha = 0.2", "alpha 0.05 to 0.2"),
        ('metric = "accuracy.ratio"', "selection_rate.ratio min to accuracy.ratio min"),
        ("max_drop = 0.5", "selection_rate.ratio min to selection_rate.ratio max_drop"),
        ("remove = true", "removed"),
    ],
)
def test_what_loosens_an_inherited_rule_is_told_with_both_places(tmp_path: Path, change: str, told: str) -> None:
    spec = loaded(tmp_path, org=ORG, dlaudit=f'extend = "org.toml"\n\n[[rule]]\nid = "parity"\n{change}\n')
    (one,) = spec.policy.loosened
    assert told in one.changes
    assert (one.rule, str(one.inherited), str(one.here)) == ("parity", "org.toml, line 2", "dlaudit.toml, line 3")
    assert len(spec.rule) == (1 if change.startswith("remove") else 2)


def test_a_rule_without_an_id_is_known_by_its_words(tmp_path: Path) -> None:
    own = 'extend = "org.toml"\n[[rule]]\nid = "true_positive_rate.difference <= 0.05"\nmax = 0.5\n'
    spec = loaded(tmp_path, org=ORG, dlaudit=own)
    assert spec.policy.loosened[0].changes == ["max 0.05 to 0.5"]
    beside = 'extend = "org.toml"\n[[rule]]\nmetric = "true_positive_rate.difference"\nmax = 0.5\n'
    both = loaded(tmp_path, dlaudit=beside)  # another limit is another rule: the inherited one still holds
    assert [rule.limit for rule in both.rule] == [0.8, 0.05, 0.5] and both.policy.loosened == []


def test_what_an_inherited_rule_compares_goes_where_a_drop_takes_its_place(tmp_path: Path) -> None:
    org = '[[rule]]\nid = "parity"\nmetric = "accuracy.difference"\nmax = 0.1\ncontrast = "rest"\nscope = "all"\n'
    spec = loaded(tmp_path, org=org, dlaudit='extend = "org.toml"\n[[rule]]\nid = "parity"\nmax_drop = 0.02\n')
    rule = spec.rule[0]
    assert (rule.max_drop, rule.max, rule.contrast, rule.scope) == (0.02, None, None, "planned")
    own = '[[rule]]\nmetric = "accuracy"\nmax_drop = 0.02\ncontrast = "rest"\n'
    with pytest.raises(UsageError, match="contrast cannot be set beside max_drop") as refused:
        loaded(tmp_path, dlaudit=own)
    assert "line 1" in str(refused.value)


def test_every_step_of_a_chain_is_compared_with_the_one_below(tmp_path: Path) -> None:
    middle = 'extend = "org.toml"\n[[rule]]\nid = "parity"\nmin = 0.9\n'
    own = 'extend = "middle.toml"\n[[rule]]\nid = "parity"\nmin = 0.85\n'
    spec = loaded(tmp_path, org=ORG, middle=middle, dlaudit=own)
    (one,) = spec.policy.loosened
    assert (one.changes, one.inherited.file) == (["min 0.9 to 0.85"], "middle.toml")
    assert spec.rule[0].min == 0.85


def test_waivers_of_all_files_hold(tmp_path: Path) -> None:
    waiver = '[[waiver]]\nrule = "parity"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31\n'
    spec = loaded(tmp_path, org=ORG + waiver, dlaudit=f'extend = "org.toml"\n{waiver}')
    assert [one.place.file for one in spec.waiver] == ["org.toml", "dlaudit.toml"]


def test_a_cycle_is_refused(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, dlaudit='schema = 1\nextend = "b.toml"\n', b='extend = "dlaudit.toml"\n')
    assert (fault.code, fault.exit_code) == ("DLA105", 2)
    assert "dlaudit.toml extends b.toml extends dlaudit.toml" in fault.message
    assert fault_of(tmp_path, dlaudit='extend = "dlaudit.toml"\n').code == "DLA105"


def test_a_chain_has_an_end(tmp_path: Path) -> None:
    files = {f"f{at}": f'extend = "f{at + 1}.toml"\n' for at in range(8)}
    fault = fault_of(tmp_path, dlaudit='extend = "f0.toml"\n', **files)
    assert fault.code == "DLA105" and "more than 5 files" in fault.message


@pytest.mark.parametrize("path", ["../org.toml", "sub/../../org.toml", "link.toml", "https://example.org/org.toml", ""])
def test_only_files_of_the_project_are_extended(tmp_path: Path, path: str) -> None:
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (tmp_path / "org.toml").write_text(ORG)
    os.symlink(tmp_path / "org.toml", project / "link.toml")
    fault = fault_of(project, dlaudit=f'\nextend = "{path}"\n')
    assert (fault.code, fault.place.line) == ("DLA105", 2)


def test_an_absolute_path_is_meant_and_the_root_is_that_of_version_control(tmp_path: Path) -> None:
    (tmp_path / "org.toml").write_text(ORG)
    project = tmp_path / "project"
    assert len(loaded(project, dlaudit=f'extend = "{tmp_path / "org.toml"}"\n').rule) == 2
    (tmp_path / ".git").mkdir()
    spec = loaded(project, dlaudit='extend = "../org.toml"\n[[rule]]\nmetric = "accuracy"\nmin = 0.5\n')
    assert [rule.place.file for rule in spec.rule] == ["org.toml", "org.toml", "project/dlaudit.toml"]


def test_a_file_that_is_not_there_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, org=ORG, dlaudit='extend = "ogr.toml"\n')
    assert fault.code == "DLA111" and "Did you mean 'org.toml'?" in fault.message and fault.place.line == 1


def test_a_file_that_is_extended_holds_a_policy_alone(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, org=ORG + '[model]\npath = "x.pt"\n', dlaudit='extend = "org.toml"\n')
    assert "this belongs into dlaudit.toml" in fault.message and fault.place.file == "org.toml"


def test_all_faults_of_all_files_are_told_at_once_with_lines_and_nearest_names(tmp_path: Path) -> None:
    own = """extend = "org.toml"
profiles = ["four-fifhts"]
[modle]
[[rule]]
metric = "selection_rat.ratio"
min = 0.8
[[rule]]
metric = "accuracy"
min = "0.8"
levle = "error"
[[rule]]
metric = "accuracy.ratio"
max = 0.5
level = "eror"
[[rule]]
id = "pairty"
remove = true
[[waiver]]
rule = "parit"
owner = "o"
expires = "2026-12-31"
"""
    org = '[[rule]]\nid = "parity"\nmetric = "accuracy.ratio"\nmin = 80\n'
    path = written(tmp_path, org=org, dlaudit=own)
    known = ["selection_rate", "accuracy"]

    def metric_fault(name: str) -> tuple[str, str] | None:
        return None if name in known else (f"there is no metric '{name}'", "Did you mean 'selection_rate'?")

    with pytest.raises(UsageError) as fault:
        load_config(path, None, Added(metric_fault=metric_fault))
    told = fault.value.message
    assert fault.value.code == "DLA102"
    for expected in (
        f"{path}:2: profiles[0]: there is no profile 'four-fifhts'",
        "Did you mean 'four-fifths'?",
        f"{path}:3: modle: unknown key 'modle'. Did you mean 'model'?",
        f"{path}:5: rule[0].metric: there is no metric 'selection_rat'. Did you mean 'selection_rate'?",
        "remove the quotes",
        "unknown key 'levle'. Did you mean 'level'?",
        "'eror' is not one of",
        "a ratio (smallest over largest) has a min",
        "there is no inherited rule 'pairty' to remove. Did you mean 'parity'?",
        "no rule of this policy has the name 'parit'",
        "a date without quotes, as 2026-12-31",
        "reason: this key is missing",
        "org.toml:1: rule[0]: the min of a ratio lies in 0..1; 80 % is 0.8",
    ):
        assert expected in told, (expected, told)


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    twice = '[[rule]]\nid = "a"\nmetric = "x"\nmin = 0.1\n' * 2
    fault = fault_of(tmp_path, dlaudit=twice)
    assert "a rule 'a' stands there already" in fault.message and fault.place.line == 5


LEVELS = [
    (level, undecided)
    for level, least in (("error", 0), ("warning", 1), ("note", 2))
    for undecided in ("error", "warning", "ignore")[least:]
]
ratios = st.builds(
    lambda limit, levels, scope, by: Rule(
        metric="selection_rate.ratio", min=limit, level=levels[0], undecided=levels[1], scope=scope, by=by
    ),
    st.floats(0.01, 1),
    st.sampled_from(LEVELS),
    st.sampled_from(["planned", "all"]),
    st.sampled_from([None, "race", ["race", "sex"]]),
)


@settings(max_examples=200, deadline=None)
@given(ratios, ratios)
def test_a_change_is_looser_one_way_or_the_other_unless_nothing_changed(one: Rule, other: Rule) -> None:
    there, back = loosened(one, other), loosened(other, one)
    assert bool(there or back) == (one != other)
    assert loosened(one, one) == []


@pytest.mark.parametrize("text", ["[rule]\nmin = 0.9\n", "rule = {min = 0.9}\n", 'profiles = "x"\n', "[waiver]\n"])
@pytest.mark.parametrize("where", ["org", "dlaudit"])
def test_rules_that_are_no_list_are_refused_in_every_file(tmp_path: Path, text: str, where: str) -> None:
    files = {"org": "", "dlaudit": 'extend = "org.toml"\n'}
    files[where] += text
    fault = fault_of(tmp_path, **files)
    assert fault.code == "DLA101" and "must be a list" in fault.message
    assert Path(fault.place.file or "").name == f"{where}.toml"


def test_a_list_of_the_wrong_shape_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, org="[rule]\nmin = 1\n", dlaudit='extend = "org.toml"\nprofiles = "x"\n[model]\nx = 1\n')
    assert fault.code == "DLA102"
    assert fault.message.count("must be a list") == 2 and "unknown key 'x'" in fault.message


@pytest.mark.parametrize(
    ("inherited", "own", "line"),
    [
        ('undecided = "error"\n', 'level = "warning"\n', 2),
        ('level = "warning"\n', 'undecided = "error"\n', 2),
        ('level = "note"\n', 'undecided = "warning"\n', 2),
    ],
)
def test_levels_that_contradict_each_other_after_a_change_are_told_where_the_change_stands(
    tmp_path: Path, inherited: str, own: str, line: int
) -> None:
    org = f'[[rule]]\nid = "parity"\nmetric = "selection_rate.ratio"\nmin = 0.8\n{inherited}'
    fault = fault_of(tmp_path, org=org, dlaudit=f'extend = "org.toml"\n[[rule]]\nid = "parity"\n{own}')
    assert fault.code == "DLA101"
    assert "counts more than level" in fault.message
    assert (Path(fault.place.file or "").name, fault.place.line) == ("dlaudit.toml", line)


def test_levels_that_contradict_each_other_are_told_beside_other_mistakes_of_the_rule(tmp_path: Path) -> None:
    text = '[[rule]]\nmetric = "selection_rate.ratio"\nmin = 80\nlevle = "x"\nlevel = "note"\nundecided = "error"\n'
    fault = fault_of(tmp_path, dlaudit=text)
    assert fault.code == "DLA102"
    assert "unknown key 'levle'" in fault.message and "lies in 0..1" in fault.message
    assert 'dlaudit.toml:6: rule[0].undecided: undecided = "error" counts more than level = "note"' in fault.message


def test_a_rule_that_only_lowers_both_levels_is_inherited(tmp_path: Path) -> None:
    org = '[[rule]]\nid = "parity"\nmetric = "selection_rate.ratio"\nmin = 0.8\nundecided = "error"\n'
    own = 'extend = "org.toml"\n[[rule]]\nid = "parity"\nlevel = "warning"\nundecided = "ignore"\n'
    (rule,) = loaded(tmp_path, org=org, dlaudit=own).rule
    assert (rule.level, rule.when_undecided) == ("warning", "ignore")


WAIVER = '[[waiver]]\nrule = "parity"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31\n'


def test_a_waiver_of_an_inherited_rule_is_told_with_both_places(tmp_path: Path) -> None:
    (one,) = loaded(tmp_path, org=ORG, dlaudit=f'extend = "org.toml"\n{WAIVER}').policy.loosened
    assert (one.rule, one.changes, str(one.inherited)) == ("parity", ["waived"], "org.toml, line 2")
    assert str(one.here) == "dlaudit.toml, line 2"
    stricter = '[[rule]]\nid = "parity"\nmin = 0.9\n'
    (again,) = loaded(tmp_path, dlaudit=f'extend = "org.toml"\n{stricter}{WAIVER}').policy.loosened
    assert (again.changes, str(again.inherited)) == (["waived"], "org.toml, line 2")


def test_a_file_may_waive_its_own_rules_and_those_of_its_profiles(tmp_path: Path) -> None:
    assert loaded(tmp_path, org=ORG + WAIVER, dlaudit='extend = "org.toml"\n').policy.loosened == []
    own = 'profiles = ["four-fifths"]\n' + WAIVER.replace('rule = "parity"', 'metric = "selection_rate"')
    assert loaded(tmp_path, dlaudit=own).policy.loosened == []


@pytest.mark.parametrize("at", ["own", "extended"])
@pytest.mark.parametrize(
    ("text", "code"), [("x = " + "[" * 5000 + "]" * 5000, "DLA103"), ("x = " + "9" * 5000, "DLA103"), (None, "DLA111")]
)
def test_a_file_that_cannot_be_read_is_a_usage_error(tmp_path: Path, text: str | None, code: str, at: str) -> None:
    path = written(tmp_path, dlaudit='extend = "bad.toml"\n')
    bad = tmp_path / "bad.toml"
    if text is None:
        os.symlink("bad.toml", bad)
    else:
        bad.write_text(text)
    with pytest.raises(UsageError) as fault:
        load_config(path if at == "extended" else bad)
    assert (fault.value.code, fault.value.exit_code) == (code, 2)


@pytest.mark.parametrize("name", ["n" * 3000, "/proc/self/mem"])
def test_a_name_that_leads_to_no_file_is_a_usage_error(tmp_path: Path, name: str) -> None:
    assert fault_of(tmp_path, dlaudit=f'extend = "{name}"\n').code == "DLA111"
    with pytest.raises(UsageError) as fault:
        load_config(Path(name))
    assert fault.value.code == "DLA111"
