"""Language models that choose among options, from file to figures; likelihoods against transformers alone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import torch

pytest.importorskip("transformers", reason="needs the extra `text`")
from tiny_language import CONTEXT, by_hand, bytes_tokenizer, gpt2_folder, llama_folder, opened

import dlaudit
from dlaudit.data.choices import choice_inputs
from dlaudit.data.choices_right import with_right_option
from dlaudit.data.modalities import Making
from dlaudit.data.open import frame_table
from dlaudit.errors import DataRefused, DlauditError, ModelRefused, UsageError
from dlaudit.models import hf_options
from dlaudit.models.formats import describe_model, load_model
from dlaudit.spec import AuditSpec, ModelSpec, load_config
from dlaudit.tensors import ndarray_of

OPTIONS = ["ans0", "ans1", "ans2"]
PROMPT = "{context} {question} Answer:"
QUIET = {"discover.enabled": False, "explain.enabled": False, "slices.min_size": 5}


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gpt2_folder(tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama_folder(tmp_path_factory.mktemp("llama"))


def questions(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    asked = rng.choice(["Who was not comfortable?", "Who was the man?", "Who saw the bank?"], rows)
    return pd.DataFrame(
        {
            "context": CONTEXT,
            "question": asked,
            "ans0": rng.choice(["The old man", "The woman"], rows),
            "ans1": "the young woman outside the bank",
            "ans2": "unknown",
            "label": rng.integers(0, 3, rows),
            "about": np.where(np.arange(rows) % 2, "age", "sex"),
        }
    )


def spec_of(**choices: Any) -> AuditSpec:
    given = {"prompt": PROMPT, "options": OPTIONS, "right": "label", **choices}
    return load_config(None, {"input": {"choices": given}, "slices": {"sensitive": ["about"]}}).spec


def encoded(folder: Path, rows: pd.DataFrame, **choices: Any) -> Any:
    spec = spec_of(**choices)
    raw = frame_table(rows)
    names = load_model(folder, ModelSpec(), "cpu", None)[1].input_names
    inputs = choice_inputs(Making(raw=raw, features=[], spec=spec, model_folder=str(folder), input_names=names or []))
    columns = dict(zip(inputs.columns, next(raw.batches(len(rows), inputs.columns)).columns, strict=True))
    return inputs, inputs.encode(columns, 1, raw)


def likelihoods(folder: Path, rows: pd.DataFrame, **choices: Any) -> np.ndarray:
    _, made = encoded(folder, rows, **choices)
    model, loaded = load_model(folder, ModelSpec(), "cpu", None)
    assert loaded.input_names is not None
    with torch.inference_mode():
        given = {name: torch.from_numpy(ndarray_of(made.inputs, name).copy()) for name in loaded.input_names}
        return np.asarray(model.forward(**given))


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("normalise", ["sum", "tokens", "characters"])
def test_likelihoods_are_those_of_one_token_after_the_other(kind: str, normalise: str, request: Any) -> None:
    folder, rows = request.getfixturevalue(kind), questions(4)
    found = likelihoods(folder, rows, normalise=normalise)
    for at, row in rows.iterrows():
        prompt = f"{row['context']} {row['question']} Answer:"
        for number, name in enumerate(OPTIONS):
            total, tokens = by_hand(folder, prompt, " " + row[name])
            divisor = {"sum": 1, "tokens": tokens, "characters": len(row[name])}[normalise]
            assert found[int(str(at)), number] == pytest.approx(total / divisor, abs=2e-4)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_whole_sentences_begin_with_the_token_that_texts_begin_with(kind: str, request: Any) -> None:
    folder, rows = request.getfixturevalue(kind), questions(2)
    found = likelihoods(folder, rows, prompt="", options=["context", "ans1"])
    for number, name in enumerate(["context", "ans1"]):
        assert found[0, number] == pytest.approx(by_hand(folder, "", rows.loc[0, name])[0], abs=2e-4)


def test_likelihoods_do_not_depend_on_how_many_texts_are_passed_at_once(gpt2: Path, monkeypatch: Any) -> None:
    whole = likelihoods(gpt2, questions(6))
    monkeypatch.setattr(hf_options, "NUMBERS_AT_ONCE", 1)
    assert np.allclose(likelihoods(gpt2, questions(6)), whole, atol=1e-4)


@pytest.fixture(scope="module")
def audited(
    gpt2: Path, tmp_path_factory: pytest.TempPathFactory, dlaudit_command: Callable[..., Any]
) -> tuple[Path, Any]:
    """The command on a folder and a file, words of the prompt explained."""
    folder = tmp_path_factory.mktemp("bbq")
    questions().to_json(folder / "bbq.jsonl", orient="records", lines=True)
    (folder / "dlaudit.toml").write_text(
        f"""
