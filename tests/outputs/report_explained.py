"""What explaining leaves behind, by hand: one of every record, and audits with much of it or none to be believed."""

from dlaudit.record import (
    OVERALL,
    Attribution,
    AttributionQuality,
    Audit,
    Contribution,
    Decomposition,
    ExplainPlan,
    InputGroup,
    LayerAttribution,
    NotApplicable,
    Part,
    PlannedMethod,
    ProbeResult,
    ScoreMix,
    Trust,
)

PARTS = {"income": -0.121, "debt_ratio": -0.062, "late_payments": 0.031, "tenure": -0.012, "region": 0.002}
PARTS |= {"employment": -0.001}
MARKED = {"income", "debt_ratio", "late_payments"}
BLACK, WHITE = "race=Black", "race=White"
METHODS = ("integrated_gradients", "shapley_values")


def contribution(feature, value, half=0.015, **given):
    """A contribution with an interval, marked where it is one of the sure ones."""
    sure = feature in MARKED
    tested = {"p_value": 0.001 if sure else 0.4, "p_adjusted": 0.006 if sure else 1.0, "marked": sure}
    return Contribution(feature=feature, value=value, low=value - half, high=value + half, **{**tested, **given})


def groups(parts, together):
    """The contributions with some inputs taken as one."""
    known = {part.feature: part for part in parts}
    alone = [InputGroup(name=p.feature, members=[p.feature], **_tested(p)) for p in parts if p.feature not in together]
    value = sum(known[one].value for one in together)
    one = InputGroup(
        name=" + ".join(together),
        members=list(together),
        association=0.74,
        value=value,
        low=value - 0.02,
        high=value + 0.02,
        p_value=0.001,
        p_adjusted=0.004,
        marked=True,
    )
    return sorted([*alone, one], key=lambda group: -abs(group.value))


def _tested(part):
    return part.model_dump(include={"value", "low", "high", "p_value", "p_adjusted", "marked"})


def mean_score_gap():
    """The gap of the mean score over race: no groups, no marks, as earlier audits had it."""
    total = sum(PARTS.values())
    return Decomposition(
        metric="mean_score",
        by=["race"],
        slice=BLACK,
        reference=WHITE,
        gap=total,
        low=total - 0.03,
        high=total + 0.03,
        contributions=[Contribution(feature=f, value=v, low=v - 0.015, high=v + 0.015) for f, v in PARTS.items()],
        raised=0.033,
        lowered=-0.196,
        residual=0.0,
        rows=2_790,
        noise=0.0007,
        estimand="Shapley values of changing a person of race=White into a person of race=Black.",
    )


def selection_gap():
    """The gap of the selection rate over race, with everything that a decomposition can hold."""
    scale = 0.26 / -sum(PARTS.values())
    pieces = {"income": (-0.15, -0.05, None), "debt_ratio": (-0.09, 0.01, -0.01889), "late_payments": (0.06, -0.01, 0)}
    parts = []
    for feature, value in PARTS.items():
        composition, context, unsupported = pieces.get(feature, (None, None, None))
        more = {"composition": composition, "context": context, "unsupported": unsupported} if composition else {}
        parts.append(contribution(feature, value * scale, **more))
    return Decomposition(
        metric="selection_rate",
        by=["race"],
        slice=BLACK,
        reference=WHITE,
        gap=-0.26,
        low=-0.33,
        high=-0.19,
        contributions=parts,
        groups=groups(parts, ["income", "tenure", "employment"]),
        grouped_at=0.7,
        raised=0.0526,
        lowered=-0.3126,
        residual=0.0,
        rows=2_790,
        noise=0.0011,
        outside=0.34,
        estimand="Shapley values of changing a person of race=White into a person of race=Black.",
    )


def accuracy_gap():
    """A gap that depends on labels, so that label mix is a row of its own."""
    return Decomposition(
        metric="accuracy",
        by=["race"],
        slice=BLACK,
        reference=WHITE,
        gap=-0.031,
        low=-0.06,
        high=-0.002,
        contributions=[contribution("income", -0.035), contribution("debt_ratio", 0.02)],
        label_mix=Part(value=-0.014, low=-0.02, high=-0.008, p_value=0.001, p_adjusted=0.003, marked=True),
        raised=0.02,
        lowered=-0.035,
        residual=-0.002,
        rows=2_790,
    )


