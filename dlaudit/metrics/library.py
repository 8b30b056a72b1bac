"""Any plain metric function of Fairlearn or scikit-learn as a metric, by its full name."""

import inspect
import math
import re
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Num

from dlaudit.errors import UsageError, nearest, shown
from dlaudit.metrics.registry import METRICS, Better, Metric, Undefined
from dlaudit.metrics.rows import ScoredRows

LIBRARIES = ("fairlearn.metrics", "sklearn.metrics")
"""Modules whose functions can be named; nothing else is ever imported for a name."""
SCORES = ("y_score", "y_prob", "y_proba", "probas_pred", "pred_decision")
"""Second parameters that take the score; `y_pred` takes the prediction."""
_HIGHER = re.compile(r"_(score|corrcoef)$")
_LOWER = re.compile(r"_(loss|error|deviance)$")
_BY_FEATURE = re.compile(r"_(difference|ratio|group_min|group_max)$")
_SLOGANS = {"demographic_parity": "selection_rate", "equal_opportunity": "true_positive_rate"}


def is_library_name(name: str) -> bool:
    """Whether the name is that of a module in LIBRARIES, a dot, and one more word."""
    return name.rpartition(".")[0] in LIBRARIES


@cache
def library_metric(name: str) -> Metric:
    """The metric that calls `fairlearn.metrics.NAME` or `sklearn.metrics.NAME` on the rows of a slice.

    Its interval is a seeded bootstrap. A slice where the library warns that the metric is not defined, refuses, or
    would print a number for an empty denominator, is undefined with that reason.

    Args:
        name: Full name.

    Raises:
        UsageError: There is no such function, or it is no function of labels and predictions alone (DLA106).
    """
    package, _, short = name.rpartition(".")
    module = import_module(package)
    plain = _plain_functions(module)
    if short not in plain:
        raise _not_plain(name, short, module, plain)
    function = plain[short]
    takes = inspect.signature(function).parameters
    return Metric(
        name=name,
        tasks=("binary", "multiclass", "multilabel", "regression"),
        needs="rows",
        better=_better(short),
        formula=f"{name}(y_true, {list(takes)[1]})",
        undefined=f"{name} has no value",
        meaning=(inspect.getdoc(function) or name).partition("\n")[0],
        aliases=(),
        function=lambda rows: _call(name, function, rows),
        span=(-math.inf, math.inf),
        probabilities=False,
        variable=None,
        interval=None,
        weighted="sample_weight" in takes,
    )


def _plain_functions(module: ModuleType) -> dict[str, Callable[..., Any]]:
    """The module's public functions of (y_true, y_pred or score) that return one number."""
    named = {name: getattr(module, name) for name in module.__all__}
    return {name: function for name, function in named.items() if _is_plain(name, function)}


def _is_plain(name: str, function: object) -> bool:
    if not inspect.isfunction(function):
        return False
    takes = list(inspect.signature(function).parameters.values())
    first_two = [p.name for p in takes[:2]]
    if len(takes) < 2 or first_two[0] != "y_true" or first_two[1] not in (*SCORES, "y_pred"):
        return False
    needed = [p.name for p in takes[2:] if p.default is inspect.Parameter.empty and p.kind is not p.VAR_KEYWORD]
    is_number = name in METRICS or name == "mean_prediction" or bool(_HIGHER.search(name) or _LOWER.search(name))
    return is_number and not needed


def _not_plain(name: str, short: str, module: ModuleType, plain: dict[str, Callable[..., Any]]) -> UsageError:
    by_feature = _BY_FEATURE.search(short)
    if short not in module.__all__:
        package = name.rpartition(".")[0]
        return UsageError(
            "DLA106",
            f"{package} has no function {shown(short)}",
            fix=f"Name a function of (y_true, y_pred) of that module.{nearest(short, plain)}",
        )
    if by_feature and "sensitive_features" in inspect.signature(getattr(module, short)).parameters:
        base = _SLOGANS.get(short[: by_feature.start()], short[: by_feature.start()].removesuffix("_score"))
        kind = "ratio" if by_feature[1] == "ratio" else "difference"
        base = base if base in METRICS else "true_positive_rate"
        return UsageError(
            "DLA106",
            f"{name} compares groups by itself, so that it is no metric of a slice",
            fix=f"Use {base}.{kind} in a rule; dlaudit measures it by slice, with intervals.",
        )
    return UsageError(
        "DLA106",
        f"{name} is no plain metric",
        expected="a function of (y_true, y_pred) or (y_true, y_score) that returns one number",
        fix=f"See `dlaudit list metrics`.{nearest(short, plain)}",
    )


