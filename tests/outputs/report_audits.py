"""Hand-made audits that the output tests render: one of each shape a report has to tell."""

import math
from typing import Any

from dlaudit.record import (
    OVERALL,
    UNKNOWN,
    Attribution,
    AttributionQuality,
    Audit,
    Check,
    Contribution,
    CrossCheck,
    DataInfo,
    Decomposition,
    Disparity,
    Finding,
    Guess,
    Measurement,
    ModelInfo,
    NotApplicable,
    Provenance,
    Rejected,
    Slice,
    Verdict,
    slice_id,
)

# n, positives, selected, true positives of every race x sex cell
CELLS = {
    ("White", "M"): (1300, 760, 741, 640),
    ("White", "F"): (900, 500, 450, 389),
    ("Black", "M"): (310, 150, 96, 71),
    ("Black", "F"): (280, 130, 70, 49),
    ("Hispanic", "M"): (26, 13, 12, 9),
    ("Hispanic", "F"): (18, 8, 6, 4),
    (UNKNOWN, "M"): (21, 10, 9, 7),
}
RATES = ("prevalence", "selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")


def provenance(**other: Any) -> Provenance:
    """What was run."""
    return Provenance(
        dlaudit="0.1.0",
        python="3.11.9",
        packages={"torch": "2.13.0", "fairlearn": "0.15.0"},
        seed=0,
        device="cpu",
        batch_size=1024,
        argv=["run", "model.pt2", "--data", "test.csv"],
        started="2026-11-21T09:00:00+00:00",
        seconds={"score": 1.2, "explain": 30.0},
        sandbox={"memory": "8GiB"},
        **other,
    )


def wilson(x: float, n: float, z: float = 1.96) -> tuple[float, float]:
    """A textbook interval, good enough for a fixture."""
    p, d = x / n, 1 + z * z / n
    c, h = (p + z * z / 2 / n) / d, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / d
    return max(0.0, c - h), min(1.0, c + h)


def rate(metric: str, slice_: str, x: int, n: int, reason: str = "no rows") -> Measurement:
    """A share with its interval; undefined over nothing."""
    if n == 0:
        return Measurement(metric=metric, slice=slice_, undefined=reason, n=0, numerator=0, denominator=0)
    low, high = wilson(x, n)
    return Measurement(
        metric=metric, slice=slice_, value=x / n, low=low, high=high, n=n, numerator=x, denominator=n, method="wilson"
    )


def binary_rates(slice_: str, n: int, positives: int, selected: int, tp: int) -> list[Measurement]:
    """The rates of one slice from its counts."""
    negatives, fp = n - positives, selected - tp
    return [
        rate("prevalence", slice_, positives, n),
        rate("selection_rate", slice_, selected, n),
        rate("true_positive_rate", slice_, tp, positives, "no positives"),
        rate("false_positive_rate", slice_, fp, negatives, "no negatives"),
        rate("accuracy", slice_, tp + negatives - fp, n),
    ]


def _slice(where: dict[str, str], n: int, total: int, min_size: int = 30) -> Slice:
    kind = {0: "overall", 1: "group"}.get(len(where), "intersection")
    return Slice(
        id=slice_id(where),
        by=sorted(where),
        where=where,
        n=n,
        share=n / total,
        kind=kind,
        unknown=UNKNOWN in where.values(),
        small=n < min_size,
    )


def _counted(cells: dict[tuple[str, str], tuple[int, ...]]) -> tuple[list[Slice], list[Measurement]]:
    total = sum(cell[0] for cell in cells.values())
    wheres: list[dict[str, str]] = [{}]
    wheres += [{"race": race} for race in dict.fromkeys(race for race, _ in cells)]
    wheres += [{"sex": sex} for sex in dict.fromkeys(sex for _, sex in cells)]
    wheres += [{"race": race, "sex": sex} for race, sex in cells]
    slices, by_slice = [], []
    for where in wheres:
        chosen = [
            cell
            for (race, sex), cell in cells.items()
            if where.get("race", race) == race and where.get("sex", sex) == sex
        ]
        counts = [sum(column) for column in zip(*chosen, strict=True)]
        slices.append(_slice(where, counts[0], total))
        by_slice.append(binary_rates(slices[-1].id, *counts))
    return slices, [rates[at] for at in range(len(RATES)) for rates in by_slice]


