"""Hostile tokenizers and texts: told by name, in little time and memory, whatever the library makes of them."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dlaudit.data.modalities import Making, make_inputs
from dlaudit.data.open import arrow_table
from dlaudit.errors import UsageError
from dlaudit.spec import AuditSpec
from dlaudit.tensors import ndarray_of

pytest.importorskip("tokenizers")
from tiny_models import WORDS, tokenizer_of

TOKENIZER = json.loads(tokenizer_of(WORDS).to_str())


def encoded(path: Path, texts: list[str], **asked: Any) -> Any:
    """How the texts are made inputs, and what became of them."""
    column = pa.array(texts, pa.string())
    spec = AuditSpec.model_validate({"data": {"text": "t"}, "input": {"text": {"tokenizer": str(path), **asked}}})
    raw = arrow_table(pa.table({"t": column}))
    names = ("input_ids", "attention_mask")
    made = make_inputs(Making(raw=raw, features=["t"], spec=spec, input_names=names))
    return made, made.encode({"t": column}, 1, raw)


def written(tmp_path: Path, **changed: Any) -> Path:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({**TOKENIZER, **changed}))
    return path


def split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


A = {"Sequence": {"id": "A", "type_id": 0}}
LOST = {"SpecialToken": {"id": "[LOST]", "type_id": 0}}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a regex that never ends": ({"pre_tokenizer": split("(a+)+b")}, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"),
    "a template without its token": (
        {"post_processor": {"type": "TemplateProcessing", "single": [LOST, A], "pair": [A], "special_tokens": {}}},
        "good",
    ),
    "no token for unknown words": (
        {"model": {"type": "WordLevel", "vocab": {"[PAD]": 0, "good": 1}, "unk_token": "[UNK]"}},
        "zzz",
    ),
    "no code for unknown words": (
        {"model": {"type": "Unigram", "unk_id": None, "vocab": [["[PAD]", 0.0], ["a", -1.0]]}},
        "zzz",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_tokenizer_that_cannot_encode_a_text_is_told(name: str, tmp_path: Path) -> None:
    changed, text = BAD[name]
    with pytest.raises(UsageError) as caught:
        encoded(written(tmp_path, **changed), [text])
    assert caught.value.code == "DLA103"
    assert "tokenizer.json" in str(caught.value.place)


DOUBLE = {"type": "Replace", "pattern": {"String": "o"}, "content": "oo"}
BOMBS: dict[str, dict[str, Any]] = {
    "doubled 40 times": {"normalizer": {"type": "Sequence", "normalizers": [DOUBLE] * 40}},
    "doubled within": {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"inner": [DOUBLE] * 7}]}},
    "a long beginning": {"normalizer": {"type": "Prepend", "prepend": "a" * 10_000}},
    "a pattern of nothing": {"normalizer": {"type": "Replace", "pattern": {"Regex": "x?"}, "content": "a" * 50}},
    "thousands around": {
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [A],
            "pair": [A],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2] * 3000, "tokens": ["[CLS]"] * 3000}},
        }
    },
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_tokenizer_that_makes_texts_many_times_longer_is_not_used(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="times as long|special tokens around") as caught:
        encoded(written(tmp_path, **BOMBS[name]), ["good food"])
    assert caught.value.code == "DLA103"


def test_usual_replacements_are_no_bomb(tmp_path: Path) -> None:
    usual = [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]
    kept = {**TOKENIZER["normalizer"]}
    _, found = encoded(written(tmp_path, normalizer={"type": "Sequence", "normalizers": [kept, *usual[:1]]}), ["good"])
    assert found.inputs.num_rows == 1


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tokenizer.json")
    with pytest.raises(UsageError, match="cannot be read"):
        encoded(tmp_path / "tokenizer.json", ["good"])
    (tmp_path / "beside").mkdir()
    path = written(tmp_path / "beside")
    os.mkfifo(path.parent / "tokenizer_config.json")
    made, found = encoded(path, ["good"])
    assert made.words(found.inputs) == [["good"]], "read without what only the pipe could tell"


def test_long_texts_give_the_tokens_that_all_of_them_gives(tmp_path: Path) -> None:
    path = written(tmp_path)
    words = np.random.default_rng(0).choice([one for one in WORDS if one != ","], 3_000)
    texts = [" ".join(words), "zzz" * 5_000 + " good", "good " * 3_000 + "zzz", " " * 9_000 + "bad food", "good"]
    made, found = encoded(path, texts, max_length=12)
    ids = ndarray_of(found.inputs, "input_ids")
    whole = tokenizer_of(WORDS)
    whole.enable_truncation(12)
    for row, text in enumerate(texts):
        expected = whole.encode(text).ids
        assert ids[row, : len(expected)].tolist() == expected
    cut = next(mask for what, mask in found.altered.items() if "cut after" in what)
    assert cut.tolist() == [True, False, True, False, False]
    called = made.words(found.inputs)
    assert called[0] == list(words[:10])
    assert called[3] == ["bad", "food"]
    assert max(len(word) for words in called for word in words) <= 201


def test_only_what_is_kept_of_long_texts_is_encoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlaudit.data import text_coded

    seen: list[int] = []
    real = text_coded._encoded

    def counting(tokenizer: Any, given: Any, special: bool) -> Any:
        seen.append(sum(len(one) for one in given))
        return real(tokenizer, given, special)

    monkeypatch.setattr(text_coded, "_encoded", counting)
    monkeypatch.setattr(text_coded, "AT_ONCE", 10_000)
    encoded(written(tmp_path), ["good " * 20_000] * 8, max_length=16)
    assert max(seen) <= 10_000 + text_coded.LEAST
