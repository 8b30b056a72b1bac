"""Flags of `dlaudit run` as the settings that they stand for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlaudit.cli.run_spec import configured, input_files
from dlaudit.errors import UsageError
from dlaudit.spec import ExplainSpec

FLAGS = {"model": "model.pt2", "data": "rows.csv", "target": ("y",), "no_config": True, "config": None}
FLAGS |= {"scores": None, "score": (), "settings": (), "rule": ()}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("model.pt2", "rows.csv"):
        Path(name).write_text("")


def explained(**flags: object) -> ExplainSpec:
    return configured({**FLAGS, **flags}).spec.explain


@pytest.mark.parametrize(
    "flags", [{"explain": ["none"]}, {"no_explain": True}, {"explain": ["none"], "no_explain": True}]
)
def test_nothing_is_explained_by_either_flag(flags: dict[str, object]) -> None:
    assert explained(**flags).enabled is False and explained(**flags).methods == "auto"


def test_methods_that_are_named_are_asked_for() -> None:
    assert explained(explain=["saliency"]).methods == ["saliency"] and explained(explain=["saliency"]).enabled


RULE = '[[rule]]\nmetric = "selection_rate.ratio"\nmin = 0.8\nby = '
WAIVER = '[[waiver]]\nmetric = "selection_rate"\nreason = "r"\nowner = "o"\nexpires = 2026-12-31\nby = "rcae"\n'


def with_file(text: str, **flags: object) -> Any:
    Path("dlaudit.toml").write_text(text, encoding="utf-8")
    return configured({**FLAGS, "no_config": False, "config": "dlaudit.toml", **flags})


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_feature_that_is_not_declared_is_refused_before_the_model_is_opened(
    command: str, tmp_path: Path, dlaudit_command: Callable[..., Any]
) -> None:
    text = f'[slices]\nsensitive = ["sex", "race"]\n{RULE}["sex", "sex & rcae"]\n'
    (tmp_path / "dlaudit.toml").write_text(text, encoding="utf-8")
    done = dlaudit_command(command, "model.pt2", "--data", "rows.csv", "--target", "y", cwd=tmp_path)
    assert done.code == 2
    assert "DLA106" in done.err
    assert "dlaudit.toml, line 3" in done.err
    assert "names the feature 'rcae'" in done.err
    assert "Did you mean 'race'?" in done.err


def test_a_flag_that_declares_features_is_what_counts() -> None:
    text = f'[slices]\nsensitive = ["race"]\n{RULE}"race"\n'
    with pytest.raises(UsageError, match="names the feature 'race', which this audit does not have"):
        with_file(text, sensitive=["sex"])
    assert with_file(text).spec.rule


def test_all_features_that_are_not_declared_are_told_at_once_those_of_waivers_too() -> None:
    text = f'[slices]\nsensitive = ["race"]\ncontrol = ["region"]\n{RULE}["race", "regoin"]\n{WAIVER}'
    with pytest.raises(UsageError) as fault:
        with_file(text, rule=["accuracy.difference by sxe <= 0.1"])
    told = str(fault.value)
    assert "3 faults in the rules" in told
    assert all(name in told for name in ("'regoin'", "'rcae'", "'sxe'"))
    assert "Did you mean 'region'?" in told


@pytest.mark.parametrize("by", ["region", "identity", "identity: Black", "race & identity: Black"])
def test_control_features_and_levels_of_a_column_of_several_are_declared(by: str) -> None:
    text = f'[slices]\nsensitive = ["race"]\ncontrol = ["region"]\nmulti = {{ identity = ";" }}\n{RULE}"{by}"\n'
    assert with_file(text).spec.rule
    with pytest.raises(UsageError, match="identiyt"):
        with_file(text.replace(f'by = "{by}"', 'by = "identiyt: Black"'))


def test_features_that_are_left_to_be_found_are_not_looked_up() -> None:
    assert with_file(f'{RULE}"race"\n').spec.rule
    with pytest.raises(UsageError, match="names the feature 'race'"):
        with_file(f'[slices]\nsensitive = []\ncontrol = ["region"]\n{RULE}"race"\n')


def test_every_file_that_a_run_reads_is_kept_from_its_output() -> None:
    text = '[pairs]\nidentity = "who"\nembeddings = "v.npy"\n[report]\nlanguage = "de.mo"\n[data]\nroot = "media"\n'
    names = {one.name for one in input_files(with_file(text))}
    assert names == {"model.pt2", "rows.csv", "v.npy", "de.mo", "media", "dlaudit.toml"}


def test_an_output_directory_that_holds_a_file_of_the_configuration_is_refused(
    tmp_path: Path, dlaudit_command: Callable[..., Any]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "audit.json").write_text('{"mean": {}, "std": {}}', encoding="utf-8")
    key = 'input.table.standardize={ from = "out/audit.json" }'
    given = ("model.pt2", "--data", "rows.csv", "--target", "y", "--sensitive", "s", "--set", key, "--out", "out")
    done = dlaudit_command("run", *given, cwd=tmp_path)
    assert (done.code, "DLA110" in done.err) == (2, True), done.err
    assert "equals or holds an input" in done.err
