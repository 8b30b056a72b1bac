"""Layouts: what the players are in tables, images, time series and texts. The engines see nothing but these."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from jaxtyping import Int

from dlaudit.attributions.layout import NOBODY, Layout

if TYPE_CHECKING:
    import torch


def columns(names: Sequence[str], groups: "Sequence[Sequence[int]] | None" = None) -> Layout:
    """A player per column of a table `[n, F]`, or per group of columns, as the levels of a one-hot feature.

    Args:
        names: Names of the players.
        groups: For each player the positions of its columns; every column in exactly one. None for a column each.

    Raises:
        ValueError: The groups are not one per name, or do not cover the columns exactly once.
    """
    places = [list(group) for group in groups] if groups is not None else [[at] for at in range(len(names))]
    covered = sorted(column for group in places for column in group)
    if len(places) != len(names) or covered != list(range(len(covered))):
        raise ValueError(f"{len(places)} groups for {len(names)} names must cover every column exactly once")
    owner = np.empty(len(covered), dtype=np.int64)
    for number, group in enumerate(places):
        owner[group] = number
    return _layout(names, owner[None, :])


def patches(shape: Sequence[int], grid: tuple[int, int]) -> Layout:
    """A player per patch of images `[n, C, H, W]`, all channels of a pixel together.

    Where the grid does not divide the image, patches differ by one pixel in height or width.

    Args:
        shape: The tensor's shape, or that of one image `[C, H, W]`.
        grid: Patches from top to bottom, and from left to right.

    Raises:
        ValueError: The grid has no patches, or more than there are pixels along an axis.
    """
    height, width = shape[-2], shape[-1]
    down, right = _cut(height, grid[0], "rows of pixels"), _cut(width, grid[1], "columns of pixels")
    owner = down[:, None] * grid[1] + right[None, :]
    names = [f"patch row {at + 1}, column {to + 1}" for at in range(grid[0]) for to in range(grid[1])]
    return _layout(names, owner[None, None])


def windows(
    shape: Sequence[int],
    width: int,
    *,
    channels: Literal["apart", "together"] = "apart",
    named: "Sequence[str] | None" = None,
) -> Layout:
    """A player per window of time of series `[n, T, C]`, and per channel where these are `apart`.

    Args:
        shape: The tensor's shape, or that of one series `[T, C]`.
        width: Steps of a window; the last is shorter where it does not divide the series.
        channels: Whether channels of a window are players of their own.
        named: Names of the channels; else `channel 1`, …

    Raises:
        ValueError: The width is below 1, or there are not as many names as channels.
    """
    steps, count = shape[-2], shape[-1]
    if width < 1:
        raise ValueError(f"windows of {width} steps: at least 1 is needed")
    known = list(named) if named is not None else [f"channel {at + 1}" for at in range(count)]
    if len(known) != count:
        raise ValueError(f"{len(known)} names for {count} channels")
    window = np.arange(steps) // width
    spans = [_span(start, min(start + width, steps)) for start in range(0, steps, width)]
    if channels == "together":
        return _layout(spans, window[None, :, None])
    owner = window[:, None] + len(spans) * np.arange(count)[None, :]
    return _layout([f"{channel}, {span}" for channel in known for span in spans], owner[None])


def tokens_to_words(word_of_token: Int[np.ndarray, " n T"], words: "Sequence[str] | None" = None) -> Layout:
    """A player per word of token ids `[n, T]`: the tokens of a word move together.

    Rows have words of their own, so player k is the k-th word of each row; a row with fewer words has nothing at
    stake in the others, whose value is 0.

    Args:
        word_of_token: For each token the number of its word from 0, and below 0 for special and padding tokens, which
            always stay the row's own. One row for all texts, where they share it.
        words: Names of the players; else `word 1`, …

    Raises:
        ValueError: There are fewer names than words.
    """
    count = int(word_of_token.max(initial=-1)) + 1
    known = list(words) if words is not None else [f"word {at + 1}" for at in range(count)]
    if len(known) < count:
        raise ValueError(f"{len(known)} names for {count} words")
    return _layout(known, np.where(word_of_token < 0, NOBODY, word_of_token))


def joined(layouts: "Sequence[Layout]") -> Layout:
    """One layout for several input tensors, from a layout of each; players keep their names and order."""
    owners: list[torch.Tensor] = []
    names: list[str] = []
    for layout in layouts:
        owners += [owner + (owner != NOBODY) * len(names) for owner in layout.owner]
        names += layout.names
    return Layout(names=tuple(names), owner=tuple(owners))


def _layout(names: Sequence[str], owner: "np.ndarray") -> Layout:
    import torch

    return Layout(names=tuple(names), owner=(torch.from_numpy(owner.astype(np.int64)),))


def _cut(length: int, parts: int, what: str) -> Int[np.ndarray, " length"]:
    """Which of `parts` nearly equal parts each place along an axis is in."""
    if not 1 <= parts <= length:
        raise ValueError(f"{parts} patches along {length} {what}")
    return np.asarray(np.arange(length) * parts // length)


def _span(start: int, stop: int) -> str:
    return f"step {start + 1}" if stop - start == 1 else f"steps {start + 1} to {stop}"
