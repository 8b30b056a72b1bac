"""Codes of explanations: code to title, meaning and remedy."""

EXPLAIN: dict[str, tuple[str, str, str]] = {
    "DLA501": (
        "Not differentiable",
        "A method that needs gradients does not apply to this model or input.",
        "Use shapley_values, or let the score depend on floating inputs.",
    ),
    "DLA502": (
        "Contributions withheld",
        "Contributions by a method do not add up to the change of the score closely enough, so they are not shown.",
        "Raise explain.steps or explain.evaluations, explain logits instead of saturated probabilities, or read the "
        "other method.",
    ),
    "DLA503": (
        "No gradient signal",
        "Gradients are zero or not finite although the score changes.",
        "Use shapley_values.",
    ),
    "DLA504": (
        "Model changed by explaining",
        "Parameters, buffers or hooks differ after explaining.",
        "Report it; the attributions are void.",
    ),
    "DLA505": (
        "Explanations reduced",
        "Fewer rows, steps or methods were used to stay within the budget, or passes ran out of memory.",
        "Raise explain.budget, or lower explain.sample; the figures hold for what was done.",
    ),
    "DLA506": (
        "Unequal rows per slice",
        "A slice is explained with few rows, and another of its feature with many.",
        "Raise explain.sample, or read the slice's means with their intervals where all its rows are explained.",
    ),
    "DLA507": (
        "Another function explained",
        "Scores differ between the audit and the pass with gradients.",
        "Report it with the model's layers; the attributions are void.",
    ),
    "DLA508": (
        "Explanation not trustworthy",
        "A method misses a required level of a check on a slice, so that its contributions there deserve no belief.",
        "Read a method whose checks passed on that slice, explain more of its rows (explain.sample), or name another "
        "method (explain.methods).",
    ),
    "DLA509": (
        "Second opinion differs",
        "Captum or SHAP calculates other contributions than dlaudit on the same rows.",
        "Report it with audit.json and the model's layers; do not rely on these contributions.",
    ),
    "DLA510": (
        "Unequally faithful explanations",
        "A method explains one slice less faithfully than the others of its feature, among rows whose scores move "
        "equally far.",
        "Do not compare the slices' contributions by this method; read another method, or the split of the gap.",
    ),
    "DLA511": (
        "Channels that cancel",
        "Inputs that raise a gap and inputs that lower it are both larger than the gap that is left.",
        "Look at both sides: a change of the model or of the people can take away one of them alone.",
    ),
    "DLA512": (
        "Gap of score mix or of calibration",
        "A gap is there mostly because slices have other scores, or mostly because equal scores mean something else.",
        "See the next step of the finding.",
    ),
}
"""Title, meaning and remedy by code."""
