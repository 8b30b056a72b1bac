"""A lending audit by hand: rules of every outcome, explanations, findings and guesses."""

from report_counts import CELLS, RATES, counted, made_gap, provenance, sums
from report_explained import everything, left_out
from report_spread import calibration_of, doubts, histogram, search, sweeps, with_chance

from dlaudit.record import (
    Audit,
    Check,
    CrossCheck,
    DataInfo,
    Finding,
    Guess,
    ModelInfo,
    NotApplicable,
    Rejected,
    Verdict,
)


def lending() -> tuple[Audit, Verdict]:
    """A binary audit with rules that fail, are undecided and hold, explanations, findings and guesses."""
    slices, found = counted(CELLS)
    gaps = [
        made_gap(found, slices, metric, by, kind)
        for metric in RATES
        for by in (["race"], ["sex"], ["race", "sex"])
        for kind in ("difference", "ratio")
    ]
    scores = [histogram(one.id, *sums(CELLS, one.where)) for one in slices if one.kind != "intersection"]
    audit = Audit(
        title="Lending model on the hold-out set",
        provenance=provenance(),
        model=ModelInfo(
            path="model.pt2",
            sha256="9f2c" * 16,
            format="pt2",
            task="binary",
            parameters=4_321,
            capabilities=["GRADIENTS"],
            output="logit",
            threshold=0.5,
            positive="approved",
            classes=["denied", "approved"],
            loading="A torch.export program whose pickled parts were screened.",
        ),
        data=DataInfo(
            path="test.csv",
            sha256="44ab" * 16,
            rows=2_861,
            scored=2_855,
            rejected=[Rejected(reason="the label is missing", rows=6, by_slice={"race=Black": 5, "sex=M": 4})],
            features=["income", "debt_ratio", "tenure", "employment", "region", "late_payments"],
            target="approved",
            sensitive=["race", "sex"],
        ),
        guesses=[
            Guess(
                what="data.target",
                value="approved",
                why="it is the only column named like a label",
                toml='[data]\ntarget = "approved"',
            )
        ],
        slices=slices,
        measurements=found,
        disparities=with_chance(gaps, slices),
        histograms=scores,
        calibrations=[calibration_of(one) for one in scores],
        sweeps=sweeps(),
        sensitivity=doubts(),
        discoveries=[search()],
        **everything(),
        findings=_findings(),
        not_applicable=[NotApplicable(what="probe leakage", reason="the model exposes no embeddings"), *left_out()],
        cross_checks=[
            CrossCheck(library="fairlearn.MetricFrame", metric=metric, cells=14, defined=14, largest_difference=0.0)
            for metric in RATES[:4]
        ],
    )
    return audit, Verdict(
        outcome="fail",
        checks=_checks(audit),
        sentence="1 of 3 checks is broken.",
        error_bound="Three checks at 5 % each: at most 15 % of such policies fail or pass wrongly anywhere.",
    )


def _checks(audit: Audit) -> list[Check]:
    ratio = next(d for d in audit.disparities if d.id == "selection_rate.ratio by race")
    accuracy = audit.measurement("accuracy", "race=Black")
    tpr = next(d for d in audit.disparities if d.id == "true_positive_rate.difference by sex")
    return [
        Check(
            rule="selection_rate.ratio by race >= 0.8",
            metric="selection_rate",
            kind="ratio",
            by=["race"],
            limit=0.8,
            bound="min",
            judge="exact",
            outcome="fail",
            observed=ratio.value,
            low=ratio.low,
            high=ratio.high,
            reason="The selection rate of race=Black is shown to be under 0.8 times that of race=White.",
            worst="race=Black",
            reference="race=White",
            assessed=["race=Black", "race=White"],
            not_assessed=["race=Hispanic"],
            guarantee="finite-sample",
            fails_up_to=0.5914,
            passes_from=0.4512,
        ),
        Check(
            rule="tpr-gap",
            metric="true_positive_rate",
            kind="difference",
            by=["sex"],
            limit=0.05,
            bound="max",
            judge="exact",
            outcome="undecided",
            observed=tpr.value,
            low=tpr.low,
            high=tpr.high,
            reason="The interval of the gap holds the limit.",
            rows_needed=4_200,
            guarantee="finite-sample",
            fails_up_to=0.0361,
            passes_from=0.1362,
            level="warning",
            undecided="warning",
            worst="sex=F",
            reference="sex=M",
            assessed=["sex=F", "sex=M"],
        ),
        Check(
            rule="accuracy >= 0.6",
            metric="accuracy",
            kind="value",
            by=["race"],
            limit=0.6,
            bound="min",
            judge="interval",
            outcome="pass",
            guarantee="asymptotic",
            fails_up_to=0.71,
            passes_from=0.6123,
            observed=accuracy.value,
            low=accuracy.low,
            high=accuracy.high,
            reason="Every slice that is large enough is shown to lie above 0.6.",
            worst="race=Black",
            contrast="each",
            assessed=["race=Black", "race=White"],
            not_assessed=["race=Hispanic"],
        ),
    ]


def _findings() -> list[Finding]:
    return [
        Finding(
            code="DLA701",
            severity="error",
            subject="race=Black",
            message="The gap in selection rate is larger than the rule allows.",
            next_step="Look at income and debt_ratio first: they carry most of it.",
            evidence={"ratio": 0.508, "rows": 590, "slices": ["race=Black", "race=White"]},
        ),
        Finding(
            code="DLA702",
            severity="warning",
            subject="race=Hispanic",
            message="This slice holds 44 rows, and its intersections fewer than 30.",
            next_step="Collect more rows of race=Hispanic.",
        ),
        Finding(
            code="DLA703", severity="note", subject="test.csv", message="6 rows have no label.", next_step="Find them."
        ),
    ]
