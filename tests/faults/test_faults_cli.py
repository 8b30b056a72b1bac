"""Every mistake that a newcomer makes, over the real command line: its exit code, its code, its place and its remedy.

Most cases are audits of given scores: there the model is not the point, and starting torch costs seconds.
"""

import json
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Done

HEAD = "sex,race,y,p\n"
ROWS = "F,A,1,0.9\nM,A,0,0.2\nF,B,1,0.7\nM,B,0,0.4\n"
GOOD = HEAD + ROWS * 20
FLAGS = ("--score", "p", "--target", "y", "--sensitive", "sex")
SCORES = ("run", "--scores", "d.csv", *FLAGS)


def ruled(rule: str) -> tuple[str, ...]:
    return (*SCORES, "--rule", rule)


@dataclass(frozen=True)
class Case:
    """One mistake and how it must be told."""

    name: str
    code: str
    leaves: int
    arguments: tuple[str, ...] = SCORES
    files: dict[str, str | bytes] = field(default_factory=lambda: {"d.csv": GOOD})
    place: dict[str, Any] = field(default_factory=dict)
    """Keys of the JSON error that must have these values."""
    says: tuple[str, ...] = ()
    """What message, expectation or hint must say."""
    env: dict[str, str] = field(default_factory=dict)


def data(name: str, code: str, text: str | bytes, *says: str, leaves: int = 3, **place: Any) -> Case:
    return Case(name, code, leaves, files={"d.csv": text}, says=says, place={"file": "d.csv"} | place)


def flags(name: str, code: str, arguments: tuple[str, ...], *says: str, leaves: int = 2, **place: Any) -> Case:
    return Case(name, code, leaves, arguments, says=says, place=place)


def config(name: str, code: str, text: str, *says: str, **place: Any) -> Case:
    files: dict[str, str | bytes] = {"d.csv": GOOD, "c.toml": text}
    return Case(name, code, 2, ("run", "--config", "c.toml"), files, {"file": "c.toml"} | place, says)


class Evil:
    """What a hostile pickle does when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.system, ("touch marker",))


MODEL = ("run", "m.pt", "--data", "d.csv", "--target", "y", "--sensitive", "sex")
RAISES = "def load_model(path, device):\n    raise ValueError('boom')\n"
NET = """import torch
def load_model(path, device):
    return torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())
"""
NARROW = """
def preprocess(rows):
    return torch.tensor(rows[["p"]].to_numpy(), dtype=torch.float32)
