"""Findings: coded statements about an audit, each with its evidence and a next step."""

from dlaudit.findings import against_rules as _against_rules  # noqa: F401 - registers itself
from dlaudit.findings import belief_rules as _belief_rules  # noqa: F401 - registers itself
from dlaudit.findings import broken_rules as _broken_rules  # noqa: F401 - registers itself
from dlaudit.findings import discovery_rules as _discovery_rules  # noqa: F401 - registers itself
from dlaudit.findings import doubt_rules as _doubt_rules  # noqa: F401 - registers itself
from dlaudit.findings import explanation_rules as _explanation_rules  # noqa: F401 - registers itself
from dlaudit.findings import gap_rules as _gap_rules  # noqa: F401 - registers itself
from dlaudit.findings import level_rules as _level_rules  # noqa: F401 - registers itself
from dlaudit.findings import media_rules as _media_rules  # noqa: F401 - registers itself
from dlaudit.findings import model_rules as _model_rules  # noqa: F401 - registers itself
from dlaudit.findings import pair_rules as _pair_rules  # noqa: F401 - registers itself
from dlaudit.findings import slice_rules as _slice_rules  # noqa: F401 - registers itself
from dlaudit.findings import split_rules as _split_rules  # noqa: F401 - registers itself
from dlaudit.findings.codes import CODES as CODES
from dlaudit.findings.codes import Code as Code
from dlaudit.findings.codes import explain_code as explain_code
from dlaudit.findings.registry import FINDING_RULES as FINDING_RULES
from dlaudit.findings.registry import Found as Found
from dlaudit.findings.registry import Observed as Observed
from dlaudit.findings.registry import by_severity as by_severity
from dlaudit.findings.registry import find as find
from dlaudit.findings.registry import finding as finding
from dlaudit.findings.registry import finding_rule as finding_rule
