"""audit.sarif: the checks that failed or are undecided, as SARIF 2.1.0."""

import json
from typing import Any

from dlaudit.outputs import text
from dlaudit.outputs.checks import CONFIG, fingerprint, level_of, name_of, open_checks, told
from dlaudit.record import Audit, Check, Verdict

MOST_RESULTS = 25_000
"""What GitHub reads of one run."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(audit: Audit, verdict: Verdict | None) -> str:
    """The open checks as a SARIF log with one run; a check has no line, so it stands at the first of dlaudit.toml."""
    found = open_checks(verdict)
    shown = found[:MOST_RESULTS]
    rules = list(dict.fromkeys(one.rule for one in shown))
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "dlaudit",
                "semanticVersion": audit.provenance.dlaudit,
                "rules": [_rule(next(one for one in shown if one.rule == rule)) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(audit, one, rules.index(one.rule)) for one in shown],
        "properties": {"verdict": verdict.outcome if verdict else "none", "results_left_out": len(found) - len(shown)},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, allow_nan=False) + "\n"


def _rule(check: Check) -> dict[str, Any]:
    return {
        "id": text.name(check.rule, limit=200),
        "name": text.name(check.rule, limit=200),
        "shortDescription": {"text": text.name(name_of(check), limit=200)},
        "defaultConfiguration": {"level": check.level},
    }


def _result(audit: Audit, check: Check, rule: int) -> dict[str, Any]:
    level = level_of(check)
    result: dict[str, Any] = {
        "ruleId": text.name(check.rule, limit=200),
        "ruleIndex": rule,
        "kind": "fail" if check.outcome == "fail" else "open",
        "level": level if check.outcome == "fail" else "none",
        "message": {"text": told(audit, check)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": CONFIG}, "region": {"startLine": 1}},
                "logicalLocations": [
                    {"name": text.name(one, limit=200), "kind": "slice"}
                    for one in (check.worst, check.reference)
                    if one
                ],
            }
        ],
        "partialFingerprints": {"dlauditCheck/v1": fingerprint(check)},
        "properties": {
            "outcome": check.outcome,
            "level": level,
            "metric": check.metric,
            "by": check.by,
            "observed": check.observed,
            "low": check.low,
            "high": check.high,
            "limit": check.limit,
            "rows_needed": check.rows_needed,
        },
    }
    if check.waived:
        result["suppressions"] = [{"kind": "external", "justification": "waived"}]
    return result
