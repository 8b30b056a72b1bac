"""Column names: present, distinct, and distinct for a human eye."""

import unicodedata
from collections.abc import Sequence

from dlaudit.errors import DataRefused, Place, listed, nearest, shown


def folded(name: str) -> str:
    """The name as a reader takes it: NFKC, without outer blanks, without case."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_names(names: Sequence[str], *, file: str | None, most: int) -> None:
    """Nothing, where every column has a name of its own.

    Args:
        names: Columns in file order.
        file: For messages.
        most: `data.max_columns`.

    Raises:
        DataRefused: Too many columns (DLA318), a blank name (DLA307), or two names that are equal or look equal
            (DLA306).
    """
    place = Place(file=file)
    if len(names) > most:
        raise DataRefused(
            "DLA318",
            f"there are {len(names):,} columns",
            place=place,
            expected=f"at most {most:,}",
            fix=f"Leave columns out, or raise the limit: --set data.max_columns={len(names)}.",
        )
    blank = [at for at, name in enumerate(names, start=1) if not folded(name)]
    if blank:
        raise DataRefused(
            "DLA307",
            f"column {blank[0]} of {len(names)} has no name"
            + (f" (nor have {len(blank) - 1} others)" if len(blank) > 1 else ""),
            place=place,
            fix="Name it or leave it out; a table written with its index needs `index=False`.",
        )
    seen: dict[str, str] = {}
    for name in names:
        if folded(name) in seen:
            raise _twice(seen[folded(name)], name, place)
        seen[folded(name)] = name


def require(names: Sequence[str], known: Sequence[str], *, key: str, file: str | None) -> None:
    """Nothing, where every name is a column.

    Args:
        names: Columns that are asked for.
        known: Columns of the file.
        key: Configuration key that asks, as `data.target`.
        file: For messages.

    Raises:
        DataRefused: One is missing (DLA308), with the nearest name.
    """
    absent = [name for name in names if name not in known]
    if absent:
        raise DataRefused(
            "DLA308",
            f"{key} names {shown(absent[0])}, which the file does not have",
            place=Place(file=file, column=absent[0]),
            expected=f"one of {listed(known, most=12)}",
            fix=f"Correct {key}.{nearest(absent[0], known)}",
        )


def _twice(first: str, second: str, place: Place) -> DataRefused:
    how = "twice" if first == second else f"beside {shown(first)}, which reads the same"
    return DataRefused(
        "DLA306",
        f"column {shown(second)} is there {how}",
        place=Place(file=place.file, column=second),
        expected="names that differ in more than case, blanks or Unicode form",
        fix="Rename or remove one of them.",
    )
