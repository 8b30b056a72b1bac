"""A real network on real digits: accuracy by who wrote them, with writers as clusters (the full table: benchmarks)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def digits(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any, Path]]:
    """The benchmark's own modules and a folder with the digits."""
    if not (shared_data / "qmnist_lenet").is_dir():
        pytest.skip("the data set qmnist_lenet is absent")
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import real_images
        import real_models
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))
    folder = tmp_path_factory.mktemp("digits")
    real_images.write_digits(shared_data, folder)
    yield real_images, real_models, folder
    for name in ("real_images", "real_models"):
        sys.modules.pop(name, None)


def test_students_digits_are_misread_more_often_and_writers_are_clusters(digits: Any) -> None:
    images, models, folder = digits
    audit = models.audited(images.write_config(folder, "right"))
    known = {"overall": 0.9901, "writers=employees": 0.9948, "writers=students": 0.9854}
    for slice_id, value in known.items():
        found = models.measured(audit, "accuracy", slice_id)
        assert found["value"] == pytest.approx(value, abs=5e-5)
        assert found["low"] < value < found["high"]
    assert audit["data"]["unit"] == "writer"
    # 10,000 independent digits would give an interval a good deal narrower than 297 writers do
    students = models.measured(audit, "accuracy", "writers=students")
    independent = 2 * 1.96 * (0.9854 * 0.0146 / 5001) ** 0.5
    assert students["high"] - students["low"] > 1.1 * independent
