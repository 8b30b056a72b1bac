"""What a column that is not of numbers seems to hold: names of files, or texts. Only said, never acted upon."""

import json
from collections.abc import Callable, Sequence

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_SOUNDS = (".wav", ".flac", ".mp3", ".ogg", ".aif", ".aiff")
_WORDS = 3
"""Words of most cells from which they are called texts."""


def seems(column: str, cells: Sequence[str]) -> tuple[str, str] | None:
    """What most of those cells look like, as a clause, and what to set then; None where they look like levels.

    Args:
        column: Name of the column.
        cells: Different cells of its first rows.
    """
    key = json.dumps(column, ensure_ascii=False)
    if _most(cells, lambda cell: cell.lower().endswith(_PICTURES)):
        return "its cells are names of picture files", f"where they are the input: [data] image = {key}"
    if _most(cells, lambda cell: cell.lower().endswith(_SOUNDS)):
        return "its cells are names of sound files", f"where they are the input: [data] audio = {key}"
    if _most(cells, lambda cell: len(cell.split()) >= _WORDS):
        return (
            "its cells are texts",
            f"where they are the input: [data] text = {key}; codes of events one after the other are "
            f"[input.sequence] column = {key}",
        )
    return None


def _most(cells: Sequence[str], holds: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(holds, cells)) > len(cells) / 2
