"""Limits on what a file may make torch allocate or touch, decided before torch sees the file."""

from collections.abc import Iterable

from dlaudit.errors import ModelRefused, Place, shown
from dlaudit.models.pickle_outline import Outline, TensorOutline

FREE_BYTES = 64 * 2**20
"""Bytes that tensors may declare beyond what the file holds: small expanded buffers are common."""
TIMES = 4
"""Times the file's size that all its tensors together may declare: tied weights are declared once each."""


def refuse_lies(outline: Outline, actual: dict[str, int], held: int, place: Place) -> None:
    """Nothing, if tensors and storages of a pickle are what the archive really holds.

    Args:
        outline: What the pickle declares.
        actual: Bytes of each storage in the archive.
        held: Bytes of the whole file.
        place: The file.

    Raises:
        ModelRefused: DLA207, a storage or tensor is larger than the bytes that are there.
    """
    for key, declared in outline.storages.items():
        if declared != actual.get(key, -1):
            raise _bomb(
                f"storage {shown(key)} is said to have {declared:,} bytes; the file holds {actual.get(key, 0):,}",
                place,
            )
    for tensor in outline.tensors:
        refuse_reach(tensor, place)
    refuse_volume(((t.name, t.declared_bytes) for t in outline.tensors), held, place)


def refuse_reach(tensor: TensorOutline, place: Place) -> None:
    """Nothing, if the tensor ends within its storage.

    Raises:
        ModelRefused: DLA207, it reaches beyond.
    """
    if 0 in tensor.shape:
        return
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if last >= tensor.storage_items:
        raise _bomb(
            f"tensor {shown(tensor.name)} reaches element {last:,} of a storage of {tensor.storage_items:,}", place
        )


def refuse_volume(declared: Iterable[tuple[str, int]], held: int, place: Place) -> None:
    """Nothing, if the tensors written out are not far larger than the file.

    Args:
        declared: Name and bytes of every tensor.
        held: Bytes of the file.
        place: The file.

    Raises:
        ModelRefused: DLA207, naming the largest tensor.
    """
    sizes = list(declared)
    limit = FREE_BYTES + TIMES * held
    total = sum(size for _, size in sizes)
    if total > limit:
        name, largest = max(sizes, key=lambda item: item[1])
        raise _bomb(
            f"its tensors declare {total:,} bytes (largest: {shown(name)}, {largest:,}) in a file of {held:,}",
            place,
            expected=f"at most {limit:,}",
        )


def _bomb(what: str, place: Place, expected: str | None = None) -> ModelRefused:
    return ModelRefused(
        "DLA207",
        what,
        expected=expected,
        place=place,
        fix="Save contiguous copies of the tensors (tensor.contiguous()), or get the file from its author again.",
    )
