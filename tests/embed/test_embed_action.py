"""action.yml, the GitLab template and the hooks, run in a shell as their systems run them."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from embed_runs import must_fit, write_scores

yaml = pytest.importorskip("yaml", reason="needs PyYAML, which the extra `text` brings")

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
GITLAB: dict[str, Any] = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {one["id"]: one for one in ACTION["runs"]["steps"]}
FLAGS = "--score p --target y --sensitive sex --set discover.enabled=false"


@dataclass(frozen=True)
class Ran:
    """A step that ended."""

    code: int
    out: str
    err: str
    outputs: dict[str, str]
    summary: str


class Runner:
    """A runner of GitHub: files for outputs and summary, a workspace, and a shell as `shell: bash` starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.workspace = folder, folder / "work space"
        for one in (self.workspace, folder / "temp", folder / "bin"):
            one.mkdir()

    def step(self, name: str, *, interpreter: str = sys.executable, **inputs: str) -> Ran:
        """The step with its inputs, given as the runner gives them: in the environment."""
        known = {key: one["default"] for key, one in ACTION["inputs"].items()} | {"python": interpreter}
        given = known | {key.replace("_", "-"): value for key, value in inputs.items()}
        values = {f"inputs.{key}": value for key, value in given.items()}
        values |= {"github.action_path": str(ROOT), "steps.install.outputs.python": interpreter}
        step = STEPS[name]
        env = {key: values[re.fullmatch(r"\$\{\{ (.+) \}\}", text)[1]] for key, text in step["env"].items()}  # type: ignore[index]
        script, output, summary = (self.folder / one for one in ("step.sh", "output", "summary"))
        script.write_text(step["run"], encoding="utf-8")
        for one in (output, summary):
            one.write_text("", encoding="utf-8")
        own = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.folder / "temp"),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
            cwd=self.workspace,
            env=own | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
        return Ran(done.returncode, done.stdout, done.stderr, parsed(output.read_text()), summary.read_text())


def parsed(written: str) -> dict[str, str]:
    """Outputs as the runner reads them: `name=value`, or `name<<END`, lines and END."""
    found, lines = {}, iter(written.splitlines())
    for line in lines:
        name, sign, rest = line.partition("<<") if "<<" in line.partition("=")[0] else line.partition("=")
        assert sign, line
        if sign == "=":
            found[name] = rest
            continue
        value = []
        for inner in lines:
            if inner == rest:
                break
            value.append(inner)
        found[name] = "\n".join(value)
    return found


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_action_and_template_fit_the_schemas_of_their_systems(tmp_path: Path) -> None:
    must_fit(ROOT / "action.yml", "github-actions")
    must_fit(ROOT / "ci" / "gitlab.yml", "gitlab-ci")
    wrong = tmp_path / "action.yml"
    wrong.write_text((ROOT / "action.yml").read_text().replace("using: composite", "using: bash"), encoding="utf-8")
    with pytest.raises(AssertionError):
        must_fit(wrong, "github-actions")


def test_no_input_reaches_the_text_of_a_script_and_no_other_action_is_used() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for step in ACTION["runs"]["steps"]:
        assert "uses" not in step
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
        assert all(re.fullmatch(r"\$\{\{ [\w.-]+ \}\}", one) for one in step["env"].values())
        assert "eval" not in step["run"]
    assert all(set(one) == {"description", "default"} for one in ACTION["inputs"].values())
    read = {
        one.split(".")[1].split(" ")[0] for step in STEPS.values() for one in step["env"].values() if "inputs." in one
    }
    assert read == set(ACTION["inputs"]), "every input is used, and none that there is not"