def _disparity(found: list[Measurement], slices: list[Slice], metric: str, by: list[str], kind: str) -> Disparity:
    known = {s.id for s in slices if s.by == by and not s.unknown}
    values = [m for m in found if m.metric == metric and m.slice in known and m.value is not None]
    worst, best = min(values, key=lambda m: m.value or 0), max(values, key=lambda m: m.value or 0)
    a, b = worst.value or 0.0, best.value or 0.0
    value = b - a if kind == "difference" else a / b
    half = 0.05 if kind == "difference" else 0.07
    return Disparity(
        id=f"{metric}.{kind} by {' & '.join(by)}",
        metric=metric,
        kind=kind,
        by=by,
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        p_value=0.0001,
        p_adjusted=0.0003,
        worst=worst.slice,
        reference=best.slice,
        slices=sorted(m.slice for m in values),
        minimum_detectable=0.081 if kind == "difference" else None,
        n=sum(m.n for m in values),
    )


def lending() -> tuple[Audit, Verdict]:
    """A binary audit with rules that fail, are undecided and hold, explanations, findings and guesses."""
    slices, found = _counted(CELLS)
    gaps = [
        _disparity(found, slices, metric, by, kind)
        for metric in RATES
        for by in (["race"], ["sex"], ["race", "sex"])
        for kind in ("difference", "ratio")
    ]
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
        disparities=gaps,
        decompositions=_decompositions(),
        attributions=_attributions(),
        quality=_quality(),
        findings=_findings(),
        not_applicable=[NotApplicable(what="probe leakage", reason="the model exposes no embeddings")],
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
            observed=0.79,
            low=0.75,
            high=0.83,
            reason="Every slice that is large enough is shown to lie above 0.6.",
            worst="race=Black",
            contrast="each",
            assessed=["race=Black", "race=White"],
            not_assessed=["race=Hispanic"],
        ),
    ]


def _decompositions() -> list[Decomposition]:
    parts = [
        ("income", -0.121),
        ("debt_ratio", -0.062),
        ("late_payments", 0.031),
        ("tenure", -0.012),
        ("region", 0.002),
    ]
    parts += [("employment", -0.001)]
    total = sum(value for _, value in parts)
    return [
        Decomposition(
            metric="mean_score",
            by=["race"],
            slice="race=Black",
            reference="race=White",
            gap=total,
            low=total - 0.03,
            high=total + 0.03,
            contributions=[Contribution(feature=f, value=v, low=v - 0.015, high=v + 0.015) for f, v in parts],
            residual=0.0,
            rows=2_790,
            noise=0.0007,
            estimand="Shapley values of changing a person of race=White into a person of race=Black.",
        ),
        Decomposition(
            metric="mean_score",
            by=["sex"],
            slice="sex=F",
            reference="sex=M",
            gap=-0.004,
            low=-0.02,
            high=0.012,
            contributions=[
                Contribution(feature="income", value=-0.05, low=-0.06, high=-0.04),
                Contribution(feature="region", value=0.046, low=0.03, high=0.06, columns=["region_n", "region_s"]),
            ],
            residual=0.0,
            rows=2_855,
        ),
    ]


def _attributions() -> list[Attribution]:
    means = {
        "income": 0.21,
        "debt_ratio": -0.08,
        "tenure": 0.03,
        "employment": 0.01,
        "region": 0.0,
        "late_payments": -0.1,
    }
    shift = {
        OVERALL: 0.0,
        "race=White": 0.05,
        "race=Black": -0.16,
        "race=Hispanic": -0.02,
        "sex=M": 0.03,
        "sex=F": -0.06,
    }
    return [
        Attribution(
            method=method,
            slice=slice_,
            feature=feature,
            mean=mean + by + (0.004 if method == "shap_values" else 0.0),
            mean_abs=abs(mean) + 0.05,
            low=mean + by - 0.03,
            high=mean + by + 0.03,
            rows=40,
        )
        for method in ("integrated_gradients", "shap_values")
        for slice_, by in shift.items()
        for feature, mean in means.items()
    ]


