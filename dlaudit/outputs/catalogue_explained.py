"""Words of explanations: why a gap is there, how far that is to be believed, how it was worked out."""

from dlaudit.outputs.translate import N_, NN_

PAGES = {
    "why": "docs/method/gap-decomposition.md",
    "mix": "docs/method/score-mix.md",
    "proxies": "docs/method/proxies.md",
    "trust": "docs/method/explanation-quality.md",
}
"""Where each method is explained, from the root of the documentation."""

TEXT = {
    "why_caption": N_("Contributions add up to the gap in {label}, {slice} minus {reference}."),
    "why_key": N_(
        "Orange lowers the slice's value, blue raises it. Pale bars are not shown to be more than chance; the "
        "marks hold for all parts of one gap together (Holm)."
    ),
    "why_key_untested": N_(
        "Orange lowers the slice's value, blue raises it. Pale bars have an interval that includes 0. "
        "Each interval speaks of one input alone: of many inputs, about one in twenty excludes 0 by chance."
    ),
    "why_groups": N_(
        "Inputs that go together (association of {at} or more) are one bar, their own bars thin below it. "
        "How they share their credit is a convention; the sum is not."
    ),
    "why_table": N_("All gaps that were split"),
    "why_table_caption": N_(
        "One row per gap with its largest parts, marked ✱ where they are more than chance. Every part "
        "stands in contributions.csv."
    ),
    "why_more": N_("Other gaps in full"),
    "why_left_out": N_("{count} more gaps are in contributions.csv."),
    "marked": "✱",
    "marked_word": N_("more than chance"),
    "unmarked_word": N_("could be chance"),
    "label_mix": N_("label mix"),
    "label_mix_note": N_("the slices have other shares of each label"),
    "residual": N_("left over by sampling"),
    "truth_note": N_("the true value itself"),
    "context_title": N_("Other values, or another effect of the same values?"),
    "swarm_title": N_("What moves the score, and which way?"),
    "swarm_caption": N_(
        "Contributions of {rows} explained rows by {method}: to the right those that raise the score. "
        "Columns are as high as the root of their rows; darker shades are rows with higher values of the input."
    ),
    "swarm_raise": N_("high values raise it"),
    "swarm_lower": N_("high values lower it"),
    "swarm_mixed": N_("either way"),
    "swarm_unordered": N_("levels without an order"),
    "context_caption": N_(
        "The marked inputs once more. Other values: the slices differ in this input. Other effect: the same value "
        "moves the score differently, because of what comes with it. One side only: at values that the other slice "
        "does not have. The three add up to the contribution."
    ),
    "outside": N_(
        "{share} of the mixtures of two {rows} that were scored lie outside the data: there the model answered "
        "for {rows} who do not occur, and parts that rest on them are the less sure."
    ),
    "outside_things": N_(
        "{share} of the mixtures of two {rows} that were scored lie outside the data: there the model answered "
        "for {rows} that do not occur, and parts that rest on them are the less sure."
    ),
    "distrust_lead": N_("Explanation not trustworthy"),
    "distrust_word": N_("not trustworthy"),
    "withheld_lead": N_("Contributions withheld"),
    "withheld_word": N_("withheld"),
    "mix_title": N_("Other scores, or other meanings of a score?"),
    "mix_caption": N_(
        "The same gaps, split another way. Score mix: the slices have other scores. Calibration: among "
        "rows with equal scores another share is truly positive. The parts add up to the gap; ✱ is more than chance."
    ),
    "mix_more": N_("The other gaps, split in this way"),
    "proxies_title": N_("Inputs that reveal the slice, and inputs that carry the gap"),
    "proxies_caption": N_(
        "Left, how well one input tells the slice from the rest (0 not at all, 1 always); right, what "
        "it carries of the gap. An input that does both can stand for the sensitive feature without being it. "
        "Association is not cause."
    ),
    "proxies_both": N_("both"),
    "proxies_more": N_("Other slices"),
    "attributions_caption": N_(
        "Mean contribution of each input to the score of a slice's rows, by {method}. Colour is "
        "size and direction; full colour only where the 95 % interval excludes 0."
    ),
    "importance_title": N_("How much each input moves the score, slice by slice"),
    "importance_caption": N_(
        "Mean size of each input's contributions to the score of a slice's rows, whichever way they point, by "
        "{method}, with 95 % intervals. All bars share one scale. An input can matter much in every slice and carry no "
        "gap: what carries gaps is told above."
    ),
    "importance_without": N_(
        "Mean size of each input's contributions to the score of a slice's rows, whichever way they point, by "
        "{method}. All bars share one scale. No intervals: too few people were explained, or an earlier version of "
        "dlaudit made this audit."
    ),
    "importance_more": N_("By the other sensitive features"),
    "importance_left_out": N_("{count} more inputs are in audit.json."),
    "attributions_title": N_("What moves the score in each slice"),
    "attributions_more": N_("By other methods"),
    "layers_title": N_("Inside the model"),
    "layers_caption": N_(
        "Units of a layer with the largest parts. Conductance sums to the same gap at every layer: it "
        "says which units, not how deep."
    ),
    "layers_left_out": N_("The other {count} units are in audit.json."),
    "trust_caption": N_("What the checks with a required level come to, for every method and slice."),
    "as_overall": N_("as for all rows"),
    "randomised": N_("like those with the last weights random, stage"),
    "checks_title": N_("The checks in figures"),
    "trust_checks_caption": N_(
        "Required levels come from this audit's own nulls, explanations that are known to be "
        "worthless, wherever there is one. A figure without a level is there to be read."
    ),
    "trust_by_slice": N_("The same checks on every slice"),
    "trust_by_slice_caption": N_(
        "● passed, ◆ failed. Below a figure, in small, stands what a worthless explanation would score."
    ),
    "trust_none": N_("Nothing was explained, so there is no explanation to check."),
    "left_out_methods": N_("Methods that were not used, and why"),
    "other_probes": N_("Further experiments"),
    "plan_title": N_("How it was explained"),
    "plan_caption": N_("The unit of cost is one forward and backward pass of one row."),
    "plan_reduced": N_("Made smaller to stay within the budget:"),
    "plan_halved": N_(
        "A pass ran out of memory and was repeated with half of its rows; rows of the passes that did: "
        "{rows}. The figures do not depend on it."
    ),
    "how_why": N_(
        "People of one slice are turned into people of the other, input by input, and the change of the metric "
        "is shared out by Shapley's rule over all orders and many random pairs. Metrics that depend on labels compare "
        "people of equal label, and the rest is the label mix. Intervals and marks come from resampling people."
    ),
    "how_mix": N_(
        "The metric is worked out with the scores of one slice and the meaning of scores of the other, both "
        "ways round, and averaged. Scores that only one slice has are a row of their own."
    ),
    "how_trust": N_(
        "Adding up checks the arithmetic. Faithfulness asks whether the inputs that are said to matter do matter when "
        "they are exchanged, on exchanges that the method never saw. No check sees every fault: methods can agree and "
        "be wrong together."
    ),
}
"""Words of the templates."""

