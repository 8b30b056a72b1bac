"""The lending audit under a policy with places, a waiver and findings of its own."""

from report_lending import lending

from dlaudit.record import Audit, Finding, Verdict, Waived


def with_policy() -> tuple[Audit, Verdict]:
    """Lending with rules that stand in a file, one of them waived, and an expired waiver."""
    audit, verdict = lending()
    places = [{"file": "fairness/dlaudit.toml", "line": line} for line in (12, 18, 24)]
    checks = [one.model_copy(update=place) for one, place in zip(verdict.checks, places, strict=True)]
    waiver = Waived(
        reason="41 rows in the test set; more are due",
        owner="model board",
        expires="2026-12-31",
        file="fairness/dlaudit.toml",
        line=31,
    )
    checks[0] = checks[0].model_copy(update={"waived": True, "waivers": [waiver]})
    expired = Finding(
        code="DLA108",
        severity="warning",
        subject="tpr-gap by sex",
        message="The waiver of tpr-gap by sex expired on 2026-01-31.",
        next_step="Renew it or take it out.",
        evidence={"file": "fairness/dlaudit.toml", "line": 40},
    )
    return audit, verdict.model_copy(update={"checks": checks, "findings": [expired]})
