"""Words of explanations: why a gap is there, how far that is to be believed, how it was worked out."""

METHODS = {
    "integrated_gradients": "Integrated Gradients",
    "expected_gradients": "Expected Gradients",
    "saliency": "saliency",
    "input_x_gradient": "input × gradient",
    "shapley_values": "Shapley values",
    "shap_values": "SHAP",
    "all": "all methods",
}
"""Attribution methods by their names in the literature; a method that is not here goes by its own name."""

LIBRARIES = {"captum": "Captum", "shap": "SHAP"}
"""Libraries whose methods carry their name, as `captum.DeepLift`."""

MEASURES = {
    "completeness_error_p95": "adds up, worst 5 % of rows",
    "completeness_error_median": "adds up, median row",
    "completeness_error_worst": "adds up, worst row",
    "completeness_share_over_tolerance": "rows that do not add up",
    "agreement": "agreement of two methods",
    "agreement_median_row": "agreement, median row",
    "same_function": "same function explained",
    "model_unchanged": "model unchanged",
    "faithfulness": "predicts what exchanging inputs does",
    "relative_infidelity": "error of those predictions, against an even split",
    "scale": "effects over predictions",
    "insertion_deletion": "order: inputs put in and taken out",
    "noise": "share of sampling noise",
    "seed_stability": "same with other random numbers",
    "baseline_sensitivity": "same with other references",
    "randomised_all": "like those to random weights",
    "random_weights": "better than those to random weights",
    "second_opinion": "second opinion",
}
"""Checks of an explanation by what they ask; a check that is not here goes by its own name."""

ROLES = {
    "primary": "first choice",
    "secondary": "second choice, of another family",
    "opinion": "second opinion on a few rows",
    "asked": "asked for",
}
"""Why a method was run."""

TOGETHER = {
    "inputs": "all inputs together",
    "other_inputs": "all inputs but the sensitive feature",
    "score": "the score alone",
}
"""What is asked to reveal a slice beside single inputs."""

STATES = {
    "trusted": ("●", "Checks passed"),
    "distrusted": ("◆", "Not trustworthy"),
    "unknown": ("–", "Left open"),
}
"""What the checks of one method on one slice come to: sign and word."""

PAGES = {
    "why": "docs/method/gap-decomposition.md",
    "mix": "docs/method/score-mix.md",
    "proxies": "docs/method/proxies.md",
    "trust": "docs/method/explanation-quality.md",
}
"""Where each method is explained, from the root of the documentation."""

TEXT = {
    "why_caption": "Contributions add up to the gap in {label}, {slice} minus {reference}.",
    "why_key": "Orange lowers the slice's value, blue raises it. Pale bars are not shown to be more than chance; the "
    "marks hold for all parts of one gap together (Holm).",
    "why_key_untested": "Orange lowers the slice's value, blue raises it. Pale bars have an interval that includes 0. "
    "Each interval speaks of one input alone: of many inputs, about one in twenty excludes 0 by chance.",
    "why_groups": "Inputs that go together (association of {at} or more) are one bar, their own bars thin below it. "
    "How they share their credit is a convention; the sum is not.",
    "why_table": "All gaps that were split",
    "why_table_caption": "One row per gap with its largest parts, marked ✱ where they are more than chance. Every part "
    "stands in contributions.csv.",
    "why_more": "Other gaps in full",
    "why_left_out": "{count} more gaps are in contributions.csv.",
    "marked": "✱",
    "marked_word": "more than chance",
    "unmarked_word": "could be chance",
    "label_mix": "label mix",
    "label_mix_note": "the slices have other shares of each label",
    "residual": "left over by sampling",
    "truth_note": "the true value itself",
    "context_title": "Other values, or another effect of the same values?",
    "swarm_title": "What moves the score, and which way?",
    "swarm_caption": "Contributions of {rows} explained rows by {method}: to the right those that raise the score. "
    "Columns are as high as the root of their rows; darker shades are rows with higher values of the input.",
    "swarm_raise": "high values raise it",
    "swarm_lower": "high values lower it",
    "swarm_mixed": "either way",
    "swarm_unordered": "levels without an order",
    "context_caption": "The marked inputs once more. Other values: the slices differ in this input. Other effect: the "
    "same value moves the score differently, because of what comes with it. One side only: at values that the other "
    "slice does not have. The three add up to the contribution.",
    "outside": "{share} of the mixtures of two {rows} that were scored lie outside the data: there the model answered "
    "for {rows} {who} do not occur, and parts that rest on them are the less sure.",
    "distrust_lead": "Explanation not trustworthy",
    "distrust_word": "not trustworthy",
    "withheld_lead": "Contributions withheld",
    "withheld_word": "withheld",
    "mix_title": "Other scores, or other meanings of a score?",
    "mix_caption": "The same gaps, split another way. Score mix: the slices have other scores. Calibration: among "
    "rows with equal scores another share is truly positive. The parts add up to the gap; ✱ is more than chance.",
    "mix_more": "The other gaps, split in this way",
    "proxies_title": "Inputs that reveal the slice, and inputs that carry the gap",
    "proxies_caption": "Left, how well one input tells the slice from the rest (0 not at all, 1 always); right, what "
    "it carries of the gap. An input that does both can stand for the sensitive feature without being it. "
    "Association is not cause.",
    "proxies_both": "both",
    "proxies_more": "Other slices",
    "attributions_caption": "Mean contribution of each input to the score of a slice's rows, by {method}. Colour is "
    "size and direction; full colour only where the 95 % interval excludes 0.",
    "attributions_title": "What moves the score in each slice",
    "attributions_more": "By other methods",
    "layers_title": "Inside the model",
    "layers_caption": "Units of a layer with the largest parts. Conductance sums to the same gap at every layer: it "
    "says which units, not how deep.",
    "layers_left_out": "The other {count} units are in audit.json.",
    "trust_caption": "What the checks with a required level come to, for every method and slice.",
    "as_overall": "as for all rows",
    "randomised": "like those with the last weights random, stage",
    "basis": "{rows} rows{noise}",
    "basis_noise": ", error of a bar from the random pairing at most {size}",
    "checks_title": "The checks in figures",
    "trust_checks_caption": "Required levels come from this audit's own nulls, explanations that are known to be "
    "worthless, wherever there is one. A figure without a level is there to be read.",
    "trust_by_slice": "The same checks on every slice",
    "trust_by_slice_caption": "● passed, ◆ failed. Below a figure, in small, stands what a "
    "worthless explanation would score.",
    "trust_none": "Nothing was explained, so there is no explanation to check.",
    "left_out_methods": "Methods that were not used, and why",
    "other_probes": "Further experiments",
    "plan_title": "How it was explained",
    "plan_caption": "The unit of cost is one forward and backward pass of one row.",
    "plan_reduced": "Made smaller to stay within the budget:",
    "plan_halved": "A pass ran out of memory and was repeated with half of its rows; rows of the passes that did: "
    "{rows}. The figures do not depend on it.",
    "how_why": "People of one slice are turned into people of the other, input by input, and the change of the metric "
    "is shared out by Shapley's rule over all orders and many random pairs. Metrics that depend on labels compare "
    "people of equal label, and the rest is the label mix. Intervals and marks come from resampling people.",
    "how_mix": "The metric is worked out with the scores of one slice and the meaning of scores of the other, both "
    "ways round, and averaged. Scores that only one slice has are a row of their own.",
    "how_trust": "Adding up checks the arithmetic. Faithfulness asks whether the inputs that are said to matter do "
    "matter when they are exchanged, on exchanges that the method never saw. No check sees every fault: methods can "
    "agree and be wrong together.",
}
"""Words of the templates."""