def cancelling_gap():
    """Next to no gap between the sexes, made of two large parts that cancel."""
    return Decomposition(
        metric="mean_score",
        by=["sex"],
        slice="sex=F",
        reference="sex=M",
        gap=-0.004,
        low=-0.02,
        high=0.012,
        contributions=[
            contribution("income", -0.05, 0.01),
            contribution("region", 0.046, 0.01, columns=["region_n", "region_s"], marked=True, p_adjusted=0.01),
        ],
        raised=0.046,
        lowered=-0.05,
        residual=0.0,
        rows=2_855,
    )


def decompositions():
    """Every kind of split gap."""
    return [mean_score_gap(), selection_gap(), accuracy_gap(), cancelling_gap()]


def score_mixes():
    """A gap that is mostly score mix, one in which both pull in opposite ways, one that is mostly calibration."""

    def part(value, half=0.01):
        return Part(value=value, low=value - half, high=value + half, p_value=0.01, p_adjusted=0.02, marked=True)

    made = [
        ("true_positive_rate", -0.18, part(-0.17), part(-0.01, 0.03).model_copy(update={"marked": False}), None, 1.0),
        ("false_positive_rate", -0.069, part(-0.142), part(0.073), None, 0.97),
        ("log_loss", 0.11, part(0.012), part(0.09), Part(value=0.008), 0.93),
    ]
    return [
        ScoreMix(
            metric=metric,
            by=["race"],
            slice=BLACK,
            reference=WHITE,
            gap=gap,
            mix=mix,
            calibration=calibration,
            unsupported=beyond,
            support=support,
            bins=50,
        )
        for metric, gap, mix, calibration, beyond, support in made
    ]


def probes():
    """Inputs that reveal the slice, one of them strongly, and all together."""
    found = [("income", 0.28, -0.121), ("region", 0.71, 0.002), ("debt_ratio", 0.63, -0.062), ("tenure", 0.48, -0.012)]
    made = [
        ProbeResult(
            probe="proxy",
            subject=f"{feature} tracks {BLACK}",
            value=area,
            low=area - 0.03,
            high=area + 0.03,
            detail={
                "feature": feature,
                "slice": BLACK,
                "reference": WHITE,
                "input": feature,
                "strength": abs(2 * area - 1),
                "contribution": value,
                "proxy_use": abs(2 * area - 1) * abs(value),
            },
        )
        for feature, area, value in found
    ]
    together = [
        ProbeResult(
            probe="proxies_together",
            subject=f"{of} tells {BLACK} apart",
            value=area,
            low=area - 0.03,
            high=area + 0.03,
            detail={"slice": BLACK, "reference": WHITE, "of": of, "strength": abs(2 * area - 1)},
        )
        for of, area in (("inputs", 0.81), ("inputs", 0.79), ("score", 0.3))
    ]
    overlap = ProbeResult(
        probe="proxy_overlap",
        subject="inputs that carry and inputs that reveal",
        value=0.4,
        detail={"metric": "selection_rate", "slice": BLACK, "reference": WHITE, "share": 0.81, "both": ["income"]},
    )
    return [*made, *together, overlap]


def layers():
    """Units of one layer."""
    return [
        LayerAttribution(
            method="captum.LayerConductance",
            layer="net.2 (Linear)",
            unit=str(unit),
            slice=BLACK,
            reference=WHITE,
            value=(-1) ** unit * 0.05 / (unit + 1),
            low=(-1) ** unit * 0.05 / (unit + 1) - 0.01,
            high=(-1) ** unit * 0.05 / (unit + 1) + 0.01,
            rows=600,
        )
        for unit in range(10)
    ]


def plan():
    """A plan that had to be cut and ran out of memory once."""
    return ExplainPlan(
        budget=200_000,
        budget_given="200000",
        estimated=260_000,
        spent=187_400,
        methods=[
            PlannedMethod(
                method="integrated_gradients",
                role="primary",
                why="the model has gradients and more than 12 inputs",
                rows=600,
                estimated=14_400,
                spent=13_100,
            ),
            PlannedMethod(
                method="shapley_values",
                role="secondary",
                why="another family",
                rows=600,
                estimated=102_000,
                spent=101e3,
            ),
            PlannedMethod(
                method="captum.IntegratedGradients", role="opinion", why="a second calculation", rows=16, estimated=900
            ),
        ],
        rows=600,
        rows_by_slice={BLACK: 200, WHITE: 300, "race=Hispanic": 44},
        reduced=["rows to explain: 600 instead of 2 000"],
        halved=[1024],
    )


