"""`[metrics] values`: a number of each row that is measured as it stands, as the Dice score of an image."""

from typing import Any

VALUES = ["mean_value", "median_value", "tenth_percentile"]
"""What is measured of it where `metrics.report` names nothing."""


def audit_of_values(given: Any) -> Any:
    """The tables of a configuration with the column of `metrics.values` as score and label of a regression.

    Nothing is predicted then: the number is read twice, errors are not reported and slices are not searched.
    """
    if not isinstance(given, dict) or not isinstance(given.get("metrics"), dict):
        return given
    column = given["metrics"].get("values")
    tables = {name: given.get(name) or {} for name in ("metrics", "model", "data", "discover")}
    if not isinstance(column, str) or not all(isinstance(one, dict) for one in tables.values()):
        return given
    if tables["model"].get("path") or given.get("pairs") or given.get("scores") not in (None, [], [column]):
        raise ValueError("metrics.values measures a column as it stands: give no model, scores or pairs with it")
    return {
        **given,
        "scores": [column],
        "metrics": {"report": VALUES, **tables["metrics"]},
        "model": {"task": "regression", "output": "score", **tables["model"]},
        "data": {"target": column, **tables["data"]},
        "discover": {"enabled": False, **tables["discover"]},
    }
