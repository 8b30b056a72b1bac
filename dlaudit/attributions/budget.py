"""What explaining will cost, and what is made smaller until it fits: pure arithmetic, before anything is run.

The unit is one forward-and-backward pass of one row. Half of a budget is for rows and half for gaps; what one does not
need, the other may use. Rows are reduced in this order: coalitions per row, rows, the second method. Gaps: rounds of
pairing, rows of each slice, metrics.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dlaudit.attributions.checks.found import CheckSettings
from dlaudit.attributions.gaps.rounds import FEWEST_ROUNDS, rounds_allowed
from dlaudit.attributions.gaps.walk import passes_per_row
from dlaudit.attributions.registry import ATTRIBUTORS, Size
from dlaudit.record.explained import PlannedMethod
from dlaudit.spec.model import BUDGET

AUTO_TABLE = 20_000_000.0
"""Passes that `auto` allows for tables: 2,000 rows of 14 columns with all checks, and the gaps of a dozen pairs of
large slices, take less."""
AUTO_OTHER = 250_000.0
"""Passes that `auto` allows for images, text and series, whose passes cost about a thousand times as much: five minutes
for a small network over pictures of 64 x 64."""
FEWEST_COALITIONS = 64
OWN_MIXTURES = 32
"""Mixtures of a row for each round, where rows are compared with themselves."""
FEWEST_GAP_ROWS = 500
"""Rows of each slice that a decomposition keeps, where there are so many."""
CHECK_ROW = 55.0
"""Passes of the checks that all methods share, for each checked row."""
EXPLAINED_AGAIN = 7.0
"""Times that the rows which are explained again are explained: other draws, other references, other weights."""
_CHECKS = CheckSettings()
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A budget as it was written, read."""

    given: str
    """As it was written."""
    passes: float | None
    """Passes allowed; None for no limit, or where seconds are."""
    seconds: float | None
    """Seconds allowed; None where passes are."""

    def allowed(self, seconds_per_pass: float) -> float | None:
        """Passes allowed where one takes that long; None for no limit."""
        return self.passes if self.seconds is None else self.seconds / seconds_per_pass


def budget_of(text: str, *, table: bool) -> Budget:
    """What `explain.budget` allows.

    Args:
        text: `auto`, `none`, seconds as `60s` or `5m`, or a number of passes.
        table: Whether a row of the inputs is a list of numbers.
    """
    if text == "none":
        return Budget(given=text, passes=None, seconds=None)
    found = BUDGET.fullmatch(text)
    if found is None:
        return Budget(given=text, passes=AUTO_TABLE if table else AUTO_OTHER, seconds=None)
    number = float(found["number"])
    if found["unit"]:
        return Budget(given=text, passes=None, seconds=number * _UNITS[found["unit"]])
    return Budget(given=text, passes=number, seconds=None)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """All that was asked for."""

    methods: Sequence[PlannedMethod]
    """Methods with their roles; rows and estimates are filled in by the plan."""
    size: Size
    """Players, numbers and limits; `size.rows` are the rows asked for."""
    least_rows: int
    """Fewest rows with which every judged slice has enough."""
    checks: bool = True
    """Whether explanations are checked."""
    opinions: int = 0
    """Rows that another library calculates again."""
    gaps: "GapWork | None" = None
    """What decompositions need; None for none."""


