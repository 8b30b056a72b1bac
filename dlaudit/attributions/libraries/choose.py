"""The methods for a model: two of different families, so that one does not confirm its own mistakes."""

from dataclasses import dataclass
from typing import Literal

from dlaudit.attributions.libraries.facts import ModelFacts

EXACT_UP_TO = 12
"""Players up to which Shapley values come from all coalitions."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One method chosen."""

    method: str
    """Name of the attributor."""
    role: Literal["primary", "secondary"]
    """`primary` is shown first."""
    why: str
    """Why it was chosen, in one clause."""


def chosen(facts: ModelFacts, task: str) -> list[Choice]:
    """The first and the second method for a model, from two families, with the reason of each.

    Args:
        facts: What is known of the model.
        task: `binary`, `multiclass`, `multilabel` or `regression`.
    """
    if facts.no_gradient is not None:
        return _without_gradient(facts, task)
    if facts.conv or facts.recurrent or facts.attention or facts.integer:
        return _deep(facts)
    return _tabular(facts, task)


def _tabular(facts: ModelFacts, task: str) -> list[Choice]:
    output = "prediction" if task == "regression" else "score"
    if facts.players <= EXACT_UP_TO:
        first = (
            f"with {facts.players} inputs every combination of them can be tried, so the split has no sampling error"
        )
    else:
        first = f"with {facts.players} inputs a sample of their combinations gives each one's share and its error"
    return [
        Choice(method="shapley_values", role="primary", why=first),
        Choice(
            method="integrated_gradients",
            role="secondary",
            why=f"the {output} has gradients, and following them is another way to split it",
        ),
    ]


def _deep(facts: ModelFacts) -> list[Choice]:
    kind = _kind(facts)
    return [
        Choice(
            method="integrated_gradients",
            role="primary",
            why=f"the model is {kind}: gradients along a path reach every single input at once",
        ),
        Choice(
            method="shapley_values",
            role="secondary",
            why=f"trying combinations of the {facts.players} inputs needs no gradients, so it errs in other ways",
        ),
    ]


def _kind(facts: ModelFacts) -> str:
    if facts.attention:
        return "a transformer"
    if facts.recurrent:
        return "a recurrent network"
    if facts.conv:
        return "a convolutional network"
    return "one that looks codes up in embeddings"


def _without_gradient(facts: ModelFacts, task: str) -> list[Choice]:
    output = "prediction" if task == "regression" else "score"
    first = Choice(
        method="shapley_values",
        role="primary",
        why=f"it needs the {output} alone, and there is no gradient ({facts.no_gradient})",
    )
    if facts.players < 2:
        return [first]
    if facts.players <= EXACT_UP_TO:
        other = ("captum.FeatureAblation", "the change when one input alone is replaced needs no gradient either")
    else:
        other = ("shap.PermutationExplainer", "another library's random orders of the inputs need no gradient either")
    return [first, Choice(method=other[0], role="secondary", why=other[1])]