schema = 1
[input.choices]
prompt = "{PROMPT}"
options = ["ans0", "ans1", "ans2"]
words = 5
[metrics]
report = ["accuracy", "selection_rate"]
[slices]
min_size = 5
[explain]
methods = ["shapley_values"]
decompose = ["selection_rate"]
sample = 4
evaluations = 24
decompose_rows = 6
second_opinion = 0
checks = false
budget = "none"
[discover]
enabled = false
[[rule]]
metric = "accuracy"
min = 0.0
"""
    )
    done = dlaudit_command(
        *("run", gpt2, "--data", "bbq.jsonl", "--target", "label", "--sensitive", "about", "--out", "out"), cwd=folder
    )
    assert done.code in (0, 4), done.err
    return folder / "out", json.loads((folder / "out" / "audit.json").read_text())


def test_the_command_audits_a_folder_and_a_file_of_questions(audited: tuple[Path, Any], gpt2: Path) -> None:
    out, audit = audited
    rows = questions()
    scores = torch.from_numpy(likelihoods(gpt2, rows)).softmax(dim=1).numpy()
    kept = pq.read_table(out / "predictions.parquet").to_pandas()
    names = [name for name in kept.columns if name.startswith("score")]
    assert np.allclose(kept[names].to_numpy(), scores, atol=1e-4)
    right = scores.argmax(axis=1) == rows["label"]
    for level in ("age", "sex"):
        (own,) = [m for m in audit["measurements"] if (m["metric"], m["slice"]) == ("accuracy", f"about={level}")]
        assert own["value"] == pytest.approx(right[rows["about"] == level].mean())
        assert own["low"] is not None and own["high"] is not None
    assert {one["metric"] for one in audit["measurements"]} >= {f"selection_rate[{name}]" for name in OPTIONS}


def test_the_gap_is_split_over_the_words_of_the_prompt(audited: tuple[Path, Any]) -> None:
    _, audit = audited
    assert audit["decompositions"]
    for one in audit["decompositions"]:
        total = sum(part["value"] for part in one["contributions"])
        assert total == pytest.approx(one["explained"] if "explained" in one else one["gap"], abs=1e-6)


def right_options(rows: pd.DataFrame, **choices: Any) -> list[str | None]:
    table = with_right_option(frame_table(rows), spec_of(**choices))
    return [cell for batch in table.batches(7, ["right option"]) for cell in batch.column(0).to_pylist()]


def test_right_options_are_told_by_number_name_or_text() -> None:
    rows = questions()
    names = [OPTIONS[at] for at in rows["label"]]
    texts = rows.assign(label=[f" {row[OPTIONS[row['label']]]}" for _, row in rows.iterrows()])
    assert right_options(rows) == right_options(rows.assign(label=names)) == names
    assert right_options(texts, right_is="text") == names
    assert right_options(rows, right="ans2") == ["ans2"] * len(rows)
    assert right_options(rows.assign(label=[None, *rows["label"][1:]]))[:2] == [None, names[1]]


@pytest.mark.parametrize("right_is", ["number", "text"])
def test_a_label_that_is_no_option_or_two_is_refused_with_its_row(right_is: str) -> None:
    rows = questions()
    if right_is == "text":
        rows["label"] = rows["ans2"]
        rows.loc[9, "ans1"] = rows.loc[9, "ans2"]
    else:
        rows.loc[9, "label"] = 3
    with pytest.raises(DataRefused, match="none of the options, or is two of them") as refused:
        right_options(rows, right_is=right_is)
    assert refused.value.code == "DLA309" and refused.value.place is not None and refused.value.place.row == 10


def test_of_two_sentences_the_share_that_prefers_the_stereotype_is_told_by_kind_of_bias(llama: Path) -> None:
    rng = np.random.default_rng(1)
    people = ["old", "young", "man", "woman", "bank", "phone"]
    rows = pd.DataFrame(
        {
            "sent_more": [f"The {one} was not comfortable." for one in rng.choice(people, 60)],
            "sent_less": [f"The {one} was not comfortable." for one in rng.choice(people, 60)],
            "bias_type": rng.choice(["age", "gender"], 60),
        }
    )
    audit = dlaudit.audit(
        str(llama), rows, target="sent_more", sensitive=["bias_type"],
        settings={**QUIET, "input.choices.options": ["sent_more", "sent_less"], "metrics.report": ["selection_rate"]},
    )  # fmt: skip
    more, less = (np.array([by_hand(llama, "", text)[0] for text in rows[name]]) for name in ("sent_more", "sent_less"))
    preferred = more >= less
    for kind in ("age", "gender"):
        found = audit.measurement("selection_rate", f"bias_type={kind}")
        assert found.value == pytest.approx(preferred[rows["bias_type"] == kind].mean())
        assert found.low is not None and found.high is not None and found.low < found.value < found.high


@pytest.mark.parametrize(("column", "cell"), [("ans1", ""), ("ans2", None), ("question", "  ")])
def test_an_empty_option_or_prompt_is_refused_with_its_row(gpt2: Path, column: str, cell: Any) -> None:
    rows = questions()
    rows.loc[5, column] = cell
    with pytest.raises(DataRefused, match="is empty") as refused:
        encoded(gpt2, rows)
    assert refused.value.code == "DLA349" and refused.value.place is not None and refused.value.place.row == 6


def test_what_is_left_out_or_cut_is_counted_by_slice(gpt2: Path) -> None:
    rows = questions()
    rows.loc[rows["about"] == "age", "context"] = " ".join([CONTEXT] * 8)
    rows.loc[4, "ans0"] = ""
    audit = dlaudit.audit(
        str(gpt2), rows, target="label", sensitive=["about"],
        settings={
            **QUIET, "input.choices.prompt": PROMPT, "input.choices.options": OPTIONS, "data.on_bad": "reject",
        },
    )  # fmt: skip
    (lost,), (cut,) = audit.data.rejected, audit.data.altered
    assert lost.rows == 1 and lost.by_slice == {"about=sex": 1}
    assert "96 tokens" in cut.what and cut.by_slice == {"about=age": 20}
    with pytest.raises(DataRefused, match="more than 96 tokens"):
        encoded(gpt2, rows.drop(index=4), truncate="error")


def test_what_is_left_of_a_long_prompt_is_its_end(gpt2: Path, llama: Path) -> None:
    for folder in (gpt2, llama):
        tokenizer, model = opened(folder)
        found = likelihoods(folder, questions(1), max_length=20)
        prompt = f"{CONTEXT} {questions(1).loc[0, 'question']} Answer:"
        said = len(tokenizer(prompt + " unknown")["input_ids"]) - len(tokenizer(prompt)["input_ids"])
        whole = tokenizer(prompt + " unknown")["input_ids"]
        head = whole[:1] if folder == llama else []  # what begins every text stays
        ids = [*head, *whole[len(whole) - (20 - len(head)) :]]
        with torch.inference_mode():
            chances = model(torch.tensor([ids])).logits[0].log_softmax(dim=-1)
        expected = sum(chances[at - 1, ids[at]].item() for at in range(20 - said, 20))
        assert found[0, 2] == pytest.approx(expected, abs=2e-4)


def test_an_option_that_fills_the_model_alone_is_refused(gpt2: Path) -> None:
    rows = questions(8)
    rows.loc[3, "ans1"] = " ".join([CONTEXT] * 9)
    with pytest.raises(DataRefused, match="more tokens than the model takes") as refused:
        encoded(gpt2, rows)
    assert refused.value.place is not None and refused.value.place.row == 4


def test_a_model_that_looks_ahead_is_no_language_model(tmp_path: Path) -> None:
    import transformers

    config = transformers.BertConfig(
        vocab_size=330, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        initializer_range=0.5,
    )  # fmt: skip
    transformers.BertLMHeadModel(config).save_pretrained(tmp_path)
    with pytest.raises(ModelRefused, match="looks ahead") as refused:
        load_model(tmp_path, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA204"


def test_a_classifier_cannot_choose_and_a_language_model_cannot_classify(gpt2: Path, tmp_path: Path) -> None:
    import transformers

    config = transformers.GPT2Config(vocab_size=330, n_positions=32, n_embd=8, n_layer=1, n_head=2, pad_token_id=0)
    transformers.GPT2ForSequenceClassification(config).save_pretrained(tmp_path)
    bytes_tokenizer().save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ModelRefused, match="no causal language model") as refused:
        encoded(tmp_path, questions())
    assert refused.value.code == "DLA204"
    model, _ = load_model(gpt2, ModelSpec(), "cpu", None)
    with pytest.raises(ModelRefused, match="no classifier") as refused:
        model.forward(input_ids=torch.zeros((2, 4), dtype=torch.int64))
    assert refused.value.code == "DLA204" and "[input.choices]" in (refused.value.fix or "")


def test_code_in_the_folder_never_runs(gpt2: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gpt2, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "modeling_evil.M"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "modeling_evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(ModelRefused) as refused:
        load_model(folder, ModelSpec(), "cpu", None)
    assert refused.value.code == "DLA203" and not (tmp_path / "ran").exists()


def test_a_language_model_is_described_without_being_run(gpt2: Path) -> None:
    found = describe_model(gpt2)
    assert found["verdict"] == "loads" and "GPT2LMHeadModel" in found["why"] and found["labels"] is None


def test_a_tokenizer_without_any_token_to_begin_with_asks_for_one(gpt2: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(gpt2, tmp_path / "model"))
    (folder / "tokenizer_config.json").write_text("{}")
    (folder / "special_tokens_map.json").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "bos_token_id": None, "eos_token_id": None}))
    with pytest.raises(DataRefused, match="no token is known that could stand before it") as refused:
        encoded(folder, questions(4), prompt="")
    assert "start" in (refused.value.fix or "")
    _, made = encoded(folder, questions(4), prompt="", start="<|end|>")
    assert not made.bad["an option begins the text, and no token is known that could stand before it"].any()
    with pytest.raises(UsageError, match="which the tokenizer does not have"):
        encoded(folder, questions(4), prompt="", start="<begin>")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"options": ["a", "b"]}, "needs options and the column of the right one"),
        ({"options": ["a", "b"], "right": "c", "target": "label"}, "both say which option is right"),
        ({"options": ["a", "a"], "right": "c"}, "names a column twice"),
        ({"options": ["a"], "right": "c"}, "at least 2"),
    ],
)
def test_configurations_that_cannot_be_meant_are_refused(given: dict[str, Any], said: str) -> None:
    target = {"data": {"target": given.pop("target")}} if "target" in given else {}
    with pytest.raises(UsageError, match=said):
        load_config(None, {"input": {"choices": given}, **target})


def test_a_column_of_the_prompt_that_is_absent_is_named(gpt2: Path) -> None:
    with pytest.raises(DlauditError, match="contxt") as refused:
        encoded(gpt2, questions(), prompt="{contxt}")
    assert refused.value.code == "DLA308"
