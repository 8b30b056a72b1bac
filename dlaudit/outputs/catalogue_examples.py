"""Words of the section of examples: single rows, and the rule by which they are chosen and masked."""

from dlaudit.outputs.translate import N_, NN_

SECTIONS = {"examples": (N_("Examples"), N_("What do errors look like?"))}

PAGES = {"examples": "docs/method/examples.md"}
"""Where the method is explained, from the root of the documentation."""

SAID = {
    "examples_rule_binary": N_(
        "Shown as wrong are, of each slice, up to {worst} of the {rows} predicted wrong: of those not shown above, "
        "those with the score farthest from the decision threshold, of probabilities as a share of the room between "
        "the threshold and 0 or 1. Shown as right are up to {typical} of those predicted right and not shown above, "
        "with the score nearest to the median of the scores of all that are predicted right."
    ),
    "examples_rule_multiclass": N_(
        "Shown as wrong are, of each slice, up to {worst} of the {rows} predicted wrong: of those not shown above, "
        "those whose predicted label has the score farthest above that of the true one. Shown as right are up to "
        "{typical} of those predicted right and not shown above, with the score nearest to the median of the scores "
        "of all that are predicted right."
    ),
    "examples_rule_multilabel": N_(
        "Shown as wrong are, of each slice, up to {worst} of the {rows} with a label predicted wrong: of those not "
        "shown above, those with the score of such a label farthest from the decision threshold, of probabilities as "
        "a share of the room between the threshold and 0 or 1. Shown as right are up to {typical} of those with all "
        "labels right and not shown above, nearest to the median by the score that is closest to the threshold."
    ),
    "examples_rule_regression": N_(
        "Shown are, of each slice, up to {worst} of the {rows} not shown above, with the largest error, and as usual "
        "up to {typical} with the error nearest to the slice's median error."
    ),
    "examples_lead": NN_(
        "{cards} of {all} {rows} is shown, chosen by rule and not by hand, from each slice of a sensitive feature.",
        "{cards} of {all} {rows} are shown, chosen by rule and not by hand, from each slice of a sensitive feature.",
    ),
    "examples_card_alt_image": N_("Picture of {card} in {slice}: true {label}, predicted {prediction}"),
    "examples_card_alt_sound": N_("Frequencies over time of {card} in {slice}: true {label}, predicted {prediction}"),
    "examples_card_sound": N_("Sound of {card} in {slice}"),
    "examples_moved": N_(
        "Blue raises and orange lowers {score}, by {method}. Contributions are known of {explained} of {cards} "
        "examples. How far they can be believed stands under Trust in the why."
    ),
    "examples_score": N_("the score"),
    "examples_score_of": N_("the score of {label}"),
    "examples_small": N_("No rows are shown of {slices}: fewer than {least} rows, and each could be recognised."),
    "examples_unknown": N_(
        "No rows are shown of {slices}: their level is not known, or they are compared with no other."
    ),
    "examples_room": N_("No rows are shown of {slices}: others came first."),
}
"""Sentences with slots."""

TEXT = {
    "examples_none": N_("Examples were not written to this file: it holds no single row."),
    "examples_on": N_("To see some, run the audit again with one of these lines in dlaudit.toml:"),
    "examples_how": N_("How rows are chosen and shown"),
    "examples_ties": N_(
        "Where rows tie, a digest of their cells decides, not their order in the file. A row is shown once, in the "
        "first slice that it is chosen in. These rows are not typical of the slice: they show what an error looks "
        "like, and how often there is one stands in the other sections."
    ),
    "examples_full": N_("The rows are shown as they are in the data: whoever has this file has them."),
    "examples_masked": N_(
        "What is rare in these rows is masked. Masking is a courtesy, not anonymisation: who knows a person may still "
        "recognise the row, and somebody with the data will."
    ),
    "examples_masked_cells": N_(
        "Columns that are ids, sensitive or control features, units or weights are left out. A number stands rounded "
        "to one digit. A value is shown only where at least {common} rows of the file share it, numbers as rounded; "
        "where rows have a unit, rows of as many people. A column is left out where its rare "
        "values could be told: where fewer than two of its values are common, or only one is rare. A rare value has no "
        "contribution, others have one digit."
    ),
    "examples_masked_passages": N_(
        "A word is shown only where at least {common} texts of the file hold it in lower case and it has no digit; "
        "{masked} stands for the others, so for most names, addresses and numbers, without a contribution; where rows "
        "have a unit, texts of as many people. Of scripts without blanks, a whole run of characters counts as a word. "
        "What the words say is not masked."
    ),
    "examples_masked_image": N_("A picture is {squares} squares at most along its longer side, each the mean colour."),
    "examples_masked_sound": N_(
        "There is no sound, only a coarse picture of its frequencies over time. A word may be guessed from it."
    ),
    "examples_masked_curves": N_("A series is the means of at most {spans} spans of two steps or more, to one digit."),
    "examples_image": N_(
        "Pictures are as the model is given them, cut and resized, then made at most {pixels} pixels wide and high, in "
        "few colours."
    ),
    "examples_sound": N_(
        "The picture of a sound shows its frequencies, low ones at the bottom, over time; brighter is louder. It is "
        "drawn of the samples that the model is given."
    ),
    "examples_clip": N_(
        "Sounds are as the model is given them, then brought to {rate} samples a second of 8 bits and one loudness and "
        "cut after {seconds} s: hisses are duller than the model heard them."
    ),
    "examples_unmoved": N_("The cards show no contributions: the audit explained none of these rows."),
    "examples_pairs": N_(
        "Of a pair stands what the file says of its two samples; what their embeddings were made from is not read."
    ),
    "examples_pairs_masked": N_(
        "Of a pair stand only label, prediction and score: the columns of a sample say who it is."
    ),
    "examples_strong": N_(
        "In a text those words are marked that moved the score by more than about a third of what the strongest did."
    ),
    "examples_left_out": N_("{count} more were chosen and left out, so that this file stays small."),
    "examples_cut": N_("… and {count} more characters"),
    "examples_columns": N_("{count} more columns"),
    "examples_worst": N_("Wrong"),
    "examples_right": N_("Right"),
    "examples_usual": N_("Usual error"),
    "examples_error": N_("Large error"),
    "examples_rare": N_("(rare)"),
    "examples_row": N_("row {row}"),
    "examples_number": N_("example {number}"),
    "examples_raises": N_(" (raises)"),
    "examples_lowers": N_(" (lowers)"),
    "examples_map": N_("Contributions by place"),
    "examples_map_raises": N_("Raises most: {part}, {value}"),
    "examples_map_lowers": N_("Lowers most: {part}, {value}"),
    "examples_range": N_("from {low} to {high}"),
    "examples_map_none": N_("Contributions by place: none"),
    "examples_clip_cut": N_("{left_out} s more are cut"),
    "examples_no_wrong": N_("No {rows} of this slice are predicted wrong."),
    "examples_more": N_("By {feature}"),
}
"""Words of the templates."""
