"""audit.sarif: what is open, as SARIF 2.1.0 and within what GitHub's code scanning reads.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
from typing import Any
from urllib.parse import quote

from dlaudit.outputs import text
from dlaudit.outputs.checks import waivers_told
from dlaudit.outputs.identity import audit_name, findings_digest
from dlaudit.outputs.issues import Issue, Place, issues, named, place_of
from dlaudit.outputs.sarif_rules import described, features_of, unlinked
from dlaudit.record import Audit, Check, Verdict, Waived

MOST_RESULTS = 25_000
"""Results of one run that GitHub reads."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
HOME = "https://github.com/dlaudit/dlaudit"
ROOT = "%SRCROOT%"
"""The name by which viewers know the root of the repository."""


def render_sarif(audit: Audit, verdict: Verdict | None) -> str:
    """Open checks and findings about the policy as a SARIF log with one run.

    Each result stands at the line of its rule. One that is undecided is of the kind `open`, which has no level by the
    standard (3.27.10); how much it counts stands in its properties. A waiver is a suppression with its reason.
    """
    found = issues(audit, verdict)
    shown = found[:MOST_RESULTS]
    rules = {one.rule: one for one in reversed(shown)}
    places = {rule: place for place, rule in enumerate(sorted(rules))}
    by = features_of(verdict)
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "dlaudit",
                "semanticVersion": named(audit.provenance.dlaudit),
                "informationUri": HOME,
                "rules": [described(rules[rule], by.get(rule, ())) for rule in places],
            }
        },
        "automationDetails": {"id": f"dlaudit/{audit_name(audit)}/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(len(found) - len(shown))],
        "results": [_result(one, places[one.rule]) for one in shown],
        "properties": _properties(audit, verdict, len(found) - len(shown)),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, allow_nan=False) + "\n"


def _properties(audit: Audit, verdict: Verdict | None, left_out: int) -> dict[str, Any]:
    return {
        "verdict": verdict.outcome if verdict else "none",
        "results_left_out": left_out,
        "run": findings_digest(audit),
        "model_sha256": named(audit.model.sha256) if audit.model.sha256 else None,
        "data_sha256": named(audit.data.sha256) if audit.data.sha256 else None,
    }


def _invocation(left_out: int) -> dict[str, Any]:
    """That dlaudit ran to its end, and how many results did not fit."""
    made: dict[str, Any] = {"executionSuccessful": True}
    if left_out:
        told = f"{left_out} more {'result is' if left_out == 1 else 'results are'} in the report only."
        made["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": told}}]
    return made


def _result(one: Issue, rule: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": named(one.rule),
        "ruleIndex": rule,
        "kind": "open" if one.state == "undecided" else "fail",
        "level": _level(one),
        "message": {"text": unlinked(f"{one.title}. {one.told}")},
        "locations": [{"physicalLocation": _physical(one.place)} | _logical(one.check)],
        # GitHub follows an alert from run to run by the first, whatever line its rule moves to
        "partialFingerprints": {"primaryLocationLineHash": f"{one.fingerprint[:16]}:1", "dlaudit/v2": one.fingerprint},
        "properties": _figures(one),
    }
    if one.check is not None and one.check.waived:
        made["suppressions"] = [_suppression(waiver) for waiver in one.check.waivers] or [{"kind": "external"}]
    return made


def _level(one: Issue) -> str:
    if one.state == "undecided":
        return "none"
    return one.check.level if one.check is not None else one.level


def _physical(place: Place) -> dict[str, Any]:
    # an unsafe character of a file's name is escaped in a URI, so that it needs no other guard
    return {
        "artifactLocation": {"uri": quote(place.file, safe="/"), "uriBaseId": ROOT},
        "region": {"startLine": place.line},
    }


def _logical(check: Check | None) -> dict[str, Any]:
    sides = [one for one in (check.worst, check.reference) if one] if check is not None else []
    if not sides:
        return {}
    return {"logicalLocations": [{"name": named(one), "kind": "slice"} for one in sides]}


def _figures(one: Issue) -> dict[str, Any]:
    """The numbers of the check, and how much it counts now."""
    check = one.check
    if check is None:
        return {"outcome": one.state, "level": one.level}
    return {
        "outcome": check.outcome,
        "level": one.level,
        "metric": named(check.metric),
        "by": [named(feature) for feature in check.by],
        "observed": check.observed,
        "low": check.low,
        "high": check.high,
        "limit": check.limit,
        "rows_needed": check.rows_needed,
    }


def _suppression(waiver: Waived) -> dict[str, Any]:
    """A waiver: accepted, by whom, why and until when, and where it stands."""
    place = {"location": {"physicalLocation": _physical(place_of(waiver.file, waiver.line))}} if waiver.file else {}
    told = text.line(unlinked(waivers_told([waiver])))
    return {"kind": "external", "status": "accepted", "justification": told} | place