SAID = {
    "gap_people": "Of {slice}, {heads} in {base} {more} {clause} than of {reference}.",
    "gap_number": "The {label} is {gap} {higher} for {slice} than for {reference}.",
    "gap_none": "The {label} is the same for {slice} as for {reference}.",
    "of_people": "In the model's arithmetic, of the {heads} {more} in {base}, {amount} {go} through {inputs}{mark}",
    "of_number": "In the model's arithmetic, of the gap of {gap} in {label}, {amount} {go} through {inputs}{mark}",
    "over_people": "In the model's arithmetic {amount} {more} in {base} {go} through {inputs}{mark}",
    "over_number": "In the model's arithmetic a gap of {amount} in {label} goes through {inputs}{mark}, wider than "
    "the gap of {gap} that is left",
    "why_line": "{label} of {slice} against {reference}: {made}",
    "against": "; {amount} {go} the other way through {inputs}{mark}",
    "label_mix_with": "; {amount} {come} from another mix of labels",
    "label_mix_against": "; another mix of labels takes back {amount}",
    "marked_one": " (more than chance)",
    "marked_both": " (both more than chance)",
    "marked_all": " (all more than chance)",
    "unmarked": " (which chance could show)",
    "cancel": "Channels cancel: parts that raise it come to {raised} and parts that lower it to {lowered}, so that a "
    "gap of {gap} is left.",
    "both_ways": "Parts that raise it come to {raised}, parts that lower it to {lowered}.",
    "unclear": "The interval of this gap includes 0; contributions that cancel are shown all the same.",
    "with_one": "{first} with {second}",
    "with_others": "{first} (and {count} that go with it)",
    "distrust": "{lead} for {slices}, by {method}: {reasons}.",
    "distrust_here": "Not trustworthy for {slices} by {methods}{order}.",
    "distrust_order": ": read the order of the bars, not their length",
    "differs": "By {method}, contributions of {slice} predict the effect of changing inputs {less} than those of "
    "the other slices of the feature, by {size}{interval} in correlation, among rows whose scores move equally far.",
    "differs_not": "Explanations are not shown to be less faithful in one slice than in another ({count} compared).",
    "differs_no_more": "No other difference is shown between slices of one feature (compared: {count}).",
    "differs_unknown": "Where scores of slices move too differently far, nothing can be said (comparisons: {count}).",
    "distrust_short": "explanations not trustworthy for {slices}",
    "withheld": "{lead}: those by {method} for {slices} do not add up to the change of the score.",
    "mix_mix": "Mostly other scores.",
    "mix_calibration": "Mostly another meaning of equal scores.",
    "mix_offset": "The two pull in opposite ways.",
    "mix_support": "{share} of rows have scores that the other slice has, too.",
    "proxies_overlap": "Inputs that reveal the slice (0.2 or more) make {share} of all movement of this gap, up and "
    "down. Rank correlation of revealing and carrying: {value}.",
    "layer": "{method} at {layer}, {slice}",
    "layer_gap": " against {reference}",
}
"""Sentences with slots."""

GLOSSARY = {
    "more than chance": "A part that chance would rarely show, among all parts of a gap that may have been picked.",
    "label mix": "The part of a gap that is there because the slices have other shares of each label.",
    "score mix": "The part of a gap that is there because the slices have other scores.",
    "worthless explanation": "Contributions of other rows, or of a model with random weights: what a check shows for "
    "them is its null.",
}
