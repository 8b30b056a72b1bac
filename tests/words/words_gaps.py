"""Audits of one gap, for the sentences that are said of it."""

from dataclasses import dataclass
from typing import Any

from dlaudit.outputs.words import Sentence, plain
from dlaudit.record import OVERALL, Audit, Check, DataInfo, Disparity, Measurement, ModelInfo, Provenance, Slice
from dlaudit.record.pairs import PairsInfo

A, B = "g=a", "g=b"


@dataclass(frozen=True)
class Told:
    """What a gap is about."""

    metric: str = "selection_rate"
    kind: str = "difference"
    a: float | None = 0.3
    b: float | None = 0.5
    rows_are: str = "people"
    pairs: bool = False
    task: str = "binary"


def audit_of(told: Told, **given: Any) -> Audit:
    """An audit of two slices that have these values of the metric."""
    values = {OVERALL: 0.4, A: told.a, B: told.b}
    parts: dict[str, Any] = {
        "provenance": Provenance(dlaudit="0.1.0", python="3.11"),
        "model": ModelInfo(format="pt2", task=told.task),
        "data": DataInfo(
            rows=400,
            scored=400,
            sensitive=["g"],
            rows_are=told.rows_are,
            pairs=PairsInfo(samples=40, identities=20, mated=100, nonmated=300) if told.pairs else None,
        ),
        "slices": [
            Slice(id=OVERALL, by=[], where={}, n=400, share=1.0, kind="overall"),
            *(Slice(id=f"g={one}", by=["g"], where={"g": one}, n=200, share=0.5, kind="group") for one in "ab"),
        ],
        "measurements": [
            Measurement(
                metric=told.metric, slice=name, value=value, undefined=None if value is not None else "no rows", n=200
            )
            for name, value in values.items()
        ],
    }
    return Audit(**parts | given)


def gap_value(told: Told) -> float | None:
    """The value of the gap."""
    if told.a is None or told.b is None:
        return None
    if told.kind == "value":
        return told.a
    return told.a / told.b if told.kind == "ratio" else abs(told.a - told.b)


def check_of(told: Told, **given: Any) -> Check:
    """A check of that gap; the slice `a` is the one that is worse off."""
    parts: dict[str, Any] = {
        "rule": "a rule",
        "metric": told.metric,
        "kind": told.kind,
        "by": ["g"],
        "limit": 0.8 if told.kind == "ratio" else 0.1,
        "bound": "min" if told.kind == "ratio" else "max",
        "judge": "exact",
        "outcome": "fail",
        "observed": gap_value(told),
        "reason": "As it was found.",
        "worst": A,
        "reference": None if told.kind == "value" else B,
        "assessed": [A, B],
    }
    return Check(**parts | given)


def disparity_of(told: Told, **given: Any) -> Disparity:
    """The same gap as it was measured."""
    parts: dict[str, Any] = {
        "id": "gap",
        "metric": told.metric,
        "kind": told.kind,
        "by": ["g"],
        "value": gap_value(told),
        "worst": A,
        "reference": B,
        "slices": [A, B],
        "n": 400,
    }
    return Disparity(**parts | given)


def text_of(sentence: Sentence) -> str:
    """The sentence as one reads it."""
    return plain(sentence).replace("\u00a0", " ").replace("\u202f", " ")
