"""`[input.choices]`: options that a language model chooses among by how likely it says each of them is."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from dlaudit.spec.base import Positive, Section

RIGHT = "right option"
"""Column of the option that is right in each row, by the name of its column."""
IDS, WEIGHTS = "option_ids", "option_weights"
"""Inputs of the model: codes int64 [n, options, tokens] of every option after its prompt, and how much the
log-likelihood of each token counts, float32 of the same shape; 0 for the prompt and for padding."""


class ChoicesInput(Section):
    """`[input.choices]`: a prompt and its options to token ids [n, options, tokens]. *Experimental.*"""

    prompt: str = ""
    """Text before each option, with columns in braces: `"{context}\\n{question}\\nAnswer:"`. Empty where the options
    are whole sentences."""
    options: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=2)]
    """Columns of the options, in order; they are the names of the classes."""
    between: str = " "
    """What stands between prompt and option, and counts as part of the option; nothing where the prompt is empty."""
    right: str | None = None
    """Which option is right: a column of their numbers, names or texts; or the name of one of the options, where it is
    the one to be counted in every row, as the stereotype of CrowS-Pairs. `data.target` where absent."""
    right_is: Literal["number", "text"] = "number"
    """Whether the column of `right` holds numbers of options from 0 (or names of their columns), or the right text."""
    normalise: Literal["sum", "tokens", "characters"] = "sum"
    """What the log-likelihood of an option is divided by: nothing, its number of tokens, or of characters."""
    start: str | None = None
    """Token put before every text whose first token would count, as nothing tells how likely that is; the tokenizer's
    own beginning or end of text where absent."""
    tokenizer: str | None = None
    """A tokenizer.json; that of the model's folder where absent."""
    max_length: Positive | None = None
    """Tokens of prompt and option together; the model's own limit where absent."""
    truncate: Literal["report", "error"] = "report"
    """Whether a prompt that is too long loses its beginning and is counted by slice, or is an error."""
    blank: str | None = None
    """Token that stands for a word of the prompt that is taken away in explanations."""
    words: Annotated[int, Field(ge=2, le=512)] = 64
    """Words of a prompt that are players of an explanation; a longer one is cut into that many spans of words."""

    @model_validator(mode="after")
    def _distinct(self) -> "ChoicesInput":
        if len(set(self.options)) < len(self.options):
            raise ValueError("options names a column twice")
        return self


def audit_of_choices(given: Any) -> Any:
    """The tables of a configuration with the options of `[input.choices]` as classes, and the right one as label."""
    if not isinstance(given, dict) or not isinstance(given.get("input"), dict):
        return given
    asked = given["input"].get("choices")
    data, model = given.get("data") or {}, given.get("model") or {}
    if not (isinstance(asked, dict) and isinstance(data, dict) and isinstance(model, dict)):
        return given
    options, target = asked.get("options"), data.get("target")
    right = asked.get("right") or (target if target != RIGHT else None)
    if not isinstance(options, list) or not isinstance(right, str):
        raise ValueError("[input.choices] needs options and the column of the right one: give data.target or right")
    if target not in (None, RIGHT, right):
        raise ValueError("data.target and input.choices.right both say which option is right: give one of them")
    told: dict[str, Any] = {"task": "multiclass"}
    if right in options and len(options) == 2:
        # of two outputs the last one speaks for the label that is counted
        options = [*(one for one in options if one != right), right]
        told = {"task": "binary", "positive": right}
    return {
        **given,
        "input": {**given["input"], "choices": {**asked, "options": options, "right": right}},
        "data": {**data, "target": RIGHT},
        "model": {"output": "logit", "classes": list(options), **told, **model},
    }
