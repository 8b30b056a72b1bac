"""Words of what surrounds a gap: chance, thresholds, calibration, doubts about the data, and slices that were found."""

TEXT = {
    "chance": "Chance alone",
    "chance_key": "the widest gap of equal slices: on average (block), in one of twenty samples (line)",
    "hidden_why": "it would tell a small count of people",
    "hidden_cell": "not shown",
    "left_out": "{count} more are in audit.json.",
    "gaps_left_out": "{count} more slices of this metric are in audit.json.",
    "how": "How this is computed",
    "page": "Method page:",
    "explore_title": "Try another threshold",
    "explore_caption": "Rates at this threshold, counted again from the rows of every slice by score and label. The "
    "intervals are for each slice by itself. A threshold chosen on these rows looks better here than it will be.",
    "explore_reset": "As audited",
    "explore_still": "Without a script the table stands at the audited threshold.",
    "explore_agrees": "Calculated again at the audited threshold, all figures equal the audited ones.",
    "explore_differs": "Calculated again at the audited threshold, figures differ from the audited ones: nothing can "
    "be tried here.",
    "explore_no_intervals": "These rows are not independent of one another, so no interval is calculated here.",
    "explore_left_out": "Slices with too few rows, or of features beyond the first {most} slices, are not here: "
    "{count}.",
    "thresholds_caption": "Rates of every slice at every threshold, from counts of rows by score and label. The "
    "upright line is the threshold that was used.",
    "thresholds_table": "The same rates at a few thresholds; the one that was used is marked.",
    "thresholds_none": "No scores by slice are in this audit, so no other threshold can be looked at.",
    "thresholds_more": "More intersections and classes",
    "thresholds_hidden": "Of {all} slices, {drawn} are drawn; the table has all of them.",
    "thresholds_only_counts": "Rates over no rows are undefined and read –.",
    "how_verdict": "A check fails where the data exclude that the rule holds, and passes where they exclude that it is "
    "broken; otherwise it is undecided. The limits that would fail and pass are found by judging the same data again.",
    "how_gaps": "A gap in a sample is on average larger than the gap behind it, because chance moves every slice. The "
    "grey mark is what slices with one and the same rate would show at these sizes. The estimate of the gap behind it "
    "moves every slice towards the common rate by as much as its rows leave open. Where slices differ by no more than "
    "chance explains, that does not show that they are alike. Nothing of this is a verdict.",
    "how_thresholds": "A row is predicted positive where its score is at least the threshold. The largest gap is "
    "searched over all thresholds (the edges of about a thousand narrow bins of scores), so it is large by chance "
    "alone; the critical value says how large in equal slices of these sizes, the smallest among them. The interval "
    "holds for all thresholds together and weighs every slice by its own size, so that it can lie above 0 where the "
    "critical value is not reached.",
    "calibration_caption": "Each point is a bin of scores: its mean score to the right, the share of positive labels "
    "upwards, with an interval. On the rising line, scores are the shares that they claim to be. Filled points: the "
    "slice is further off than chance explains.",
    "calibration_none": "There are no probabilities in this audit, so there is nothing to compare with shares.",
    "calibration_more": "More classes",
    "calibration_bins": "The bins in figures",
    "how_calibration": "The squared error is the mean squared distance between mean score and share of positive "
    "labels over the bins, freed of the part that chance adds in small bins; it can fall below 0. Its root is a "
    "distance in points. The plain calibration error is not shown: it is larger in smaller slices of a perfect model.",
    "sensitivity_caption": "The bar spans every gap that the doubt allows; the mark is the gap as measured. These are "
    "bounds, not intervals. What is assumed of each doubt stands below the table.",
    "sensitivity_more": "Further gaps",
    "sensitivity_none": "No gap was examined for doubts about labels or slices.",
    "how_sensitivity": "Rows of unknown level and rows in wrong slices are taken in the way that makes the gap "
    "smallest, then in the way that makes it largest. Wrong labels are taken to be wrong at random, in every slice up "
    "to the share stated; labels that are wrong in line with the model or with who is judged could do more. Chance is "
    "left out; these bounds come on top of the intervals.",
    "found_caption": "Slices with more of an outcome than all other rows. A slice that a simpler one explains is left "
    "out. The intervals are for each slice by itself.",
    "found_is_declared": "declared: its gaps are measured above",
    "found_none": "No search for further slices was made.",
    "how_found": "Every combination with enough rows is tested for equal rates inside and outside; p-values are "
    "corrected for all tests made (Holm). A cleverer search picks on one half of the rows and confirms on the other.",
}
"""Words of the templates."""

PAGES = {
    "verdict": "docs/method/gate.md",
    "gaps": "docs/method/spread.md",
    "thresholds": "docs/method/thresholds.md",
    "calibration": "docs/method/calibration.md",
    "sensitivity": "docs/method/sensitivity.md",
    "found": "docs/method/discovery.md",
}
"""Where each method is explained, from the root of the documentation."""

SECTIONS = {
    "found": ("Found slices", "Where does the model do worse that nobody asked about?"),
    "thresholds": ("Thresholds", "What would another threshold change?"),
    "calibration": ("Calibration", "Are scores the shares that they claim to be, in every slice?"),
    "sensitivity": ("Doubts about the data", "What could wrong labels or wrong slices do to a gap?"),
}
"""Heading and question of each section."""

