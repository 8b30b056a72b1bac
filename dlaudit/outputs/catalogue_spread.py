"""Words of what surrounds a gap: chance, thresholds, calibration, doubts about the data, and slices that were found."""

from dlaudit.outputs.translate import N_, NN_, Words

TEXT = {
    "chance": N_("Chance alone"),
    "chance_key": N_("the widest gap of equal slices: on average (block), in one of twenty samples (line)"),
    "hidden_why": N_("it would tell a small count of people"),
    "hidden_cell": N_("not shown"),
    "left_out": N_("{count} more are in audit.json."),
    "gaps_left_out": N_("{count} more slices, which lie closer to the reference or hold few rows, are in audit.json."),
    "how": N_("How this is computed"),
    "page": N_("Method page:"),
    "explore_title": N_("Try another threshold"),
    "explore_caption": N_(
        "Rates at this threshold, counted again from the rows of every slice by score and label. The "
        "intervals are for each slice by itself. A threshold chosen on these rows looks better here than it will be."
    ),
    "explore_reset": N_("As audited"),
    "explore_still": N_("Without a script the table stands at the audited threshold."),
    "explore_agrees": N_("Calculated again at the audited threshold, all figures equal the audited ones."),
    "explore_differs": N_(
        "Calculated again at the audited threshold, figures differ from the audited ones: nothing can be tried here."
    ),
    "explore_says": N_("Threshold [at]: shares selected from [low] to [high]."),
    "explore_no_intervals": N_("These rows are not independent of one another, so no interval is calculated here."),
    "explore_left_out": N_(
        "Slices with too few rows, without a selection rate, or of features beyond the first {most} slices, are not "
        "here: {count}."
    ),
    "thresholds_caption": N_(
        "Rates of every slice at every threshold, from counts of rows by score and label. The "
        "upright line is the threshold that was used."
    ),
    "thresholds_table": N_("The same rates at a few thresholds; the one that was used is marked."),
    "thresholds_none": N_("No scores by slice are in this audit, so no other threshold can be looked at."),
    "thresholds_more": N_("More intersections and classes"),
    "thresholds_hidden": N_("Of {all} slices, {drawn} are drawn; the table has all of them."),
    "thresholds_only_counts": N_("Rates over no rows are undefined and read –."),
    "how_verdict": N_(
        "A check fails where the data exclude that the rule holds, and passes where they exclude that it is broken; "
        "otherwise it is undecided. The limits that would fail and pass are found by judging the same data again."
    ),
    "how_gaps": N_(
        "A gap in a sample is on average larger than the gap behind it, because chance moves every slice. The grey "
        "mark is what slices with one and the same rate would show at these sizes. The estimate of the gap behind it "
        "moves every slice towards the common rate by as much as its rows leave open. Where slices differ by no more "
        "than chance explains, that does not show that they are alike. Nothing of this is a verdict."
    ),
    "how_thresholds": N_(
        "A row is predicted positive where its score is at least the threshold. The largest gap is searched over all "
        "thresholds (the edges of about a thousand narrow bins of scores), so it is large by chance alone; the "
        "critical value says how large in equal slices of these sizes, the smallest among them. The interval holds for "
        "all thresholds together and weighs every slice by its own size, so that it can lie above 0 where the critical "
        "value is not reached."
    ),
    "calibration_caption": N_(
        "Each point is a bin of scores: its mean score to the right, the share of positive labels upwards, with an "
        "interval. On the rising line, scores are the shares that they claim to be. Filled points: the slice is "
        "further off than chance explains."
    ),
    "calibration_none": N_("There are no probabilities in this audit, so there is nothing to compare with shares."),
    "calibration_more": N_("More classes"),
    "calibration_bins": N_("The bins in figures"),
    "how_calibration": N_(
        "The squared error is the mean squared distance between mean score and share of positive labels over the bins, "
        "freed of the part that chance adds in small bins; it can fall below 0. Its root is a distance in points. The "
        "plain calibration error is not shown: it is larger in smaller slices of a perfect model."
    ),
    "sensitivity_caption": N_(
        "The bar spans every gap that the doubt allows; the mark is the gap as measured. These are "
        "bounds, not intervals. What is assumed of each doubt stands below the table."
    ),
    "sensitivity_more": N_("Further gaps"),
    "sensitivity_none": N_("No gap was examined for doubts about labels or slices."),
    "how_sensitivity": N_(
        "Rows of unknown level and rows in wrong slices are taken in the way that makes the gap smallest, then in the "
        "way that makes it largest. Wrong labels are taken to be wrong at random, in every slice up to the share "
        "stated; labels that are wrong in line with the model or with who is judged could do more. Chance is left out; "
        "these bounds come on top of the intervals."
    ),
    "found_caption": N_(
        "Slices with more of an outcome than all other rows. A slice that a simpler one explains is left "
        "out. The intervals are for each slice by itself."
    ),
    "found_is_declared": N_("declared: its gaps are measured above"),
    "found_none": N_("No search for further slices was made."),
    "how_found": N_(
        "Every combination with enough rows is tested for equal rates inside and outside; p-values are corrected for "
        "all tests made (Holm). A cleverer search picks on one half of the rows and confirms on the other."
    ),
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
    "found": (N_("Found slices"), N_("Where does the model do worse that nobody asked about?")),
    "thresholds": (N_("Thresholds"), N_("What would another threshold change?")),
    "calibration": (N_("Calibration"), N_("Are scores the shares that they claim to be, in every slice?")),
    "sensitivity": (N_("Doubts about the data"), N_("What could wrong labels or wrong slices do to a gap?")),
}
"""Heading and question of each section."""

