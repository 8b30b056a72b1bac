"""Texts as codes: lengths, masks, words, and texts that cannot be used."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlaudit.data.modalities import Making, make_inputs
from dlaudit.data.open import arrow_table, open_data
from dlaudit.data.text_words import words_of
from dlaudit.errors import DataRefused, UsageError
from dlaudit.spec import AuditSpec
from dlaudit.tensors import for_the_model, ndarray_of

pytest.importorskip("tokenizers")
from tiny_models import WORDS, tokenizer_of

NAMES = ("input_ids", "attention_mask", "token_type_ids")


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer_of(WORDS).save(str(path))
    return str(path)


def inputs_of(tokenizer: str, texts: list, *, names=NAMES, on_bad="error", pairs=None, **asked):
    columns = {"t": pa.array(texts, pa.string())} | ({} if pairs is None else {"p": pa.array(pairs, pa.string())})
    data = {"text": "t", "on_bad": on_bad} | ({} if pairs is None else {"text_pair": "p"})
    spec = AuditSpec.model_validate({"data": data, "input": {"text": {"tokenizer": tokenizer, **asked}}})
    raw = arrow_table(pa.table(columns))
    made = make_inputs(Making(raw=raw, features=list(columns), spec=spec, input_names=names))
    return made, made.encode(columns, 1, raw)


def test_texts_are_padded_to_the_longest_with_a_mask_and_the_word_of_every_token(tokenizer):
    made, found = inputs_of(tokenizer, ["My friend is good", "the food", "not bad , very nice"])
    table = found.inputs
    ids, mask = ndarray_of(table, "input_ids"), ndarray_of(table, "attention_mask")
    assert ids.dtype == np.int64 and ids.shape == (3, 8)  # a multiple of 8
    assert mask.sum(axis=1).tolist() == [6, 4, 7]
    assert (ids[mask == 0] == 0).all()
    assert ndarray_of(table, "owner:input_ids")[1].tolist() == [-1, 0, 1, -1, -1, -1, -1, -1]
    assert made.words(table) == [["My", "friend", "is", "good"], ["the", "food"], ["not", "bad", ",", "very", "nice"]]
    assert for_the_model(table).column_names == ["input_ids", "attention_mask"]
    assert not any(mask.any() for mask in found.altered.values())


def test_the_grid_has_the_mask_token_as_its_blank_and_padding_as_the_other(tokenizer):
    made, _ = inputs_of(tokenizer, ["good food"])
    assert made.grids[0].by_row and made.grids[0].blanks == ((4.0, "[MASK]"), (0.0, "[PAD]"))
    made, _ = inputs_of(tokenizer, ["good food"], blank="[UNK]")
    assert made.grids[0].blanks[0] == (1.0, "[UNK]")


def test_a_long_text_is_cut_and_counted_and_its_last_words_are_gone(tokenizer):
    made, found = inputs_of(tokenizer, ["good " * 30, "bad"], max_length=10)
    assert {what: rows.tolist() for what, rows in found.altered.items() if rows.any()} == {
        "texts cut after 10 tokens": [True, False]
    }
    assert ndarray_of(found.inputs, "input_ids").shape == (2, 10)
    assert made.words(found.inputs)[0] == ["good"] * 8
    with pytest.raises(DataRefused, match="more than 10 tokens") as refused:
        inputs_of(tokenizer, ["bad", "good " * 30], max_length=10, truncate="error")
    assert refused.value.code == "DLA349" and refused.value.place.row == 2


def test_without_a_mask_texts_are_filled_up_to_the_length_that_is_given(tokenizer):
    _, found = inputs_of(tokenizer, ["good"], names=(), max_length=30)
    assert ndarray_of(found.inputs, "input_ids").shape == (1, 30)
    assert for_the_model(found.inputs).column_names == ["input_ids"]
    _, found = inputs_of(tokenizer, ["good"], names=(), max_length=30, padding="longest")
    assert ndarray_of(found.inputs, "input_ids").shape == (1, 8)


@pytest.mark.parametrize("text", ["", "   ", None])
def test_an_empty_text_is_named_with_its_row_or_counted(tokenizer, text):
    with pytest.raises(DataRefused, match="a text is empty") as refused:
        inputs_of(tokenizer, ["good", text, "bad"])
    assert refused.value.code == "DLA349" and refused.value.place.row == 2 and refused.value.place.column == "t"
    _, found = inputs_of(tokenizer, ["good", text, "bad"], on_bad="reject")
    assert found.bad["a text is empty"].tolist() == [False, True, False]


def test_a_text_without_tokens_is_refused(tokenizer):
    with pytest.raises(DataRefused, match="no tokens") as refused:
        inputs_of(tokenizer, ["good", "\x01"])
    assert refused.value.place.row == 2


def test_half_of_a_surrogate_pair_becomes_the_replacement_character_and_is_counted(tokenizer, tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_text(json.dumps({"t": "good \ud83d food"}) + "\n" + json.dumps({"t": "bad"}) + "\n")
    spec = AuditSpec.model_validate(
        {"data": {"path": str(path), "text": "t"}, "input": {"text": {"tokenizer": tokenizer}}}
    )
    raw = open_data(spec.data)
    made = make_inputs(Making(raw=raw, features=["t"], spec=spec, input_names=NAMES))
    batch = next(raw.batches(10, ["t"]))
    found = made.encode({"t": batch.column(0)}, 1, raw)
    counted = [rows.tolist() for what, rows in found.altered.items() if "U+FFFD" in what]
    assert counted == [[True, False]]


def test_a_text_of_ten_megabytes_is_refused_with_its_row_before_it_is_encoded(tokenizer, tmp_path):
    path = tmp_path / "d.csv"
    path.write_text('t\ngood\n"' + "a" * 10_000_000 + '"\n')
    spec = AuditSpec.model_validate(
        {"data": {"path": str(path), "text": "t"}, "input": {"text": {"tokenizer": tokenizer}}}
    )
    with pytest.raises(DataRefused) as refused:
        make_inputs(Making(raw=open_data(spec.data), features=["t"], spec=spec, input_names=NAMES))
    assert refused.value.code == "DLA318" and "max_cell" in refused.value.fix


def test_pairs_of_texts_are_told_apart(tokenizer):
    made, found = inputs_of(tokenizer, ["my food"], pairs=["good day"])
    assert ndarray_of(found.inputs, "token_type_ids")[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 0]
    assert made.words(found.inputs) == [["my", "food", "good", "day"]]


def test_long_texts_have_spans_of_words_as_players(tokenizer):
    made, found = inputs_of(tokenizer, ["good bad " * 12], words=8)
    assert made.words(found.inputs) == [["good bad good", "bad good bad"] * 4]
    assert ndarray_of(found.inputs, "owner:input_ids").max() == 7
    assert len(made.grids[0].names) == 8


@pytest.mark.parametrize(
    ("content", "code"),
    [("{", "DLA103"), ('{"model": {"type": "nothing"}}', "DLA103"), (None, "DLA111")],
)
def test_a_tokenizer_that_cannot_be_read_is_named(tmp_path, content, code):
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError) as refused:
        inputs_of(str(path), ["good"])
    assert refused.value.code == code and str(path) in str(refused.value)


def test_a_tokenizer_too_large_to_be_one_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("dlaudit.data.text_tokens.LARGEST", 100)
    (tmp_path / "tokenizer.json").write_text("x" * 200)
    with pytest.raises(UsageError, match="200 bytes"):
        inputs_of(str(tmp_path / "tokenizer.json"), ["good"])


def test_a_token_that_the_tokenizer_does_not_have_is_refused(tokenizer):
    with pytest.raises(UsageError, match="<none>"):
        inputs_of(tokenizer, ["good"], pad="<none>")


def test_words_are_letters_with_their_apostrophes_single_signs_and_single_characters_of_scripts_without_blanks():
    from tokenizers import Tokenizer, models, pre_tokenizers

    letters = Tokenizer(models.WordLevel({"x": 0}, unk_token="x"))
    letters.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    text = "don't, well-known 東京 naïve!"
    found = words_of([text], letters.encode(text), 64)
    assert found.names == ["don't", ",", "well-known", "東", "京", "naïve", "!"]


@settings(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_every_token_of_any_text_belongs_to_a_word_or_to_nobody(text):
    made = tokenizer_of(WORDS)
    encoding = made.encode(text)
    found = words_of([text], encoding, 5)
    assert len(found.owner) == len(encoding.ids) and len(found.names) <= 5
    assert set(found.owner.tolist()) - {-1} == set(range(len(found.names)))
    special = np.array(encoding.special_tokens_mask, dtype=bool)
    assert (found.owner[special] == -1).all()


def test_the_limit_of_length_comes_from_the_models_folder(tmp_path):
    tokenizer_of(WORDS).save(str(tmp_path / "tokenizer.json"))
    config = {"model_type": "roberta", "max_position_embeddings": 14, "pad_token_id": 1}
    (tmp_path / "config.json").write_text(json.dumps(config))
    spec = AuditSpec.model_validate({"data": {"text": "t"}})
    raw = arrow_table(pa.table({"t": ["good " * 30]}))
    making = Making(raw=raw, features=["t"], spec=spec, input_names=NAMES, model_folder=str(tmp_path))
    made = make_inputs(making)
    found = made.encode({"t": pa.array(["good " * 30])}, 1, raw)
    assert ndarray_of(found.inputs, "input_ids").shape == (1, 12)


def test_a_folder_without_a_tokenizer_file_says_how_to_write_it(tmp_path):
    (tmp_path / "vocab.txt").write_text("a")
    spec = AuditSpec.model_validate({"data": {"text": "t"}})
    making = Making(
        raw=arrow_table(pa.table({"t": ["a"]})), features=["t"], spec=spec, model_folder=str(Path(tmp_path))
    )
    with pytest.raises(UsageError, match="save_pretrained") as refused:
        make_inputs(making)
    assert refused.value.code == "DLA111"
