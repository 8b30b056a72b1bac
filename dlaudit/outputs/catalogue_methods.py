"""Methods of explaining and their checks by the names that readers know them by."""

from dlaudit.outputs.translate import N_, Words

METHODS = Words(
    {
        "integrated_gradients": N_("Integrated Gradients"),
        "expected_gradients": N_("Expected Gradients"),
        "saliency": N_("saliency"),
        "input_x_gradient": N_("input × gradient"),
        "shapley_values": N_("Shapley values"),
        "shap_values": N_("SHAP"),
        "all": N_("all methods"),
    }
)
"""Attribution methods by their names in the literature; a method that is not here goes by its own name."""

LIBRARIES = {"captum": "Captum", "shap": "SHAP"}
"""Libraries whose methods carry their name, as `captum.DeepLift`."""

MEASURES = Words(
    {
        "completeness_error_p95": N_("adds up, worst 5 % of rows"),
        "completeness_error_median": N_("adds up, median row"),
        "completeness_error_worst": N_("adds up, worst row"),
        "completeness_share_over_tolerance": N_("rows that do not add up"),
        "agreement": N_("agreement of two methods"),
        "agreement_median_row": N_("agreement, median row"),
        "same_function": N_("same function explained"),
        "model_unchanged": N_("model unchanged"),
        "faithfulness": N_("predicts what exchanging inputs does"),
        "relative_infidelity": N_("error of those predictions, against an even split"),
        "scale": N_("effects over predictions"),
        "insertion_deletion": N_("order: inputs put in and taken out"),
        "noise": N_("share of sampling noise"),
        "seed_stability": N_("same with other random numbers"),
        "baseline_sensitivity": N_("same with other references"),
        "randomised_all": N_("like those to random weights"),
        "random_weights": N_("better than those to random weights"),
        "second_opinion": N_("second opinion"),
    }
)
"""Checks of an explanation by what they ask; a check that is not here goes by its own name."""

ROLES = Words(
    {
        "primary": N_("first choice"),
        "secondary": N_("second choice, of another family"),
        "opinion": N_("second opinion on a few rows"),
        "asked": N_("asked for"),
    }
)
"""Why a method was run."""

TOGETHER = Words(
    {
        "inputs": N_("all inputs together"),
        "other_inputs": N_("all inputs but the sensitive feature"),
        "score": N_("the score alone"),
    }
)
"""What is asked to reveal a slice beside single inputs."""

STATES = {
    "trusted": ("●", N_("Checks passed")),
    "distrusted": ("◆", N_("Not trustworthy")),
    "unknown": ("–", N_("Left open")),
}
"""What the checks of one method on one slice come to: sign and word."""
