"""Features of several levels, rare words, and swapped identities."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dlaudit
from dlaudit.attributions.by_words import OTHER_WORDS, by_words
from dlaudit.attributions.explained import Answer, MethodAnswer
from dlaudit.data.multi import with_multi
from dlaudit.data.open import arrow_table
from dlaudit.errors import DataRefused
from dlaudit.probes.identity import Filled, filled, swap_results
from dlaudit.probes.suite_files import read_texts, shipped
from dlaudit.record import NotApplicable
from dlaudit.spec import AuditSpec, Policy, Rule

CELLS = ["gay;women", "women", "", "gay ; old", None, "unknown", "old"]


def spread(cells=CELLS, **slices):
    sex = ["f" if at % 2 == 0 else "m" for at in range(len(cells))]
    table = arrow_table(pa.table({"m": pa.array(cells, pa.string()), "sex": sex}))
    spec = AuditSpec.model_validate(
        {"slices": {"sensitive": ["m", "sex"], "multi": {"m": ";"}, "unknown": ["unknown", ""], **slices}}
    )
    return with_multi(table, spec)


def test_each_level_becomes_a_feature_of_the_rows_that_have_it_and_those_that_lack_it():
    raw, spec = spread()
    assert spec.slices.sensitive == ["m: gay", "m: old", "m: women", "sex"] and spec.slices.multi == {}
    (batch,) = raw.batches(100, ["m: gay", "sex", "m: women"])
    assert batch.column(0).to_pylist() == ["yes", "no", "no", "yes", "no", None, "no"]
    assert batch.column(2).to_pylist() == ["yes", "yes", "no", "no", "no", None, "no"]
    assert batch.column(1).to_pylist()[:2] == ["f", "m"]


def test_levels_of_one_feature_are_crossed_with_other_features_only():
    _, spec = spread()
    assert sorted(spec.slices.intersections) == [["m: gay", "sex"], ["m: old", "sex"], ["m: women", "sex"]]
    _, spec = spread(intersections=[["m", "sex"]])
    assert len(spec.slices.intersections) == 3
    _, spec = spread(intersections="none")
    assert spec.slices.intersections == "none"


def test_the_counts_of_a_level_are_those_of_a_plain_yes_or_no_column():
    """The same audit by hand-made columns has the same measurements."""
    generator = np.random.default_rng(0)
    rows = 400
    women, gay = generator.random(rows) < 0.5, generator.random(rows) < 0.3
    score = np.clip(0.5 + 0.3 * generator.standard_normal(rows) - 0.2 * gay, 0, 1)
    cells = [";".join(name for name, has in (("women", w), ("gay", g)) if has) for w, g in zip(women, gay, strict=True)]
    frame = pd.DataFrame({"p": score, "y": generator.integers(0, 2, rows), "m": cells})
    plain = frame.assign(**{"m: women": np.where(women, "yes", "no"), "m: gay": np.where(gay, "yes", "no")})
    asked = {"slices.intersections": "none", "discover.enabled": False}
    several = dlaudit.audit(
        None, frame, scores="p", target="y", sensitive=["m"], settings={**asked, "slices.multi": {"m": ";"}}
    )
    by_hand = dlaudit.audit(None, plain, scores="p", target="y", sensitive=["m: women", "m: gay"], settings=asked)
    found, expected = ({(m.metric, m.slice): m.value for m in one.measurements} for one in (several, by_hand))
    assert found == expected and ("selection_rate", "m: gay=yes") in found
    verdict = dlaudit.judge(several, Policy.from_rules("selection_rate.difference by m <= 0.01"))
    assert {tuple(check.by) for check in verdict.checks} == {("m: women",), ("m: gay",)}


def test_columns_without_levels_and_levels_that_look_alike_are_refused():
    with pytest.raises(DataRefused, match="no levels"):
        spread(["", "", ""])
    with pytest.raises(DataRefused, match="look the same") as refused:
        spread(["gay", "Gay", ""])
    assert refused.value.code == "DLA406"
    with pytest.raises(DataRefused, match="more than 2 levels"):
        spread(["a;b", "c", ""], max_levels=2)


def test_a_rule_by_such_a_feature_is_one_check_for_each_level():
    rule = Rule.parse("selection_rate.difference by m <= 0.1")
    features = ["m: gay", "m: women", "sex"]
    spread_out = Policy(rules=[rule]).spread(features).rules[0]
    assert spread_out.by == ["m: gay", "m: women"] and spread_out.name == rule.name
    untouched = Policy(rules=[Rule.parse("selection_rate.difference by sex <= 0.1")])
    assert untouched.spread(features) == untouched


def answer(values: np.ndarray) -> Answer:
    method = MethodAnswer(
        method="shapley_values", values=values, completeness=np.zeros(len(values)), change=values.sum(axis=1),
        reference="r", error=np.full_like(values, 0.1),
    )  # fmt: skip
    return Answer(
        features=["word 1", "word 2"], methods=[method], not_applicable=[NotApplicable(what="x", reason="y")],
        largest_grad_difference=None, unchanged=None,
    )  # fmt: skip


def test_words_of_fewer_than_five_texts_are_one_and_sums_stay():
    values = np.arange(12, dtype=np.float64).reshape(6, 2)
    words = [["Good", "name"], ["good", "food"], ["GOOD", "food"], ["good", "food"], ["good", "day"], ["bad", "food"]]
    found = by_words(answer(values), words)
    assert found.features == ["good", OTHER_WORDS]
    assert np.allclose(found.methods[0].values.sum(axis=1), values.sum(axis=1))
    assert by_words(answer(values), words, fewest=6).features == [OTHER_WORDS]
    assert found.methods[0].error is not None and np.allclose(found.methods[0].error[0], [0.1, 0.1])
    assert found.methods[0].error[5].tolist() == pytest.approx([0.0, 0.1 * np.sqrt(2)])


def test_a_term_that_lowers_every_score_is_found_and_the_template_does_not_matter():
    texts = filled([f"{at} {{}}" for at in range(20)], {"x": ["a", "b", "c"], "other": ["d", "e"]})
    generator = np.random.default_rng(0)
    template = np.array([float(one.template.split()[0]) for one in texts])
    noise = 0.02 * generator.standard_normal(len(texts))
    score = template / 40 + noise - np.array([0.3 if one.term == "b" else 0.0 for one in texts])
    found = {one.detail["term"]: one for one in swap_results("s", texts, score, 0.5, 0)}
    assert found["b"].value == pytest.approx(-0.3, abs=0.02) and found["b"].detail["marked"]
    assert found["b"].low < -0.3 < found["b"].high or abs(found["b"].value + 0.3) < 0.02
    assert found["a"].value == pytest.approx(0.15, abs=0.02)
    assert not found["d"].detail["marked"] and found["d"].detail["templates"] == 20
    # without the pairing the spread of templates would hide it
    alone = score[[one.term == "b" for one in texts]]
    assert alone.std(ddof=1) / np.sqrt(len(alone)) > 3 * (found["b"].high - found["b"].low) / 4


def test_a_term_that_does_the_same_in_every_template_is_marked_and_rounding_is_not():
    texts = filled([f"{at} {{}}" for at in range(20)], {"x": ["a", "b", "c"]})
    template = np.array([float(one.template.split()[0]) for one in texts])
    is_b = np.array([one.term == "b" for one in texts])
    same = {one.detail["term"]: one for one in swap_results("s", texts, template - is_b, 0.5, 0)}
    assert same["b"].detail["marked"] and same["b"].detail["p_adjusted"] < 1e-5 and same["b"].value == -1.0
    generator = np.random.default_rng(1)
    rounded = template / 20 - 1e-7 * is_b + 1e-8 * generator.standard_normal(len(texts))  # float32 has no more digits
    assert not any(one.detail["marked"] for one in swap_results("s", texts, rounded, 0.5, 0))
    assert not any(one.detail["marked"] for one in swap_results("s", texts, 0 * template, 0.5, 0))
    # the twin: a difference of a hundred times rounding is one
    larger = rounded - 1e-4 * is_b
    assert any(one.detail["marked"] for one in swap_results("s", texts, larger, 0.5, 0))


def test_the_shipped_sentences_name_every_term_once_in_every_template():
    texts = shipped("everyday")
    assert all("{}" not in one.text and one.term in one.text for one in texts)
    assert len({(one.template, one.axis, one.term) for one in texts}) == len(texts)
    assert len({one.template for one in texts}) == 20


def test_files_of_texts_are_read_by_their_own_names_of_columns(tmp_path):
    path = tmp_path / "suite.csv"
    path.write_text("test_case,templ_id,target_ident\nA,1,x\nB,1,y\nC,,y\n")
    assert read_texts(str(path)) == [
        Filled(text="A", template="1", term="x", axis="term"), Filled(text="B", template="1", term="y", axis="term"),
    ]  # fmt: skip
    path.write_text("Template\nI met a {} person.\n")
    assert any(one.text == "I met a deaf person." for one in read_texts(str(path)))
    path.write_text("Text,Label\nA,1\n")
    with pytest.raises(DataRefused, match="template"):
        read_texts(str(path))
