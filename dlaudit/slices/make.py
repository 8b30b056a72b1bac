"""make_slices: atoms to the slices of the report, and which of them are compared."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Int

from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.record import UNKNOWN, Slice, slice_id
from dlaudit.spec import SlicesSpec


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Slices that are compared with each other."""

    by: list[str]
    """Features whose levels differ, alphabetical."""
    within: dict[str, str]
    """Level of the control feature that all of them share; empty without one."""
    slices: list[int]
    """Positions in `SliceTable.slices`; unknown slices are not compared."""


@dataclass(frozen=True, kw_only=True)
class SliceTable:
    """The slices of an audit."""

    slices: list[Slice]
    """`overall`, then groups, then intersections."""
    member: Bool[np.ndarray, "slices atoms"]
    """Which atoms make up each slice."""
    comparisons: list[Comparison]
    """What is compared."""


class _Builder:
    """Slices in order, each once."""

    def __init__(self, atoms: list[dict[str, str]], counts: Int[np.ndarray, " atoms"], spec: SlicesSpec) -> None:
        self._atoms, self._counts, self._spec = atoms, counts, spec
        self._total = int(counts.sum())
        self._place: dict[str, int] = {}
        self.slices: list[Slice] = []
        self.member: list[Bool[np.ndarray, " atoms"]] = []

    def add(self, where: dict[str, str], member: Bool[np.ndarray, " atoms"]) -> int:
        """Position of the slice with these levels, added where it is new."""
        name = slice_id(where)
        if name in self._place:
            return self._place[name]
        if len(self.slices) >= self._spec.max_cells:
            raise _too_many(self._spec.max_cells, where)
        n = int(self._counts[member].sum())
        apart = any(level in self._spec.apart.get(feature, ()) for feature, level in where.items())
        self.slices.append(
            Slice(
                id=name,
                by=sorted(where),
                where={feature: where[feature] for feature in sorted(where)},
                n=n,
                share=n / self._total if self._total else 0.0,
                kind="overall" if not where else "group" if len(where) == 1 else "intersection",
                unknown=UNKNOWN in where.values() or apart,
                apart=apart,
                small=n < self._spec.min_size,
            )
        )
        self.member.append(member)
        return self._place.setdefault(name, len(self.slices) - 1)

    def cells(self, features: Sequence[str]) -> list[int]:
        """Positions of the slices of every combination of levels that has rows, largest first."""
        found: dict[tuple[str, ...], list[int]] = {}
        for at in np.flatnonzero(self._counts):
            found.setdefault(tuple(self._atoms[at][name] for name in features), []).append(int(at))
        sizes = {levels: int(self._counts[at].sum()) for levels, at in found.items()}
        ordered = sorted(found, key=lambda levels: (-sizes[levels], levels))
        return [self.add(dict(zip(features, levels, strict=True)), self._mask(found[levels])) for levels in ordered]

    def known(self, places: Sequence[int]) -> list[int]:
        """Those of the slices that have only known levels."""
        return [at for at in places if not self.slices[at].unknown]

    def _mask(self, atoms: list[int]) -> Bool[np.ndarray, " atoms"]:
        mask = np.zeros(len(self._atoms), dtype=bool)
        mask[atoms] = True
        return mask