GUARANTEES = Words(
    {
        "finite-sample": N_("error rate holds at any number of rows"),
        "asymptotic": N_("error rate holds for many rows, checked by simulation"),
        "none (point screen)": N_("a screen by point value, without an error rate"),
    }
)
"""What stands behind a check's result."""

OUTCOMES = {
    "error": N_("{share} of {people} are predicted wrong, against {rest} of {others}"),
    "false_positive": N_("{share} of {people} are predicted positive, against {rest} of {others}"),
    "large_error": N_("{share} of {people} have a large error, against {rest} of {others}"),
    "false_negative": N_("{share} of {people} are predicted negative, against {rest} of {others}"),
}
"""What a search looked for: what happens to people."""

ANY_OUTCOME = N_("{share} of {people} have outcome {outcome}, against {rest} of {others}")

OUTCOME_AMONG = {"false_positive": "negative", "false_negative": "positive"}
"""Among whom: those who are truly so."""

OUTCOMES_SHORT = Words(
    {
        "error": N_("are predicted wrong"),
        "large_error": N_("have a large error"),
        "false_positive_who": N_("are predicted positive who are truly negative"),
        "false_positive_that": N_("are predicted positive that are truly negative"),
        "false_negative_who": N_("are predicted negative who are truly positive"),
        "false_negative_that": N_("are predicted negative that are truly positive"),
    }
)
"""The same as a line below the slice."""

SEARCHES = Words(
    {
        "exhaustive": N_("every combination"),
        "error_tree": N_("a tree grown on the errors"),
        "embedding_clusters": N_("clusters of what the model sees"),
    }
)
"""How a search looked."""

DOUBTS = Words(
    {
        "slice_labels": N_("if {share} of rows were in a wrong slice"),
        "slice_labels_of": N_("if {share} of rows of {slice} were in a wrong slice"),
        "unknown_slice": N_("if the {share} of rows of unknown level were in the worst slices"),
        "target_labels": N_("if {share} of labels were wrong"),
        "target_labels_of": N_("if {share} of labels of {slice} were wrong"),
        "any": N_("if {share} of rows were in doubt"),
        "any_of": N_("if {share} of rows of {slice} were in doubt"),
    }
)
"""What is doubted, of all rows or of those of a slice."""