"""
ONEHOT = 'input.table.onehot={race=["A","C"]}'
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 1\n"


def model(name: str, code: str, content: bytes, *says: str, arguments: tuple[str, ...] = MODEL) -> Case:
    return Case(name, code, 3, arguments, {"d.csv": GOOD, "m.pt": content}, {"file": "m.pt"}, says)


DATA = [
    data("duplicate columns", "DLA306", GOOD.replace("race", "sex", 1), "Rename", column="sex"),
    data("near-duplicate columns", "DLA306", GOOD.replace("race", " Sex", 1), "reads the same", column=" Sex"),
    data("blank column name", "DLA307", GOOD.replace("race", "", 1), "column 2 of 4", "index=False"),
    data("short row", "DLA304", HEAD + ROWS + "F,A,1\n", "3 cells", "4", line=6, row=5),
    data("long row", "DLA304", HEAD + ROWS + "F,A,1,0.5,7\n", "5 cells", line=6, row=5),
    data("all rows longer", "DLA304", HEAD + "".join(f"7,{r}\n" for r in ROWS.split()), "index", "shifted", line=2),
    data("semicolons", "DLA303", GOOD.replace(",", ";"), "semicolon", """--set 'data.delimiter=";"'"""),
    data("tabs", "DLA303", GOOD.replace(",", "\t"), "tab"),
    data("latin-1", "DLA302", (GOOD + "Fé,A,1,0.5\n").encode("latin-1"), "UTF-8", "data.encoding", line=82),
    data("utf-16", "DLA302", GOOD.encode("utf-16"), "UTF-16", "data.encoding=utf-16"),
    data("missing label", "DLA311", HEAD + ROWS + "F,A,,0.5\n", "on_bad=reject", line=6, row=5, column="y"),
    data("infinite score", "DLA313", HEAD + ROWS + "F,A,1,inf\n", "infinite", line=6, row=5, column="p"),
    data("score that overflows", "DLA313", HEAD + ROWS + "F,A,1,1e400\n", "too large", line=6, row=5, column="p"),
    data("NaN score", "DLA312", HEAD + ROWS + "F,A,1,NaN\n", 'missing = ["", "NaN"]', line=6, row=5, column="p"),
    data("decimal comma", "DLA312", HEAD + ROWS + 'F,A,1,"0,5"\n', "decimal point", line=6, row=5, column="p"),
    data("percent sign", "DLA312", HEAD + ROWS + "F,A,1,12%\n", "'12%'", line=6, row=5, column="p"),
    data("missing score", "DLA312", HEAD + ROWS + "F,A,1,\n", "a score is missing", line=6, row=5, column="p"),
    data("empty file", "DLA301", "", "empty"),
    data("header only", "DLA301", HEAD, "no rows"),
    data("unclosed quote", "DLA305", HEAD + 'F,"A,1,0.5\nM,B,1,0.7\n', "quote", line=2),
    data("NUL character", "DLA317", HEAD + "F\0,A,1,0.5\n", "NUL", line=2),
    data("pickle as data", "DLA329", pickle.dumps({}), "pickle", "Parquet"),
    data("damaged parquet", "DLA319", b"PAR1abc", "corrupt"),
    Case("a stray third label", "DLA309", 2, files={"d.csv": GOOD + "F,A,2,0.5\n"}, says=("'2'", "model.task")),
    Case("text labels", "DLA309", 2, files={"d.csv": GOOD.replace(",1,", ",yes,").replace(",0,", ",no,")},
         says=("which one is positive", """model.positive="yes\"""")),
    Case("label not in classes", "DLA309", 3, (*SCORES, "--set", "model.task=binary"),
         {"d.csv": GOOD + "F,A,2,0.5\n"}, {"row": 81, "line": 82, "column": "y"}, ("'2'", "1 record")),
    Case("levels that look the same", "DLA406", 3, files={"d.csv": GOOD + "М,A,1,0.5\n"}, says=("U+041C",)),
]  # fmt: skip

