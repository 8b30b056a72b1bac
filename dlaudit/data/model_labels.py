"""Labels as the model's own files name them: the order of classes, and which of two is positive."""

import json
from collections.abc import Sequence

from dlaudit.data.label_names import first_labels
from dlaudit.data.raw import RawTable
from dlaudit.data.roles import Roles
from dlaudit.record import Guess
from dlaudit.spec import AuditSpec


def with_model_labels(
    raw: RawTable, roles: Roles, spec: AuditSpec, classes: Sequence[str] | None
) -> tuple[AuditSpec, list[Guess]]:
    """The specification with what the model's names of its outputs say of labels, where it says nothing itself.

    The names are taken only where every label of the data is one of them, and the task has one target. Of two, the
    one of the last output is positive, which is a guess that is told.

    Args:
        raw: The data.
        roles: Its columns.
        spec: What was asked.
        classes: Names of the outputs in order; None where the model gives none.
    """
    model = spec.model
    if not classes or len(roles.target) != 1 or len(classes) < 2 or model.task not in (None, "binary", "multiclass"):
        return spec, []
    update: dict[str, object] = {} if model.output is not None else {"output": "logit"}
    known = set(first_labels(raw, roles.target, spec.data.missing).labels) <= set(classes)
    guesses = []
    if known and model.classes is None and model.task != "binary" and len(classes) > 2:
        update["classes"] = list(classes)
    if known and model.positive is None and len(classes) == 2:
        update["positive"] = classes[1]
        written = json.dumps(classes[1], ensure_ascii=False)
        guesses.append(
            Guess(
                what="model.positive",
                value=classes[1],
                why="the name of the model's last output",
                toml=f"[model]\npositive = {written}",
            )
        )
    return spec.model_copy(update={"model": model.model_copy(update=update)}), guesses
