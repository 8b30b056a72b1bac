"""What surrounds the gaps of the lending audit: histograms, calibration, sweeps, doubts, chance and a search."""

import math

from report_counts import wilson

from dlaudit.record import (
    Calibration,
    CalibrationBin,
    DiscoveredSlice,
    Discovery,
    Disparity,
    Estimate,
    ScoreHistogram,
    Sensitivity,
    Slice,
    Spread,
    ThresholdSweep,
)

BINS = 20
EDGES = [round(at / BINS, 2) for at in range(BINS + 1)]
DOUBTED = (("selection_rate", ["race"], 0.2598), ("true_positive_rate", ["sex"], 0.0862))


def shared(count: int, weights: list[float]) -> list[int]:
    """A count split by weights, largest remainders first."""
    whole = [count * weight / sum(weights) for weight in weights]
    parts = [math.floor(one) for one in whole]
    order = sorted(range(len(whole)), key=lambda at: (parts[at] - whole[at], at))
    for at in order[: count - sum(parts)]:
        parts[at] += 1
    return parts


def histogram(slice_: str, n: int, positives: int, selected: int, tp: int) -> ScoreHistogram:
    """Scores that give exactly these counts at a threshold of 0.5."""
    half = BINS // 2
    near, even = [float(at + 1) for at in range(half)], [1.0 + at % 3 for at in range(half)]
    positive = shared(positives - tp, near) + shared(tp, even)
    negative = shared(n - positives - selected + tp, even) + shared(selected - tp, near[::-1])
    return ScoreHistogram(slice=slice_, output="approved", edges=EDGES, positive=positive, negative=negative)


def calibration_of(one: ScoreHistogram) -> Calibration:
    """Reliability in ten bins; the squared error is undefined under 30 rows."""
    bins, error, rows = [], 0.0, sum(one.positive) + sum(one.negative)
    for at in range(0, BINS, 2):
        x, n = sum(one.positive[at : at + 2]), sum(one.positive[at : at + 2]) + sum(one.negative[at : at + 2])
        low, high = EDGES[at], EDGES[at + 2]
        middle = (low + high) / 2
        if n == 0:
            bins.append(CalibrationBin(low=low, high=high, n=0, mean_score=None, rate=Estimate(undefined="no rows")))
            continue
        ends = wilson(x, n)
        rate = Estimate(value=x / n, low=ends[0], high=ends[1], n=n, numerator=x, denominator=n)
        bins.append(CalibrationBin(low=low, high=high, n=n, mean_score=middle, rate=rate))
        error += n / rows * ((x / n - middle) ** 2 - x / n * (1 - x / n) / max(1, n - 1))
    told = Estimate(value=error, low=error - 3 / rows, high=error + 4 / rows, n=rows)
    few = Estimate(undefined="fewer than 30 rows", n=rows)
    return Calibration(slice=one.slice, output=one.output, bins=bins, squared_error=told if rows >= 30 else few)


def sweeps() -> list[ThresholdSweep]:
    """One gap beyond what equal slices show, one within, one undefined."""
    beyond = Estimate(value=0.262, low=0.18, high=0.344)
    within = Estimate(value=0.041, low=0.0, high=0.09)
    race = {"by": ["race"], "output": "approved", "worst": "race=Black", "reference": "race=White"}
    sex = {"by": ["sex"], "output": "approved", "worst": "sex=F", "reference": "sex=M"}
    return [
        ThresholdSweep(metric="selection_rate", largest=beyond, threshold=0.45, critical=0.081, **race),
        ThresholdSweep(metric="true_positive_rate", largest=beyond, threshold=0.55, critical=0.097, **race),
        ThresholdSweep(metric="selection_rate", largest=within, threshold=0.35, critical=0.052, **sex),
        ThresholdSweep(
            metric="false_positive_rate",
            largest=Estimate(undefined="no negatives"),
            threshold=None,
            by=["sex"],
            output="approved",
        ),
    ]


def doubts() -> list[Sensitivity]:
    """Every kind of doubt about two gaps; one undefined."""
    found = []
    for metric, by, gap in DOUBTED:
        gap_of = {"metric": metric, "by": by, "observed": gap}
        found += [
            Sensitivity(
                kind="slice_labels",
                share=0.03,
                overturns=0.08,
                reason="Wrong rows may be anyone's.",
                low=max(0.0, gap - 0.11),
                high=gap + 0.09,
                **gap_of,
            ),
            Sensitivity(
                kind="unknown_slice", share=0.0074, low=gap - 0.02, high=gap + 0.031, slice="race=(unknown)", **gap_of
            ),
        ]
    return [
        *found,
        Sensitivity(
            metric="true_positive_rate",
            by=["sex"],
            kind="target_labels",
            share=0.03,
            observed=0.0862,
            low=0.0,
            high=0.149,
            overturns=0.021,
            slice="sex=F",
            reason="labels of one slice alone are wrong",
        ),
        Sensitivity(
            metric="accuracy",
            by=["race"],
            kind="target_labels",
            share=0.03,
            observed=None,
            low=None,
            high=None,
            reason="not offered for accuracy",
        ),
    ]


def search(found: bool = True) -> Discovery:
    """A search with three confirmed slices, or with none."""
    rows = [
        ("region=North & tenure=under 1 year", {"region": "North", "tenure": "under 1 year"}, "error", 412, 0.34, 0.12),
        ("employment=seasonal", {"employment": "seasonal"}, "false_negative", 233, 0.41, 0.19),
        ("region=West", {"region": "West"}, "false_positive", 380, 0.22, 0.13),
    ]
    confirmed = [
        DiscoveredSlice(
            id=id_,
            where=where,
            n=n,
            outcome=outcome,
            value=value,
            rest=rest,
            difference=value - rest,
            low=value - rest - 0.05,
            high=value - rest + 0.05,
            p_value=1e-8 * 10**at,
            p_adjusted=2.4e-5 * 10**at,
        )
        for at, (id_, where, outcome, n, value, rest) in enumerate(rows)
    ]
    return Discovery(
        method="exhaustive",
        columns=["income", "region", "tenure", "employment", "late_payments"],
        outcomes=["error", "false_positive", "false_negative"],
        searched=2_410,
        tested=3_120,
        depth=3,
        min_rows=50,
        alpha=0.05,
        smallest_findable=0.06,
        found=confirmed if found else [],
        redundant=2 if found else 0,
        guarantee="Exact p-values with Holm's correction: it holds at any number of rows.",
    )


def with_chance(gaps: list[Disparity], slices: list[Slice]) -> list[Disparity]:
    """The differences over single features, each beside what equal slices of its sizes would show."""
    size = {one.id: one.n for one in slices}
    made = []
    for one in gaps:
        if one.kind != "difference" or len(one.by) > 1:
            made.append(one)
            continue
        noise = math.sqrt(sum(0.25 / size[name] for name in one.slices) / 2)
        value = one.value or 0.0
        spread = Spread(
            noise_mean=noise,
            noise_95=2.1 * noise,
            shrunken=max(0.0, value - noise),
            between_sd=max(0.0, value / 2 - noise),
            method="10,000 draws of equal rates at these sizes; beta-binomial estimate",
        )
        made.append(one.model_copy(update={"spread": spread}))
    return made