FLAG = [
    flags("no such column", "DLA308", (*SCORES[:-1], "sxe"), "Did you mean 'sex'?", leaves=3, column="sxe"),
    flags("no such score column", "DLA308", ("run", "--scores", "d.csv", "--score", "q", *FLAGS[2:]), "'p'", leaves=3),
    flags("no such file", "DLA111", ("run", "--scores", "e.csv", *FLAGS), "Did you mean 'd.csv'?", file="e.csv"),
    flags("nothing at all", "DLA111", ("run",), "MODEL --data FILE", "--scores FILE", "--help"),
    flags("data and no model", "DLA111", ("run", "--data", "d.csv", "--target", "y"), "MODEL", "--score COLUMN"),
    flags("data for a model", "DLA111", ("run", "d.csv"), "'d.csv' is data", "--scores FILE"),
    flags("a model and no data", "DLA111", ("run", "m.pt2"), "--data FILE"),
    flags("a model and --scores", "DLA101", ("run", "m.pt2", *SCORES[1:]), "both a model and scores"),
    flags("a model and --score", "DLA101", (*MODEL, "--score", "p"), "both a model and scores"),
    flags("--scores and --data", "DLA101", (*SCORES, "--data", "d.csv"), "--demographics"),
    flags("--score missing", "DLA111", ("run", "--scores", "d.csv"), "--score COLUMN"),
    flags("a flag and --set", "DLA101", (*SCORES, "--set", "data.target=y"), "data.target", "once"),
    flags("a value and a table", "DLA101", (*SCORES, "--set", "data.target.x=1"), "data.target"),
    flags("an empty list of columns", "DLA101", (*SCORES[:-1], ""), "names no column"),
    flags("the target as a sensitive column", "DLA308", (*SCORES[:-1], "y"), "the target"),
    flags("the score as a sensitive column", "DLA308", (*SCORES[:-1], "p"), "a score"),
    flags("--set without a value", "DLA101", (*SCORES, "--set", "x"), "KEY=VALUE"),
    flags("--set of no key", "DLA101", (*SCORES, "--set", "modl.x=1"), "Did you mean 'model'?", key="modl"),
    flags("--set of text", "DLA101", (*SCORES, "--set", "model.threshold=abc"), "a number", key="model.threshold"),
    flags("a mistyped flag", "DLA101", (*SCORES, "--sensitve", "x"), "--sensitive"),
    flags("a seed that is text", "DLA101", (*SCORES, "--seed", "abc"), "--seed"),
    flags("no rows in a batch", "DLA101", (*SCORES, "--batch-size", "0"), "--batch-size"),
    flags("ray", "DLA101", (*SCORES, "--engine", "ray"), "not in this version"),
    flags("--resume", "DLA101", (*SCORES, "--resume"), "not in this version"),
    flags("--fresh", "DLA101", (*SCORES, "--fresh"), "not in this version"),
    flags("no such metric", "DLA106", ruled("selection_rte.ratio by sex >= 0.8"), "Did you mean 'selection_rate'?"),
    flags("no such feature", "DLA106", ruled("selection_rate.ratio by sxe >= 0.8"), "Did you mean 'sex'?"),
    flags("a metric of another task", "DLA106", ruled("r2.difference by sex <= 0.1"), "regression", "binary"),
    flags("a limit in per cent", "DLA107", ruled("selection_rate.ratio by sex >= 80"), "80 % is 0.8"),
    flags("a ratio's ceiling", "DLA107", ruled("selection_rate.ratio by sex <= 0.8"), "a min, not a max"),
    flags("a strict limit", "DLA107", ruled("selection_rate.ratio by sex > 0.8"), "Write <= or >="),
    flags("no rule", "DLA107", ruled("selection_rate"), "METRIC.KIND by COL"),
    flags("--out is a file", "DLA110", (*SCORES, "--out", "d.csv"), "--out"),
    flags("--out holds an input", "DLA110", (*SCORES, "--out", "."), "an input"),
    flags("--out below a file", "DLA110", (*SCORES, "--out", "d.csv/x"), "is a file"),
    flags("--out in a place that takes no files", "DLA110", (*SCORES, "--out", "/proc/x"), "cannot be written"),
    flags("gate without rules on nothing", "DLA111", ("gate", "nowhere"), "finished run", file="nowhere"),
    flags("gate on nothing", "DLA111", ("gate", "x", "--rule", "auc.difference <= 0.1"), "finished run", file="x"),
    flags("gate without a run", "DLA101", ("gate",), "RUN"),
    flags("inspect of nothing", "DLA111", ("inspect", "m.pt"), "no such model file", file="m.pt"),
]  # fmt: skip

BAD = """schema = 1
[modle]
path = "x"
[model]
tsak = "binary"
threshold = "0.8"
output = "probabilty"
[slices]
sensitive = "sex"
min_size = -3
[[rule]]
by = "sex"
min = 0.8
[[rule]]
metric = "selection_rate.ratio"
min = 80
"""

CONFIG = [
    config("all faults at once", "DLA102", BAD, "8 faults",
           "c.toml:2: modle: unknown key 'modle'. Did you mean 'model'?",
           "c.toml:5: model.tsak: unknown key 'tsak'. Did you mean 'task'?",
           "c.toml:6: model.threshold: must be a number, not the text '0.8': remove the quotes",
           "c.toml:7: model.output: 'probabilty' is not one of", "Did you mean 'probability'?",
           "c.toml:9: slices.sensitive: must be a list in [brackets], not the text 'sex'",
           "c.toml:10: slices.min_size: must be at least 1, not -3",
           "c.toml:11: rule[0].metric: this key is missing",
           "c.toml:14: rule[1]: the min of a ratio lies in 0..1; 80 % is 0.8"),
    config("unknown key", "DLA101", "[model]\ntsak = 1\n", "Did you mean 'task'?", line=2, key="model.tsak"),
    config("unlike any key", "DLA101", "[model]\nfoo = 1\n", "There are: path, code, task", line=2, key="model.foo"),
    config("not TOML", "DLA103", "[model\n", "not valid TOML", line=1),
    config("a key twice", "DLA103", '[model]\npath = "a"\npath = "b"\n', "twice", line=3),
    config("newer schema", "DLA112", "schema = 2\n", "Upgrade", line=1),
    config("empty", "DLA111", "", "nothing to audit", file=None),
    flags("a configuration that is absent", "DLA111", ("run", "--config", "n.toml"), "no such file", file="n.toml"),
]  # fmt: skip

