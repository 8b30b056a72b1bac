"""Modalities: what turns the rows of a file into an evaluation set, by name."""

from collections.abc import Callable

from dlaudit.data.batch import EvaluationSet
from dlaudit.registry import Registry

MODALITIES: Registry[Callable[..., EvaluationSet]] = Registry("modality")
"""Name to `(raw, roles, spec, labels, encode) -> EvaluationSet`."""
