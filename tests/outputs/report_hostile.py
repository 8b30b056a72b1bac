"""An audit of a hostile file: a payload in every slot that holds text."""

from typing import Any

from report_counts import RATES
from report_lending import lending

from dlaudit.record import OVERALL, UNKNOWN, Audit, Verdict

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
    "role",
    "probe",
    "format",
    "dlaudit",
    "modality",
}
"""Keys whose values the record closes or dlaudit itself writes."""


def hostile(given: tuple[Audit, Verdict] | None = None) -> tuple[Audit, Verdict]:
    """An audit, that of lending where none is given, with a payload in every slot that holds text, still consistent."""
    audit, verdict = given or lending()
    renamed: dict[str, str] = {OVERALL: OVERALL, UNKNOWN: UNKNOWN}
    metrics = {metric: metric for metric in RATES} | {"mean_score": "mean_score"}

    def evil(value: str) -> str:
        if value not in renamed:
            renamed[value] = f"{PAYLOADS[len(renamed) % len(PAYLOADS)]} {len(renamed)}"
        return renamed[value]

    def spoilt(node: Any, key: str = "") -> Any:
        if isinstance(node, dict):
            free = key in {"where", "packages", "sandbox", "evidence", "by_slice", "within"}
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