SAID = {
    "importance_same": N_("By these estimates {input} moves scores most in every slice."),
    "importance_other": N_("By these estimates what moves scores most differs: {parts}."),
    "importance_one": N_("{input} for {slices}"),
    "gap_higher": N_("The {label} is {gap} higher for {slice} than for {reference}."),
    "gap_lower": N_("The {label} is {gap} lower for {slice} than for {reference}."),
    "gap_none": N_("The {label} is the same for {slice} as for {reference}."),
    "of_people_more": NN_(
        "In the model's arithmetic, of the {heads} more in {base}, {amount} goes through {inputs}",
        "In the model's arithmetic, of the {heads} more in {base}, {amount} go through {inputs}",
    ),
    "of_people_fewer": NN_(
        "In the model's arithmetic, of the {heads} fewer in {base}, {amount} goes through {inputs}",
        "In the model's arithmetic, of the {heads} fewer in {base}, {amount} go through {inputs}",
    ),
    "of_number": NN_(
        "In the model's arithmetic, of the gap of {gap} in {label}, {amount} goes through {inputs}",
        "In the model's arithmetic, of the gap of {gap} in {label}, {amount} go through {inputs}",
    ),
    "over_people_more": NN_(
        "In the model's arithmetic {amount} more in {base} goes through {inputs}",
        "In the model's arithmetic {amount} more in {base} go through {inputs}",
    ),
    "over_people_fewer": NN_(
        "In the model's arithmetic {amount} fewer in {base} goes through {inputs}",
        "In the model's arithmetic {amount} fewer in {base} go through {inputs}",
    ),
    "over_number": N_(
        "In the model's arithmetic a gap of {amount} in {label} goes through {inputs}, wider than the gap of {gap} "
        "that is left"
    ),
    "why_line": N_("{label} of {slice} against {reference}: {made}"),
    "against": NN_(
        "{told}; {amount} goes the other way through {inputs}",
        "{told}; {amount} go the other way through {inputs}",
    ),
    "label_mix_with": NN_(
        "{told}; {amount} comes from another mix of labels", "{told}; {amount} come from another mix of labels"
    ),
    "label_mix_against": N_("{told}; another mix of labels takes back {amount}"),
    "ended": N_("{told}."),
    "marked_one": N_("{inputs} (more than chance)"),
    "marked_both": N_("{inputs} (both more than chance)"),
    "marked_all": N_("{inputs} (all more than chance)"),
    "unmarked": N_("{inputs} (which chance could show)"),
    "cancel": N_(
        "Channels cancel: parts that raise it come to {raised} and parts that lower it to {lowered}, so that a "
        "gap of {gap} is left."
    ),
    "both_ways": N_("Parts that raise it come to {raised}, parts that lower it to {lowered}."),
    "unclear": N_("The interval of this gap includes 0; contributions that cancel are shown all the same."),
    "with_one": N_("{first} with {second}"),
    "with_others": N_("{first} (and {count} that go with it)"),
    "no_check_named": N_("a check was missed"),
    "of_library": N_("{library}'s {method}"),
    "distrust": N_("{lead} for {slices}, by {method}: {reasons}."),
    "distrust_here": N_("Not trustworthy for {slices} by {methods}: read the order of the bars, not their length."),
    "slices_more": NN_("{slices} and {count} slice", "{slices} and {count} slices"),
    "differs_worse": N_(
        "By {method}, contributions of {slice} predict the effect of changing inputs worse than those of the other "
        "slices of the feature, by {size}{interval} in correlation, among rows whose scores move equally far."
    ),
    "differs_better": N_(
        "By {method}, contributions of {slice} predict the effect of changing inputs better than those of the other "
        "slices of the feature, by {size}{interval} in correlation, among rows whose scores move equally far."
    ),
    "opinion": N_("{check}: {told}"),
    "differs_not": N_(
        "Explanations are not shown to be less faithful in one slice than in another ({count} compared)."
    ),
    "differs_no_more": N_("No other difference is shown between slices of one feature (compared: {count})."),
    "differs_unknown": N_(
        "Where scores of slices move too differently far, nothing can be said (comparisons: {count})."
    ),
    "why_none": N_("Nothing was explained."),
    "why_other": N_("the gap above was not split over inputs, but another was: {told}"),
    "why_mirrored": N_(
        "the gap above is the following one with the other sign, since the two rates add up to 1: {told}"
    ),
    "why_not_split": N_("the gap above was not split over inputs."),
    "why_no_input": N_("No input stands out among those that carry the gap."),
    "belief_none": N_("There is nothing to believe: nothing was explained."),
    "belief_unchecked": N_("Not known: no check with a required level was run."),
    "belief_passed": N_("Contributions in single rows passed their checks for {slices}"),
    "belief_failed": N_("Contributions in single rows failed their checks for {slices}, by {methods}"),
    "belief_disagree": N_(
        "In part: contributions in single rows failed their checks for {slices} by {methods}, by another method they "
        "passed"
    ),
    "belief_open": N_("{told}; too little was checked for {others}"),
    "belief_outside": N_(
        "{told} Of the mixtures of two {rows} that the split of the gap rests on, {share} lie outside the data."
    ),
    "distrust_short": N_("explanations not trustworthy for {slices}"),
    "pair": N_("{slice} against {reference}"),
    "pair_gap": N_("{slice} against {reference}: {metric}"),
    "pair_in": N_("{slice} against {reference}, gap in {metric}"),
    "by_features": N_("by {features}"),
    "withheld": N_("{lead}: those by {method} for {slices} do not add up to the change of the score."),
    "mix_mix": N_("Mostly other scores."),
    "mix_calibration": N_("Mostly another meaning of equal scores."),
    "mix_offset": N_("The two pull in opposite ways."),
    "mix_support": N_("{share} of rows have scores that the other slice has, too."),
    "proxies_overlap": N_(
        "Inputs that reveal the slice (0.2 or more) make {share} of all movement of this gap, up and "
        "down. Rank correlation of revealing and carrying: {value}."
    ),
    "layer": N_("{method} at {layer}, {slice}"),
    "layer_gap": N_("{method} at {layer}, {slice} against {reference}"),
}
"""Sentences with slots."""

GLOSSARY = {
    N_("more than chance"): N_(
        "A part that chance would rarely show, among all parts of a gap that may have been picked."
    ),
    N_("label mix"): N_("The part of a gap that is there because the slices have other shares of each label."),
    N_("score mix"): N_("The part of a gap that is there because the slices have other scores."),
    N_("worthless explanation"): N_(
        "Contributions of other rows, or of a model with random weights: what a check shows for them is its null."
    ),
}
