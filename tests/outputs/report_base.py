"""Hand-made audits that are compared with an earlier run: on the same rows, and from figures alone."""

from report_counts import provenance
from report_lending import lending

from dlaudit.metrics.changes import disparity_changes
from dlaudit.record import (
    AgainstModel,
    Audit,
    FindingRef,
    GapChange,
    OtherModel,
    PairedEstimate,
    RunComparison,
    RunRef,
    SettingChange,
    Verdict,
)

EARLIER = RunRef(
    place="runs/2026-10",
    title="Lending model, October",
    model="model-october.pt2",
    model_sha256="1a2b" * 16,
    data="test.csv",
    data_sha256="44ab" * 16,
    rows=2_855,
    started="2026-10-21T09:00:00+00:00",
    outcome="pass",
)


def estimate(value: float, half: float = 0.02) -> PairedEstimate:
    """A number that is shown where its interval excludes 0."""
    return PairedEstimate(value=value, low=value - half, high=value + half, p_value=0.01, shown=abs(value) > half)


def gap(metric: str, pair: tuple[str, str], values: tuple[float, float], status: str) -> GapChange:
    """One gap of the same rows."""
    old, new = values
    return GapChange(
        metric=metric,
        by=[pair[0].split("=")[0]],
        slice=pair[0],
        reference=pair[1],
        base=estimate(old, 0.03),
        tuned=estimate(new, 0.03),
        change=estimate(new - old),
        status=status,
        method="bonett_price",
        rows=2_000,
    )


RACE, SEX, OTHER = ("race=Black", "race=White"), ("sex=F", "sex=M"), ("race=Hispanic", "race=White")


def same_rows() -> RunComparison:
    """Every status once, on rows that both runs scored."""
    changes = [
        gap("selection_rate", SEX, (-0.10, -0.11), "inherited"),
        gap("selection_rate", RACE, (-0.12, -0.26), "grown"),
        gap("true_positive_rate", RACE, (-0.14, -0.06), "shrunk"),
        gap("true_positive_rate", SEX, (0.01, 0.08), "created"),
        gap("false_positive_rate", SEX, (0.06, -0.05), "reversed"),
        gap("false_positive_rate", RACE, (0.01, 0.02), "undecided"),
        gap("selection_rate", OTHER, (-0.07, 0.00), "removed"),
    ]
    crossed = gap("selection_rate", ("race=Black & sex=F", "race=White & sex=M"), (-0.2, -0.3), "grown")
    crossed = crossed.model_copy(update={"by": ["race", "sex"]})
    model = OtherModel(path="model-october.pt2", sha256="1a2b" * 16, format="pt2", output="logit", threshold=0.5)
    return RunComparison(
        old=EARLIER,
        paired=AgainstModel(model=model, rows=2_855, agree=2_700, changes=[*changes, crossed], tests=18),
        only_new=3,
        settings=[
            SettingChange(key="model file (SHA-256)", old="1a2b" * 16, new="9f2c" * 16),
            SettingChange(key="slices.sensitive", old="race", new="race, sex"),
        ],
        metrics_new=["accuracy"],
        slices_gone=["race=Asian"],
        findings_new=[FindingRef(code="DLA403", subject="race", severity="warning", message="The gap is wide.")],
    )


def other_rows(reason: str = "the data changed") -> RunComparison:
    """The figures of two audits, one gap of which grew."""
    audit, _ = lending()
    earlier = [
        one.model_copy(update={"value": one.value - 0.2, "low": max(0.0, one.low - 0.2), "high": one.high - 0.2})
        if one.id == "selection_rate.difference by race"
        else one
        for one in audit.disparities
    ]
    old = audit.model_copy(update={"disparities": earlier})
    return RunComparison(
        old=EARLIER.model_copy(update={"data_sha256": "00ff" * 16, "outcome": "none"}),
        not_paired=reason,
        changes=disparity_changes(old, audit),
        settings=[SettingChange(key="data file (SHA-256)", old="00ff" * 16, new="44ab" * 16)],
    )


def since(found: RunComparison) -> tuple[Audit, Verdict]:
    """The lending audit with this comparison."""
    audit, verdict = lending()
    assert audit.provenance == provenance()
    return audit.model_copy(update={"baseline": found}), verdict


def paired() -> tuple[Audit, Verdict]:
    """Compared on the same rows."""
    return since(same_rows())


def unpaired() -> tuple[Audit, Verdict]:
    """Compared from figures alone."""
    return since(other_rows())
