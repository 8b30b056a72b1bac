"""The digest of the rows as the model is given them, and files beside the data that change during a run."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dlaudit
from dlaudit.data.batch import Batch
from dlaudit.data.digests import RowsDigest
from dlaudit.data.inputs_digest import InputsDigest
from dlaudit.data.standing import Standing
from dlaudit.errors import DataRefused
from dlaudit.tensors import ABOUT, tensor_table

N = 12


def batch(**changes: Any) -> Batch:
    rng = np.random.default_rng(0)
    known: dict[str, Any] = {
        "first_row": 1,
        "rows": np.arange(1, N + 1),
        "row_ids": np.array([f"row {at}" for at in range(N)], dtype=object),
        "inputs": rng.normal(size=(N, 3)).astype(np.float32),
        "target": rng.integers(0, 2, N),
        "groups": {"sex": np.array(["F", "M", None] * (N // 3), dtype=object)},
    }
    return Batch(**{**known, **changes})


def digest(*batches: Batch) -> str | None:
    made = RowsDigest()
    for one in batches:
        made.add(one)
    return made.told()


def inputs_digest(*batches: Batch) -> str | None:
    made = InputsDigest()
    for one in batches:
        made.add(one)
    return made.told()


def in_order(one: Batch, order: Any) -> Batch:
    inputs = one.inputs.take(order) if isinstance(one.inputs, pa.Table) else one.inputs[order]
    return batch(row_ids=one.row_ids[order], inputs=inputs)


RAW = pa.table({"work": ["a", None] * (N // 2), "age": list(range(N)), "steps": [[1.0], [2.0, 3.0]] * (N // 2)})


@settings(deadline=None)
@given(st.permutations(range(N)), st.integers(1, N - 1), st.sampled_from(["numbers", "pictures", "raw"]))
def test_inputs_by_id_have_one_digest_in_any_order(order: list[int], cut: int, kind: str) -> None:
    whole = {"numbers": batch(), "pictures": batch(inputs=pictures()), "raw": batch(inputs=RAW)}[kind]
    other = in_order(whole, np.array(order))
    parts = [other.keep(np.arange(N) < cut), other.keep(np.arange(N) >= cut)]
    assert inputs_digest(*parts) == inputs_digest(whole)
    if order != list(range(N)):
        swapped = batch(row_ids=whole.row_ids, inputs=other.inputs)
        assert inputs_digest(swapped) != inputs_digest(whole), "no two rows are alike"


def test_an_input_that_differs_in_one_cell_makes_another_digest_of_inputs() -> None:
    moved = batch().inputs.copy()
    moved[3, 1] = np.nextafter(moved[3, 1], np.float32(9))
    others = [
        batch(inputs=moved), batch(inputs=batch().inputs.astype(np.float64)), batch(row_ids=batch().row_ids[::-1]),
        batch(inputs=pictures(1)), batch(inputs=pictures(2)), batch(inputs=RAW),
        batch(inputs=RAW.set_column(0, "work", pa.array(["a", ""] * (N // 2)))),
        batch(inputs=RAW.set_column(0, "work", pa.array(["a", "None"] * (N // 2)))),
        batch().keep(np.arange(N) > 0),
    ]  # fmt: skip
    made = [inputs_digest(one) for one in [batch(), *others]]
    assert len(set(made)) == len(made) and None not in made
    assert inputs_digest(batch(target=np.ones(N), weight=np.ones(N))) == made[0]
    assert inputs_digest() is None


def test_more_rows_than_are_digested_one_by_one_have_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlaudit.data.inputs_digest.MOST_ROWS", N)
    assert inputs_digest(batch()) is not None
    assert inputs_digest(batch(), batch()) is None


def pictures(seed: int = 1, about: str = "x") -> pa.Table:
    pixels = np.random.default_rng(seed).random((N, 2, 4, 4)).astype(np.float32)
    return tensor_table({"image": pixels, "mask": np.ones((N, 4), np.int64), f"{ABOUT}image": np.array([about] * N)})


@settings(deadline=None)  # the first call imports
@given(st.sets(st.integers(1, N - 1)), st.booleans())
def test_how_the_rows_are_cut_into_batches_does_not_matter(cuts: set[int], tensors: bool) -> None:
    whole = batch(inputs=pictures()) if tensors else batch()
    ends = [0, *sorted(cuts), N]
    parts = [whole.keep((np.arange(N) >= a) & (np.arange(N) < b)) for a, b in pairwise(ends)]
    assert digest(*parts) == digest(whole)


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": np.zeros((N, 3), np.float32)},
        {"target": np.ones(N, np.int64)},
        {"row_ids": np.array([f"row {N - at}" for at in range(N)], dtype=object)},
        {"groups": {"sex": np.array(["F"] * N, dtype=object)}},
        {"groups": {"sex": np.array(["F", "M", ""] * (N // 3), dtype=object)}},
        {"groups": {"gender": np.array(["F", "M", None] * (N // 3), dtype=object)}},
        {"weight": np.ones(N)},
    ],
)
def test_whatever_differs_makes_another_digest(changes: dict[str, Any]) -> None:
    assert digest(batch()) != digest(batch(**changes))


def test_pictures_differ_by_their_pixels_and_not_by_what_is_for_readers() -> None:
    assert digest(batch(inputs=pictures(1))) != digest(batch(inputs=pictures(2)))
    assert digest(batch(inputs=pictures(1, "x"))) == digest(batch(inputs=pictures(1, "y")))
    assert digest() is None


def test_raw_rows_for_the_users_code_differ_by_their_cells() -> None:
    one, other = ({"work": ["a", None] * (N // 2), "age": list(range(N))} for _ in range(2))
    other["work"] = ["a", ""] * (N // 2)
    lists = {"steps": [[float(at)] * 2 for at in range(N)]}
    made = {digest(batch(inputs=pa.table(cells))) for cells in (one, other, lists)}
    assert len(made) == 3


def test_a_file_that_changes_comes_or_goes_is_noticed_and_named(tmp_path: Path) -> None:
    known = [tmp_path / f"{at}.png" for at in range(4)]
    for one in known[:3]:
        one.write_bytes(b"picture")
    stood = Standing.of(lambda: known)
    stood.check()
    later = (tmp_path / "0.png").stat().st_mtime_ns + 10**9
    known[1].write_bytes(b"another")
    os.utime(known[1], ns=(later, later))
    with pytest.raises(DataRefused, match="1.png") as refused:
        stood.check()
    assert refused.value.code == "DLA326"
    for change in (known[3].touch, known[0].unlink):
        stood = Standing.of(lambda: known)
        change()
        with pytest.raises(DataRefused):
            stood.check()


class Meddling:
    """A model that writes to a picture while it scores."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, image: Any) -> Any:
        self.path.write_bytes(self.path.read_bytes() + b"\0")
        return image.mean(dim=(1, 2, 3))


