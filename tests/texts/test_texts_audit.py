"""A whole audit of a Hugging Face folder by the command line, and the example in small."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("transformers")
from example_folder import modules_of
from tiny_models import WORDS

CONFIG = """
schema = 1
[model]
path = {model}
positive = "bad"
[data]
path = "texts.csv"
text = "text"
target = "label"
on_bad = "reject"
[input.text]
max_length = 12
[slices]
sensitive = ["who", "names"]
multi = {{ names = ";" }}
intersections = "none"
[explain]
sample = 20
checks = false
second_opinion = 0
methods = ["shapley_values"]
evaluations = 64
decompose = ["false_positive_rate"]
decompose_rows = 30
budget = "none"
[probes]
swap = ["everyday"]
[discover]
enabled = false
[[rule]]
metric = "selection_rate.difference"
by = "names"
max = 0.9
"""


@pytest.fixture(scope="module")
def audited(bert: Path, tmp_path_factory: pytest.TempPathFactory, dlaudit_command):
    folder = tmp_path_factory.mktemp("audit")
    generator = np.random.default_rng(0)
    rows = []
    for at in range(150):
        who = "long" if at % 2 else "short"
        words = generator.choice(WORDS[:-1], size=generator.integers(9, 16) if at % 2 else generator.integers(2, 7))
        names = ";".join(word for word in ("gay", "old") if word in words)
        rows.append((" ".join(words), ["good", "bad"][int(generator.integers(2))], who, names))
    table = pd.DataFrame(rows, columns=["text", "label", "who", "names"])
    table.loc[7, "text"] = " "
    table.to_csv(folder / "texts.csv", index=False)
    (folder / "dlaudit.toml").write_text(CONFIG.format(model=json.dumps(str(bert))))
    done = dlaudit_command("run", "--out", "out", cwd=folder)
    assert done.code in (0, 1, 4), done.err
    return folder / "out", json.loads((folder / "out" / "audit.json").read_text())


def test_texts_that_were_cut_or_left_out_are_counted_by_slice(audited):
    _, audit = audited
    (cut,) = audit["data"]["altered"]
    assert "12 tokens" in cut["what"] and set(cut["by_slice"]) >= {"who=long"} and "who=short" not in cut["by_slice"]
    (lost,) = audit["data"]["rejected"]
    assert lost["rows"] == 1 and lost["reason"] == "a text is empty"
    assert any(one["code"] == "DLA360" and "who" in one["subject"] for one in audit["findings"])


def test_the_gap_is_split_over_words_exactly_and_says_against_what(audited):
    _, audit = audited
    assert audit["decompositions"]
    for one in audit["decompositions"]:
        whole = sum(part["value"] for part in one["contributions"]) + one["residual"]
        assert abs(whole - one["gap"]) <= 1e-9
        assert "[MASK]" in one["estimand"] and "[PAD]" in one["other_reference"]["reference"]
        assert {"(the text without its words)", "(other words)"} <= {part["feature"] for part in one["contributions"]}
    whole_slices = [one for one in audit["decompositions"] if one["by"] == ["names: old"]]
    assert all(abs(one["residual"]) <= 1 for one in whole_slices)


def test_words_of_slices_are_named_and_the_lines_of_words_add_up_to_the_score(audited):
    folder, audit = audited
    words = {one["feature"] for one in audit["attributions"]}
    assert "(other words)" in words and len(words & set(WORDS)) >= 3 and words <= {*WORDS, "(other words)"}
    lines = pd.read_parquet(folder / "attributions.parquet")
    assert {"row_id", "method", "place", "word", "contribution", "level[who]"} <= set(lines.columns)
    scores = pd.read_parquet(folder / "predictions.parquet").set_index("row_id")
    added = lines.groupby("row_id").agg(base=("base_value", "first"), parts=("contribution", "sum"))
    column = next(name for name in scores.columns if name.startswith("score"))
    joined = added.join(scores[column])
    assert np.allclose(joined["base"] + joined["parts"], joined[column], atol=1e-6)


def test_levels_of_several_are_judged_each_and_people_are_swapped(audited):
    _, audit = audited
    checks = audit["verdict"]["checks"]
    assert {tuple(one["by"]) for one in checks} == {("names: gay",), ("names: old",)}
    assert len([one for one in audit["probes"] if one["probe"] == "identity_swap"]) == 35


def test_no_text_stands_in_the_report_or_the_record(audited):
    folder, _ = audited
    text = pd.read_csv(folder.parent / "texts.csv")["text"][1]
    for name in ("audit.json", "report.html"):
        assert text not in (folder / name).read_text()


def test_the_example_runs_in_small(tmp_path, dlaudit_command):
    pytest.importorskip("wordllama")
    folder = Path(__file__).parent.parent.parent / "examples" / "sentiment_identity"
    for path in [*folder.glob("*.py"), *folder.glob("*.toml")]:
        shutil.copyfile(path, tmp_path / path.name)
    import torch
    from safetensors.torch import save_file

    with modules_of(folder):
        from sentiment_model import Sentiment
        from texts import people
        from train import package
    build = tmp_path / "build"
    build.mkdir()
    source = package("wordllama") / "tokenizers" / "l2_supercat_tokenizer_config.json"
    shutil.copyfile(source, build / "tokenizer.json")
    torch.manual_seed(0)
    save_file(Sentiment(32_000).state_dict(), str(build / "model.safetensors"))
    people().to_csv(build / "people.csv", index=False)
    quick = ["--no-explain", "--out", "out"]
    done = dlaudit_command("run", "--config", "people.toml", *quick, cwd=tmp_path)
    assert done.code == 0, done.err
    audit = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert audit["data"]["scored"] == len(people()) and len(audit["slices"]) == 21
