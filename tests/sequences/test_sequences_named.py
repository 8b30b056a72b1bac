"""Names of time and channels on maps and players, with units where the configuration has them; symbols as written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

import dlaudit
from dlaudit.attributions.by_words import by_words
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.data.sequence_names import spans_called
from dlaudit.data.sequence_steps import Frame
from dlaudit.spec.inputs import SequenceInput

ENDS = [(0, 5), (6, 6), (7, 11)]


def frame(align: str = "start") -> Frame:
    return Frame(length=12, keep="last", align=align)


def test_without_a_unit_spans_are_numbers_of_steps() -> None:
    assert spans_called(ENDS, frame(), None) == ["steps 1-6", "step 7", "steps 8-12"]


def test_with_a_unit_spans_are_times() -> None:
    assert spans_called(ENDS, frame(), (0.5, "h")) == ["0-3 h", "3-3.5 h", "3.5-6 h"]


def test_sequences_that_end_together_are_counted_from_the_end() -> None:
    assert spans_called(ENDS, frame("end"), (1.0, "h"))[0] == "12-6 h before the end"


@pytest.mark.parametrize(
    ("written", "read"), [("1 h", (1.0, "h")), ("0.02s", (0.02, "s")), (" 15 min ", (15.0, "min"))]
)
def test_a_step_is_a_number_and_a_unit(written: str, read: tuple[float, str]) -> None:
    assert SequenceInput(channels=["a"], max_length=4, step=written).apart == read


@pytest.mark.parametrize("written", ["h", "0 h", "5", "-1 h", "one hour"])
def test_a_step_without_number_or_unit_is_refused(written: str) -> None:
    with pytest.raises(ValidationError, match="step is a number above 0 and a unit"):
        SequenceInput(channels=["a"], max_length=4, step=written)


def test_codes_keep_their_case_and_words_do_not() -> None:
    method = MethodAnswer(
        method="m",
        values=np.ones((10, 2)),
        completeness=np.zeros(10),
        change=np.full(10, 2.0),
        reference="",
        adds_up="exactly",
    )
    answer = Answer(
        features=["1", "2"], methods=[method], not_applicable=[], largest_grad_difference=None, unchanged=None
    )
    words = [["N18", "n18"]] * 10
    assert by_words(answer, words, fold=False).features[:-1] == ["N18", "n18"]
    assert by_words(answer, words).features[:-1] == ["n18"]


def test_maps_and_players_name_channels_and_hours(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    series = [generator.normal(size=8).round(3).tolist() for _ in range(80)]
    beside = [generator.normal(size=8).round(3).tolist() for _ in range(80)]
    data = pd.DataFrame({"hr": series, "bp": beside, "ill": [0, 1] * 40, "sex": ["F", "F", "M", "M"] * 20})
    audit = dlaudit.audit(
        lambda sequence: sequence[:, :4, 0].mean(dim=1) + 0.1 * sequence[:, :, 1].mean(dim=1),
        data,
        target="ill",
        sensitive=["sex"],
        settings={
            "model.output": "logit",
            "input.sequence.channels": ["hr", "bp"],
            "input.sequence.max_length": 8,
            "input.sequence.windows": 2,
            "input.sequence.step": "2 h",
            "explain.methods": ["integrated_gradients", "shapley_values"],
            "discover.enabled": False,
        },
    )
    assert {one.feature for one in audit.attributions} == {"hr, 0-8 h", "hr, 8-16 h", "bp, 0-8 h", "bp, 8-16 h"}
    (axes,) = {tuple(one.axes) for one in audit.maps}
    assert axes == ("time", "channel")
    assert {tuple(map(tuple, one.places)) for one in audit.maps} == {
        (tuple(f"{2 * at}-{2 * at + 2} h" for at in range(8)), ("hr", "bp"))
    }
    audit.to_html(tmp_path / "report.html")
    assert "0-2 h … 14-16 h" in (tmp_path / "report.html").read_text()
