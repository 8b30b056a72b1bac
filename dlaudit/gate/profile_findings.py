"""What the profiles of a policy ask for and an audit does not have."""

from collections.abc import Iterator

from dlaudit.errors import listed, shown
from dlaudit.findings import finding
from dlaudit.record import Audit, Finding
from dlaudit.spec.profile import Profile, profile_named


def profile_findings(audit: Audit, names: list[str]) -> Iterator[Finding]:
    """One note for each profile that asks for more than there is; dlaudit never says that one is met."""
    for name in names:
        lacks = missing(audit, profile_named(name))
        if lacks:
            yield finding(
                "DLA116",
                "note",
                shown(name, quote=False),
                f"The profile {shown(name, quote=False)} also asks for what this audit does not have: "
                f"{'; '.join(shown(one, limit=200, quote=False) for one in lacks)}.",
                evidence={"missing": lacks},
            )


def missing(audit: Audit, profile: Profile) -> list[str]:
    """What the audit lacks of a profile, in the order of its file."""
    told = given_texts(audit)
    lacks = [f"{one.what} ({one.key})" for one in profile.ask if told.get(one.key, "given") in {None, ""}]
    measured = {one.metric.partition("[")[0] for one in audit.measurements}
    wanted = [name for table in profile.table for name in table.metrics if name not in measured]
    unmeasured = list(dict.fromkeys(wanted))
    return [*lacks, f"figures of {listed(unmeasured, most=10, quote=False)}"] if unmeasured else lacks


def given_texts(audit: Audit) -> dict[str, str | None]:
    """Keys of dlaudit.toml that the record still tells, with what they were."""
    return {
        "report.intended_use": audit.declared.intended_use,
        "report.owner": audit.declared.owner,
        "report.data_source": audit.declared.data_source,
        "data.unit": audit.data.unit,
    }