GUARANTEES = {
    "finite-sample": "error rate holds at any number of rows",
    "asymptotic": "error rate holds for many rows, checked by simulation",
    "none (point screen)": "a screen by point value, without an error rate",
}
"""What stands behind a check's result."""

OUTCOMES = {
    "error": ("are predicted wrong", ""),
    "false_positive": ("are predicted positive", " {who} are truly negative"),
    "large_error": ("have a large error", ""),
    "false_negative": ("are predicted negative", " {who} are truly positive"),
}
"""What a search looked for: what happens to people, and among whom."""

SEARCHES = {
    "exhaustive": "every combination",
    "error_tree": "a tree grown on the errors",
    "embedding_clusters": "clusters of what the model sees",
}
"""How a search looked."""

DOUBTS = {
    "slice_labels": "if {share} of rows{of} were in a wrong slice",
    "unknown_slice": "if the {share} of rows of unknown level were in the worst slices",
    "target_labels": "if {share} of labels{of} were wrong",
}
"""What is doubted."""

SAID = {
    "bounds_both": "These data would fail a limit of {fails} and pass one of {passes}; in between they cannot tell.",
    "bounds_fails": "These data would fail a limit of {fails} and pass none.",
    "bounds_passes": "These data would pass a limit of {passes} and fail none.",
    "bounds_short": "would {bounds}",
    "left_out": "No pass speaks about {slices}.",
    "chance": "Equal slices of these sizes would show {mean} on average, {far} in one of twenty samples.",
    "shrunken": " Estimate of the gap behind it: {value}",
    "between": "{and}of the standard deviation between slices: {sd}",
    "chance_explains": " These slices differ by no more than chance explains.",
    "sweep": "The {label} of {worst} and of {reference} is farthest apart at a threshold of {threshold}: {gap}",
    "sweep_interval": " (interval {interval})",
    "sweep_within": ". Chance could show as much: equal slices of these sizes exceed {critical} in at most one of "
    "{samples} samples.",
    "sweep_open": ". The interval does not include 0; but by the critical value, {critical}, which the smallest slices "
    "raise, chance could show as much.",
    "sweep_untold": ". Some of these slices are so small that chance could show any gap.",
    "sweep_beyond": ". Equal slices of these sizes exceed {critical} in at most one of {samples} samples.",
    "sweep_undefined": "The largest gap in {label} over all thresholds is {reason}.",
    "thresholds_within": "At no threshold is a gap wider than what chance could show in equal slices.",
    "thresholds_beyond": "In {count} of {all} comparisons the gap at some threshold is wider than what chance could "
    "show in equal slices, most in {label} by {by}: {gap}.",
    "thresholds_plain": "The lines show what another threshold would change in each slice.",
    "calibration_off": "In {count} of {all} slices the scores are further from the shares of positive labels than "
    "chance explains, most in {worst}: about {root}.",
    "calibration_fine": "In none of {all} slices are the scores shown to differ from the shares of positive labels.",
    "calibration_unknown": "No slice has enough rows to compare scores with shares.",
    "calibration_large": "in these rows {points} too {high} on average",
    "calibration_even": "in these rows right on average",
    "calibration_shown": "further off than chance explains",
    "calibration_open": "not shown to be off",
    "doubt": "{Doubt}, the gap of {observed} in {label} by {by} could lie between {low} and {high}.",
    "doubt_undefined": "{Doubt}, nothing can be said of the gap in {label} by {by}.",
    "found_some": "The model does worse on {count} {slices} that nobody declared{first}: {share} of {people} with "
    "{where}{among} {outcome}, against {rest} of all others{among}.",
    "found_declared_too": " {count} more that it confirmed are declared ones.",
    "found_declared": "Searched {searched} slices; the {count} that were confirmed are declared ones, whose gaps are "
    "measured above.",
    "found_none": "Searched {searched} slices, none confirmed.",
    "found_hidden": "Searched {searched} slices; what was confirmed, if anything, is not shown: it would tell small "
    "counts of people.",
    "found_findable": " A slice of a tenth of the rows would have been found, in four of five samples, at a "
    "difference of {difference}.",
    "found_short": "{share} of {people} with {where}{among} {outcome}, against {rest} of others{among}",
    "searched": "Looked through {searched} slices ({method}, up to {depth} of {columns} columns at once) and made "
    "{tested} tests of those with at least {rows} rows. Where no slice differs, at most {alpha} of such searches "
    "confirm any.",
    "redundant": " {count} more {slices} left out, explained by simpler ones.",
}
"""Sentences with slots."""

GLOSSARY = {
    "noise floor": "How far apart the values of equal slices lie by chance alone.",
    "threshold": "A row is predicted positive where its score is at least this.",
    "calibration": "Whether, among rows with a score of 0.7, seven in ten have the positive label.",
    "critical value": "What equal slices exceed only rarely; chance could show a gap below it.",
    "adjusted p": "How often chance alone gives any result this strong, over all the tests that were made.",
}
