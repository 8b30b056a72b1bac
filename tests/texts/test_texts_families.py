"""RoBERTa, DistilBERT and DeBERTa, tiny and random, each with its own kind of tokenizer; and other heads."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

pytest.importorskip("transformers")
from tiny_folders import FAMILIES, family_folder

from dlaudit.attributions import Question
from dlaudit.attributions.beside import request_of
from dlaudit.attributions.paths import feeds
from dlaudit.attributions.paths.integrated_gradients import integrated_gradients
from dlaudit.attributions.request import CannotExplainError, Request
from dlaudit.data.modalities import Making, make_inputs
from dlaudit.data.open import arrow_table
from dlaudit.models.formats import load_model
from dlaudit.spec import AuditSpec, ModelSpec
from dlaudit.tensors import for_the_model, ndarray_of

TEXTS = [
    "nice", "my friend", "The food was not very nice, very bad day", "a good day", "German woman is good", "old",
    "the awful food , not good", "is very nice",
]  # fmt: skip
"""Of very different lengths, so that each place holds padding in some row; the longest is neither first nor middle."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: family_folder(root / name, name) for name in FAMILIES}


def loaded(folder: Path, **model: Any) -> tuple[Any, Any, pa.Table]:
    """The model, its inputs, and the texts as it takes them."""
    found, told = load_model(folder, ModelSpec(**model), "cpu", None)
    spec = AuditSpec.model_validate({"data": {"text": "t"}})
    raw = arrow_table(pa.table({"t": TEXTS}))
    names = tuple(told.input_names)
    made = make_inputs(Making(raw=raw, features=["t"], spec=spec, input_names=names, model_folder=str(folder)))
    return found, made, made.encode({"t": pa.array(TEXTS)}, 1, raw).inputs


def tensors_of(table: pa.Table) -> dict[str, torch.Tensor]:
    given = for_the_model(table)
    return {name: torch.from_numpy(ndarray_of(given, name).copy()) for name in given.column_names}


def asked(model: Any, made: Any, table: pa.Table, task: str = "binary", **more: Any) -> Request:
    question = Question(task=task, output="logit", grids=made.grids)
    return request_of(model, {**question.params(), **more}, table, table)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_texts_give_what_transformers_gives_for_each_text_alone(folders, family):
    """Padding, its mask and positions change nothing: one text alone, without padding, has the same score."""
    from tokenizers import Tokenizer
    from transformers import AutoModelForSequenceClassification

    model, _, table = loaded(folders[family])
    with torch.no_grad():
        found = model.forward(**tensors_of(table)).logits
        other = AutoModelForSequenceClassification.from_pretrained(folders[family]).eval()
        tokenizer = Tokenizer.from_file(str(folders[family] / "tokenizer.json"))
        alone = [other(input_ids=torch.tensor([tokenizer.encode(text).ids])).logits[0] for text in TEXTS]
    assert torch.allclose(found, torch.stack(alone), atol=1e-5)
    assert found.std() > 1e-3


@pytest.mark.parametrize("family", list(FAMILIES))
def test_words_are_those_of_the_text_whatever_the_pieces_of_the_tokenizer(folders, family):
    _, made, table = loaded(folders[family])
    words = made.words(table)
    assert words[2] == ["The", "food", "was", "not", "very", "nice", ",", "very", "bad", "day"]
    owner = ndarray_of(table, "owner:input_ids")
    assert all(set(row.tolist()) - {-1} == set(range(len(one))) for row, one in zip(owner, words, strict=True))
    pieces = np.bincount(owner[2][owner[2] >= 0])
    assert (pieces.max() > 1) == (family == "deberta")


@pytest.mark.parametrize("family", list(FAMILIES))
def test_integrated_gradients_at_the_embeddings_add_up_at_true_positions(folders, family):
    """Against a path of vectors written out by hand, one text at a time and without padding."""
    model, made, table = loaded(folders[family])
    request = asked(model, made, table)
    found = integrated_gradients(request)
    allowed = np.maximum(0.03 * np.abs(found.change), 1e-3)
    assert (np.abs(found.completeness) <= allowed).all() and np.abs(found.change).max() > 1e-3
    row = 2
    expected = by_hand(folders[family], table, row, int(made.grids[0].blanks[0][0]))
    count = len(expected)
    assert np.allclose(found.values[row][:count], expected, atol=0.03 * np.abs(expected).max() + 1e-3)
    assert np.allclose(found.values[row][count:], 0)


