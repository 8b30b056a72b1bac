"""Words of texts: people swapped in sentences, and splits over words in which nothing is marked."""

from dlaudit.outputs.translate import N_

TEXT = {
    "swaps_title": N_("The same sentence about another kind of person"),
    "swaps_caption": N_(
        "Each row says what one term does to the score against the other terms of its kind in the same "
        "sentences: nothing but the term differs. Intervals are over sentences, and marks hold for all terms of a kind "
        "together (Holm). It shows what the model does to these sentences, not how often people meet it."
    ),
    "swaps_left_out": N_("{count} more terms, with smaller changes, are in audit.json."),
}
"""Words of the templates."""

SAID = {
    "swaps_suite": N_("Sentences of {suite}: {terms} terms, up to {templates} sentences each"),
    "swaps_some": N_(
        "The score changes by more than chance for {marked} of {terms} terms, most for {term}: {value} "
        "({interval}){decision}."
    ),
    "swaps_none": N_(
        "For none of {terms} terms does the score change by more than chance would show; most it does for "
        "{term}: {value} ({interval}){decision}."
    ),
    "swaps_more": N_(", and {points} in 100 more sentences are selected"),
    "swaps_fewer": N_(", and {points} in 100 fewer sentences are selected"),
    "swaps_against": N_("{term} against {other}"),
    "few_marks": N_(
        "No part of this gap is marked. Marks allow for {tests} tests ({parts} parts{pairs}); the surest "
        "part, {part}, would be marked with about {times} times as many rows like these."
    ),
    "few_marks_far": N_(
        "No part of this gap is marked. Marks allow for {tests} tests ({parts} parts{pairs}); even a "
        "hundred times as many rows like these would mark none."
    ),
    "few_marks_pairs": N_(" of each of the {count} gaps from which this one was picked for being wide"),
}
"""Sentences with slots."""