MODELS = [
    model("empty model", "DLA206", b"", "empty"),
    model("truncated model", "DLA206", b"PK\x03\x04" + b"0" * 90, "truncated"),
    model("web page as a model", "DLA206", b"<!DOCTYPE html><html></html>", "web page"),
    model("LFS pointer as a model", "DLA206", LFS.encode(), "git lfs pull"),
    model("text as a model", "DLA206", b"hello", "text"),
    model("evil model", "DLA201", pickle.dumps(Evil()), "posix.system", "nothing was run", "state_dict"),
    model("another digest trusted", "DLA219", pickle.dumps(Evil()), "SHA-256", arguments=(*MODEL, "--trust", "ab")),
    Case("code that raises", "DLA222", 3, (*MODEL, "--code", "c.py"),
         {"d.csv": GOOD, "m.pt": pickle.dumps({}), "c.py": RAISES},
         {"file": "c.py", "line": 2}, ("ValueError: boom",)),
    Case("inputs of another shape", "DLA211", 3, (*MODEL, "--code", "c.py"),
         {"d.csv": GOOD, "m.pt": pickle.dumps({}), "c.py": NET + NARROW}, {"file": "m.pt"},
         ("the model takes 3 columns, the data gave 1",)),
    Case("unknown one-hot level", "DLA325", 3,
         (*MODEL, "--code", "c.py", "--set", ONEHOT, "--set", "data.features=['p','race']"),
         {"d.csv": GOOD, "m.pt": pickle.dumps({}), "c.py": NET},
         {"file": "d.csv", "line": 4, "row": 3, "column": "race"}, ("'B'", "40 record", "'A', 'C'", "unseen")),
    Case("code that exits with 0 and prints", "DLA222", 3, (*MODEL, "--code", "c.py"),
         {"d.csv": GOOD, "m.pt": pickle.dumps({}), "c.py": "import sys\nprint('hello')\nsys.exit(0)\n"},
         {"file": "c.py", "line": 3}, ("sys.exit(0)",)),
]  # fmt: skip

CASES = [*DATA, *FLAG, *CONFIG, *MODELS]


