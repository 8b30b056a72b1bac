"""What the report says about standards: layouts that they ask for, and where their topics stand in this report.

Topics are named, not quoted: read the official texts. `AS_OF` is the day on which the list was last looked through.
"""

AS_OF = "2026-11-21"

SECTIONS = {
    "standards": ("Figures that rules ask for", "Where does a reader with a checklist find what it names?"),
}

TEXT = {
    "standards_lead": "Layouts and a list of topics, no legal advice: whether a rule applies, and whether it is met, "
    "these figures do not say.",
    "standards_ratio": "Impact ratio: the selection rate of a category over that of the category selected most, from "
    "unrounded rates, as in 6 RCNY § 5-301 (New York City, Local Law 144) and 29 CFR 1607.4 D. Figures have no "
    "interval here; the intervals stand under",
    "standards_share": "less than 2 % of the rows: a rule may allow to leave it out; it is not left out here",
    "standards_unknown": "Rows whose category is unknown, which are in no ratio: {rows}.",
    "standards_none": "No table of selection rates: {reason}.",
    "standards_topics": "Where topics stand",
    "standards_topics_caption": "Topics as of {date}; the names of the texts, not their wording.",
    "standards_sign": "Sign-off",
    "standards_sign_told": "To be filled in by whoever answers for this report; dlaudit signs nothing.",
}

NO_SELECTION = {
    "multiclass": "the model picks one of several classes, none of which is a selection",
    "multilabel": "the model gives several labels, none of which alone is a selection",
    "regression": "the model gives a number and selects nobody",
}

GAPS = ("gaps", "intersections")
TOPICS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("EU AI Act, Article 13 and Annex IV", "accuracy, and how it differs for persons and groups", GAPS),
    ("EU AI Act, Annex IV", "test data, metrics, dated and signed test reports", ("data", "method", "standards")),
    ("EU AI Act, Article 10", "gaps and possible biases of the data", ("data", "sensitivity", "findings")),
    ("NIST AI RMF, MEASURE 1.1", "what was measured, what was not and why", ("verdict", "method")),
    ("NIST AI RMF, MEASURE 2.9", "the model explained, and how far the explanation holds", ("why", "trust")),
    ("NIST AI RMF, MEASURE 2.11", "harmful bias evaluated and documented", ("gaps", "found", "findings")),
    ("ISO/IEC TR 24027", "metrics by formula, from counts of predictions and labels", ("gaps", "glossary")),
    ("ISO/IEC 42001, Annex A", "verification, data, information for those concerned", ("verdict", "data", "method")),
    ("Model cards (Mitchell et al. 2019)", "results by one factor and by factors together", GAPS),
    ("FDA, good machine learning practice", "performance in subgroups with intervals", ("gaps", "calibration")),
)
"""Source, topic, and the sections of this report that hold it."""
