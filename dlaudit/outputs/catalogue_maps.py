"""Words of what is no table: maps of places, tables of words, rows changed on the way to the model."""

from dlaudit.outputs.translate import N_, NN_

TEXT = {
    "map_place": "{axis} {at}",
    "map_places": N_("{count} places"),
    "map_alt_mean": N_("Mean contributions of places"),
    "map_alt_apart": N_("Differences of mean contributions of places"),
    "map_alt_size": N_("Mean sizes of contributions of places"),
    "placed_units": N_("in units of the metric"),
    "placed_points": N_("in points"),
    "placed_tiny": "≈ 0",
    "placed_corner": "{down} ↓ {right} →",
    "placed_title": N_("Parts of the gap where they lie"),
    "placed_key": N_("{low} … {high}: part of the gap; half as strong where it could be chance"),
    "placed_dense": N_("Numbers are too many to be printed in the squares; the largest stand below."),
    "outside_title": N_("How much lies outside the object"),
    "outside_caption": N_(
        "Mean share of a row's absolute contributions outside the object that its mask marks, by "
        "{method}, beside the share of the picture that is outside. A model may have good reason to look at the "
        "surroundings: what counts is whether slices differ."
    ),
    "outside_more": N_("By other methods"),
    "maps_title": N_("Where the score is raised and lowered"),
    "maps_caption": N_(
        "Mean contribution of each place over the explained rows of a slice, by {method}: {directions}. "
        "Blue raises the score, orange lowers it; all pictures of one line share the scale, and the frame marks the "
        "strongest place. A picture alone does not say what is more than chance; a comparison does."
    ),
    "maps_right": N_("{right} runs to the right"),
    "maps_down": N_("{down} runs down, {right} to the right"),
    "maps_up": N_("{down} runs up, {right} to the right"),
    "maps_ranks": N_(
        "Mean value that {method} gives to each place, over the explained rows of a slice: {directions}. Such values "
        "rank places and do not add up to the score. Blue is above 0, orange below; all pictures of one line share the "
        "scale, and the frame marks the strongest place. A picture alone does not say what is more than chance; a "
        "comparison does."
    ),
    "maps_axis": "{axis} ({count})",
    "maps_axis_named": "{axis} ({count}: {first} … {last})",
    "maps_summed": N_("Every square sums up {places} places."),
    "maps_key": N_("{low} … {high}: mean contribution of a square to the score"),
    "maps_ranks_key": N_("{low} … {high}: mean value of a square"),
    "maps_apart": N_("Slices less the largest one"),
    "maps_apart_caption": N_(
        "Only places beyond what chance moves are coloured: if two slices were alike, 95 in 100 "
        "such comparisons would colour no place at all. Of many comparisons, about one in twenty shows something by "
        "chance."
    ),
    "maps_apart_key": N_("{low} … {high}: difference of means"),
    "maps_sizes": N_("Sizes, whichever way they point"),
    "maps_sizes_caption": N_(
        "Mean size of the contributions of each place. Where rows of a slice point different ways, a "
        "place can matter in every row and its mean still be near 0."
    ),
    "maps_sizes_key": N_("0 … {size}: mean size of the contribution of a square"),
    "maps_table": N_("The strongest places in figures"),
    "maps_table_caption": N_("Places that have no name are counted from 1, from the start of each axis."),
    "maps_more": N_("By other methods"),
    "maps_left_out": N_("Maps of {count} more features and methods are in audit.json."),
    "maps_all": N_("all rows"),
    "words_title": N_("Words that move the score in each slice"),
    "words_caption": N_(
        "Mean contribution of each word to the score of the explained texts of a slice, by {method}; a text without "
        "the word counts 0. A word that is common in a slice weighs more there than a rare one. Words stand here as "
        "they occur in the data; those that occur in few texts are in “(other words)”. Where the colour is pale, the "
        "95 % interval includes 0; of many words, about one in twenty excludes it by chance."
    ),
    "words_raise": N_("Raise the score"),
    "words_lower": N_("Lower the score"),
    "words_rest": N_("The rest"),
    "words_more": N_("Words in the other slices"),
    "words_left_out": N_("Words of {count} more slices are in audit.json."),
    "words_few": N_("Slices with too few explained texts for an interval are left out: {count}."),
    "folded_inputs": N_("{count} other inputs"),
    "folded_words": N_("{count} other words"),
    "altered_title": N_("Rows that were changed on the way to the model"),
    "altered_caption": N_("How many rows, and in which slices. What the model scored is what came out of it."),
}
"""Words of the templates."""

SAID = {
    "map_alt": N_("Picture {number}. {what} for {slice}, {input}, by {method}; {places}; {strongest}."),
    "map_alt_none": N_("Picture {number}. {what} for {slice}, {input}, by {method}; {places}, none of them coloured."),
    "map_strongest": N_("strongest: {place}, {value}"),
    "placed": N_(
        "The same parts where they lie in {input}: {directions}. Numbers are {unit}; blue raises {slice} against "
        "{reference}, orange lowers it. Framed squares with a sign are more than chance, pale ones could be chance."
    ),
    "outside_differs": N_(
        "Between {slice} and {reference} the share differs by {value} ({interval}), which is more than chance."
    ),
    "outside_alike": N_(
        "Between {slice} and {reference} the share differs by {value} ({interval}), which could be chance."
    ),
    "map_less": N_("{slice} less {reference}"),
    "map_beyond": NN_(
        "Between {slice} and {reference}, {count} of {places} places differs by more than chance moves them; the "
        "widest is {place}, by {value}, where chance reaches {reach}.",
        "Between {slice} and {reference}, {count} of {places} places differ by more than chance moves them; the "
        "widest is {place}, by {value}, where chance reaches {reach}.",
    ),
    "map_within": N_(
        "Between {slice} and {reference}, no place differs by more than chance moves it, which is up to "
        "{reach}; smaller differences do not show with {rows} explained rows."
    ),
    "map_all_within": N_(
        "Between {reference} and each of {slices}, no place differs by more than chance moves it, which "
        "is up to {reach}; smaller differences do not show with {rows} explained rows of a pair."
    ),
    "map_sizes": N_("Sizes of contributions, whichever way they point, differ at {count} of them."),
    "map_loose": N_(
        "Slices are not compared place by place: the same place of {input} need not show the same thing in "
        "two rows. Where it does, the configuration can say aligned = true."
    ),
    "map_few": N_("Slices are not compared place by place: too few people of each were explained."),
    "maps_line": N_(
        "{slice} against {reference}: {count} of {places} places differ by more than chance moves them, by {method}"
    ),
    "other_reference": N_(
        "What an absent part becomes is a choice. Against {reference}, contributions of {rows} rows "
        "change by {moved} of their sum of sizes, most that of {feature}, by {largest}."
    ),
    "other_reference_alone": N_(
        "What an absent part becomes is a choice. Against {reference}, the contribution of "
        "{feature} changes most over {rows} rows, by {largest}."
    ),
    "altered_uneven": N_(
        "{what}: {most} of the rows of {slice}, against {least} of those of {other}. A gap between them "
        "may come from that."
    ),
    "altered_line": N_("{what} ({rows} rows)"),
    "altered_head": N_("Changed on the way to the model: {lines}."),
}
"""Sentences with slots."""
