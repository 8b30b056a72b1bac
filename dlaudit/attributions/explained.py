"""The parent's side: questions that cross to the model's process, and the numbers that come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from dlaudit.attributions.registry import ATTRIBUTORS
from dlaudit.attributions.request import CannotExplainError
from dlaudit.data.batch import Player
from dlaudit.record.judged import NotApplicable

if TYPE_CHECKING:
    import pyarrow as pa

    from dlaudit.models.host import Host

EXPLAIN = "dlaudit.attributions.operations:explain"
DECOMPOSE = "dlaudit.attributions.operations:decompose"
FINGERPRINT = "dlaudit.models.operations:fingerprint"


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is explained, and how."""

    task: str
    """`binary`, `multiclass`, `multilabel` or `regression`."""
    output: str
    """`logit`, `probability`, `label` or `score`."""
    players: Sequence[Player] = ()
    """Features; empty for one per encoded input, named beside the model."""
    class_index: int = 0
    """Which score is explained where there are several."""
    classes: int | None = None
    """Number of classes, needed for a multiclass model that gives class codes."""
    seed: int = 0
    """Seed of every random choice."""
    batch_size: int = 4096
    """Rows of one forward pass."""

    def params(self) -> dict[str, Any]:
        """The question as it crosses to the model's process."""
        return {
            "task": self.task,
            "output": self.output,
            "players": [[player.name, list(player.columns)] for player in self.players],
            "class_index": self.class_index,
            "classes": self.classes,
            "seed": self.seed,
            "batch_size": self.batch_size,
        }