def _quality() -> list[AttributionQuality]:
    made = [
        ("integrated_gradients", OVERALL, "completeness_error_p95", 0.0031, True, "It checks the arithmetic."),
        ("integrated_gradients", "race=Black", "completeness_error_p95", 0.0044, True, "It checks the arithmetic."),
        ("integrated_gradients and shap_values", OVERALL, "agreement", 0.93, None, "Rank correlation of two methods."),
        ("all", OVERALL, "model_unchanged", 1.0, True, "1 where the model is the same before and after."),
    ]
    return [AttributionQuality(method=m, slice=s, measure=q, value=v, ok=ok, meaning=w) for m, s, q, v, ok, w in made]


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
            "quality": [],
            "findings": [],
            "guesses": [],
            "not_applicable": missing,
        }
    )
    return bare, Verdict(outcome="none", sentence="Not judged: no rules.")


def regression() -> tuple[Audit, Verdict]:
    """Errors of a regression with one rule that holds."""
    slices = [_slice({}, 400, 400), _slice({"sex": "F"}, 180, 400), _slice({"sex": "M"}, 220, 400)]
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
    slices = [_slice({}, 300, 300), _slice({"site": "a"}, 120, 300), _slice({"site": "b"}, 180, 300)]
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
        observed=0.208,
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
    slices = [_slice({}, 3, 3), _slice({"sex": "F"}, 3, 3)]
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


PAYLOADS = (
    "<script>window.__ran=1</script>",
    '"><img src=x onerror=window.__ran=2>',
    "</script><script>window.__ran=3</script>",
    "{{7*7}}{% for x in y %}",
    "javascript:window.__ran=4",
    "\u202eevil\u2066",
    "\x1b[31mred\x1b]0;owned\x07",
    "nul\x00nul",
    "x" * 500,
    "::error::##[error]\r\n|`@team http://evil.example/ ![a](http://evil.example/b.png)",
    '=HYPERLINK("http://evil.example")',
    "]]><!-- --><style>*{display:none}</style>",
)
"""What a hostile file can hold in its names."""

_OURS = {
    "task",
    "kind",
    "outcome",
    "severity",
    "bound",
    "judge",
    "level",
    "undecided",
    "contrast",
    "format",
    "dlaudit",
}
"""Keys whose values the record closes or dlaudit itself writes."""


def hostile() -> tuple[Audit, Verdict]:
    """The lending audit with a payload in every slot that holds text, still one consistent audit."""
    audit, verdict = lending()
    renamed: dict[str, str] = {OVERALL: OVERALL, UNKNOWN: UNKNOWN}
    metrics = {metric: metric for metric in RATES} | {"mean_score": "mean_score"}

    def evil(value: str) -> str:
        if value not in renamed:
            renamed[value] = f"{PAYLOADS[len(renamed) % len(PAYLOADS)]} {len(renamed)}"
        return renamed[value]

    def spoilt(node: Any, key: str = "") -> Any:
        if isinstance(node, dict):
            free = key in {"where", "packages", "sandbox", "evidence", "by_slice", "within", "detail"}
            return {(evil(k) if free else k): spoilt(v, "text" if free else k) for k, v in node.items()}
        if isinstance(node, list):
            return [spoilt(one, key) for one in node]
        if not isinstance(node, str) or key in _OURS or (key == "metric" and node in metrics):
            return node
        return evil(node) if node else node

    return (
        Audit.model_validate(spoilt(audit.model_dump())),
        Verdict.model_validate(spoilt(verdict.model_dump())),
    )


ALL = {
    "lending": lending,
    "scores_only": scores_only,
    "regression": regression,
    "multiclass": multiclass,
    "degenerate": degenerate,
    "hostile": hostile,
}
"""Every audit by name."""
