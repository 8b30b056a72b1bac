"""Grid: how one tensor of the model's inputs falls into named parts, said so that it crosses to the model's process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Parts of one input tensor: patches of an image, windows of time by channels, or words that each row names itself.

    A part is a combination of parts of axes, the first axis slowest. Where `by_row` is set, rows are laid out
    differently and bring a column `owner:NAME` with the number of the part of every element.
    """

    input: str
    """Name of the input."""
    names: tuple[str, ...]
    """Names of the parts, as a reader knows them."""
    axes: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Axis (from 1; 0 is rows) to the part of every place along it, from 0; -1 for places that never change."""
    by_row: bool = False
    """Whether each row has a layout of its own."""
    titles: tuple[str, ...] = ()
    """What the cut axes are called, in order, as `row` and `column`."""
    marks: tuple[tuple[str, ...], ...] = ()
    """Of each cut axis what its parts are called, as `heart rate` or `0.25-0.50 s`; empty where numbers say it."""
    aligned: bool = True
    """Whether the same part shows the same thing in every row, so that parts of two rows can be compared."""
    blanks: tuple[tuple[float, str], ...] = ()
    """What an absent element may become, with words for it, as the code of a mask token or silence: the first is used,
    the second tells how much that choice matters. Empty where it becomes the element of another row."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Parts along each of the cut axes, in order of the axes."""
        return tuple(max(self.axes[axis]) + 1 for axis in sorted(self.axes))

    def owner(self, dims: int) -> Int[np.ndarray, "1 ..."]:
        """The part of every element of a row with `dims` axes, rows included; 1 along axes that are not cut.

        Raises:
            ValueError: The names are not one for each combination.
        """
        if prod(self.shape) != len(self.names):
            raise ValueError(f"{len(self.names)} names for {prod(self.shape)} parts of the input {self.input!r}")
        owner = np.zeros([1] * dims, dtype=np.int64)
        nobody = np.zeros([1] * dims, dtype=bool)
        for axis, count in zip(sorted(self.axes), self.shape, strict=True):
            along = [1] * dims
            along[axis] = len(self.axes[axis])
            part = np.asarray(self.axes[axis], dtype=np.int64).reshape(along)
            owner, nobody = owner * count + part, nobody | (part < 0)
        return np.where(nobody, -1, owner)

    def written(self) -> dict[str, Any]:
        """The grid as JSON."""
        return {
            "input": self.input,
            "names": list(self.names),
            "axes": {str(axis): list(parts) for axis, parts in self.axes.items()},
            "by_row": self.by_row,
            "blanks": [list(one) for one in self.blanks],
        }

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Grid":
        """The grid that `written` made, without what only readers need."""
        axes = {int(axis): tuple(int(part) for part in parts) for axis, parts in written["axes"].items()}
        names = tuple(str(name) for name in written["names"])
        return cls(
            input=str(written["input"]),
            names=names,
            axes=axes,
            by_row=bool(written["by_row"]),
            blanks=tuple((float(value), str(said)) for value, said in written.get("blanks", ())),
        )


def cut(length: int, parts: int) -> tuple[int, ...]:
    """Which of `parts` nearly equal parts each of `length` places is in; one part for each where there are fewer."""
    parts = max(1, min(parts, length))
    return tuple(int(at) * parts // length for at in range(length))


def spans(parts: Sequence[int]) -> list[tuple[int, int]]:
    """First and last place (from 0) of every part of an axis, in order of the parts."""
    known = np.asarray(parts)
    return [(int(at.min()), int(at.max())) for at in (np.flatnonzero(known == p) for p in range(int(known.max()) + 1))]