@dataclass(frozen=True, kw_only=True)
class MethodAnswer:
    """One method's contributions to the scores of the explained rows."""

    method: str
    """Name of the attributor."""
    values: Float[np.ndarray, " n M"]
    """Contributions, in units of the score."""
    completeness: Float[np.ndarray, " n"]
    """Sum of the contributions minus the change of the score."""
    change: Float[np.ndarray, " n"]
    """Score minus the reference's score."""
    reference: str
    """What the reference was."""
    detail: dict[str, Any] = field(default_factory=dict)
    """Figures of the method."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Every method's contributions to the scores of the same rows."""

    features: list[str]
    """Names of the players, in the order of the columns of `values`."""
    methods: list[MethodAnswer]
    """In the order asked."""
    not_applicable: list[NotApplicable]
    """Methods that do not suit the model."""
    largest_grad_difference: float | None
    """Largest difference between the score as audited and as gradients see it; None without gradients."""
    unchanged: bool | None
    """Whether parameters and buffers were the same afterwards; None where the model has no fingerprint."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One slice of a decomposition: its people's contributions to the gap."""

    values: Float[np.ndarray, " n M"]
    """Contributions whose weighted mean is the split of the gap."""
    score: Float[np.ndarray, " n"]
    """Scores (or decisions) of the rows."""
    weight: Float[np.ndarray, " n"]
    """Weights of the rows."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """A gap between two slices, split over players for every person."""

    features: list[str]
    """Names of the players, in the order of the columns."""
    a: Side
    """The slice explained."""
    b: Side
    """The slice it is compared with."""
    rounds: Float[np.ndarray, " rounds M"]
    """The split of each round of random pairing."""


def explain_rows(
    host: "Host",
    question: Question,
    tables: "tuple[pa.Table, pa.Table]",
    methods: Sequence[str],
    limits: Mapping[str, int | float] | None = None,
) -> Answer:
    """Contributions to the scores of the rows in `tables[0]` against the background rows in `tables[1]`.

    Args:
        host: Where the model lives.
        question: What is explained.
        tables: Rows to explain and background rows, encoded (column `inputs`) or raw, as `score` takes them.
        methods: Names of attributors.
        limits: `steps`, `evaluations`, `tolerance`, where not the defaults.

    Raises:
        UsageError: There is no attributor of that name (DLA106).
    """
    from dlaudit.models.replies import names_of, number_of

    for name in methods:
        ATTRIBUTORS.get(name)
    params = {**question.params(), **(limits or {}), "methods": list(methods)}
    before = _fingerprint(host)
    result, found = host.call(EXPLAIN, params, {"rows": tables[0], "background": tables[1]})
    after = _fingerprint(host)
    features = names_of(result, "players")
    shape = (tables[0].num_rows, len(features))
    return Answer(
        features=features,
        methods=[_method_answer(name, about, found[name], shape) for name, about in _asked(result, methods).items()],
        not_applicable=[_left_out(one) for one in result["not_applicable"]],
        largest_grad_difference=number_of(result, "largest_grad_difference"),
        unchanged=None if before is None else before == after,
    )


def _asked(result: Mapping[str, Any], methods: Sequence[str]) -> dict[str, Any]:
    """What the reply says of each method, all of which were asked for."""
    from dlaudit.models.replies import forged

    answered = result["methods"]
    if not isinstance(answered, dict) or not set(answered) <= set(methods):
        raise forged("methods that were not asked for")
    return answered


def _left_out(written: object) -> NotApplicable:
    from dlaudit.models.replies import forged

    match written:
        case {"what": str(what), "reason": str(reason)}:
            return NotApplicable(what=what, reason=reason)
    raise forged("a reason of another form")


def _method_answer(name: str, about: object, table: "pa.Table", shape: tuple[int, int]) -> MethodAnswer:
    from dlaudit.models.replies import finite_numbers, forged

    if not isinstance(about, dict) or "reference" not in about:
        raise forged("a method of another form")
    return MethodAnswer(
        method=name,
        values=finite_numbers(table, "values", shape),
        completeness=finite_numbers(table, "completeness", shape[:1]),
        change=finite_numbers(table, "change", shape[:1]),
        reference=str(about["reference"]),
        detail={key: value for key, value in about.items() if key != "reference"},
    )


def split_gap(
    host: "Host",
    question: Question,
    tables: "tuple[pa.Table, pa.Table]",
    *,
    rounds: int = 4,
    weights: "tuple[Float[np.ndarray, ' nA'], Float[np.ndarray, ' nB']] | None" = None,
) -> Split:
    """The gap between the rows in `tables[0]` and those in `tables[1]`, split over players.

    Args:
        host: Where the model lives.
        question: What is explained.
        tables: The slice explained and the slice it is compared with.
        rounds: Rounds of random pairing.
        weights: Weights of the rows of both.

    Raises:
        CannotExplainError: The model takes other than one input tensor with columns.
    """
    import pyarrow as pa

    from dlaudit.models.replies import finite_numbers, names_of

    sent = {"a": tables[0], "b": tables[1]}
    if weights is not None:
        sent |= {"weight_a": pa.table({"weight": weights[0]}), "weight_b": pa.table({"weight": weights[1]})}
    result, found = host.call(DECOMPOSE, {**question.params(), "rounds": rounds}, sent)
    if "reason" in result:
        raise CannotExplainError(str(result["reason"]))
    features = names_of(result, "players")
    a, b = (
        Side(
            values=finite_numbers(found[name], "values", (sent[name].num_rows, len(features))),
            score=finite_numbers(found[name], "score", (sent[name].num_rows,)),
            weight=finite_numbers(found[name], "weight", (sent[name].num_rows,)),
        )
        for name in ("a", "b")
    )
    return Split(features=features, a=a, b=b, rounds=_rounds(result["rounds"], len(features)))


def _rounds(written: object, players: int) -> Float[np.ndarray, " rounds M"]:
    from dlaudit.models.replies import forged

    try:
        found = np.asarray(written, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as odd:
        raise forged("rounds that are no numbers") from odd
    if found.ndim != 2 or found.shape[1] != players or not np.isfinite(found).all():
        raise forged(f"rounds of shape {list(found.shape)}")
    return found


def _fingerprint(host: "Host") -> str | None:
    result, _ = host.call(FINGERPRINT, {})
    found = result.get("fingerprint")
    return None if found is None else str(found)
