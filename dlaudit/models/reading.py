"""What a model's numbers are: logits, probabilities, labels or plain scores. Known, guessed, or refused."""

from typing import Any

from dlaudit.errors import ModelRefused
from dlaudit.record import Guess
from dlaudit.spec import ModelSpec

_ENDS = {"sigmoid": "probability", "softmax": "probability", "log_softmax": "logit"}


def read_output(spec: ModelSpec, task: str, dry: dict[str, Any], *, postprocessed: bool) -> tuple[str, Guess | None]:
    """The kind of the model's outputs, and the guess that it is where nothing says so.

    The model's last operation decides where it is a sigmoid or a softmax. Else the numbers of the dry run decide
    where only one kind is possible; where two are, dlaudit refuses to guess.

    Args:
        spec: `model.output` wins over everything.
        task: What the model predicts.
        dry: Result of the operation `dry_run`.
        postprocessed: Whether the user's own code turns outputs into scores.

    Raises:
        ModelRefused: Logits and probabilities are both possible (DLA214).
    """
    if spec.output is not None:
        return spec.output, None
    if postprocessed or task == "regression":
        return "score", None
    if dry.get("ends_in") in _ENDS:
        return _ENDS[dry["ends_in"]], None
    least, most = dry["least"], dry["most"]
    if least is None or most is None:
        raise _ambiguous("no output on the first rows is finite")
    if least < 0 or most > 1:
        return "logit", _guess("logit", f"outputs on the first rows run from {least:.3g} to {most:.3g}")
    if dry["rows_sum_to_one"]:
        return "probability", _guess("probability", "the outputs of each of the first rows add up to 1")
    raise _ambiguous(f"outputs on the first rows run from {least:.3g} to {most:.3g}")


def _guess(kind: str, why: str) -> Guess:
    return Guess(what="model.output", value=kind, why=why, toml=f'[model]\noutput = "{kind}"')


def _ambiguous(why: str) -> ModelRefused:
    return ModelRefused(
        "DLA214",
        f"cannot tell logits from probabilities: {why}",
        expected="model.output to say which they are",
        fix="Add --set model.output=probability (or logit, or score).",
    )
