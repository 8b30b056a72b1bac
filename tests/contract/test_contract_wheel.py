"""What users install has everything that it needs: templates and the demo are in the wheel and are found there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def asked(unpacked: Path, code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=unpacked, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_report_is_rendered_from_the_wheels_own_templates(unpacked: Path) -> None:
    found = asked(unpacked, "from dlaudit.outputs.templates import template_directory; print(template_directory())")
    assert Path(found) == unpacked / "dlaudit" / "templates"
    inside = {path.relative_to(found) for path in Path(found).rglob("*") if path.is_file()}
    source = ROOT / "reports" / "templates"
    assert inside == {path.relative_to(source) for path in source.rglob("*") if path.is_file()}


def test_the_demo_finds_its_files_in_the_wheel(unpacked: Path) -> None:
    code = (
        "from dlaudit.cli.demo_command import _FILES, _example_folder as folder; "
        "print(all((folder() / name).is_file() for name in _FILES), folder())"
    )
    ready, _, folder = asked(unpacked, code).partition(" ")
    assert ready == "True"
    assert Path(folder).is_relative_to(unpacked)


def test_no_data_and_no_model_is_shipped(unpacked: Path) -> None:
    shipped = {path.suffix for path in unpacked.rglob("*") if path.is_file()}
    assert not shipped & {".csv", ".pt", ".pt2", ".ts", ".parquet", ".safetensors"}