SAID = {
    "bounds_both": N_(
        "These data would fail a limit of {fails} and pass one of {passes}; in between they cannot tell."
    ),
    "bounds_fails": N_("These data would fail a limit of {fails} and pass none."),
    "bounds_passes": N_("These data would pass a limit of {passes} and fail none."),
    "bounds_short_both": N_("would fail a limit of {fails}, pass one of {passes}"),
    "bounds_short_fails": N_("would fail a limit of {fails}"),
    "bounds_short_passes": N_("would pass a limit of {passes}"),
    "or_less": N_("{limit} or less"),
    "or_more": N_("{limit} or more"),
    "left_out": N_("No pass speaks about {slices}."),
    "left_out_more": N_("No pass speaks about {slices} and {count} more."),
    "slice_sized": NN_("{slice} ({count} row)", "{slice} ({count} rows)"),
    "chance": N_("Equal slices of these sizes would show {mean} on average, {far} in one of twenty samples."),
    "shrunken": N_(" Estimate of the gap behind it: {value}."),
    "shrunken_between": N_(" Estimate of the gap behind it: {value}; of the standard deviation between slices: {sd}."),
    "between": N_(" Estimate of the standard deviation between slices: {sd}."),
    "chance_explains": N_(" These slices differ by no more than chance explains."),
    "sweep": N_("The {label} of {worst} and of {reference} is farthest apart at a threshold of {threshold}: {gap}"),
    "sweep_interval": N_(" (interval {interval})"),
    "sweep_within": N_(
        ". Chance could show as much: equal slices of these sizes exceed {critical} in at most one of "
        "{samples} samples."
    ),
    "sweep_open": N_(
        ". The interval does not include 0; but by the critical value, {critical}, which the smallest slices "
        "raise, chance could show as much."
    ),
    "sweep_untold": N_(". Some of these slices are so small that chance could show any gap."),
    "sweep_beyond": N_(". Equal slices of these sizes exceed {critical} in at most one of {samples} samples."),
    "sweep_undefined": N_("The largest gap in {label} over all thresholds is {reason}."),
    "thresholds_within": N_("At no threshold is a gap wider than what chance could show in equal slices."),
    "thresholds_beyond": N_(
        "In {count} of {all} comparisons the gap at some threshold is wider than what chance could "
        "show in equal slices, most in {label} by {by}: {gap}."
    ),
    "thresholds_plain": N_("The lines show what another threshold would change in each slice."),
    "calibration_off": N_(
        "In {count} of {all} slices the scores are further from the shares of positive labels than "
        "chance explains, most in {worst}: about {root}."
    ),
    "calibration_fine": N_(
        "In none of {all} slices are the scores shown to differ from the shares of positive labels."
    ),
    "calibration_unknown": N_("No slice has enough rows to compare scores with shares."),
    "calibration_high": N_("in these rows {points} too high on average"),
    "calibration_low": N_("in these rows {points} too low on average"),
    "calibration_even": N_("in these rows right on average"),
    "calibration_shown": N_("further off than chance explains; {large}"),
    "calibration_open": N_("not shown to be off; {large}"),
    "doubt": N_("{doubt}, the gap of {observed} in {label} by {by} could lie between {low} and {high}."),
    "doubt_undefined": N_("{doubt}, nothing can be said of the gap in {label} by {by}."),
    "found_some": NN_(
        "The model does worse on {count} slice that nobody declared: {told}.",
        "The model does worse on {count} slices that nobody declared; first: {told}.",
    ),
    "found_declared_too": N_(" {count} more that it confirmed are declared ones."),
    "found_declared": N_(
        "Searched {searched} slices; the {count} that were confirmed are declared ones, whose gaps are measured above."
    ),
    "found_none": N_("Searched {searched} slices, none confirmed."),
    "found_hidden": N_(
        "Searched {searched} slices; what was confirmed, if anything, is not shown: it would tell small "
        "counts of people."
    ),
    "found_findable": N_(
        " A slice of a tenth of the rows would have been found, in four of five samples, at a "
        "difference of {difference}."
    ),
    "searched": N_(
        "Looked through {searched} slices ({method}, up to {depth} of {columns} columns at once) and made "
        "{tested} tests of those with at least {rows} rows. Where no slice differs, at most {alpha} of such searches "
        "confirm any."
    ),
    "redundant": NN_(
        " {count} more slice was left out, explained by simpler ones.",
        " {count} more slices were left out, explained by simpler ones.",
    ),
}
"""Sentences with slots."""

GLOSSARY = {
    N_("noise floor"): N_("How far apart the values of equal slices lie by chance alone."),
    N_("threshold"): N_("A row is predicted positive where its score is at least this."),
    N_("calibration"): N_("Whether, among rows with a score of 0.7, seven in ten have the positive label."),
    N_("critical value"): N_("What equal slices exceed only rarely; chance could show a gap below it."),
    N_("adjusted p"): N_("How often chance alone gives any result this strong, over all the tests that were made."),
}
