"""Words of what is no table: maps of places, tables of words, rows changed on the way to the model."""

TEXT = {
    "map_place": "{axis} {at}",
    "map_places": "{count} places",
    "map_alt_mean": "Mean contributions of places",
    "map_alt_apart": "Differences of mean contributions of places",
    "map_alt_size": "Mean sizes of contributions of places",
    "placed_units": "in units of the metric",
    "placed_points": "in points",
    "placed_tiny": "≈ 0",
    "placed_corner": "{down} ↓ {right} →",
    "placed_title": "Parts of the gap where they lie",
    "placed_key": "{low} … {high}: part of the gap; half as strong where it could be chance",
    "placed_dense": "Numbers are too many to be printed in the squares; the largest stand below.",
    "outside_title": "How much lies outside the object",
    "outside_caption": "Mean share of a row's absolute contributions outside the object that its mask marks, by "
    "{method}, beside the share of the picture that is outside. A model may have good reason to look at the "
    "surroundings: what counts is whether slices differ.",
    "outside_more": "By other methods",
    "maps_title": "Where the score is raised and lowered",
    "maps_caption": "Mean contribution of each place over the explained rows of a slice, by {method}: {directions}. "
    "Blue raises the score, orange lowers it; all pictures of one line share the scale, and the frame marks the "
    "strongest place. A picture alone does not say what is more than chance; a comparison does.",
    "maps_right": "{right} runs to the right",
    "maps_down": "{down} runs down, {right} to the right",
    "maps_up": "{down} runs up, {right} to the right",
    "maps_ranks": "Mean value that {method} gives to each place, over the explained rows of a slice: {directions}. "
    "Such values rank places and do not add up to the score. Blue is above 0, orange below; all pictures of one line "
    "share the scale, and the frame marks the strongest place. A picture alone does not say what is more than chance; "
    "a comparison does.",
    "maps_axis": "{axis} ({count})",
    "maps_axis_named": "{axis} ({count}: {first} … {last})",
    "maps_summed": "Every square sums up {places} places.",
    "maps_key": "{low} … {high}: mean contribution of a square to the score",
    "maps_ranks_key": "{low} … {high}: mean value of a square",
    "maps_apart": "Slices less the largest one",
    "maps_apart_caption": "Only places beyond what chance moves are coloured: if two slices were alike, 95 in 100 "
    "such comparisons would colour no place at all. Of many comparisons, about one in twenty shows something by "
    "chance.",
    "maps_apart_key": "{low} … {high}: difference of means",
    "maps_sizes": "Sizes, whichever way they point",
    "maps_sizes_caption": "Mean size of the contributions of each place. Where rows of a slice point different ways, a "
    "place can matter in every row and its mean still be near 0.",
    "maps_sizes_key": "0 … {size}: mean size of the contribution of a square",
    "maps_table": "The strongest places in figures",
    "maps_table_caption": "Places that have no name are counted from 1, from the start of each axis.",
    "maps_more": "By other methods",
    "maps_left_out": "Maps of {count} more features and methods are in audit.json.",
    "maps_all": "all rows",
    "words_title": "Words that move the score in each slice",
    "words_caption": "Mean contribution of each word to the score of the explained texts of a slice, by {method}; a "
    "text without the word counts 0. A word that is common in a slice weighs more there than a rare one. Words "
    "stand here as they occur in the data; those that occur in few texts are in “(other words)”. Where the colour is "
    "pale, the 95 % interval includes 0; of many words, about one in twenty excludes it by chance.",
    "words_raise": "Raise the score",
    "words_lower": "Lower the score",
    "words_rest": "The rest",
    "words_more": "Words in the other slices",
    "words_left_out": "Words of {count} more slices are in audit.json.",
    "words_few": "Slices with too few explained texts for an interval are left out: {count}.",
    "folded_inputs": "{count} other inputs",
    "folded_words": "{count} other words",
    "altered_title": "Rows that were changed on the way to the model",
    "altered_caption": "How many rows, and in which slices. What the model scored is what came out of it.",
}
"""Words of the templates."""

SAID = {
    "map_alt": "Picture {number}. {what} for {slice}, {input}, by {method}; {places}; {strongest}.",
    "map_alt_none": "Picture {number}. {what} for {slice}, {input}, by {method}; {places}, none of them coloured.",
    "map_strongest": "strongest: {place}, {value}",
    "placed": "The same parts where they lie in {input}: {directions}. Numbers are {unit}; blue raises {slice} against "
    "{reference}, orange lowers it. Framed squares with a sign are more than chance, pale ones could be chance.",
    "outside_differs": "Between {slice} and {reference} the share differs by {value} ({interval}), which is more than "
    "chance.",
    "outside_alike": "Between {slice} and {reference} the share differs by {value} ({interval}), which could be "
    "chance.",
    "map_less": "{slice} less {reference}",
    "map_beyond": "Between {slice} and {reference}, {count} of {places} places {differ} by more than chance moves "
    "them; the widest is {place}, by {value}, where chance reaches {reach}.",
    "map_within": "Between {slice} and {reference}, no place differs by more than chance moves it, which is up to "
    "{reach}; smaller differences do not show with {rows} explained rows.",
    "map_all_within": "Between {reference} and each of {slices}, no place differs by more than chance moves it, which "
    "is up to {reach}; smaller differences do not show with {rows} explained rows of a pair.",
    "map_sizes": "Sizes of contributions, whichever way they point, differ at {count} of them.",
    "map_loose": "Slices are not compared place by place: the same place of {input} need not show the same thing in "
    "two rows. Where it does, the configuration can say aligned = true.",
    "map_few": "Slices are not compared place by place: too few people of each were explained.",
    "maps_line": "{slice} against {reference}: {count} of {places} places differ by more than chance moves them, by "
    "{method}",
    "other_reference": "What an absent part becomes is a choice. Against {reference}, contributions of {rows} rows "
    "change by {moved} of their sum of sizes, most that of {feature}, by {largest}.",
    "other_reference_alone": "What an absent part becomes is a choice. Against {reference}, the contribution of "
    "{feature} changes most over {rows} rows, by {largest}.",
    "altered_uneven": "{what}: {most} of the rows of {slice}, against {least} of those of {other}. A gap between them "
    "may come from that.",
    "altered_line": "{what} ({rows} rows)",
    "altered_head": "Changed on the way to the model: {lines}.",
}
"""Sentences with slots."""
