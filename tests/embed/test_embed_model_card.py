"""The model card as the Hugging Face Hub reads it, and as people do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from report_audits import degenerate, multiclass, regression, scores_only
from report_hostile import hostile
from report_kinds import kinds
from report_lending import lending

from dlaudit.outputs.model_card import render_model_card
from dlaudit.record.files import dump

hub = pytest.importorskip("huggingface_hub", reason="needs the extra `text`")
MAKERS = [lending, multiclass, regression, degenerate, scores_only, kinds, hostile]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_the_hub_reads_every_figure_back(make: Callable[[], Any]) -> None:
    audit, verdict = make()
    card = hub.ModelCard(render_model_card(audit, verdict))
    found = card.data.eval_results or []
    defined = {
        (round(one.value, 12), one.n) for one in audit.measurements if one.value is not None and one.value == one.value
    }
    assert all((round(float(one.metric_value), 12), one.metric_args["rows"]) in defined for one in found)
    assert all(isinstance(one.metric_value, float) for one in found)
    assert found or not any(one.value is not None for one in audit.measurements)
    assert "dlaudit" in card.data.tags


def test_every_slice_has_a_result_with_its_interval() -> None:
    audit, verdict = lending()
    results = hub.ModelCard(render_model_card(audit, verdict)).data.eval_results
    black = audit.measurement("selection_rate", "race=Black")
    (found,) = [
        one for one in results if one.metric_type == "selection_rate" and one.dataset_args == {"slice": "race=Black"}
    ]
    assert found.metric_value == black.value
    assert found.metric_args == {"low": black.low, "high": black.high, "level": 0.95, "rows": black.n}
    assert found.task_type == "tabular-classification"
    assert {one.id for one in audit.slices if one.kind == "intersection"} & {
        one.dataset_args["slice"] for one in results
    }


def test_the_block_survives_the_hubs_own_writer() -> None:
    card = hub.ModelCard(render_model_card(*lending()))
    again = hub.ModelCard(str(card))
    assert [one.metric_value for one in again.data.eval_results] == [one.metric_value for one in card.data.eval_results]


def test_what_is_undefined_is_told_with_its_reason_and_is_no_figure() -> None:
    audit, verdict = lending()
    place = next(
        at for at, one in enumerate(audit.measurements) if (one.metric, one.slice) == ("selection_rate", "race=Black")
    )
    lost = audit.measurements[place].model_copy(
        update={"value": None, "low": None, "high": None, "undefined": "no rows"}
    )
    measured = [*audit.measurements[:place], lost, *audit.measurements[place + 1 :]]
    card = render_model_card(audit.model_copy(update={"measurements": measured}), verdict)
    assert "undefined: no rows" in card
    results = hub.ModelCard(card).data.eval_results
    assert not [
        one for one in results if one.metric_type == "selection_rate" and one.dataset_args == {"slice": "race=Black"}
    ]


def test_text_from_the_data_stays_text() -> None:
    card = render_model_card(*hostile())
    body = card.split("---", 2)[2]
    assert "<script" not in body
    assert "\n::" not in card
    assert "##[" not in card
    assert card.count("\n---\n") == 1, "no text ends the front matter early"


def test_small_numbers_are_numbers_of_yaml() -> None:
    import yaml

    from dlaudit.outputs.model_card import _number

    for value in (1e-7, 1.5e-9, 1e22, 0.1, 3.0, -2e-5):
        assert yaml.safe_load(_number(value)) == value


def test_the_command_prints_it(tmp_path: Path, dlaudit_command: Callable[..., Any]) -> None:
    audit, verdict = lending()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "audit.json").write_text(dump(audit, verdict), encoding="utf-8")
    done = dlaudit_command("report", "run", "--print", "model-card", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.out == render_model_card(audit, verdict)
    assert [one.name for one in (tmp_path / "run").iterdir()] == ["audit.json"]
    wrong = dlaudit_command("report", "run", "--print", "model-crad", cwd=tmp_path)
    assert wrong.code == 2
    assert "model-card" in wrong.err
    assert json.loads((tmp_path / "run" / "audit.json").read_text(encoding="utf-8"))["title"] == audit.title
