"""Small sets of pictures for the tests of images."""

import contextlib
import io
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from PIL import Image

from dlaudit.cli.app import run_cli
from dlaudit.data.labels import resolve_labels
from dlaudit.data.open import open_data
from dlaudit.data.roles import resolve_roles
from dlaudit.data.table import TableSet, inputs_of, table_set
from dlaudit.spec import AuditSpec
from dlaudit.tensors import ndarray_of


def picture(seed: int = 0, size: tuple[int, int] = (8, 10), channels: int = 3) -> np.ndarray[Any, Any]:
    """Random pixels, uint8 [height, width, channels]; without the last axis where there is one channel."""
    shape = size if channels == 1 else (*size, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write_set(folder: Path, files: dict[str, Any], **columns: Any) -> Path:
    """A table `rows.csv` with a row per file, whose pictures (arrays, images, bytes) are written; None is not."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            (content if isinstance(content, Image.Image) else Image.fromarray(content)).save(path)
    n = len(files)
    table = {
        "file": list(files),
        "y": [at % 2 for at in range(n)],
        "sex": ["F" if at < n / 2 else "M" for at in range(n)],
    }
    pd.DataFrame({**table, **columns}).to_csv(folder / "rows.csv", index=False)
    return folder / "rows.csv"


def opened(path: Path, image: dict[str, Any] | None = None, **data: Any) -> TableSet:
    """The rows of a table of pictures."""
    asked = AuditSpec.model_validate(
        {
            "data": {"path": str(path), "image": "file", "target": "y", **data},
            "input": {"image": image or {}},
            "slices": {"sensitive": ["sex"]},
        }
    )
    raw = open_data(asked.data)
    roles, _ = resolve_roles(raw, asked, None, False, None)
    return table_set(raw, roles, asked, resolve_labels(raw, roles, asked, 1), inputs_of(raw, roles, asked))


def pixels(rows: TableSet, name: str = "image") -> np.ndarray[Any, Any]:
    """The inputs of all rows as one array."""
    return np.concatenate([ndarray_of(one, name) for one in tables(rows)])


def tables(rows: TableSet, at_once: int = 1000) -> list[pa.Table]:
    """The encoded rows, batch by batch."""
    return [batch.inputs for batch in rows.batches(at_once) if isinstance(batch.inputs, pa.Table)]


def command_here(folder: Path, *arguments: object) -> int:
    """Exit code of a command in that folder, in this process: its libraries are imported once for all tests."""
    held = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    told = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = run_cli([str(one) for one in arguments])
    for number, handler in held.items():
        signal.signal(number, handler)
    assert code in {0, 1, 4}, told.getvalue()
    return code