def laid_out(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder


@pytest.mark.parametrize("case", CASES, ids=[case.name.replace(" ", "-") for case in CASES])
def test_a_mistake_is_told_with_its_code_its_place_and_its_remedy(
    case: Case, dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    folder = laid_out(tmp_path / "work", case.files)
    done = dlaudit_command(*case.arguments, "--format", "json", cwd=folder, env=case.env)
    assert done.code == case.leaves, done.err
    error = done.json["error"]
    assert done.json["ok"] is False
    assert error["code"] == case.code
    assert error["hint"]
    assert {key: error[key] for key in case.place} == case.place
    told = f"{error['message']} {error['expected']} {error['hint']}"
    assert [words for words in case.says if words not in told] == []
    assert f"dlaudit: {case.code} " in done.err
    assert "Traceback" not in done.err
    assert {path.name for path in folder.iterdir()} == set(case.files), "nothing else is left, the model did no harm"
    assert list(tmp_path.iterdir()) == [folder]


def test_every_code_told_is_one_that_explain_knows(dlaudit_command: Callable[..., Done]) -> None:
    from dlaudit.findings.codes import CODES

    assert {case.code for case in CASES} <= set(CODES)
    told = dlaudit_command("explain", "DLA304")
    assert told.code == 0
    assert "What to do:" in told.out


def scored(command: Callable[..., Done], folder: Path, text: str, *more: object) -> Any:
    (folder / "d.csv").write_text(text, encoding="utf-8")
    done = command(*SCORES, *more, "--format", "json", cwd=folder)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_text_stays_text_na_is_a_level_and_leading_zeros_are_kept(
    dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    text = GOOD.replace("F,", "00501,").replace("M,", "501,") + "NA,A,1,0.5\nNone,A,0,0.5\n"
    ids = {one["id"] for one in scored(dlaudit_command, tmp_path, text)["slices"]}
    assert ids == {"overall", "sex=00501", "sex=501", "sex=NA", "sex=None"}


@pytest.mark.parametrize(
    ("text", "code"),
    [(HEAD + "F,A,1,0.5\nM,B,1,0.7\n" * 20, "DLA310"), (HEAD + "F,A,1,0.7\nF,B,0,0.2\n" * 20, "DLA404")],
    ids=["one-class", "one-level"],
)
def test_what_leaves_nothing_to_compare_is_a_finding_that_the_terminal_shows(
    text: str, code: str, dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    assert code in {one["code"] for one in scored(dlaudit_command, tmp_path, text)["findings"]}
    assert code in dlaudit_command(*SCORES, cwd=tmp_path).out


@pytest.mark.parametrize("way", ["--frozen", "CI"])
def test_the_lines_that_a_frozen_run_asks_for_work_when_they_are_pasted(
    way: str, dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    text = "".join(f"{at if at else 'id'},{row}\n" for at, row in enumerate(GOOD.splitlines()))
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    run = ("run", "--scores", "d.csv", "--score", "p", "--format", "json", *([way] if way != "CI" else []))
    env = {"CI": "true"} if way == "CI" else {}
    refused = dlaudit_command(*run, cwd=tmp_path, env=env)
    assert refused.code == 2
    assert refused.json["error"]["code"] == "DLA109"
    assert "CI=true" in refused.json["error"]["message"]
    pasted = refused.json["error"]["hint"].partition(":\n")[2]
    assert pasted.count("[data]") == 1
    (tmp_path / "dlaudit.toml").write_text(pasted, encoding="utf-8")
    done = dlaudit_command(*run, cwd=tmp_path, env=env)
    assert done.code == 0, done.err
    assert done.json["guesses"] == []


def test_a_rule_may_ask_for_a_metric_that_is_not_measured_by_default(
    dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    document = scored(dlaudit_command, tmp_path, GOOD, "--rule", "f1.difference by sex <= .9", "--exit-zero")
    assert [check["metric"] for check in document["verdict"]["checks"]] == ["f1"]


def test_a_configured_model_need_not_exist_where_scores_are_given(
    dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "dlaudit.toml").write_text('[model]\npath = "absent.pt2"\n', encoding="utf-8")
    assert scored(dlaudit_command, tmp_path, GOOD)["model"]["format"] == "scores"


def test_an_output_directory_with_foreign_files_or_inside_a_run_is_refused_and_untouched(
    dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "notes.txt").write_text("mine", encoding="utf-8")
    scored(dlaudit_command, tmp_path, GOOD, "--out", "run")
    for arguments in (
        (*SCORES, "--out", "foreign"),
        (*SCORES, "--out", "run/sub"),
        ("report", "run", "--out", "run/x"),
    ):
        done = dlaudit_command(*arguments, cwd=tmp_path)
        assert done.code == 2, done.err
        assert "DLA110" in done.err
    assert {path.name for path in tmp_path.iterdir()} == {"d.csv", "foreign", "run"}
    assert [path.name for path in (tmp_path / "foreign").iterdir()] == ["notes.txt"]


HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "deep": b"[" * 100_000,
    "NaN": b'{"schema_version": 1, "x": NaN}',
    "too little": b'{"schema_version": 1}',
    "unknown key": b'{"schema_version": 1, "evil": "<script>"}',
    "huge number": b'{"schema_version": 1' + b"0" * 5000 + b"}",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=[name.replace(" ", "-") for name in HOSTILE])
def test_a_hostile_audit_json_is_refused_in_words(
    content: bytes, dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "audit.json").write_bytes(content)
    done = dlaudit_command("report", tmp_path, "--out", tmp_path / "out")
    assert done.code == 3, done.err
    assert "DLA610" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["audit.json"]
