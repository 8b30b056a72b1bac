"""Hand-made audits that the output tests render: one of each shape a report has to tell."""

from report_counts import made_slice, provenance
from report_counts import rate as rate
from report_hostile import PAYLOADS as PAYLOADS
from report_hostile import hostile as hostile
from report_kinds import kinds as kinds
from report_lending import lending as lending
from report_spread import search

from dlaudit.record import (
    OVERALL,
    Audit,
    Check,
    DataInfo,
    Disparity,
    Measurement,
    ModelInfo,
    NotApplicable,
    Provenance,
    Verdict,
)


def scores_only() -> tuple[Audit, Verdict]:
    """The same rows from a file of scores: no model, no rules, no explanation."""
    audit, _ = lending()
    missing = [
        NotApplicable(what=what, reason="no model: the scores were given")
        for what in ("attributions", "decompositions")
    ]
    bare = audit.model_copy(
        update={
            "title": "",
            "model": ModelInfo(format="scores", task="binary", threshold=0.5, positive="1"),
            "attributions": [],
            "decompositions": [],
            "discoveries": [search(found=False)],
            "sensitivity": [],
            "quality": [],
            "trust": [],
            "layers": [],
            "explain_plan": None,
            "score_mixes": [],
            "probes": [],
            "findings": [],
            "guesses": [],
            "not_applicable": missing,
        }
    )
    return bare, Verdict(outcome="none", sentence="Not judged: no rules.")


def regression() -> tuple[Audit, Verdict]:
    """Errors of a regression with one rule that holds."""
    slices = [made_slice({}, 400, 400), made_slice({"sex": "F"}, 180, 400), made_slice({"sex": "M"}, 220, 400)]
    figures = {
        "mean_error": {OVERALL: -12.5, "sex=F": -30.25, "sex=M": 2.0},
        "mean_absolute_error": {OVERALL: 1205.0, "sex=F": 1250.0, "sex=M": 1168.0},
    }
    found = [
        Measurement(metric=m, slice=s, value=v, low=v - 40, high=v + 40, n=100)
        for m, by in figures.items()
        for s, v in by.items()
    ]
    gap = Disparity(
        id="mean_error.difference by sex",
        metric="mean_error",
        kind="difference",
        by=["sex"],
        value=32.25,
        low=0.0,
        high=81.0,
        worst="sex=F",
        reference="sex=M",
        slices=["sex=F", "sex=M"],
    )
    check = Check(
        rule="mean_error.difference by sex <= 100",
        metric="mean_error",
        kind="difference",
        by=["sex"],
        limit=100.0,
        bound="max",
        judge="interval",
        outcome="pass",
        observed=32.25,
        low=0.0,
        high=81.0,
        reason="The whole interval lies below 100.",
        worst="sex=F",
        reference="sex=M",
        assessed=["sex=F", "sex=M"],
    )
    audit = Audit(
        provenance=provenance(),
        model=ModelInfo(path="price.pt2", format="pt2", task="regression"),
        data=DataInfo(path="prices.csv", rows=400, scored=400, target="price", sensitive=["sex"]),
        slices=slices,
        measurements=found,
        disparities=[gap],
        not_applicable=[NotApplicable(what="attributions", reason="explain.enabled is false")],
    )
    return audit, Verdict(outcome="pass", checks=[check])


def multiclass() -> tuple[Audit, Verdict]:
    """Recall of every class, one of them undefined on a slice, and an undecided rule."""
    slices = [made_slice({}, 300, 300), made_slice({"site": "a"}, 120, 300), made_slice({"site": "b"}, 180, 300)]
    counts = {"cat": ((110, 140), (40, 60), (70, 80)), "dog": ((90, 100), (0, 0), (90, 100))}
    found = [
        rate(f"recall[{name}]", one.id, *counts[name][at], "no rows of the class")
        for name in counts
        for at, one in enumerate(slices)
    ]
    check = Check(
        rule="recall[cat].difference <= 0.1",
        metric="recall[cat]",
        kind="difference",
        by=["site"],
        limit=0.1,
        bound="max",
        judge="exact",
        outcome="undecided",
        observed=70 / 80 - 40 / 60,
        low=0.07,
        high=0.35,
        reason="The interval holds 0.1.",
        rows_needed=260,
        worst="site=a",
        reference="site=b",
    )
    audit = Audit(
        provenance=provenance(),
        model=ModelInfo(path="pets.pt2", format="pt2", task="multiclass", classes=["cat", "dog"]),
        data=DataInfo(path="pets.csv", rows=300, scored=300, target="animal", sensitive=["site"]),
        slices=slices,
        measurements=found,
        disparities=[
            Disparity(
                id="recall[dog].difference by site",
                metric="recall[dog]",
                kind="difference",
                by=["site"],
                undefined="fewer than two slices are defined",
                undefined_slices=["site=a"],
            )
        ],
        not_applicable=[NotApplicable(what="decompositions", reason="not offered for multiclass models")],
    )
    return audit, Verdict(outcome="undecided", checks=[check])


def degenerate() -> tuple[Audit, Verdict | None]:
    """One slice, everything undefined, no verdict."""
    slices = [made_slice({}, 3, 3), made_slice({"sex": "F"}, 3, 3)]
    found = [
        Measurement(
            metric="true_positive_rate", slice=one.id, undefined="no positives", n=0, numerator=0, denominator=0
        )
        for one in slices
    ]
    audit = Audit(
        provenance=Provenance(dlaudit="0.1.0", python="3.11.9"),
        model=ModelInfo(),
        data=DataInfo(rows=3, scored=3, sensitive=["sex"]),
        slices=slices,
        measurements=found,
    )
    return audit, None


ALL = {
    "lending": lending,
    "scores_only": scores_only,
    "regression": regression,
    "multiclass": multiclass,
    "degenerate": degenerate,
    "kinds": kinds,
    "hostile": hostile,
    "hostile_kinds": lambda: hostile(kinds()),
}
"""Every audit by name."""
