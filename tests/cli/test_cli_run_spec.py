"""Flags of `dlaudit run` as the settings that they stand for."""

from pathlib import Path

import pytest

from dlaudit.cli.run_spec import configured
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
