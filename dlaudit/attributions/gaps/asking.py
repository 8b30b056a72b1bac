"""The parent's side: gaps asked of the model's process, and the splits that come back, checked."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.gaps.games import column_of, why_not
from dlaudit.attributions.gaps.split import GapSplits, GapTables, Side, Split
from dlaudit.attributions.request import CannotExplainError
from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.attributions.explained import Question
    from dlaudit.models.host import Host

DECOMPOSE = "dlaudit.attributions.gaps.operations:decompose"
ROUNDS = 16
"""Rounds of random pairing at most; it stops when more would change little."""


def split_gaps(
    host: "Host",
    question: "Question",
    tables: GapTables,
    metrics: Sequence[str],
    *,
    rounds: int = ROUNDS,
    pooled: bool = False,
) -> GapSplits:
    """The gaps of several metrics between two slices, each split over players for every person.

    Metrics whose people are paired alike share their walks: the model runs once for all of them.

    Args:
        host: Where the model lives.
        question: What is explained.
        tables: The rows of both slices, their labels and weights.
        metrics: As measurements name them, as `selection_rate` or `recall[cat]`.
        rounds: Rounds of random pairing at most.
        pooled: Whether to add every person's contributions against both slices half and half; takes about twice as
            long.

    Raises:
        CannotExplainError: Rows of two people cannot be mixed for this model.
    """
    able = [one for one in metrics if why_not(one, question.task) is None]
    refused = [NotApplicable(what=one, reason=str(why_not(one, question.task))) for one in metrics if one not in able]
    if not able:
        return GapSplits(splits={}, not_applicable=refused)
    params = {
        **question.params(),
        "metrics": [[one, column_of(one, tables.classes)] for one in able],
        "threshold": tables.threshold,
        "rounds": rounds,
        "pooled": pooled,
    }
    result, found = host.call(DECOMPOSE, params, _sent(tables))
    if "reason" in result:
        raise CannotExplainError(str(result["reason"]))
    return _received(result, found, able, refused, tables)


def _sent(tables: GapTables) -> "dict[str, pa.Table]":
    from dlaudit.models.wire import tensor_table

    sent = {"a": tables.a, "b": tables.b}
    given = {"labels_a": tables.labels_a, "labels_b": tables.labels_b}
    given |= {"weight_a": tables.weight_a, "weight_b": tables.weight_b}
    for name, values in given.items():
        if values is not None:
            sent[name] = tensor_table({name.partition("_")[0]: np.asarray(values)})
    return sent


def _received(
    result: Mapping[str, Any],
    found: "Mapping[str, pa.Table]",
    asked: Sequence[str],
    refused: list[NotApplicable],
    tables: GapTables,
) -> GapSplits:
    from dlaudit.models.replies import forged, number_of

    told, left_out = result["metrics"], result["not_applicable"]
    if not isinstance(told, dict) or not set(told) <= set(asked) or not isinstance(left_out, list):
        raise forged("metrics that were not asked for")
    rows = tables.a.num_rows, tables.b.num_rows
    splits = {one: _split(told[one], found, at, rows) for at, one in enumerate(asked) if one in told}
    return GapSplits(
        splits=splits,
        not_applicable=[*refused, *(_left_out(one, asked) for one in left_out)],
        passes=number_of(result, "passes") or 0.0,
        halved=_counts(result["halved"]),
    )


def _left_out(written: object, asked: Sequence[str]) -> NotApplicable:
    from dlaudit.models.replies import forged

    match written:
        case {"what": str(what), "reason": str(reason)} if what in asked:
            return NotApplicable(what=what, reason=reason)
    raise forged("a reason of another form")


def _counts(written: object) -> list[int]:
    from dlaudit.models.replies import forged

    if not isinstance(written, list) or not all(isinstance(one, int) and one > 0 for one in written):
        raise forged("sizes that are no counts")
    return list(written)


def _split(about: object, found: "Mapping[str, pa.Table]", at: int, rows: tuple[int, int]) -> Split:
    from dlaudit.models.replies import forged, names_of

    if not isinstance(about, dict) or not {"players", "rounds"} <= set(about):
        raise forged("a split of another form")
    features = names_of(about, "players")
    a, b = (_side(found[f"{at}/{name}"], (count, len(features))) for name, count in zip(("a", "b"), rows, strict=True))
    return Split(features=features, a=a, b=b, rounds=_rounds(about["rounds"], len(features)))


def _side(table: "pa.Table", shape: tuple[int, int]) -> Side:
    from dlaudit.models.replies import finite_numbers, forged

    weight = finite_numbers(table, "weight", shape[:1])
    noise = finite_numbers(table, "noise", shape)
    if (weight < 0).any() or not weight.sum() > 0 or (noise < 0).any():
        raise forged("weights or errors that are no such thing")
    names = table.column_names
    return Side(
        values=finite_numbers(table, "values", shape),
        noise=noise,
        score=finite_numbers(table, "score", shape[:1]),
        weight=weight,
        label_mix=finite_numbers(table, "label_mix", shape[:1]) if "label_mix" in names else None,
        pooled=finite_numbers(table, "pooled", shape) if "pooled" in names else None,
        stretch=finite_numbers(table, "stretch", shape[:1]) if "stretch" in names else None,
    )


def _rounds(written: object, players: int) -> Float[np.ndarray, " rounds M"]:
    from dlaudit.models.replies import LARGEST, forged

    try:
        found = np.asarray(written, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as odd:
        raise forged("rounds that are no numbers") from odd
    if found.ndim != 2 or found.shape[1] != players or not (np.abs(found) <= LARGEST).all():
        raise forged(f"rounds of shape {list(found.shape)}")
    return found
