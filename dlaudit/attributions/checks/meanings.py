"""What each check says in plain words, and what it cannot see."""

MEANINGS = {
    "completeness_error_p95": "95 % of rows have contributions that add up to the change of the score this closely. "
    "It checks the arithmetic, not whether the split is the right one.",
    "completeness_error_median": "Half of the rows add up to the change of the score this closely.",
    "completeness_error_worst": "The row that adds up worst.",
    "completeness_share_over_tolerance": "Share of rows that miss the change of the score by more than is accepted.",
    "faithfulness": "Correlation of what contributions predict for exchanging inputs with what exchanging them does, "
    "on coalitions and reference rows that the method has not used. It sees a wrong order or a wrong row, not a wrong "
    "scale.",
    "relative_infidelity": "Squared error of what contributions predict for exchanging inputs, against that of an even "
    "split over inputs. It sees contributions that are wrong or too large; whether they are too small the scale sees.",
    "scale": "How many times as large effects of exchanging inputs are as contributions predict: 1 where they are as "
    "large. From 1.5 on contributions twice as large would predict better. Methods that integrate along a path "
    "overstate opposite contributions where inputs interact, so nothing is required of low values.",
    "insertion_deletion": "Area between putting in and taking out inputs, strongest first, over the change of the "
    "score. It sees a wrong order, not a wrong scale, and its mixtures of two rows may be unlike any row.",
    "noise": "Share of the spread between inputs that is the method's own sampling, by its standard errors. It does "
    "not see what all samples get wrong together.",
    "seed_stability": "Rank correlation of two runs with other random numbers. A method can be stable and wrong.",
    "baseline_sensitivity": "Rank correlation of contributions against three sets of reference rows. Low values say "
    "that contributions depend on what they are compared with; none of them is wrong for that.",
    "randomised_all": "Rank correlation with contributions to a net of random weights. Contributions that hardly "
    "change do not depend on the model; some likeness is left, since inputs stay the same.",
    "randomised": "Rank correlation with contributions after the weights of layers next to the output were exchanged.",
    "random_weights": "Faithfulness of the rows explained again, beside that of contributions to a net of random "
    "weights. It does not see errors that leave the order of inputs alone.",
    "agreement": "Rank correlation {} by two methods; they may differ on interactions and references and "
    "both be right, and they may agree and both be wrong.",
    "faithfulness_difference": "Faithfulness in this slice minus that in the other slices of the feature, among rows "
    "whose scores move equally far when inputs are exchanged.",
    "same_function": "Largest difference between a row's score as audited and as its gradient sees it; at most "
    "0.0001 is required, else another function was explained than the one that was audited.",
    "model_unchanged": "1 where parameters and buffers have the same digest before and after explaining.",
}
NO_CHANGE = "The score does not change, but the contributions do not add up to 0."
NO_RANKS = "Ranks {} cannot be compared: fewer than three inputs, or no spread."


def meaning(measure: str) -> str:
    """The sentence of a measure."""
    return MEANINGS["randomised" if measure.startswith("randomised_") and measure not in MEANINGS else measure]
