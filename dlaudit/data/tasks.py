"""What is predicted, and which labels there are in which order: known, or refused with what to say."""

from collections.abc import Sequence
from dataclasses import dataclass

from dlaudit.data.guesses import toml_list
from dlaudit.data.label_names import SeenLabels
from dlaudit.errors import UsageError, listed, nearest, shown
from dlaudit.record import Task
from dlaudit.spec import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Known:
    """Labels of a task."""

    values: tuple[str, ...]
    """Label texts in the order of their codes."""
    positive: str | None
    """The positive one."""


def infer_task(target: Sequence[str], seen: SeenLabels, outputs: int | None, output: str | None = None) -> Task:
    """The task that labels, number of outputs and what the outputs are said to be allow.

    Several target columns are multilabel. One output is binary with two labels (or 0/1), regression with more, all
    numbers; where it is a label itself, more are multiclass. Two outputs are binary with two labels; more are
    multiclass.

    Raises:
        UsageError: They allow none (DLA309).
    """
    two = len(seen.labels) <= 2
    if len(target) > 1:
        return "multilabel"
    if two and (outputs is None or outputs <= 2):
        return "binary"
    if output == "label" or (outputs is not None and outputs >= 2):
        return "multiclass"
    if seen.numeric:
        return "regression"
    raise UsageError(
        "DLA309",
        f"one output cannot predict the labels {listed(seen.labels)} of {listed(seen.columns)}",
        expected="two labels, or numbers",
        fix="Say what the model predicts, as --set model.task=binary, or --set model.output=label where the output is "
        "the predicted label itself; or name another --target.",
    )


def classes_of(task: Task, seen: SeenLabels, spec: ModelSpec, outputs: int | None) -> Known:
    """The labels of the task, in the order of their codes.

    Raises:
        UsageError: Their positive one, or their order, has to be given (DLA309).
    """
    if task == "regression":
        return Known(values=(), positive=None)
    if task == "multiclass":
        return Known(values=_class_order(seen, spec, outputs), positive=spec.positive)
    if task == "multilabel" and spec.positive is None and seen.zero_one:
        return Known(values=("0", "1"), positive="1")
    return _two_labels(seen, spec if task == "binary" else spec.model_copy(update={"classes": None}))


def _two_labels(seen: SeenLabels, spec: ModelSpec) -> Known:
    labels = tuple(spec.classes) if spec.classes else seen.labels
    if not spec.classes and (seen.zero_one or {"0", "1"} < set(labels)):
        labels = ("0", "1")
    if spec.positive is None and set(labels) == {"0", "1"}:
        return Known(values=("0", "1"), positive="1")
    if spec.positive is None:
        numbers = "; numbers to be predicted are --set model.task=regression" if seen.numeric else ""
        raise UsageError(
            "DLA309",
            f"the labels of {listed(seen.columns)} are {listed(labels)}: which one is positive is not given",
            expected="labels 0 and 1, or model.positive",
            fix=f"Name the label that the score speaks for, as --set 'model.positive={_quoted(labels[-1])}'{numbers}.",
        )
    if spec.positive not in labels:
        raise UsageError(
            "DLA309",
            f"model.positive is {shown(spec.positive)}, which no label is",
            expected=f"one of {listed(labels, most=12)}",
            fix=f"Correct model.positive.{nearest(spec.positive, labels)}",
        )
    others = [label for label in labels if label != spec.positive]
    if len(others) > 1:
        raise UsageError(
            "DLA309",
            f"a binary target has two labels; {listed(seen.columns)} has {listed(labels)}",
            fix="Correct the labels, or say --set model.task=multiclass.",
        )
    return Known(values=(others[0] if others else f"not {spec.positive}", spec.positive), positive=spec.positive)


def _class_order(seen: SeenLabels, spec: ModelSpec, outputs: int | None) -> tuple[str, ...]:
    if spec.classes:
        if outputs is not None and len(spec.classes) != outputs:
            raise UsageError(
                "DLA309",
                f"model.classes names {len(spec.classes)} labels, the model has {outputs} outputs",
                fix="Name one label for each output, in their order.",
            )
        return tuple(spec.classes)
    if all(label.isascii() and label.isdigit() and str(int(label)) == label for label in seen.labels):
        count = outputs if outputs is not None else max(map(int, seen.labels)) + 1
        return tuple(str(code) for code in range(count))
    raise UsageError(
        "DLA309",
        f"the order of the labels {listed(seen.labels, most=12)} among the model's outputs is not given",
        expected="labels 0, 1, 2, …, or model.classes",
        fix=f"Name them in the order of the outputs, as --set 'model.classes={toml_list(seen.labels[:12])}'.",
    )


def _quoted(text: str) -> str:
    return toml_list([text])[1:-1]