def make_slices(
    atoms: list[dict[str, str]],
    counts: Int[np.ndarray, " atoms"],
    spec: SlicesSpec,
    sensitive: list[str],
    control: list[str],
) -> SliceTable:
    """The slices that occur, and what is compared with what.

    Order: `overall`; the levels of each sensitive, then control feature, largest first; the declared intersections;
    the levels of each sensitive feature within those of each control feature. One comparison for each sensitive
    feature, each intersection, and each sensitive feature within each known level of a control feature. A comparison
    of fewer than two slices is kept: it is told as undefined.

    Args:
        atoms: Feature to level of each atom.
        counts: Rows of each atom.
        spec: `[slices]`.
        sensitive: Sensitive features.
        control: Control features.

    Raises:
        UsageError: There are more slices than `slices.max_cells` (DLA410), an intersection names an unknown feature
            (DLA106), or the reference does not occur (DLA413).
    """
    build = _Builder(atoms, counts, spec)
    build.add({}, np.ones(len(atoms), dtype=bool))
    groups = {name: build.cells([name]) for name in dict.fromkeys([*sensitive, *control])}
    _check_reference(build, spec, groups)
    comparisons = [Comparison(by=[name], within={}, slices=build.known(groups[name])) for name in sensitive]
    for features in _intersections(spec, sensitive, control):
        cells = build.known(build.cells(features))
        comparisons.append(Comparison(by=features, within={}, slices=cells))
    comparisons += _controlled(build, groups, sensitive, control)
    return SliceTable(slices=build.slices, member=np.array(build.member, dtype=bool), comparisons=comparisons)


def _controlled(
    build: _Builder, groups: dict[str, list[int]], sensitive: list[str], control: list[str]
) -> Iterator[Comparison]:
    """Each sensitive feature within each known level of each control feature."""
    for feature in sensitive:
        for name in control:
            if name == feature:
                continue
            cells = build.known(build.cells(sorted([feature, name])))
            for level in (build.slices[at].where[name] for at in build.known(groups[name])):
                same = [at for at in cells if build.slices[at].where[name] == level]
                yield Comparison(by=[feature], within={name: level}, slices=same)


def _intersections(spec: SlicesSpec, sensitive: list[str], control: list[str]) -> list[list[str]]:
    if spec.intersections == "none":
        return []
    if spec.intersections == "pairs":
        return [sorted(pair) for pair in combinations(dict.fromkeys(sensitive), 2)]
    known = [*sensitive, *control]
    for features in spec.intersections:
        for name in features:
            if name not in known:
                raise UsageError(
                    "DLA106",
                    f"slices.intersections names {shown(name)}, which is neither sensitive nor a control feature",
                    expected=f"of {listed(known, most=12)}",
                    fix=f"Correct it, or add it to slices.sensitive.{nearest(name, known)}",
                )
        if len(set(features)) < 2:
            raise UsageError(
                "DLA106",
                f"slices.intersections has {listed(features)} alone",
                expected="two or more different features",
                fix="Single features are always compared; take it out.",
            )
    return [list(features) for features in dict.fromkeys(tuple(sorted(set(f))) for f in spec.intersections)]


def _check_reference(build: _Builder, spec: SlicesSpec, groups: dict[str, list[int]]) -> None:
    reference = spec.reference
    if isinstance(reference, str) and reference not in {"best", "overall"}:
        raise UsageError(
            "DLA413",
            f"slices.reference is {shown(reference)}",
            expected='"best", "overall", or a level for a feature, as { sex = "Male" }',
            fix="Correct it.",
        )
    for feature, level in reference.items() if isinstance(reference, dict) else ():
        if feature not in groups:
            raise UsageError(
                "DLA413",
                f"slices.reference names the feature {shown(feature)}, which is not compared",
                expected=f"one of {listed(groups)}",
                fix=f"Correct it.{nearest(feature, groups)}",
            )
        levels = [build.slices[at].where[feature] for at in groups[feature]]
        if level not in levels:
            raise UsageError(
                "DLA413",
                f"slices.reference names {shown(level)}, which no row of {shown(feature)} is",
                expected=f"one of {listed(levels, most=12)}",
                fix=f"Correct it.{nearest(level, levels)}",
            )


def _too_many(most: int, where: dict[str, str]) -> UsageError:
    return UsageError(
        "DLA410",
        f"there are more than {most:,} slices (met at the intersection of {listed(sorted(where))})",
        expected=f"at most {most:,}",
        fix='List the intersections that matter, as [slices] intersections = [["sex", "race"]], or "none"; or raise '
        "slices.max_cells.",
    )
