"""Samples that pairs are made of: whose each is, the levels of that person, and the embedding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float32, Int

from dlaudit.data.array_files import read_array
from dlaudit.data.cells import Column, as_numbers, as_text, is_missing, objects
from dlaudit.data.names import require
from dlaudit.data.raw import RawTable
from dlaudit.errors import DataRefused, Place, shown
from dlaudit.spec import AuditSpec

_CHUNK = 65_536


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Samples in the order of their records."""

    person: Int[np.ndarray, " samples"]
    """Code of the identity, 0 and up in order of first appearance."""
    levels: dict[str, np.ndarray[Any, Any]]
    """Feature to the level of each sample, text or None."""
    vectors: Float32[np.ndarray, "samples dimensions"] | None
    """Embeddings of length 1; None where none were given."""
    length: Float32[np.ndarray, " samples"] | None = None
    """Length of each embedding as it was given."""

    def __len__(self) -> int:
        return len(self.person)

    @property
    def people(self) -> int:
        """Number of identities."""
        return int(self.person.max()) + 1 if len(self.person) else 0

    @property
    def mated(self) -> int:
        """Pairs of samples of one identity."""
        each = np.bincount(self.person)
        return int((each * (each - 1) // 2).sum())


def read_samples(raw: RawTable, spec: AuditSpec, features: Sequence[str], identity: str) -> Samples:
    """The samples of a table, one for each record.

    Args:
        raw: The table.
        spec: `[pairs]`, `data.missing` and `slices.unknown`.
        features: Sensitive and control features that the table has.
        identity: Column that says whose a sample is.

    Raises:
        DataRefused: A column is absent (DLA308), a sample has no identity, or an embedding cannot be used (DLA361).
    """
    asked = spec.pairs
    assert asked is not None
    vector = [asked.vector] if asked.vector is not None else []
    require([identity, *features, *vector], raw.columns, key="pairs", file=raw.path)
    if vector and raw.format in {"parquet", "memory"}:
        raw = replace(raw, source=raw.source.with_lists(vector))  # type: ignore[attr-defined]
    names = list(dict.fromkeys([identity, *features, *vector]))
    table = pa.Table.from_batches(list(raw.batches(_CHUNK, names)))
    held = {name: table.column(name).combine_chunks() for name in names}
    vectors = length = None
    if vector:
        vectors, length = _of_length_one(_from_lists(held[vector[0]], raw, vector[0]), raw.path)
    elif asked.embeddings is not None:
        array = read_array(asked.embeddings, asked.key, raw.limits.bytes, "pairs.embeddings")
        vectors, length = _of_length_one(array, asked.embeddings)
        if len(vectors) != table.num_rows:
            raise _refused(
                f"there are {len(vectors):,} embeddings and {table.num_rows:,} samples",
                Place(file=asked.embeddings, key="pairs.embeddings"),
                "Save both again from the same samples, in one order.",
            )
    return Samples(
        person=people_in(held[identity], raw, spec, identity),
        levels={name: levels_in(held[name], spec) for name in features},
        vectors=vectors,
        length=length,
    )


def people_in(column: pa.Array, raw: RawTable, spec: AuditSpec, name: str) -> Int[np.ndarray, " samples"]:
    """Codes of the identities, 0 and up in order of first appearance.

    Raises:
        DataRefused: One is missing (DLA361).
    """
    absent = is_missing(column, spec.data.missing)
    if absent.any():
        place = raw.place(int(np.argmax(absent)) + 1, name)
        raise _refused("a sample has no identity", place, "Say whose it is, or remove the sample.")
    return np.asarray(as_text(column).dictionary_encode().indices).astype(np.int64)


def levels_in(column: pa.Array, spec: AuditSpec) -> np.ndarray[Any, Any]:
    """Levels as text, None where missing or listed in `slices.unknown`."""
    texts = as_text(column)
    absent = is_missing(column, spec.data.missing) | is_missing(texts, spec.slices.unknown)
    return objects(texts, absent)


def similarity(
    samples: Samples, first: Int[np.ndarray, " n"], second: Int[np.ndarray, " n"]
) -> Float32[np.ndarray, " n"]:
    """Cosine of the embeddings of both samples, -1 to 1."""
    assert samples.vectors is not None
    found = np.einsum("nd,nd->n", samples.vectors[first], samples.vectors[second])
    return np.asarray(np.clip(found, -1, 1), dtype=np.float32)


def _from_lists(column: pa.Array, raw: RawTable, name: str) -> np.ndarray[Any, Any]:
    lengths = np.asarray(column.value_lengths().fill_null(0)) if hasattr(column, "value_lengths") else np.zeros(0)
    if not len(lengths) or lengths.min() != lengths.max() or not lengths[0]:
        at = int(np.argmax(lengths != lengths[0])) if len(lengths) else 0
        raise _refused(
            f"an embedding has {int(lengths[at]) if len(lengths) else 0} numbers, the first has "
            f"{int(lengths[0]) if len(lengths) else 0}",
            raw.place(at + 1, name),
            "Give every sample a list of equally many numbers.",
        )
    flat = column.flatten()
    of = Column(name=name, first_row=1, file=raw.path, keep_infinite=True)
    return as_numbers(flat, of).reshape(len(column), int(lengths[0]))


def _of_length_one(
    vectors: np.ndarray[Any, Any], path: str | None
) -> tuple[Float32[np.ndarray, "samples dimensions"], Float32[np.ndarray, " samples"]]:
    """The embeddings divided by their lengths, and these."""
    if vectors.ndim != 2 or 0 in vectors.shape:
        shape = shown(str(list(vectors.shape)), quote=False)
        raise _refused(f"the embeddings have the shape {shape}", Place(file=path), "Save them as [samples, numbers].")
    vectors = vectors.astype(np.float64)
    with np.errstate(over="ignore"):  # a length that overflows is refused below
        length = np.sqrt((vectors * vectors).sum(axis=1))
    wrong = ~(np.isfinite(length) & (length > 0))
    if wrong.any():
        raise _refused(
            f"{int(wrong.sum()):,} embeddings are all 0 or not finite",
            Place(file=path, row=int(np.argmax(wrong)) + 1),
            "Embed these samples again, or remove them.",
        )
    return np.asarray(vectors / length[:, None], dtype=np.float32), length.astype(np.float32)


def _refused(what: str, place: Place, fix: str) -> DataRefused:
    return DataRefused("DLA361", what, place=place, fix=fix)