def test_a_picture_that_changes_during_the_run_ends_it_and_at_rest_its_bytes_are_in_the_digest(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for at in range(8):
        pixels = np.random.default_rng(at).integers(0, 256, (6, 6, 3), dtype=np.uint8)
        image.fromarray(pixels).save(tmp_path / f"{at}.png")
    lines = "".join(f"{at}.png,{at % 2},{'FM'[at // 4]}\n" for at in range(8))
    (tmp_path / "rows.csv").write_text(f"file,y,sex\n{lines}")
    quick = {
        "data.image": "file", "discover.enabled": False, "explain.enabled": False, "model.output": "probability",
    }  # fmt: skip

    def run(model: Any) -> Any:
        return dlaudit.audit(model, str(tmp_path / "rows.csv"), target="y", sensitive=["sex"], settings=quick)

    def calm(image: Any) -> Any:
        return image.mean(dim=(1, 2, 3))

    with pytest.raises(DataRefused, match=r"3\.png"):
        run(Meddling(tmp_path / "3.png"))
    first, again = run(calm).data, run(calm).data
    assert first.rows_sha256 == again.rows_sha256 is not None
    image.fromarray(np.zeros((6, 6, 3), np.uint8)).save(tmp_path / "5.png")
    changed = run(calm).data
    assert (changed.sha256, changed.rows_sha256 == first.rows_sha256) == (first.sha256, False)
