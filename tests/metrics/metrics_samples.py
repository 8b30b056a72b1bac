"""Scored rows and slices that the tests of metrics share."""

from dataclasses import dataclass

import numpy as np

from dlaudit.metrics import ScoredRows
from dlaudit.record import Slice, slice_id
from dlaudit.slices.make import Comparison


@dataclass
class Table:
    """What dlaudit.slices.make.SliceTable holds, as far as metrics read it."""

    slices: list[Slice]
    member: np.ndarray


def Compare(by: list[str], slices: list[int], within: dict[str, str] | None = None) -> Comparison:
    """A comparison, short to write."""
    return Comparison(by=by, within=within or {}, slices=slices)


def one_slice(where: dict[str, str], small: bool = False) -> Slice:
    kind = "overall" if not where else "group" if len(where) == 1 else "intersection"
    return Slice(id=slice_id(where), by=sorted(where), where=where, n=0, share=0.0, kind=kind, small=small)


def groups(atoms: int, feature: str = "g") -> tuple[Table, Compare]:
    """`overall` and one slice per atom, with the comparison of those."""
    slices = [one_slice({}), *(one_slice({feature: str(k)}) for k in range(atoms))]
    member = np.vstack([np.ones((1, atoms), dtype=bool), np.eye(atoms, dtype=bool)])
    return Table(slices, member), Compare([feature], list(range(1, atoms + 1)))


def crossed() -> tuple[Table, list[Compare]]:
    """Two features a and b of two levels each, and their intersection; atom 2 i + j is a=i & b=j."""
    wheres = [{}, {"a": "0"}, {"a": "1"}, {"b": "0"}, {"b": "1"}]
    wheres += [{"a": str(i), "b": str(j)} for i in range(2) for j in range(2)]
    atoms = [(i, j) for i in range(2) for j in range(2)]
    member = [[w.get("a", str(i)) == str(i) and w.get("b", str(j)) == str(j) for i, j in atoms] for w in wheres]
    comparisons = [Compare(["a"], [1, 2]), Compare(["b"], [3, 4]), Compare(["a", "b"], [5, 6, 7, 8])]
    return Table([one_slice(w) for w in wheres], np.array(member)), comparisons


def binary(
    n: int, atoms: int = 4, seed: int = 0, weighted: bool = False, units: int = 0, **changed: object
) -> ScoredRows:
    """Random binary rows whose scores are rounded, so that some are tied."""
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, n)
    score = np.round(np.clip(rng.normal(0.35 + 0.25 * target, 0.2, n), 0.01, 0.99), 2)
    given = {
        "atom": rng.integers(0, atoms, n),
        "target": target,
        "score": score[:, None],
        "prediction": (score >= 0.5).astype(np.int64),
        "weight": rng.gamma(1.0, 1.0, n) if weighted else None,
        "unit": rng.integers(0, units, n) if units else None,
        "classes": ("no", "yes"),
        "threshold": 0.5,
    }
    return ScoredRows(**{**given, **changed})


def multiclass(n: int, atoms: int = 3, seed: int = 0, weighted: bool = False) -> ScoredRows:
    rng = np.random.default_rng(seed)
    score = rng.dirichlet([1.0, 1.0, 1.0], n)
    target = np.array([rng.choice(3, p=0.5 * row + 0.5 / 3) for row in score], dtype=np.int64).reshape(n)
    return ScoredRows(
        atom=rng.integers(0, atoms, n),
        target=target,
        score=score,
        prediction=score.argmax(axis=1),
        weight=rng.gamma(1.0, 1.0, n) if weighted else None,
        task="multiclass",
        classes=("cat", "dog", "a[b]"),
    )


def multilabel(n: int, atoms: int = 3, seed: int = 0, weighted: bool = False) -> ScoredRows:
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 2, (n, 3))
    score = np.clip(rng.normal(0.35 + 0.3 * target, 0.25), 0.01, 0.99)
    return ScoredRows(
        atom=rng.integers(0, atoms, n),
        target=target,
        score=score,
        prediction=(score >= 0.5).astype(np.int64),
        weight=rng.gamma(1.0, 1.0, n) if weighted else None,
        task="multilabel",
        classes=("x", "y", "z"),
    )


def regression(n: int, atoms: int = 3, seed: int = 0, weighted: bool = False, offset: float = 0.0) -> ScoredRows:
    rng = np.random.default_rng(seed)
    target = rng.normal(size=n) + offset
    prediction = target + rng.normal(0.1, 0.5, n)
    return ScoredRows(
        atom=rng.integers(0, atoms, n),
        target=target,
        score=prediction[:, None],
        prediction=prediction,
        weight=rng.gamma(1.0, 1.0, n) if weighted else None,
        task="regression",
    )


SAMPLES = {"binary": binary, "multiclass": multiclass, "multilabel": multilabel, "regression": regression}