@dataclass(frozen=True, kw_only=True)
class GapWork:
    """Decompositions to be made."""

    sides: Sequence[tuple[int, int]]
    """Rows of both slices of each pair, at most `rows` of each."""
    rows: int
    """Rows of a slice at most."""
    rounds: int
    """Rounds of pairing at most."""
    walks: int = 1
    """Different pairings that the metrics need; those of the first ones where there are fewer than they need."""
    pooled: bool = False
    """Whether people are paired with those of their own slice, too."""
    once: Sequence[int] = ()
    """Rows of each slice, where every row is compared with itself without its parts and so explained only once; empty
    where people are paired."""

    def evaluations(self, players: int) -> int:
        """Mixtures of each row that is explained once."""
        return max(OWN_MIXTURES * self.rounds, 4 * players)

    def passes(self, players: int) -> float:
        """Passes of all pairs at most: walks stop early once more would change little."""
        if self.once:
            return sum(min(rows, self.rows) for rows in self.once) * self.evaluations(players) / 3
        people = sum(min(a, self.rows) + min(b, self.rows) for a, b in self.sides)
        each = passes_per_row(players) * (2 if self.pooled else 1)
        return people * self.rounds_at_most(players) * each * self.walks

    def rounds_at_most(self, players: int) -> int:
        """Rounds of each pairing at most."""
        return rounds_allowed(players, self.rounds, pooled=self.pooled)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What will be done."""

    methods: list[PlannedMethod]
    """With rows and estimates; empty where even the least does not fit."""
    size: Size
    """With the rows and coalitions that fit."""
    gaps: GapWork | None
    """With the rounds and rows that fit; None where none fit or none were asked for."""
    estimated: float
    """Passes expected of all of it."""
    reduced: list[str] = field(default_factory=list)
    """What was made smaller, a clause each."""
    no_rows: str | None = None
    """Why no row is explained, where none is."""
    no_gaps: str | None = None
    """Why no gap is split, where that does not fit."""


def planned(wanted: Wanted, allowed: float | None) -> Planned:
    """What fits into a budget.

    Args:
        wanted: All that was asked for.
        allowed: Passes; None for no limit.
    """
    rows, gaps = _RowPlan.of(wanted), wanted.gaps
    players = wanted.size.players
    whole_gaps = gaps.passes(players) if gaps is not None else 0.0
    if allowed is None or rows.passes + whole_gaps <= allowed:
        return _done(rows, gaps, players, [])
    for_rows = max(allowed / 2, allowed - whole_gaps)
    rows, reduced = rows.within(for_rows)
    if rows.passes > for_rows:
        rows, reduced = rows.within(allowed)
    if rows.passes > allowed:
        return _nothing(rows, gaps, players, allowed)
    smaller, told = smaller_gaps(gaps, players, allowed - rows.passes)
    found = _done(rows, smaller, players, [*reduced, *told])
    if gaps is None or smaller is not None:
        return found
    least = rows.passes + _least_gaps(gaps).passes(players)
    return replace(found, no_gaps=_too_little("split gaps as well", least, allowed))


@dataclass(frozen=True, kw_only=True)
class _RowPlan:
    """Methods over rows, and what they cost."""

    methods: tuple[PlannedMethod, ...]
    size: Size
    wanted: Wanted

    @classmethod
    def of(cls, wanted: Wanted) -> "_RowPlan":
        return cls(methods=tuple(wanted.methods), size=wanted.size, wanted=wanted)

    def each(self, method: PlannedMethod) -> float:
        """Passes of one method for one row."""
        return ATTRIBUTORS.get(method.method).cost(self.size)

    @property
    def passes(self) -> float:
        """Passes of everything."""
        methods = sum(self.each(one) for one in self.methods)
        found = methods * (self.size.rows + min(self.wanted.opinions, self.size.rows))
        if self.wanted.checks and self.methods:
            found += CHECK_ROW * min(self.size.rows, _CHECKS.most)
            found += methods * EXPLAINED_AGAIN * min(self.size.rows, _CHECKS.again_most)
        return found

    def within(self, allowed: float) -> "tuple[_RowPlan, list[str]]":
        """The largest plan that costs no more, else the least one; and what was made smaller."""
        found, told = self, []
        for step in (_RowPlan._fewer_coalitions, _RowPlan._fewer_rows, _RowPlan._one_method):
            if found.passes <= allowed:
                break
            found, said = step(found, allowed)
            told += said
        return found, told

    def _fewer_coalitions(self, allowed: float) -> "tuple[_RowPlan, list[str]]":
        floor = min(self.size.evaluations, max(FEWEST_COALITIONS, 4 * self.size.players))
        found = self
        while found.passes > allowed and found.size.evaluations > floor:
            fewer = max(floor, found.size.evaluations // 2)
            found = replace(found, size=replace(found.size, evaluations=fewer))
        if found.passes == self.passes:  # no method draws coalitions
            return self, []
        return found, [f"{found.size.evaluations:,} instead of {self.size.evaluations:,} coalitions per row"]

    def _fewer_rows(self, allowed: float) -> "tuple[_RowPlan, list[str]]":
        rows, most = min(self.size.rows, max(1, self.wanted.least_rows)), self.size.rows
        while rows < most:
            middle = (rows + most + 1) // 2
            fits = replace(self, size=replace(self.size, rows=middle)).passes <= allowed
            rows, most = (middle, most) if fits else (rows, middle - 1)
        if rows == self.size.rows:
            return self, []
        found = replace(self, size=replace(self.size, rows=rows))
        return found, [f"{rows:,} instead of {self.size.rows:,} rows"]

    def _one_method(self, allowed: float) -> "tuple[_RowPlan, list[str]]":
        kept = tuple(one for one in self.methods if one.role != "secondary")
        if not kept or len(kept) == len(self.methods):
            return self, []
        dropped = ", ".join(one.method for one in self.methods if one.role == "secondary")
        return replace(self, methods=kept), [f"no second method ({dropped})"]


def smaller_gaps(gaps: GapWork | None, players: int, allowed: float) -> tuple[GapWork | None, list[str]]:
    """Gaps made smaller until they fit, None where even the least does not; and what was made smaller, a clause each.

    Args:
        gaps: What is wanted.
        players: Number of players.
        allowed: Passes.
    """
    if gaps is None or gaps.passes(players) <= allowed:
        return gaps, []
    told = []
    most = gaps.rounds_at_most(players)
    rounds = min(most, max(FEWEST_ROUNDS, math.floor(most * allowed / gaps.passes(players))))
    found = replace(gaps, rounds=rounds)
    if rounds < most:
        told.append(f"{rounds} instead of {most} rounds of pairing at most")
    rows = found.rows
    while found.passes(players) > allowed and rows > FEWEST_GAP_ROWS:
        rows = max(FEWEST_GAP_ROWS, rows * 3 // 4)
        found = replace(found, rows=rows)
    if found.passes(players) < replace(found, rows=gaps.rows).passes(players):
        told.append(f"{rows:,} instead of {gaps.rows:,} rows of each slice in gaps")
    if found.passes(players) > allowed and found.walks > 1:
        found = replace(found, walks=1)
        told.append("gaps of the metrics whose people are paired as those of the first metric are alone")
    return (found, told) if found.passes(players) <= allowed else (None, [])


def _done(rows: _RowPlan, gaps: GapWork | None, players: int, reduced: list[str]) -> Planned:
    spent = gaps.passes(players) if gaps is not None else 0.0
    methods = [
        one.model_copy(update={"rows": rows.size.rows, "estimated": rows.size.rows * rows.each(one)})
        for one in rows.methods
    ]
    return Planned(
        methods=methods,
        size=rows.size,
        gaps=gaps,
        estimated=rows.passes + spent,
        reduced=reduced,
    )


def _nothing(rows: _RowPlan, gaps: GapWork | None, players: int, allowed: float) -> Planned:
    """Nothing fits: the least would cost more than is allowed."""
    least = rows.passes + (_least_gaps(gaps).passes(players) if gaps is not None else 0.0)
    reason = _too_little("explain", rows.passes, allowed, all_of_it=least)
    return Planned(methods=[], size=rows.size, gaps=None, estimated=least, no_rows=reason, no_gaps=reason)


def _least_gaps(gaps: GapWork) -> GapWork:
    return replace(gaps, rounds=min(gaps.rounds, FEWEST_ROUNDS), rows=min(gaps.rows, FEWEST_GAP_ROWS), walks=1)


def _too_little(what: str, least: float, allowed: float, *, all_of_it: float | None = None) -> str:
    with_gaps = f", {math.ceil(all_of_it):,} with gaps" if all_of_it is not None and all_of_it > least else ""
    return (
        f"to {what} takes {math.ceil(least):,} forward-and-backward passes at least{with_gaps}, and the budget allows "
        f"{math.floor(allowed):,} (DLA505): --explain-budget {math.ceil(all_of_it or least)} is enough"
    )