def attributions():
    """Mean contributions by two methods on every slice of a single feature."""
    means = {
        "income": 0.21,
        "debt_ratio": -0.08,
        "tenure": 0.03,
        "employment": 0.01,
        "region": 0.0,
        "late_payments": -0.1,
    }
    shift = {OVERALL: 0.0, WHITE: 0.05, BLACK: -0.16, "race=Hispanic": -0.02, "sex=M": 0.03, "sex=F": -0.06}
    return [
        Attribution(
            method=method,
            slice=slice_,
            feature=feature,
            mean=mean + by + (0.004 if method == "shapley_values" else 0.0),
            mean_abs=abs(mean) + 0.05,
            low=mean + by - 0.03,
            high=mean + by + 0.03,
            low_abs=abs(mean) + 0.03,
            high_abs=abs(mean) + 0.08,
            rows=40,
        )
        for method in METHODS
        for slice_, by in shift.items()
        for feature, mean in means.items()
    ]


def quality():
    """Checks with and without a level, on all rows and on a slice, a second opinion and a comparison of slices."""
    opinion = "Captum agrees with Integrated Gradients to 1e-06 on 16 rows."
    alike = "Faithfulness in this slice minus that in the other slices of the feature."
    made = [
        ("integrated_gradients", OVERALL, "completeness_error_p95", 0.0031, True, "It checks the arithmetic."),
        ("integrated_gradients", BLACK, "completeness_error_p95", 0.0044, True, "It checks the arithmetic."),
        ("integrated_gradients and shapley_values", OVERALL, "agreement", 0.93, None, "Rank correlation."),
        ("all", OVERALL, "model_unchanged", 1.0, True, "1 where the model is the same before and after."),
        ("integrated_gradients", OVERALL, "second_opinion", 1e-6, True, opinion),
        ("integrated_gradients", BLACK, "faithfulness_difference", -0.14, False, alike),
        ("shapley_values", BLACK, "faithfulness_difference", -0.02, None, alike),
        ("shapley_values", "sex=F", "faithfulness_difference", None, None, alike),
    ]
    found = [AttributionQuality(method=m, slice=s, measure=q, value=v, ok=ok, meaning=w) for m, s, q, v, ok, w in made]
    found += [
        AttributionQuality(
            method=method,
            slice=slice_,
            measure="faithfulness",
            value=value,
            low=value - 0.05,
            high=value + 0.05,
            required=0.35,
            null=0.12,
            ok=value > 0.35,
            meaning="Correlation of what contributions say and what exchanging inputs does.",
        )
        for method in METHODS
        for slice_, value in ((OVERALL, 0.82), (BLACK, 0.31 if method == "integrated_gradients" else 0.78))
    ]
    return found


def trust():
    """One method that is not to be believed on one slice."""
    reasons = ["faithfulness 0.31 is below the 0.35 that is required (worthless contributions score 0.12)"]
    return [
        Trust(
            method=method,
            slice=slice_,
            ok=not (method == "integrated_gradients" and slice_ == BLACK),
            reasons=reasons if method == "integrated_gradients" and slice_ == BLACK else [],
            rows=rows,
        )
        for method in METHODS
        for slice_, rows in ((OVERALL, 600), (WHITE, 300), (BLACK, 200))
    ] + [Trust(method="integrated_gradients", slice="race=Hispanic", ok=None, reasons=["only 4 rows"], rows=4)]


def left_out():
    """Methods that were not used, with the reason."""
    return [
        NotApplicable(what="captum.DeepLift", reason="the model calls torch.relu, which hooks do not see"),
        NotApplicable(what="shap.DeepExplainer", reason="it leaves parameters behind in the model"),
    ]


def everything():
    """The fields of an Audit that explaining fills."""
    return {
        "decompositions": decompositions(),
        "score_mixes": score_mixes(),
        "attributions": attributions(),
        "quality": quality(),
        "trust": trust(),
        "layers": layers(),
        "explain_plan": plan(),
        "probes": probes(),
    }


def with_many_gaps(audit: Audit) -> Audit:
    """The audit with sixty split gaps, each with forty inputs, as a large model has."""
    metrics = ["selection_rate", "true_positive_rate", "false_positive_rate", "accuracy", "mean_score", "log_loss"]
    made = []
    for at in range(60):
        parts = [
            contribution(f"input_{n:02}", (-1) ** n * 0.03 / (1 + n), p_adjusted=0.01 if n < 4 else 1.0, marked=n < 4)
            for n in range(40)
        ]
        total = sum(part.value for part in parts)
        made.append(
            Decomposition(
                metric=metrics[at % 6],
                by=["race"],
                slice=f"race=level {at // 6}",
                reference=WHITE,
                gap=total,
                low=total - 0.02,
                high=total + 0.02,
                contributions=parts,
                groups=groups(parts, ["input_01", "input_03"]),
                grouped_at=0.7,
                residual=0.0,
                rows=900,
            )
        )
    return audit.model_copy(update={"decompositions": made})