def _better(short: str) -> Better | None:
    if short in METRICS:
        return METRICS.get(short).better
    if _HIGHER.search(short):
        return "higher"
    return "lower" if _LOWER.search(short) else None


def _call(name: str, function: Callable[..., Any], rows: ScoredRows) -> float:
    """The library's number for those rows; `Undefined` where it has none or invents one."""
    from sklearn.exceptions import UndefinedMetricWarning

    lacking = NEEDED.get(name.rpartition(".")[2], _nothing)(rows)
    if lacking is not None:
        raise Undefined(f"{lacking} in this slice")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for category in (UndefinedMetricWarning, RuntimeWarning):
            warnings.simplefilter("error", category)
        try:
            value = function(*_arguments(function, rows), **_options(function, rows))
        except (ValueError, UndefinedMetricWarning, RuntimeWarning) as error:
            reason = str(error).partition("\n")[0].rstrip(".")
            raise Undefined(f"{name} says: {shown(reason, limit=160, quote=False)}") from error
    if np.ndim(value) != 0:
        raise UsageError("DLA106", f"{name} returned {np.size(value)} numbers", fix="Name a metric of one number.")
    return float(value)


def _arguments(function: Callable[..., Any], rows: ScoredRows) -> tuple[Any, Any]:
    second = list(inspect.signature(function).parameters)[1]
    if second not in SCORES:
        return rows.target, rows.prediction
    one_column = rows.task in ("binary", "regression")
    return rows.target, rows.score[:, 0] if one_column else rows.score


def _options(function: Callable[..., Any], rows: ScoredRows) -> dict[str, Any]:
    """Weights where there are some, and all classes where scores are read: a slice may lack one."""
    takes = list(inspect.signature(function).parameters)
    options: dict[str, Any] = {}
    if rows.weight is not None and "sample_weight" in takes:
        options["sample_weight"] = rows.weight
    if takes[1] in SCORES and "labels" in takes and rows.task in ("binary", "multiclass"):
        options["labels"] = list(range(rows.places))
    return options


def _nothing(rows: ScoredRows) -> str | None:
    return None


def _held(rows: ScoredRows, values: Num[np.ndarray, "n *labels"]) -> set[int]:
    """Classes among `values` that rows of positive weight have."""
    weighing = slice(None) if rows.weight is None else rows.weight > 0
    return {int(value) for value in np.unique(values[weighing])}


def _positives(rows: ScoredRows) -> str | None:
    return "no positives" if rows.task == "binary" and 1 not in _held(rows, rows.target) else None


def _negatives(rows: ScoredRows) -> str | None:
    return "no negatives" if rows.task == "binary" and 0 not in _held(rows, rows.target) else None


def _every_class(rows: ScoredRows) -> str | None:
    if rows.task not in ("binary", "multiclass"):
        return None
    return "a class has no rows" if len(_held(rows, rows.target)) < rows.places else None


def _two_on_both_sides(rows: ScoredRows) -> str | None:
    if rows.task not in ("binary", "multiclass"):
        return None
    sides = (rows.target, rows.prediction)
    return "only one class, true or predicted," if min(len(_held(rows, side)) for side in sides) < 2 else None


def _spread(rows: ScoredRows) -> str | None:
    return "no two different true values" if len(np.unique(rows.target)) < 2 else None


NEEDED: dict[str, Callable[[ScoredRows], str | None]] = {
    "true_positive_rate": _positives,
    "false_negative_rate": _positives,
    "true_negative_rate": _negatives,
    "false_positive_rate": _negatives,
    "recall_score": _positives,
    "average_precision_score": _positives,
    "roc_auc_score": _every_class,
    "balanced_accuracy_score": _every_class,
    "matthews_corrcoef": _two_on_both_sides,
    "r2_score": _spread,
    "explained_variance_score": _spread,
    "d2_absolute_error_score": _spread,
    "d2_pinball_score": _spread,
    "d2_tweedie_score": _spread,
    "d2_log_loss_score": _every_class,
    "d2_brier_score": _every_class,
}
"""What a slice must hold for the library's number to mean something; each of these prints 0, 1 or a warning without."""
