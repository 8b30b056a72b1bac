"""Records never hold NaN, never turn undefined into a number, and survive the way to disk and back."""

import json
import math

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlaudit.errors import InputRefused, UsageError
from dlaudit.record import (
    Audit,
    DataInfo,
    Estimate,
    Measurement,
    ModelInfo,
    NotApplicable,
    Provenance,
    Slice,
    Verdict,
    finite,
    slice_id,
)
from dlaudit.record.files import dump, json_schema, parse, read, to_document


def small_audit(**changes: object) -> Audit:
    whole = {
        "provenance": Provenance(dlaudit="0.1.0", python="3.11"),
        "model": ModelInfo(),
        "data": DataInfo(rows=3, scored=3),
        "slices": [Slice(id="overall", by=[], where={}, n=3, share=1.0, kind="overall")],
        "measurements": [
            Measurement(
                metric="selection_rate",
                slice="overall",
                value=1 / 3,
                low=0.1,
                high=0.8,
                n=3,
                numerator=1,
                denominator=3,
            ),
            Measurement(metric="true_positive_rate", slice="overall", undefined="no positives", n=3),
        ],
        "not_applicable": [NotApplicable(what="attributions", reason="no model")],
    }
    return Audit.model_validate({**whole, **changes})


def test_an_estimate_has_exactly_one_of_value_and_undefined() -> None:
    assert Estimate(value=0.0).is_defined
    assert not Estimate(undefined="no positives").is_defined
    with pytest.raises(ValidationError, match="exactly one"):
        Estimate()
    with pytest.raises(ValidationError, match="exactly one"):
        Estimate(value=0.0, undefined="no positives")


def test_an_undefined_estimate_cannot_carry_an_interval() -> None:
    with pytest.raises(ValidationError, match="no interval"):
        Estimate(undefined="no positives", low=0.0, high=1.0)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_nan_and_infinity_never_enter_a_record(number: float) -> None:
    with pytest.raises(ValidationError):
        Estimate(value=number)
    assert finite(number) is None
    assert finite(0.25) == 0.25


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        Estimate.model_validate({"value": 1.0, "vlaue": 2.0})


def test_counts_stay_whole_numbers_in_the_document() -> None:
    document = to_document(small_audit(), None)
    rate = document["measurements"][0]
    assert (rate["numerator"], rate["denominator"]) == (1, 3)
    assert '"numerator": 1,' in dump(small_audit(), None)


def test_an_undefined_value_is_null_with_its_reason_in_the_document() -> None:
    undefined = to_document(small_audit(), None)["measurements"][1]
    assert undefined["value"] is None
    assert undefined["undefined"] == "no positives"


def test_a_slice_id_has_its_features_in_alphabetical_order() -> None:
    assert slice_id({"sex": "F", "race": "Black"}) == "race=Black & sex=F"
    assert slice_id({}) == "overall"


def test_audit_and_verdict_survive_the_way_to_disk_and_back() -> None:
    audit, verdict = small_audit(), Verdict(outcome="none", sentence="Not judged.")
    assert parse(dump(audit, verdict)) == (audit, verdict)


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_any_finite_number_survive(name: str, number: float) -> None:
    slices = [Slice(id=name, by=["sex"], where={"sex": name}, n=3, share=1.0, kind="group")]
    audit = small_audit(slices=slices, measurements=[Measurement(metric=name, slice=name, value=number)])
    assert parse(dump(audit, None))[0] == audit


def test_every_document_matches_the_published_schema() -> None:
    document = json.loads(dump(small_audit(), Verdict(outcome="none")))
    jsonschema.validate(document, json_schema())
    document["measurements"][0]["vlaue"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json_schema())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a JSON document"),
        ("[1]", "not an audit"),
        ('{"schema_version": 2}', "newer than this dlaudit reads"),
        ('{"schema_version": 1, "measurements": NaN}', "NaN is not JSON"),
        ('{"schema_version": 1}', "not as its schema says"),
    ],
)
def test_a_document_that_is_no_audit_is_refused_with_its_fault(text: str, said: str) -> None:
    with pytest.raises(InputRefused, match=said) as fault:
        parse(text, file="audit.json")
    assert fault.value.code == "DLA610"
    assert fault.value.exit_code == 3


def test_a_missing_run_is_a_usage_error(tmp_path) -> None:
    with pytest.raises(UsageError, match="no finished run") as fault:
        read(tmp_path)
    assert fault.value.code == "DLA111"