def by_hand(folder: Path, table: pa.Table, row: int, blank: int, nodes: int = 256) -> np.ndarray:
    """Each word's part of the score of one text, by the midpoint rule from its blank form, through the model's own
    embedding of tokens."""
    from transformers import AutoModelForSequenceClassification

    module = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    ids, owner = (ndarray_of(table, name)[row] for name in ("input_ids", "owner:input_ids"))
    mask = ndarray_of(table, "attention_mask")[row] == 1
    ids, owner = torch.from_numpy(ids[mask].copy()), owner[mask]
    embedding = module.get_input_embeddings()
    end = embedding(ids).detach()
    start = torch.where(torch.from_numpy(owner >= 0)[:, None], embedding(torch.tensor(blank)).detach(), end)
    alpha = ((torch.arange(nodes) + 0.5) / nodes)[:, None, None]
    path = (start + alpha * (end - start)).requires_grad_()
    hook = embedding.register_forward_hook(lambda *_: path)
    try:
        logits = module(input_ids=ids.expand(nodes, -1)).logits
    finally:
        hook.remove()
    (slope,) = torch.autograd.grad(torch.softmax(logits.double(), dim=1)[:, 1].sum(), path)
    each = (slope.double().mean(dim=0) * (end - start)).sum(dim=1).numpy()
    return np.array([each[owner == word].sum() for word in range(owner.max() + 1)])


def test_positions_that_are_counted_from_padding_stay_the_texts_own(folders, monkeypatch):
    """Without telling them apart from tokens, RoBERTa could not be explained at all."""
    model, made, table = loaded(folders["roberta"])
    request = asked(model, made, table)
    assert len(feeds.fed_calls(request)) == 1
    monkeypatch.setattr(feeds, "_counting_padding", lambda *_: set())
    with pytest.raises(CannotExplainError, match="several inputs"):
        feeds.fed_calls(request)


def test_the_second_blank_of_roberta_is_no_padding_and_it_is_told_of_one_kind_of_token(folders):
    """Padding in the middle of a text would give other positions to all that follows."""
    model, made, _ = loaded(folders["roberta"])
    assert [name for _, name in made.grids[0].blanks] == ["<mask>", "<unk>"]
    assert made.length <= 40 and model.input_names == ("input_ids", "attention_mask")


@pytest.mark.parametrize(
    ("task", "config", "columns"),
    [
        ("multilabel", {"labels": ("a", "b", "c"), "problem_type": "multi_label_classification"}, 3),
        ("multiclass", {"labels": ("a", "b", "c")}, 3),
        ("regression", {"labels": ("value",), "problem_type": "regression"}, 1),
    ],
)
def test_other_heads_are_scored_and_explained(tmp_path, task, config, columns):
    from dlaudit.attributions.score import scores_function

    folder = family_folder(tmp_path / "m", "distilbert", **config)
    model, told = load_model(folder, ModelSpec(), "cpu", None)
    assert told.outputs == columns
    _, made, table = loaded(folder)
    rows = tensors_of(table)
    with torch.no_grad():
        scores = scores_function(model, task=task, output="logit", classes=columns)(*rows.values())
        logits = model.forward(**rows).logits.double()
    expected = {"multilabel": torch.sigmoid(logits), "multiclass": logits.softmax(dim=1), "regression": logits}[task]
    assert torch.allclose(scores, expected, atol=1e-6)
    found = integrated_gradients(asked(model, made, table, task, class_index=columns - 1, classes=columns))
    assert (np.abs(found.completeness) <= np.maximum(0.03 * np.abs(found.change), 1e-3)).all()


def test_a_regression_head_of_one_output_is_told_from_a_classifier_of_one(tmp_path):
    """`num_labels = 1` has one output in either case; names of classes are not made up for it."""
    folder = family_folder(tmp_path / "m", "distilbert", labels=("LABEL_0",), problem_type="regression")
    _, told = load_model(folder, ModelSpec(), "cpu", None)
    assert told.outputs == 1 and told.classes is None
