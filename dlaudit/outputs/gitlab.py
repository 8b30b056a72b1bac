"""gl-code-quality.json: open checks as GitLab's merge-request widget for code quality reads them."""

import json

from dlaudit.outputs.issues import Issue, issues, named
from dlaudit.record import Audit, Verdict

_SEVERITIES = {
    ("fail", "error"): "critical",
    ("fail", "warning"): "major",
    ("fail", "note"): "minor",
    ("undecided", "error"): "major",
    ("undecided", "warning"): "minor",
    ("finding", "error"): "critical",
    ("finding", "warning"): "major",
    ("finding", "note"): "minor",
}
"""How GitLab calls what counts; what is waived, or may be undecided, is `info`."""


def render_gitlab(audit: Audit, verdict: Verdict | None) -> str:
    """The open checks and findings about the policy as a list of code-quality entries, the worst first.

    GitLab compares the lists of two branches by their fingerprints: what has a fingerprint in both is no news.
    """
    return json.dumps([_entry(one) for one in issues(audit, verdict)], indent=1, allow_nan=False) + "\n"


def _entry(one: Issue) -> dict[str, object]:
    return {
        "description": f"{one.title}. {one.told}",
        "check_name": named(one.rule),
        "fingerprint": one.fingerprint,
        "severity": _SEVERITIES.get((one.state, one.level), "info"),
        "location": {"path": named(one.place.file), "lines": {"begin": one.place.line}},
    }
