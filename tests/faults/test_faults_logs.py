"""What is printed cannot steer the CI system that keeps the log."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Done

DATA = "sex,y,p\n" + "##[error]F,1,0.9\n##vso[task.x]M,0,0.2\n" * 40
FLAGS = ["--score", "p", "--target", "y", "--sensitive", "sex", "--no-rows"]


def test_json_on_standard_output_holds_no_command_and_says_the_same(
    dlaudit_command: Callable[..., Done], tmp_path: Path
) -> None:
    (tmp_path / "d.csv").write_text(DATA, encoding="utf-8")
    done = dlaudit_command("run", "--scores", "d.csv", *FLAGS, "--format", "json", "--out", "o", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "##" not in done.out and "##" not in done.err
    assert "sex=##[error]F" in {one["id"] for one in json.loads(done.out)["slices"]}


def test_the_names_of_a_junit_file_stay_on_one_line(dlaudit_command: Callable[..., Done], tmp_path: Path) -> None:
    from xml.etree import ElementTree

    (tmp_path / "d.csv").write_text(DATA.replace("##[error]F", '"F\n::error::x"'), encoding="utf-8")
    rule = ["--rule", "selection_rate.ratio by sex >= 0.8"]
    done = dlaudit_command("run", "--scores", "d.csv", *FLAGS, *rule, "--out", "o", cwd=tmp_path)
    assert done.code == 1, done.err
    for case in ElementTree.parse(tmp_path / "o" / "junit.xml").iter("failure"):
        assert "\n::" not in str(case.get("message")) and "\n::" not in (case.text or "")
