"""What the report says about standards: layouts that they ask for, and where their topics stand in this report.

Topics are named, not quoted: read the official texts. `AS_OF` is the day on which the list was last looked through.
"""

from dlaudit.outputs.translate import N_, Words

AS_OF = "2026-11-21"

SECTIONS = {
    "standards": (N_("Figures that rules ask for"), N_("Where does a reader with a checklist find what it names?")),
}

TEXT = {
    "standards_lead": N_(
        "Layouts and a list of topics, no legal advice: whether a rule applies, and whether it is met, "
        "these figures do not say."
    ),
    "standards_ratio": N_(
        "Impact ratio: the selection rate of a category over that of the category selected most, from "
        "unrounded rates, as in 6 RCNY § 5-301 (New York City, Local Law 144) and 29 CFR 1607.4 D. Figures have no "
        "interval here; the intervals stand under"
    ),
    "standards_share": N_("less than 2 % of the rows: a rule may allow to leave it out; it is not left out here"),
    "standards_unknown": N_("Rows whose category is unknown, which are in no ratio: {rows}."),
    "standards_none": N_("No table of selection rates: {reason}."),
    "standards_topics": N_("Where topics stand"),
    "standards_topics_caption": N_("Topics as of {date}; the names of the texts, not their wording."),
    "standards_sign": N_("Sign-off"),
    "standards_sign_told": N_("To be filled in by whoever answers for this report; dlaudit signs nothing."),
}

NO_SELECTION = Words(
    {
        "multiclass": N_("the model picks one of several classes, none of which is a selection"),
        "multilabel": N_("the model gives several labels, none of which alone is a selection"),
        "regression": N_("the model gives a number and selects nobody"),
    }
)

GAPS = ("gaps", "intersections")
TOPICS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("EU AI Act, Article 13 and Annex IV", N_("accuracy, and how it differs for persons and groups"), GAPS),
    ("EU AI Act, Annex IV", N_("test data, metrics, dated and signed test reports"), ("data", "method", "standards")),
    ("EU AI Act, Article 10", N_("gaps and possible biases of the data"), ("data", "sensitivity", "findings")),
    ("NIST AI RMF, MEASURE 1.1", N_("what was measured, what was not and why"), ("verdict", "method")),
    ("NIST AI RMF, MEASURE 2.9", N_("the model explained, and how far the explanation holds"), ("why", "trust")),
    ("NIST AI RMF, MEASURE 2.11", N_("harmful bias evaluated and documented"), ("gaps", "found", "findings")),
    ("ISO/IEC TR 24027", N_("metrics by formula, from counts of predictions and labels"), ("gaps", "glossary")),
    (
        "ISO/IEC 42001, Annex A",
        N_("verification, data, information for those concerned"),
        ("verdict", "data", "method"),
    ),
    ("Model cards (Mitchell et al. 2019)", N_("results by one factor and by factors together"), GAPS),
    ("FDA, good machine learning practice", N_("performance in subgroups with intervals"), ("gaps", "calibration")),
)
"""Source, topic, and the sections of this report that hold it."""