def test_every_output_of_the_action_is_written_by_its_step(runner: Runner) -> None:
    write_scores(runner.workspace / "scores.csv", rows=400, gap=True)
    rule = "selection_rate.difference by sex <= 0.05"
    ran = runner.step("audit", args=f"--scores scores.csv {FLAGS} --rule '{rule}'")
    assert (ran.code, ran.outputs["exit-code"], ran.outputs["outcome"]) == (1, "1", "fail"), ran.err
    assert set(ran.outputs) == set(ACTION["outputs"])
    for name, one in ACTION["outputs"].items():
        assert one["value"] == f"${{{{ steps.audit.outputs.{name} }}}}"
    for name in ("report", "audit", "summary", "junit", "sarif"):
        assert Path(ran.outputs[name]).is_file(), name
    assert Path(ran.outputs["directory"]) == runner.workspace / "dlaudit-report"
    annotations = [line for line in ran.out.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error ")
    assert "Outside tolerance" in ran.summary
    again = runner.step("audit", run="dlaudit-report", args="--rule 'selection_rate.difference by sex <= 0.9'")
    assert (again.code, again.outputs["outcome"]) == (0, "pass"), again.err
    assert set(again.outputs) == {"exit-code", "outcome", "directory", "audit"}, "its files tell the earlier verdict"
    let = runner.step("audit", run="dlaudit-report", args=f"--exit-zero --rule '{rule}'")
    assert (let.code, let.outputs["outcome"]) == (0, ""), "no pass where the exit code says nothing"


def test_files_of_the_workspace_are_no_modules_of_python(runner: Runner) -> None:
    for name in ("click", "json", "shlex", "dlaudit"):
        (runner.workspace / f"{name}.py").write_text("import sys\nsys.exit(0)\n")
    write_scores(runner.workspace / "scores.csv", rows=400, gap=True)
    ran = runner.step("audit", args=f"--scores scores.csv {FLAGS} --rule 'selection_rate.difference by sex <= 0.05'")
    assert (ran.code, ran.outputs["outcome"]) == (1, "fail"), ran.err


def test_a_configuration_and_another_folder_are_used(runner: Runner) -> None:
    inside = runner.workspace / "models" / "a"
    inside.mkdir(parents=True)
    write_scores(inside / "scores.csv", rows=40, gap=False)
    (inside / "policy.toml").write_text(
        'schema = 1\nscores = ["p"]\n[data]\npath = "scores.csv"\ntarget = "y"\n[slices]\nsensitive = ["sex"]\n'
        "[discover]\nenabled = false\n[[rule]]\nmetric = 'selection_rate.difference'\nmax = 0.05\n",
        encoding="utf-8",
    )
    ran = runner.step("audit", config="policy.toml", working_directory="models/a", out="-out dir")
    assert (ran.code, ran.outputs["outcome"]) == (4, "undecided"), ran.err
    assert Path(ran.outputs["report"]) == inside / "-out dir" / "report.html"


def noting(runner: Runner) -> tuple[Path, Path]:
    """An interpreter that runs `-c` and otherwise only notes its arguments, and the file that it notes them in."""
    fake, noted = runner.folder / "bin" / "python", runner.folder / "noted"
    runs = f'if [[ "$2" == -c ]]; then exec {sys.executable} "$@"; fi'
    fake.write_text(f'#!/bin/bash\n{runs}\nprintf "%s\\0" "$@" > {noted}\nexit 3\n', encoding="utf-8")
    fake.chmod(0o755)
    return fake, noted


HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    '"; touch owned; echo "',
    "'; touch owned #",
    "x\ntouch owned",
    "--config=/etc/passwd",
    "-c",
    "a && touch owned",
    "${IFS}touch${IFS}owned",
    "%0Aexit-code=0",
    "x\nexit-code=0\nreport<<E\n/etc/passwd\nE",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_input_is_a_name_and_nothing_else(runner: Runner, text: str) -> None:
    fake, noted = noting(runner)
    name = f"./{text}" if text.startswith("-") else text
    wanted = [
        ({"model": text, "data": text, "out": text, "config": text}, [f"--out={name}", name, f"--data={text}"]),
        ({"run": text, "config": text}, [name, "--format", "github"]),
    ]
    for inputs, expected in wanted:
        ran = runner.step("audit", interpreter=str(fake), **inputs)
        assert (ran.code, ran.outputs) == (3, {"exit-code": "3"})
        assert not list(runner.folder.rglob("owned"))
        arguments = noted.read_text().split("\0")[:-1]
        assert arguments[-4:] == [*expected, f"--config={text}"]


@pytest.mark.parametrize("text", [*HOSTILE, "--rule 'a b' \"c $HOME\" *"])
def test_arguments_are_split_as_a_shell_quotes_them_and_never_expanded(runner: Runner, text: str) -> None:
    fake, noted = noting(runner)
    ran = runner.step("audit", interpreter=str(fake), args=text)
    assert not list(runner.folder.rglob("owned"))
    try:
        words = shlex.split(text)
    except ValueError:
        assert (ran.code, ran.outputs) == (2, {"exit-code": "2"})
        assert "quote that is not closed" in ran.err
        return
    assert ran.code == 3
    assert noted.read_text().split("\0")[7:-1] == words


def test_a_run_that_ends_early_tells_no_files_of_an_earlier_one(runner: Runner) -> None:
    earlier = runner.workspace / "dlaudit-report"
    earlier.mkdir()
    (earlier / "audit.json").write_text("{}", encoding="utf-8")
    os.utime(earlier / "audit.json", (1, 1))
    ran = runner.step("audit", model="nowhere.pt2")
    assert (ran.code, ran.outputs) == (2, {"exit-code": "2"})
    assert "DLA111" in ran.err


@pytest.mark.parametrize("version", ["1.0; touch owned", "$(touch owned)", "-r /etc/passwd", "--index-url=x", "1.0\nx"])
def test_a_version_that_is_none_is_refused_before_anything_is_installed(runner: Runner, version: str) -> None:
    ran = runner.step("install", version=version)
    assert ran.code == 2
    assert "is no version" in ran.err
    assert list(runner.folder.rglob("owned")) == []
    assert not (runner.folder / "temp" / "dlaudit-venv").exists()


def test_the_interpreter_that_has_it_is_used_as_it_is(runner: Runner) -> None:
    ran = runner.step("install", version="installed")
    assert (ran.code, ran.outputs["python"]) == (0, sys.executable)


@pytest.mark.parametrize(
    ("version", "index", "told"),
    [
        ("", "https://download.pytorch.org/whl/cpu", [["--index-url", "torch=="], ["-c", str(ROOT)]]),
        ("0.1.0", "", [["dlaudit==0.1.0"]]),
    ],
)
def test_what_is_installed_is_pinned(runner: Runner, version: str, index: str, told: list[list[str]]) -> None:
    """The interpreter's `-m venv` makes a folder whose interpreter notes what pip is asked for."""
    noted, fake = runner.folder / "noted", runner.folder / "bin" / "maker"
    inner = runner.folder / "bin" / "inner"
    inner.write_text(f'#!/bin/bash\nprintf "%s " "$@" >> {noted}; echo >> {noted}\n')
    fake.write_text(f'#!/bin/bash\nmkdir -p "$3/bin" && cp {inner} "$3/bin/python"\n')
    for one in (inner, fake):
        one.chmod(0o755)
    done = runner.step("install", version=version, torch_index=index, interpreter=str(fake))
    assert done.code == 0, done.err
    calls = noted.read_text().splitlines()
    assert len(calls) == len(told)
    for call, parts in zip(calls, told, strict=True):
        assert call.startswith("-m pip install ")
        assert all(part in call for part in parts), call
    assert done.outputs["python"].endswith("dlaudit-venv/bin/python")


def test_the_gitlab_job_keeps_the_exit_code_and_leaves_what_gitlab_reads(tmp_path: Path) -> None:
    job = GITLAB["dlaudit"]
    write_scores(tmp_path / "scores.csv", rows=400, gap=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    variables = {key: value for key, value in job["variables"].items() if key.startswith("DLAUDIT")}
    variables |= {"DLAUDIT_ARGS": f"--scores scores.csv {FLAGS} --rule 'selection_rate.difference by sex <= 0.05'"}
    surroundings = os.environ | variables | {"CI": "true", "OMP_NUM_THREADS": "1"}
    shell = ["sh", "-e", "-c", "\n".join(job["script"]).replace("python -P -c", f"{sys.executable} -P -c")]
    done = subprocess.run(shell, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    for path in [*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()]:
        assert (tmp_path / path).is_file(), path
    assert job["artifacts"]["when"] == "always"
    quality = json.loads((tmp_path / job["artifacts"]["reports"]["codequality"]).read_text(encoding="utf-8"))
    assert len(quality) == 1


def test_the_hooks_name_commands_that_there_are_and_need_no_files(runner: Runner) -> None:
    from dlaudit.cli.app import COMMANDS

    assert {one["id"] for one in HOOKS} == {"dlaudit-gate", "dlaudit-verify"}
    for hook in HOOKS:
        program, command = hook["entry"].split()
        assert program == "dlaudit"
        assert command in COMMANDS
        assert hook["pass_filenames"] is False
        assert hook["language"] == "system"
        re.compile(hook["files"])
