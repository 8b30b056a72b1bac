"""Audit's convenience methods, bound here because records know nothing of outputs."""

from dlaudit.integrations.conversions import (
    disparities_frame,
    measurements_frame,
    to_metric_frame,
    without_small_cells,
    write_report,
)
from dlaudit.integrations.notebook import repr_html
from dlaudit.integrations.shap_explanation import shap_values
from dlaudit.record import Audit

METHODS = {
    "to_html": write_report,
    "measurements_frame": measurements_frame,
    "disparities_frame": disparities_frame,
    "to_metric_frame": to_metric_frame,
    "shap_values": shap_values,
    "without_small_cells": without_small_cells,
    "_repr_html_": repr_html,
}
"""Name of the method to the function that it is."""


def bind() -> None:
    """Give Audit its methods; calling it again changes nothing."""
    for name, function in METHODS.items():
        setattr(Audit, name, function)
